"""Bringing in what another system has: page by page into the spool, and the spool as one load.

A page and the cursor after it are stored together, so that whoever goes on, goes on there. The cursors that people see
move in the transaction that commits the load: what did not go in is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from arhub.domain import runs
from arhub.domain.jobs import Job
from arhub.domain.lease import Cancelled
from arhub.domain.run_kinds import RunKind
from arhub.models import Event, Run, Source, User
from arhub.network.errors import ConfigError, NetworkError, PermanentError
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope, scope_all
from connectors.base import Capability, Cursor, ErpConnector, Page
from connectors.domain import spool
from connectors.domain.connections import OURS, Level, health, note
from connectors.domain.returning import without_ours
from connectors.domain.setup import connector_of
from connectors.models import Connection, PulledPage, StreamCursor
from connectors.registry import load
from ingestion.domain import making
from ingestion.domain.policies import Policies
from ingestion.models import Ingestion, State
from ingestion.tasks import ring

KINDS = ("pull", "full_pull")
ANNOUNCED = "ingestion"
"""Where a run remembers the load that was told of before it began."""
MOST_RECORDS = 10**12
"""What says that it has more does not know."""
KEPT_DAYS = 7
"""How long pages are kept that never became a load."""


def can_pull(connection: Connection) -> bool:
    return Capability.PULL in load(connection.kind).capabilities


def start(connection: Connection, *, user: User | None = None, full: bool = False) -> Run:
    """Queue a pull of what has changed, or of everything."""
    return runs.start(KINDS[full], connection.pk, user=user)


@transaction.atomic
def pull_source(source: Source, *, full: bool = False) -> Ingestion | None:
    """Start a pull of the connection that feeds a source, and tell at once the load that it will become; None when no
    connection can."""
    for connection in Connection.objects.filter(source=source, is_enabled=True):
        if can_pull(connection):
            made = making.announce(source, origin=Ingestion.Origin.PULL, policies=_policies(connection, full))
            run = start(connection, full=full)
            Run.objects.filter(pk=run.pk).update(memory={ANNOUNCED: made.pk})
            return made
    return None


def rewind(connection: Connection, stream: str, value: str, user: User) -> None:
    """Let the next pull read a stream from another time on; an empty value means from the beginning."""
    before = StreamCursor.objects.filter(connection=connection, stream=stream).first()
    _move(connection, {stream: value}, user)
    said = before.value if before and before.value else "the beginning"
    note(connection, f"Cursor of {stream} moved from {said} to {value or 'the beginning'}.", user)


class Pull(RunKind):
    """What was added or changed since the last pull."""

    label = "Pull"
    shared = "connection"
    alone = "pull"
    is_full = False

    def title(self, subject_id: int) -> str:
        connection = Connection.objects.filter(pk=subject_id).first()
        return f"{self.label}: {connection or 'a connection that is gone'}"

    def url(self, subject_id: int) -> str:
        return reverse("admin:connectors_connection_change", args=[subject_id])

    def subjects(self) -> list[tuple[int, str]]:
        return [(one.pk, one.name) for one in Connection.objects.all() if can_pull(one)]

    def work(self, job: Job) -> bool:
        with scope(job.tenant_id):
            connection = _usable(job.subject_id)
            connector = connector_of(connection)
            _adopt_pages(job.run_id)
            last = PulledPage.objects.filter(run=job.run_id).order_by("-number").first()
            cursor, number = self._begin(connection, last), last.number if last else 0
        assert isinstance(connector, ErpConnector)
        try:
            if last is None or cursor.at:
                for page in connector.pull(cursor):
                    number += 1
                    _keep(job, connection, connector, number, page)
                    if page.cursor.at and not job.left_seconds:
                        return False
        except Cancelled:
            raise
        except Exception as error:
            with scope(job.tenant_id):
                health(connection, _why_it_stopped(error))
            raise
        self._hand_over(job, connection)
        return True

    def ended(self, run: Run, reason: str) -> None:
        waits = Ingestion.objects.filter(pk=run.memory.get(ANNOUNCED), state=State.RECEIVING)
        waits.update(state=State.FAILED, reason=f"The pull ended: {reason}", finished_at=timezone.now())

    def _begin(self, connection: Connection, last: PulledPage | None) -> Cursor:
        if last is not None:
            return Cursor(**last.cursor)
        if self.is_full:
            return Cursor()
        seen = StreamCursor.objects.filter(connection=connection).exclude(value="")
        return Cursor(dict(seen.values_list("stream", "value")))

    def _hand_over(self, job: Job, connection: Connection) -> None:
        """Make the load of what was spooled, once."""
        with scope(job.tenant_id), transaction.atomic():
            pages = list(PulledPage.objects.select_for_update().filter(run=job.run_id).order_by("number"))
            if any(page.ingestion for page in pages):
                return
            if not _are_whole([page.number for page in pages]):
                raise PermanentError("Some of its pages were forgotten. Pull again: a retry reads all of them anew.")
            health(connection, "")
            files, announced = _files(pages), job.memory.get(ANNOUNCED)
            if not files and announced:
                _fill(announced, files)
            if not files:
                _move(connection, pages[-1].cursor["since"] if pages else {})
                job.log("Nothing has changed there.")
                return
            made = _fill(announced, files) if announced else _load(connection, files, is_full=self.is_full)
            PulledPage.objects.filter(run=job.run_id).update(ingestion=made.pk)
            transaction.on_commit(ring, robust=True)
        spool.remove(name for names in files.values() for name in names)
        job.link(f"Ingestion {made.pk}", reverse("admin:ingestion_ingestion_change", args=[made.pk]))
        job.log(f"Handed over as ingestion {made.pk}.")


class FullPull(Pull):
    """Everything there is, which heals whatever drifted apart."""

    label = "Full pull"
    is_full = True


def _why_it_stopped(error: Exception) -> str:
    """What people are told. A mistake of ours may have anything in its text."""
    if isinstance(error, ConfigError):
        return str(error)
    return f"The pull stopped: {error if isinstance(error, NetworkError) else OURS}"


def _usable(connection_id: int) -> Connection:
    connection = Connection.objects.filter(pk=connection_id).select_related("source").first()
    if connection is None:
        raise ConfigError("The connection was deleted.")
    if not connection.is_enabled:
        raise ConfigError(f"{connection.name} is switched off.")
    return connection


def _adopt_pages(run_id: int) -> None:
    """A retry goes on with the pages that the run before it had stored: with all of them, or with none when some were
    forgotten, or when another pull has brought newer ones since."""
    before = Run.objects.filter(pk=run_id).values_list("retry_of", flat=True).first()
    if before is None or PulledPage.objects.filter(run=run_id).exists():
        return
    pages = PulledPage.objects.select_for_update().filter(run=before, ingestion=None).order_by("number")
    numbers = list(pages.values_list("number", flat=True))
    newer = PulledPage.objects.filter(connection__in=pages.values("connection"), run__gt=before)
    if _are_whole(numbers) and not newer.exists():
        pages.update(run=run_id)


def _are_whole(numbers: Sequence[int]) -> bool:
    return list(numbers) == list(range(1, len(numbers) + 1))


def _keep(job: Job, connection: Connection, connector: ErpConnector, number: int, page: Page) -> None:
    job.check()
    if unknown := set(page.records) - set(RECORD_TYPES):
        raise ValueError(f"{connection.kind_label} brought {min(unknown)}, which is no record type.")
    with scope(job.tenant_id):
        records = without_ours(connection, connector, page.records)
    names = spool.write(job.tenant_id, job.run_id, number, records)
    counts = {record_type: len(rows) for record_type, rows in records.items() if rows}
    cursor = {"since": dict(page.cursor.since), "at": dict(page.cursor.at)}
    with scope(job.tenant_id):
        PulledPage.objects.create(
            connection=connection, run=job.run_id, number=number, files=names, counts=counts, cursor=cursor
        )
    for record_type, many in counts.items():
        job.count(RECORD_TYPES[record_type].plural, many)
    if ours := len(page) - sum(counts.values()):
        job.count("Left out, since they were sent from here", ours)
    done = sum(job.counts.values())  # lines and the like among them, which a stream's total may not count
    total = page.total if page.total is not None and done <= page.total < MOST_RECORDS else None
    job.progress(f"Reading page {number}", done, total)


def _files(pages: Sequence[PulledPage]) -> dict[str, list[str]]:
    """Record type → names in storage, in the order they were pulled."""
    found: dict[str, list[str]] = {}
    for page in pages:
        for record_type, name in page.files.items():
            found.setdefault(record_type, []).append(name)
    return found


def _load(connection: Connection, files: Mapping[str, Sequence[str]], *, is_full: bool) -> Ingestion:
    assert connection.source is not None
    policies = _policies(connection, is_full)
    return making.create(
        connection.source, _joined(files), origin=Ingestion.Origin.PULL, review=False, policies=policies
    )


def _fill(ingestion_id: int, files: Mapping[str, Sequence[str]]) -> Ingestion:
    """Give a load that was announced its files. Raises `PermanentError` when somebody has cancelled it."""
    try:
        return making.add_part(ingestion_id, _joined(files), making.Part(1, 1), skipped={})
    except Ingestion.DoesNotExist:
        raise PermanentError(f"Ingestion {ingestion_id}, which waited for this, was cancelled.") from None


def _joined(files: Mapping[str, Sequence[str]]) -> list[tuple[str, str, Any]]:
    return [(record_type, f"{record_type}.jsonl", spool.Joined(names)) for record_type, names in files.items()]


def _policies(connection: Connection, is_full: bool) -> Policies:
    """Those of the source; a full pull that brings everything is a snapshot."""
    assert connection.source is not None
    policies, kind = Policies.of(connection.source), load(connection.kind)
    is_complete = is_full and issubclass(kind, ErpConnector) and kind.full_is_complete
    return replace(policies, extent=Source.Extent.SNAPSHOT) if is_complete else policies


def loaded(events: Sequence[Event]) -> None:
    """Move the cursors of pulls as their loads go in, and tell their connections when they do not."""
    for event in events:
        _loaded(event)


def _loaded(event: Event) -> None:
    if event.kind not in ("ingestion.committed", "ingestion.failed") or event.data.get("origin") != "pull":
        return
    last = PulledPage.objects.filter(ingestion=event.data["ingestion"]).order_by("-number").first()
    if last is None:
        return
    if event.kind == "ingestion.committed":
        chosen = _chosen_since(last)
        _move(last.connection, {name: at for name, at in last.cursor["since"].items() if name not in chosen})
    else:
        text = f"Ingestion {event.data['ingestion']} of what was pulled failed; the next pull asks for it again."
        health(last.connection, text)
        note(last.connection, text, level=Level.ERROR)


def _chosen_since(page: PulledPage) -> set[str]:
    """The streams whose cursor a person has moved since the pull of a page began: where they are to be read from now
    on is known better."""
    pages = PulledPage.objects.filter(run=page.run).order_by("number").values_list("pulled_at", flat=True)
    began = Run.objects.filter(pk=page.run).values_list("started_at", flat=True)
    since = min(moment for moment in (*pages[:1], *began) if moment)
    moved = StreamCursor.objects.filter(connection=page.connection, moved_by__isnull=False, moved_at__gte=since)
    return set(moved.values_list("stream", flat=True))


def _move(connection: Connection, since: Mapping[str, str], user: User | None = None) -> None:
    rows = [
        StreamCursor(connection=connection, stream=stream, value=value, moved_at=timezone.now(), moved_by=user)
        for stream, value in since.items()
    ]
    StreamCursor.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["tenant", "connection", "stream"],
        update_fields=["value", "moved_at", "moved_by"],
    )  # fmt: skip


def forget_old() -> int:
    """Forget pages that became a load, or never will, and what is left of them in storage. Returns how many."""
    with scope_all("forget spooled pages"):
        old = PulledPage.objects.filter(pulled_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
        unfinished = Run.objects.filter(state__in=Run.UNFINISHED).values("pk")
        gone = list(old.exclude(run__in=unfinished)[:1_000])
        spool.remove(name for page in gone for name in page.files.values())
        return PulledPage.objects.filter(pk__in=[page.pk for page in gone]).delete()[0]

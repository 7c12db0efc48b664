"""Looking into the folders of gateways for files of a source, and taking each in once.

A file that grows is still being written: it is taken when it looked the same twice, some seconds apart. What was seen
of it, what became of it and the load are stored together, so that whoever goes on after a kill takes nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatch
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from arhub.domain import runs
from arhub.domain.jobs import Job
from arhub.domain.lease import Cancelled
from arhub.domain.run_kinds import RunKind
from arhub.models import Run, User
from arhub.network.errors import ConfigError, NetworkError, PermanentError
from arhub.tenancy.scope import scope
from connectors.base import Capability
from connectors.domain import erp_cache, intake
from connectors.domain.carriers import ready
from connectors.domain.connections import OURS, health
from connectors.gateways.base import Gateway, Gone, Listed
from connectors.models import Connection, Inbox, InboxFile
from connectors.registry import load
from ingestion.models import Ingestion

KIND = "fetch"
UNFINISHED = ("*.part", "*.tmp", "*.temp", "*.filepart", "*.partial", "*.crdownload", ".*", "~$*")
"""What other programs call a file that they are still writing."""
MOST_ROUNDS = 3
"""How often one run waits for files that are still being written."""
POLL_SECONDS = 0.5
LONGEST_NAME = 500
LARGEST_SIZE = 1 << 62
State = InboxFile.State


def can_fetch(connection: Connection) -> bool:
    return Capability.LIST in load(connection.kind).capabilities


def obstacle(inbox: Inbox) -> str:
    """Why nothing can be fetched now; empty when it can."""
    if not inbox.is_enabled or not inbox.connection.is_enabled:
        return f"{inbox.connection if inbox.is_enabled else inbox} is switched off."
    return "" if can_fetch(inbox.connection) else f"Nothing is fetched through {inbox.connection}: partners send to it."


def start(inbox: Inbox, *, user: User | None = None) -> Run:
    """Queue a look into an inbox."""
    return runs.start(KIND, inbox.pk, user=user)


class Fetch(RunKind):
    """What lies in an inbox and was not taken yet."""

    label = "Fetch"
    shared = "connection"
    alone = "fetch"

    def title(self, subject_id: int) -> str:
        inbox = Inbox.objects.filter(pk=subject_id).first()
        return f"{self.label}: {inbox or 'an inbox that is gone'}"

    def url(self, subject_id: int) -> str:
        return reverse("admin:connectors_inbox_change", args=[subject_id])

    def subjects(self) -> list[tuple[int, str]]:
        inboxes = Inbox.objects.filter(is_enabled=True).select_related("connection")
        return [(one.pk, one.name) for one in inboxes if can_fetch(one.connection)]

    def hanging_on(self, things: QuerySet[Any, Any]) -> Any:
        return Inbox.objects.filter(connection__in=things).values("pk")

    def things(self, subject_ids: Collection[int]) -> Mapping[int, Connection]:
        rows = Inbox.objects.filter(pk__in=subject_ids).select_related("connection")
        return {row.pk: row.connection for row in rows}

    def work(self, job: Job) -> bool:
        with scope(job.tenant_id):
            inbox = _usable(job.subject_id)
            gateway = ready(inbox.connection)
        assert isinstance(gateway, Gateway)
        try:
            with gateway:
                is_done = _Looking(job, inbox, gateway).work()
        except Cancelled:
            raise
        except Exception as error:
            told = str(error) if isinstance(error, NetworkError) else OURS
            with scope(job.tenant_id):
                health(inbox.connection, f"{inbox}: {told}")
            raise
        with scope(job.tenant_id):
            health(inbox.connection, "")
            Inbox.objects.filter(pk=inbox.pk).update(looked_at=timezone.now())
        return is_done


class _Looking:
    """One slice of a fetch."""

    def __init__(self, job: Job, inbox: Inbox, gateway: Gateway) -> None:
        self.job, self.inbox, self.gateway = job, inbox, gateway

    def work(self) -> bool:
        """True when nothing is left to be taken now."""
        for number in range(MOST_ROUNDS):
            self.job.progress("Looking what is there")
            whole, growing = self._look()
            for done, (seen, listed) in enumerate(whole):
                self.job.progress(f"Fetching {seen.name}", done, len(whole))
                if not self._take(seen, listed) or not self.job.left_seconds:
                    return False
            if not growing or number + 1 == MOST_ROUNDS:
                break
            self._rest(self.inbox.settle_seconds)
        if growing:
            self.job.log(f"{len(growing):,} are still being written, or just came; the next fetch takes them.")
        return True

    def _look(self) -> tuple[list[tuple[InboxFile, Listed]], list[InboxFile]]:
        """The files to be taken, in order, and those that are not whole yet."""
        found = [one for one in self.gateway.list(self.inbox.folder) if _is_wanted(self.inbox, one)]
        listed = [one for one in found if _can_be_noted(one)]
        if len(listed) < len(found):
            count = f"{len(found) - len(listed):,} files"
            self.job.log(f"{count} have names or sizes that nobody can keep, and were left there.", "warning")
        whole, growing = [], []
        with scope(self.job.tenant_id):
            known = _latest(self.inbox, listed)
            for one in listed:
                seen = known.get(_key(one))
                if seen and seen.state in InboxFile.OVER and _is_same(seen, one):
                    self._move_later(seen, one)
                elif (noted := _note(self.inbox, one, seen)) and _is_whole(self.inbox, noted, one):
                    whole.append((noted, one))
                else:
                    growing.append(noted)
        return sorted(whole, key=lambda pair: self._place(*pair)), growing

    def _place(self, seen: InboxFile, listed: Listed) -> tuple[object, ...]:
        if self.inbox.contents == Inbox.Contents.ERP_CACHE:
            return erp_cache.order_of(seen.name)
        if self.inbox.order == Inbox.Order.OLDEST and listed.modified_at:
            return (listed.modified_at, seen.name)
        return (timezone.now() if self.inbox.order == Inbox.Order.OLDEST else 0, seen.name)

    def _take(self, seen: InboxFile, listed: Listed) -> bool:
        """False when those before it have to be loaded first."""
        self.job.check()
        if self.inbox.contents == Inbox.Contents.ERP_CACHE and not self._is_free():
            return False
        with TemporaryFile() as file:
            try:
                self.gateway.fetch(listed, _Bounded(file, settings.MOST_BODY_BYTES))  # type: ignore[arg-type]
            except Gone:
                self._forget(seen)
                return True
            except PermanentError as problem:  # it would be so the next time, and holds up no other
                self._set_aside(seen, problem)
                return True
            if listed.size is not None and file.tell() != listed.size:
                self._wait_longer(seen)
                return True
            self.job.check()
            with scope(self.job.tenant_id):
                taken = intake.keep_bounce(seen, file) if listed.kind == "bounce" else intake.take(seen, file)
        self._tell(taken)
        self._move(taken, listed)
        return True

    def _is_free(self) -> bool:
        """Whether the load of the drop before is over: a later one must not overtake it."""
        while True:
            with scope(self.job.tenant_id):
                last = InboxFile.objects.filter(inbox=self.inbox, ingestion__isnull=False).order_by("-id").first()
                at_work = last and Ingestion.objects.filter(pk=last.ingestion, state__in=Ingestion.PROCESSING).exists()
            if not at_work:
                return True
            if not self.job.left_seconds:
                return False
            self._rest(POLL_SECONDS)

    def _tell(self, taken: InboxFile) -> None:
        self.job.count(taken.get_state_display())
        self.job.log(f"{taken.name}: {taken.text}", "info" if taken.state in (State.TAKEN, State.ANSWER) else "warning")
        if taken.ingestion:
            self.job.link(f"Ingestion {taken.ingestion}",
                          reverse("admin:ingestion_ingestion_change", args=[taken.ingestion]))  # fmt: skip

    def _move_later(self, seen: InboxFile, listed: Listed) -> None:
        """What was taken before, by a fetch that died before it could move it."""
        if seen.moved_at is None and self.inbox.afterwards == Inbox.Afterwards.MOVE:
            self._move(seen, listed)

    def _move(self, taken: InboxFile, listed: Listed) -> None:
        if self.inbox.afterwards != Inbox.Afterwards.MOVE:
            return
        self.gateway.move(listed, _below(self.inbox.folder, self.inbox.move_to))
        with scope(self.job.tenant_id):
            InboxFile.objects.filter(pk=taken.pk).update(moved_at=timezone.now())

    def _forget(self, seen: InboxFile) -> None:
        with scope(self.job.tenant_id):
            InboxFile.objects.filter(pk=seen.pk, state=State.SEEN).update(
                state=State.GONE, text="It was taken away before it could be fetched."
            )
        self.job.log(f"{seen.name} was taken away before it could be fetched.", "warning")

    def _set_aside(self, seen: InboxFile, problem: PermanentError) -> None:
        with scope(self.job.tenant_id):
            self._tell(intake.refuse(seen, str(problem)))

    def _wait_longer(self, seen: InboxFile) -> None:
        with scope(self.job.tenant_id):
            InboxFile.objects.filter(pk=seen.pk).update(seen_at=timezone.now(), size=None)
        self.job.log(f"{seen.name} changed while it was fetched; it is fetched anew.", "warning")

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + min(seconds, self.job.left_seconds)
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 5))
            self.job.check()


class _Bounded:
    """A file that takes no more than a load may have: what a server sends need not end."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file, self._most = file, most
        self.tell, self.seek, self.truncate = file.tell, file.seek, file.truncate

    def write(self, block: bytes) -> int:
        if self._file.tell() + len(block) > self._most:
            raise PermanentError(f"Expected a file of at most {self._most >> 20:,} MB, found a larger one.")
        return self._file.write(block)


def _usable(inbox_id: int) -> Inbox:
    inbox = Inbox.objects.filter(pk=inbox_id).select_related("connection", "source", "profile").first()
    if inbox is None:
        raise ConfigError("The inbox was deleted.")
    if reason := obstacle(inbox):
        raise ConfigError(reason)
    return inbox


def _is_wanted(inbox: Inbox, listed: Listed) -> bool:
    name = listed.name.lower()
    if listed.kind == "bounce":
        return True
    if any(fnmatch(name, pattern) for pattern in UNFINISHED):
        return False
    return any(fnmatch(name, pattern.lower()) for pattern in inbox.pattern.split() or ["*"])


def _can_be_noted(listed: Listed) -> bool:
    """Whether a database takes its name and size: other servers know names of any length and of any bytes."""
    names = listed.folder + listed.name + listed.version
    is_text = "\0" not in names and not any("\ud800" <= sign <= "\udfff" for sign in names)
    return is_text and len(listed.name) <= LONGEST_NAME and 0 <= (listed.size or 0) < LARGEST_SIZE


def _latest(inbox: Inbox, listed: Sequence[Listed]) -> dict[tuple[str, str, str], InboxFile]:
    """What is known of each file by folder, name and version, and without the version the last that was seen."""
    rows = list(InboxFile.objects.filter(inbox=inbox, name__in={one.name for one in listed}).order_by("id"))
    last = {(row.folder, row.name, ""): row for row in rows}
    return last | {(row.folder, row.name, row.version): row for row in rows if row.version}


def _key(listed: Listed) -> tuple[str, str, str]:
    """Several mails have files of one name; in a folder, another version is the same file, changed."""
    return listed.folder, listed.name, _version(listed) if listed.is_whole else ""


def _version(listed: Listed) -> str:
    return (listed.version or (listed.modified_at.isoformat() if listed.modified_at else ""))[:255]


def _is_same(seen: InboxFile, listed: Listed) -> bool:
    return seen.version == _version(listed) and listed.size in (None, seen.size)


def _note(inbox: Inbox, listed: Listed, seen: InboxFile | None) -> InboxFile:
    """Note a file as it stands now; what changed since is seen for the first time again."""
    if seen is None or seen.state != State.SEEN:
        row = InboxFile(inbox=inbox, name=listed.name, folder=listed.folder)
    elif _is_same(seen, listed):
        seen.inbox = inbox
        return seen
    else:
        row = seen
        row.inbox = inbox
    row.size, row.version, row.seen_at = listed.size, _version(listed), timezone.now()
    row.save()
    return row


def _is_whole(inbox: Inbox, seen: InboxFile, listed: Listed) -> bool:
    return listed.is_whole or timezone.now() - seen.seen_at >= timedelta(seconds=inbox.settle_seconds)


def _below(folder: str, name: str) -> str:
    return name if name.startswith("/") or not folder else f"{folder.rstrip('/')}/{name}"

"""Load files from the command line, in the foreground and without a worker."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from arhub.domain.tenants import UPLOADS
from arhub.management.tenants import tenant_named
from arhub.models import Source, Tenant
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion.domain import making, runs
from ingestion.domain.archive import ARCHIVE
from ingestion.domain.control_given import NotATotal, total_given
from ingestion.errors import Unreadable
from ingestion.models import Ingestion, Review, State

Controls = dict[str, dict[str, Any]]
COLUMNS = ("lines", "inserted", "updated", "unchanged", "invalid")


class Command(BaseCommand):
    help = (
        "Load files and print what every data model did. Exit status: 0 all rows went in, 1 some were invalid or a "
        "control total differs, 2 the load failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        known = ", ".join(RECORD_TYPES)
        told = f"TYPE is one of {known}; a ZIP of several files stands alone"
        parser.add_argument("files", nargs="+", metavar="TYPE=FILE", help=told)
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--source", default=UPLOADS, help="the name of the source the files come from")
        parser.add_argument(
            "--control",
            action="append",
            default=[],
            metavar="TYPE:count=N,CUR=AMOUNT",
            help="what a file should hold, such as invoice:count=120,DKK=1200.50; when it differs, nothing goes in and "
            "the load waits for review. May be repeated, once a type",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and do nothing")
        parser.add_argument("--json", action="store_true", help="print the result as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_named(options["tenant"], returncode=2)
        pairs = [self._pair(text) for text in options["files"]]
        controls = _controls(options["control"], [name for name, _ in pairs])
        review = options["dry_run"] or bool(controls)
        ingestion = self._create(tenant, options["source"], pairs, controls, review=review)
        state = self._work(tenant, ingestion, dry_run=options["dry_run"])
        with scope(tenant.pk):
            ingestion.refresh_from_db()
            result = _result(ingestion, state)
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))
        else:
            self._print(ingestion, result)
        if state not in (State.COMMITTED, State.REVIEW):
            sys.exit(2)
        if any(line["invalid"] for line in result["files"]) or not all(row["agrees"] for row in result["control"]):
            sys.exit(1)

    def _pair(self, text: str) -> tuple[str, Path]:
        name, _, path = text.partition("=")
        if name not in RECORD_TYPES and Path(text).is_file():
            return ARCHIVE, Path(text)
        if name not in RECORD_TYPES or not path:
            known = ", ".join(RECORD_TYPES)
            raise CommandError(
                f"Expected TYPE=FILE with a TYPE of {known}, or a ZIP of several files, found “{text}”.", returncode=2
            )
        if not Path(path).is_file():
            raise CommandError(f"There is no file {path}.", returncode=2)
        return name, Path(path)

    def _create(
        self, tenant: Tenant, source_name: str, pairs: list[tuple[str, Path]], controls: Controls, *, review: bool
    ) -> Ingestion:
        """Made as claimed already, so that no worker takes it."""
        with ExitStack() as stack:
            stack.enter_context(scope(tenant.pk))
            source = Source.objects.filter(name=source_name).first()
            if source is None:
                known = ", ".join(Source.objects.values_list("name", flat=True))
                raise CommandError(f"There is no source “{source_name}”. There are: {known}.", returncode=2)
            files = [(name, path.name, stack.enter_context(path.open("rb"))) for name, path in pairs]
            try:
                origin = Ingestion.Origin.COMMAND
                ingestion = making.create(source, files, origin=origin, review=review, controls=controls)
            except Unreadable as problem:
                raise CommandError(str(problem), returncode=2) from problem
            _take(ingestion)
            ingestion.refresh_from_db()
            return ingestion

    def _work(self, tenant: Tenant, ingestion: Ingestion, *, dry_run: bool) -> State:
        bar = _Bar(self.stderr) if self.stderr.isatty() else None
        try:
            state = runs.work(tenant.pk, ingestion.pk, tell=bar)
            if state == State.REVIEW and not dry_run and _take_on(tenant, ingestion):
                state = runs.work(tenant.pk, ingestion.pk, tell=bar)
        except KeyboardInterrupt:
            self._drop(tenant, ingestion)
            raise CommandError("Cancelled; nothing went in.", returncode=2) from None
        except Exception:  # ours: it is logged with its reference, and the run says so
            state = State.FAILED
        finally:
            if bar:
                bar.end()
        if dry_run and state == State.REVIEW:
            self._drop(tenant, ingestion)
        return state

    def _drop(self, tenant: Tenant, ingestion: Ingestion) -> None:
        with scope(tenant.pk):
            ingestion.refresh_from_db()
            runs.cancel(ingestion)

    def _print(self, ingestion: Ingestion, result: dict[str, Any]) -> None:
        width = max(len(line["type"]) for line in result["files"]) if result["files"] else 4
        self.stdout.write(f"{'Type':<{width}}" + "".join(f"{name.capitalize():>12}" for name in COLUMNS))
        for line in result["files"]:
            self.stdout.write(f"{line['type']:<{width}}" + "".join(f"{line[name]:>12,}" for name in COLUMNS))
        for line in result["files"]:
            for text in line["warnings"] if result["state"] != State.FAILED else ():
                self.stdout.write(f"Warning, {line['file']}: {text}")
            for error in line["errors"]:
                self.stdout.write(f"{error['file']}, line {error['line']}: {error['text']}")
        for row in result["control"]:
            if not row["agrees"]:
                what = row["currency"] or "rows"
                self.stdout.write(f"Control total, {row['file']}: {row['given']} {what} given, {row['found']} found.")
        for text in filter(None, [result["reason"]]):
            self.stdout.write(text)
        self.stdout.write(f"Ingestion {ingestion.pk}: {State(result['state']).label.lower()}.")


def _controls(texts: list[str], types: list[str]) -> Controls:
    """The control totals of the command line; each is of the one file of its type, or of one inside a ZIP."""
    found: Controls = {}
    for text in texts:
        name, _, parts = text.partition(":")
        pairs = [(key, value) for key, _, value in (part.partition("=") for part in parts.split(","))]
        if name not in RECORD_TYPES or name in found or not all(key and value for key, value in pairs):
            wanted = "Expected --control TYPE:count=N,CUR=AMOUNT, once a type"
            raise CommandError(f"{wanted}, found “{text}”.", returncode=2)
        if types.count(name) != 1 and ARCHIVE not in types:
            raise CommandError(
                f"A control total is of one file; there are {types.count(name)} of {name}.", returncode=2
            )
        sums = [(value, key) for key, value in pairs if key != "count"]
        try:
            found[name] = total_given(RECORD_TYPES[name], dict(pairs).get("count", ""), sums, decimal_sign=".")
        except NotATotal as mistake:
            raise CommandError(str(mistake), returncode=2) from mistake
    return found


def _take_on(tenant: Tenant, ingestion: Ingestion) -> bool:
    """Ask for the commit of a load whose control totals agree, and take it before a worker does."""
    with scope(tenant.pk), transaction.atomic():
        control = Review.objects.get(ingestion=ingestion).control
        agrees = all(row["agrees"] for row in control)
        return agrees and runs.request_commit(ingestion, rejects=ingestion.rejects) and _take(ingestion)


def _take(ingestion: Ingestion) -> bool:
    return runs.take(Ingestion.objects.filter(pk=ingestion.pk))


def _result(ingestion: Ingestion, state: State) -> dict[str, Any]:
    """Shape: {id, state, reason, files: [{type, file, *COLUMNS, errors: [{file, line, text}], warnings: [text]}],
    control: [{file, currency, given, found, agrees, ...}]}."""
    review = Review.objects.filter(ingestion=ingestion).first()
    files = []
    for count in ingestion.counts.select_related("file").order_by("file__position", "type"):
        bad = ingestion.invalid_rows.filter(file=count.file, type=count.type).order_by("line")[:20]
        errors = [{"file": count.file.name, "line": row.line, "text": row.message} for row in bad]
        numbers = {name: getattr(count, name) for name in COLUMNS}
        warnings = count.file.warnings
        files.append({"type": count.type, "file": count.file.name, **numbers, "errors": errors, "warnings": warnings})
    told = {"id": ingestion.pk, "state": str(state), "reason": ingestion.reason, "files": files}
    return told | {"control": review.control if review else []}


class _Bar:
    """A progress bar on a terminal."""

    def __init__(self, out: Any) -> None:
        self.out = out

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        part = min(done / total, 1.0) if total else 0.0
        filled = "█" * int(part * 30)
        count = f"{done:,} rows" + (f" of about {total:,}" if total else "")
        self.out.write(f"\r{stage:<10} {filled:<30} {count}\033[K", ending="")

    def end(self) -> None:
        self.out.write("\r\033[K", ending="")

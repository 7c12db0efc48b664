"""Export documents of an adaptor from the command line, in the foreground and without a worker."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from adaptors.catalogue import Work
from adaptors.domain.transactions import manual_search
from adaptors.domain.transactions.exporting import asks, confirm_first_run
from adaptors.domain.transactions.foreground import Line, Outcome, export_all
from adaptors.domain.transactions.manual_search import CannotSearch, missing_numbers
from adaptors.domain.transactions.selection import Wanted
from adaptors.models import Activation
from arhub.management.tenants import tenant_named
from arhub.models import Account
from arhub.network.errors import ConfigError
from arhub.tenancy.scope import scope

DONE = {Outcome.SENT: "sent", Outcome.HELD: "on hold", Outcome.EXPORTED: "exported before",
        Outcome.NOT_ACTIVATED: "not activated", Outcome.NEVER: "never exported"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """`wanted` is None for all that is due; `missing` are numbers of documents and customers that nobody has."""

    wanted: Wanted | None
    missing: list[str]
    by_number: bool = False


class Command(BaseCommand):
    help = (
        "Export documents through an adaptor: all that is due, or what is asked for by number, customer or date; what "
        "was exported before is not sent again. Exit status: 0 all is well, 1 something is on hold, was not found or, "
        "asked for by its number, does not go, 2 the command is wrong or the adaptor is off."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--activation", required=True, help="the name or the id of the adaptor in My Adaptors")
        parser.add_argument("--invoice", nargs="+", metavar="N", help="numbers of documents, or ranges as 1000-1050")
        parser.add_argument("--account", nargs="+", metavar="A", help="numbers of customers")
        parser.add_argument("--from", dest="first", metavar="DAY", help="documents dated this day or later: 2026-03-15")
        parser.add_argument("--to", dest="last", metavar="DAY", help="documents dated this day or earlier")
        parser.add_argument("--first-run", action="store_true", help="send many documents with the adaptor's first run")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of each, and store nothing")
        parser.add_argument("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_named(options["tenant"], returncode=2)
        is_dry = options["dry_run"]
        with scope(tenant.pk):
            activation = _activation(options["activation"])
            asked = _asked(activation, options)
            _check(activation, asked, options)
        lines: Iterable[Line] = export_all(tenant.pk, activation.pk, asked.wanted, is_dry=is_dry)
        if asked.missing and not (asked.wanted and (asked.wanted.numbers or asked.wanted.accounts)):
            lines = ()  # nobody has anything of what was asked for
        head = {"tenant": tenant.slug, "activation": activation.name, "dry_run": is_dry}
        tell = _Json(self.stdout, head) if options["json"] else _Text(self.stdout, is_dry=is_dry)
        counts: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        try:
            for line in lines:
                counts[line.outcome] += 1
                reasons.update(line.reasons[:1])
                tell.line(line)
        except ConfigError as problem:
            raise CommandError(str(problem), returncode=2) from problem
        tell.end(counts, reasons, asked.missing)
        if counts[Outcome.HELD] or asked.missing:
            sys.exit(1)
        if asked.by_number and counts[Outcome.NOT_ACTIVATED] + counts[Outcome.NEVER]:
            sys.exit(1)


def _activation(text: str) -> Activation:
    rows = {one.name: one for one in Activation.objects.all() if one.entry.work is Work.EXPORT}
    found = rows.get(text) or next((one for one in rows.values() if str(one.pk) == text), None)
    if found is None:
        known = ", ".join(sorted(rows)) or "none"
        raise CommandError(f"There is no adaptor “{text}” that exports documents. There are: {known}.", returncode=2)
    return found


def _asked(activation: Activation, options: dict[str, Any]) -> Asked:
    # An empty one is asked for, too: a script whose variable was never set must not export all that is due.
    days_given = options["first"] is not None or options["last"] is not None
    ways = [bool(options["invoice"]), bool(options["account"]), days_given]
    if sum(ways) > 1:
        raise CommandError("Expected one of --invoice, --account, or --from and --to; found several.", returncode=2)
    try:
        if options["invoice"]:
            numbers = manual_search.by_numbers(activation, "\n".join(options["invoice"]))["numbers"]
            missing = missing_numbers(activation, numbers)
            return Asked(Wanted(numbers=[one for one in numbers if one not in set(missing)]), missing, by_number=True)
        if options["account"]:
            return _of_accounts(activation, options["account"])
        if any(ways):
            days = manual_search.by_dates(options["first"] or "", options["last"] or "")
            return Asked(manual_search.wanted_of(days), [])
    except CannotSearch as problem:
        raise CommandError(str(problem), returncode=2) from problem
    return Asked(None, [])


def _of_accounts(activation: Activation, numbers: list[str]) -> Asked:
    ledger = activation.source.ledger_id if activation.source else None
    rows = Account.objects.filter(ledger=ledger, number_lower__in=[number.lower() for number in numbers])
    found = dict(rows.values_list("pk", "number_lower"))
    missing = [number for number in numbers if number.lower() not in set(found.values())]
    return Asked(Wanted(accounts=list(found)), missing)


def _check(activation: Activation, asked: Asked, options: dict[str, Any]) -> None:
    if options["dry_run"]:
        return
    if not activation.is_on:
        raise CommandError(f"{activation} is switched off. With --dry-run it can be tried.", returncode=2)
    if asked.wanted is not None:
        return
    if (found := asks(activation)) and not options["first_run"]:
        text = f"The first run of {activation} would send {found:,} documents: say --first-run if they are to go."
        raise CommandError(text, returncode=2)
    confirm_first_run(activation)


class _Text:
    """A line for each document, and a summary."""

    def __init__(self, out: Any, *, is_dry: bool) -> None:
        self.out, self.is_dry = out, is_dry

    def line(self, line: Line) -> None:
        said = self._done(line.outcome)
        why = f": {' '.join(line.reasons)}" if line.reasons and line.outcome != Outcome.EXPORTED else ""
        self.out.write(f"{line.number}\t{line.date or '–'}\t{line.customer}\t{said}{why}")

    def end(self, counts: Counter[str], reasons: Counter[str], missing: list[str]) -> None:
        told = [f"{counts[one]:,} {self._done(one)}" for one in Outcome if counts[one]]
        self.out.write(", ".join(told) + "." if told else "Nothing to export.")
        for reason, count in reasons.most_common():
            self.out.write(f"{count:,}: {reason}")
        if missing:
            self.out.write(f"Not found: {', '.join(missing)}")
        if self.is_dry:
            self.out.write("This was a dry run: nothing was stored, nothing was sent.")

    def _done(self, outcome: Outcome) -> str:
        return "would be sent" if self.is_dry and outcome == Outcome.SENT else DONE[outcome]


class _Json:
    """One object: {tenant, activation, dry_run, documents: [{number, customer, date, outcome, transaction, reasons}],
    counts: {outcome: n}, reasons: {text: n}, not_found: [number]}. Written as it comes, however much it is."""

    def __init__(self, out: Any, head: dict[str, Any]) -> None:
        self.out, self.separator = out, ""
        out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "documents": [', ending="")

    def line(self, line: Line) -> None:
        told = {
            "number": line.number, "customer": line.customer, "date": str(line.date) if line.date else None,
            "outcome": line.outcome, "transaction": line.transaction, "reasons": list(line.reasons),
        }  # fmt: skip
        self.out.write(self.separator + json.dumps(told, ensure_ascii=False), ending="")
        self.separator = ", "

    def end(self, counts: Counter[str], reasons: Counter[str], missing: list[str]) -> None:
        tail = {"counts": {one: counts[one] for one in Outcome}, "reasons": dict(reasons), "not_found": missing}
        self.out.write("], " + json.dumps(tail, ensure_ascii=False)[1:])

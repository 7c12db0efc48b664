"""From a document to the bytes that go out: composed, rendered in the customer's format, checked by its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adaptors.domain.customers.readiness import format_options
from adaptors.domain.documents.checking import check, in_use
from adaptors.domain.documents.composing import Composed, compose
from adaptors.domain.documents.mistakes import PASSING, mistake_with
from adaptors.formats.base import Format, Problem, Rendered, Unsayable
from adaptors.formats.document import Attachment, OutgoingDocument
from adaptors.models import Activation, Transaction
from adaptors.registry import FORMATS, load
from adaptors.validation.base import CannotCheck, Finding

DEFAULT_NAME = "{document_type}-{number}.{ending}"


@dataclass(frozen=True, slots=True)
class Produced:
    """What became of a document. With problems it is held, whatever bytes there are; warnings hold nothing. `bound_to`
    and `waits_for` are as in a transaction."""

    composed: Composed
    format: str
    rendered: Rendered | None = None
    problems: Sequence[Problem] = ()
    findings: Sequence[Finding] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    checked_by: Sequence[str] = ()
    bound_to: Sequence[Mapping[str, str]] = ()
    waits_for: Sequence[int] = ()

    @property
    def is_held(self) -> bool:
        return bool(self.problems) or any(one.is_fatal for one in self.findings)


class Producer:
    """Makes documents of one activation. Formats are made once for each way of writing."""

    def __init__(self, activation: Activation, *, is_checking: bool = True) -> None:
        self.activation, self.is_checking = activation, is_checking
        self._formats: dict[tuple[str, str], Format] = {}
        self._in_use: dict[str, list[str]] = {}

    def produce(self, ids: Sequence[int]) -> Iterator[Produced]:
        """Some hundreds of documents at most, by their ids; those whose customer has no rule are left out."""
        for composed in compose(self.activation, ids):
            yield self._one(composed)

    def _one(self, composed: Composed) -> Produced:
        try:
            return self._produced(composed)
        except PASSING:
            raise
        except Exception:
            kind = composed.rule.format or self.activation.format if composed.rule else ""
            return Produced(composed, kind, problems=[mistake_with(composed.document_id)])

    def _produced(self, composed: Composed) -> Produced:
        assert composed.rule is not None
        kind = composed.rule.format or self.activation.format
        if kind not in FORMATS:
            return Produced(
                composed, kind, problems=[*composed.problems, Problem("No output format is chosen.", "format")]
            )
        if composed.outgoing is None:
            return Produced(composed, kind, problems=composed.problems)
        try:
            format = self._format(kind, format_options(self.activation, composed.rule))
        except ValueError as wrong:
            return Produced(composed, kind, problems=[*composed.problems, Problem(str(wrong), "format")])
        facts = facts_of(composed.outgoing, composed.settings)
        if composed.outgoing.kind not in format.document_kinds:
            problem = Problem(f"{format.label} has no {composed.outgoing.kind.label.lower()}.", "format")
            return Produced(composed, kind, problems=[*composed.problems, problem], facts=facts)
        try:
            rendered = self._rendered(format, composed.outgoing)
        except Unsayable as refusal:
            return Produced(composed, kind, problems=[*composed.problems, *refusal.problems], facts=facts)
        facts |= rendered.facts
        if not self.is_checking or not format.rules:
            return Produced(composed, kind, rendered, composed.problems, facts=facts)
        try:
            found, sets = check(rendered.content, format.rules), self._sets(format)
        except CannotCheck as problem:
            return Produced(composed, kind, rendered, [*composed.problems, Problem(str(problem))], facts=facts)
        return Produced(composed, kind, rendered, composed.problems, found, facts, sets)

    def _sets(self, format: Format) -> list[str]:
        """The sets of rules that look at a format's documents, looked up once."""
        if format.kind not in self._in_use:
            self._in_use[format.kind] = in_use(format.rules)
        return self._in_use[format.kind]

    def _rendered(self, format: Format, outgoing: OutgoingDocument) -> Rendered:
        """A format that takes another one along gets it as its first attachment."""
        if not format.takes_along:
            return format.render(outgoing)
        inner = self._format(format.takes_along, {}).render(outgoing)
        name = f"{outgoing.number}.{inner.ending}"
        attached = Attachment(name, inner.media_type, inner.content, is_alternative=True)
        return format.render(replace(outgoing, attachments=(attached, *outgoing.attachments)))

    def _format(self, kind: str, options: Mapping[str, Any]) -> Format:
        key = kind, repr(sorted(options.items()))
        if key not in self._formats:
            self._formats[key] = load(kind)(options)
        return self._formats[key]


def page_of(row: Transaction) -> Rendered | None:
    """The document of a transaction as a PDF for people; None when it has changed since, for then the page would say
    something else than what went out. Raises `Unsayable`."""
    outgoing = as_sent(row)
    return load("pdf")().render(outgoing) if outgoing else None


def as_sent(row: Transaction) -> OutgoingDocument | None:
    """What the document of a transaction says; None when it has changed since."""
    composed = next(compose(row.activation, [row.document_id]), None)
    return composed.outgoing if composed and composed.version == row.version else None


def facts_of(document: OutgoingDocument, settings: Mapping[str, str]) -> dict[str, str]:
    """What templates and gateways may ask of a document, by the names of `connectors.gateways.templates.FACTS`."""
    found = {
        "document_type": str(document.kind),
        "number": document.number,
        "date": document.issue_date.isoformat(),
        "due_date": document.due_date.isoformat() if document.due_date else "",
        "currency": document.currency,
        "total": f"{document.totals.gross:f}",
        "order_number": document.customer_order_number,
        "account_number": settings["customer_number"],
        "account_name": document.buyer.name,
        "email": settings["customer_email"],
        "sender": str(document.seller.endpoint or ""),
        "receiver": str(document.buyer.endpoint or ""),
        "country": document.seller.address.country,
    }
    return {name: value for name, value in found.items() if value}


def explained(produced: Produced) -> list[dict[str, Any]]:
    """Problems and findings as they are stored: text, field, line, rule, whether it holds the document."""
    rows = [told(one) for one in produced.problems]
    for one in produced.findings:
        rows.append(
            {"text": one.meaning, "field": one.field, "line": one.line, "rule": one.rule, "holds": one.is_fatal,
             "said": one.text, "location": one.location}
        )  # fmt: skip
    return rows


def told(problem: Problem) -> dict[str, Any]:
    """A problem as it is stored; it holds the document."""
    return {"text": problem.text, "field": problem.field, "line": problem.line, "rule": "", "holds": True}

"""Sage Intacct as a connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from lxml import etree

from connectors.base import (
    Capability,
    Check,
    Cursor,
    ErpConnector,
    Message,
    Page,
    Result,
    Setting,
    Stream,
    Subject,
    TargetObject,
)
from connectors.erp.intacct import customers, documents, payments, pulling, targets
from connectors.erp.intacct.answers import parse
from connectors.erp.intacct.checks import Trial
from connectors.erp.intacct.described import Described
from connectors.erp.intacct.filters import Condition
from connectors.erp.intacct.gateway import Gateway
from connectors.erp.intacct.reading import Reader, Row, reader_of
from connectors.erp.intacct.sending import Sending, content_of
from connectors.erp.intacct.settings import SETTINGS, Posting


class IntacctConnector(ErpConnector):
    """Calls go out one at a time: Intacct lets a company have two at once, and others want theirs."""

    kind: ClassVar[str] = "intacct"
    label: ClassVar[str] = "Sage Intacct"
    summary: ClassVar[str] = (
        "Sends customers, AR invoices, credit notes, advances and payments to Sage Intacct, and reads them back."
    )
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.PULL, Capability.PUSH, Capability.LOOK_UP})

    streams: ClassVar[tuple[Stream, ...]] = pulling.STREAMS
    full_is_complete: ClassVar[bool] = True
    pushes: ClassVar[Mapping[str, str]] = {
        "account": "Customer", "invoice": "AR Invoice", "adjustment": "AR credit note",
        "payment": "AR Payment or AR Advance",
    }  # fmt: skip
    returns_as: ClassVar[Mapping[str, str]] = {
        "invoice": "recordno", "adjustment": "recordno", "payment": "RECORDNO",
    }  # fmt: skip
    key_names: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "account": ("customerid", "recordno"), "invoice": ("recordno", "invoiceno"),
        "adjustment": ("recordno", "invoiceno"), "payment": ("RECORDNO",),
    }  # fmt: skip
    updates: ClassVar[frozenset[str]] = frozenset({"account"})
    objects: ClassVar[tuple[TargetObject, ...]] = targets.OBJECTS
    done_within_seconds: ClassVar[int] = 15 * 60  # how long the gateway works on after it has let the caller go

    @classmethod
    def object_of(cls, subject: Subject) -> TargetObject | None:
        if subject.record_type == "payment":
            return targets.PAYMENT if subject.applications else targets.ADVANCE
        return super().object_of(subject)

    @classmethod
    def rows(cls, subject: Subject) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Lines that are only text are not sent, and a document without others is one line. Rates are told the other
        way round there."""
        own = {**subject.values, "exchange_rate": targets.turned(subject.values.get("exchange_rate"))}
        if subject.record_type == "account":
            return {"": [own], **{place: [contact] for place, contact in customers.places(subject.contacts).items()}}
        return {"": [own], "line": documents.counted(subject.lines) or [{}], "application": subject.applications}

    def checks(self) -> Sequence[Check]:
        return Trial(self._gateway, self._reader, self._posting).checks()

    def pull(self, cursor: Cursor) -> Iterator[Page]:
        return pulling.pages(
            Described(self._gateway, self._reader), cursor, int(self.setup.values.get("overlap_minutes", 10))
        )

    def read_object(self, name: str, fields: Sequence[str], where: Condition | None = None) -> Iterator[Row]:
        """Every record of any object by its name there, such as GLACCOUNT or DEPARTMENT, as texts."""
        return self._reader.all(name, fields, where)

    def compose(self, identity: str, subjects: Sequence[Subject]) -> Message:
        (subject,) = subjects
        return Message(identity, content_of(identity, self._functions(subject)), subjects)

    def told(self, message: Message) -> Mapping[str, Sequence[str]]:
        content = parse(message.content)
        return {
            name: ["-".join(text.strip() for text in one.itertext()) for one in content.iter(tag)]
            for name, tag in targets.WORKED_OUT.items()
        }

    def push(self, message: Message) -> Result:
        return Sending(self._gateway, self._reader, message).send()

    def look_up(self, message: Message) -> Result | None:
        return Sending(self._gateway, self._reader, message).look_up()

    def _functions(self, subject: Subject) -> list[etree._Element]:
        match subject.record_type:
            case "account":
                return list(customers.customer(subject, self._posting))
            case "invoice":
                return [documents.invoice(subject, self._posting)]
            case "adjustment":
                return [documents.credit_memo(subject, self._posting)]
            case "payment":
                return [payments.payment(subject, self._posting)]
        raise ValueError(f"{subject.record_type} is not sent to Intacct.")

    @cached_property
    def _posting(self) -> Posting:
        return Posting.of(self.setup.values)

    @cached_property
    def _gateway(self) -> Gateway:
        return Gateway(self.setup)

    @cached_property
    def _reader(self) -> Reader:
        return reader_of(self._gateway, str(self.setup.values.get("read_with") or "query"))

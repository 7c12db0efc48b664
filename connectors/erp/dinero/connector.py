"""Dinero behind a Connection: what it needs, how it is tested, and what is pulled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from arhub.network.errors import ConfigError
from connectors.base import Capability, Check, Cursor, ErpConnector, Page, Setting, Setup, Stream
from connectors.erp.dinero.client import DineroClient
from connectors.erp.dinero.pull import CONTACTS, SALES, Place, Pull
from connectors.erp.dinero.sales import status_of
from connectors.erp.dinero.values import text

LIMIT = 100
OVERLAP_MINUTES = 10
PIECES = range(10, 101)  # booked vouchers on a page, by how many a fifth of a minute brings


class DineroConnector(ErpConnector):
    kind: ClassVar[str] = "dinero"
    label: ClassVar[str] = "Dinero"
    summary: ClassVar[str] = "Reads customers, invoices, credit notes, payments and what is left to pay from Dinero."
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.PULL})
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream(CONTACTS, "Contacts", ("account", "contact")),
        Stream(
            SALES, "Invoices and credit notes",
            ("invoice", "adjustment", "invoice_line", "payment", "payment_applied", "credit_memo_applied"),
        ),
    )  # fmt: skip
    full_is_complete: ClassVar[bool] = True
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("client_id", "Client id", "From Dinero: write to api@dinero.dk for a personal integration, and name "
                "your organization. The answer has client id and client secret."),
        Setting("client_secret", "Client secret", "Comes with the client id.", kind="secret"),
        Setting("api_key", "API key", "In Dinero, in the organization that is to be read: Indstillinger > "
                "Integrationer > API-nøgler. It needs Dinero Pro.", kind="secret"),
        Setting("organization", "Organization", "The id of the organization (Firma-ID), as Dinero shows it and Test "
                "connection lists it. Leave it empty when the key sees only one.", required=False),
        Setting("payments", "Fetch payments", "One more request per booked invoice. Without it what is left to pay is "
                "known only of invoices that are paid in full.", kind="bool", default=True),
        Setting("requests_per_minute", "Requests a minute", "Dinero takes 100 a minute of one organization and client "
                "id. Take less when something else uses the same client id.", kind="number", default=LIMIT),
        Setting("overlap_minutes", "Overlap in minutes", "How far before the last pull the next one looks back.",
                kind="number", default=OVERLAP_MINUTES),
        Setting("api_url", "Address of the API", "Dinero's own, or a simulator's.", kind="url",
                default="https://api.dinero.dk"),
        Setting("sign_in_url", "Address of the sign-in", "Dinero's own; for a simulator the same as above.", kind="url",
                default="https://authz.dinero.dk"),
    )  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.client = DineroClient(setup)

    @classmethod
    def requests_per_minute(cls, values: Mapping[str, Any]) -> int:
        return int(values.get("requests_per_minute") or LIMIT)

    def checks(self) -> Sequence[Check]:
        return (
            Check("Reach the sign-in", lambda: f"{self.client.reach_sign_in()} answers."),
            Check("Sign in", self._sign_in),
            Check("Find the organization", self._find_organization),
            Check("Read a contact", self._read_contact),
            Check("Read a sale", self._read_sale),
        )

    def pull(self, cursor: Cursor) -> Iterator[Page]:
        values = self.setup.values
        piece = min(max(self.requests_per_minute(values) // 5, PIECES.start), PIECES.stop - 1)
        minutes = values.get("overlap_minutes")
        overlap = timedelta(minutes=OVERLAP_MINUTES if minutes in (None, "") else int(minutes))
        pull = Pull(
            self.client, dict(cursor.since), piece=piece, overlap=overlap, payments=values.get("payments") is not False
        )
        return pull.pages(Place.of(cursor.at))

    def _sign_in(self) -> str:
        self.client.sign_in()
        return "Client id, client secret and API key are right."

    def _find_organization(self) -> str:
        seen = self.client.organizations()
        one = self.client.organization()
        others = [f"{row.get('id')} ({row.get('name')})" for row in seen if row.get("id") != one.get("id")]
        if one.get("ispro") is False and one.get("ispayingpro") is not True:
            raise ConfigError(f"{one.get('name')} has no Dinero Pro subscription, which Dinero's API needs.")
        more = f" The API key sees also {', '.join(others)}." if others else ""
        return f"Reads {one.get('id')}, {one.get('name')}.{more}"

    def _read_contact(self) -> str:
        path = f"/v2/{self.client.organization_id()}/contacts"
        found = self.client.listing(path, 0, 1, fields="Name,ContactGuid")
        return f"Found “{text(found.rows[0], 'name')}”{_of(found.total)}." if found.rows else "There is no contact yet."

    def _read_sale(self) -> str:
        path = f"/v1/{self.client.organization_id()}/sales"
        found = self.client.listing(path, 0, 1, fields="Guid,Description,Status,Type")
        if not found.rows:
            return "There is no invoice yet."
        row = found.rows[0]
        return f"Found “{text(row, 'description')}”, {(status_of(row) or 'of no status').lower()}{_of(found.total)}."


def _of(total: int | None) -> str:
    return f", one of {total:,}" if total else ""

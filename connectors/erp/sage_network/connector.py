"""Sage Network, or any server that speaks its API, such as another hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from arhub.network.errors import ConfigError, PermanentError
from connectors.base import (
    Capability,
    Check,
    Cursor,
    ErpConnector,
    Message,
    NeverThere,
    Page,
    Result,
    Setting,
    Stream,
    Subject,
)  # fmt: skip
from connectors.erp.sage_network.client import MOST_RECORDS, Client, Dict
from connectors.erp.sage_network.entities import ENTITIES
from connectors.erp.sage_network.packing import as_batch, as_zip
from connectors.erp.sage_network.pulling import STREAMS, Pull
from connectors.erp.sage_network.rows import NETWORK_ID, Part, check_references, parts_of
from connectors.erp.sage_network.syncs import Syncs, found_there
from connectors.erp.sage_network.there import find

_PUSHES = {"account": "Company", "invoice": "Invoice", "adjustment": "Invoice", "payment": "Payment"}
_READ = ("account", "contact", "invoice", "invoice_line", "payment", "payment_applied", "credit_memo_applied")


class SageNetworkConnector(ErpConnector):
    kind = "sage_network"
    label = "Sage Network"
    summary = "Sends customers, invoices, credit memos and payments to Sage Network or another hub, and pulls them."
    settings = (
        Setting("address", "Address", "Without /api. The sandbox is https://api-sbx.network.sage.com.", "url",
                default="https://api.network.sage.com"),
        Setting("api_key", "API key", "In Sage Network under Settings, API keys; in a hub its administrator makes one "
                "that may read and write.", "secret"),
        Setting("app_enrollment_id", "App enrollment", "The id of the enrollment that the records belong to. Without "
                "one, what is sent belongs to none, and everything that is there is pulled.", required=False),
        Setting("own_company", "Own company", "The erpKey, over there, of the company that issues our documents. "
                "Without one they name the company that they name here.", required=False),
        Setting("send_as", "Send as", "Both say the same.", "choice", default="zip",
                choices=(("zip", "ZIP of CSV files"), ("batch", "Batch in JSON"))),
        Setting("page_size", "Records a page", f"When pulling: 50 to {MOST_RECORDS}.", "number", default=250),
        Setting("overlap_minutes", "Overlap in minutes", "How far each pull looks back behind the last one: as long as "
                "a load over there may take, and clocks differ.", "number", default=60),
    )  # fmt: skip
    capabilities = frozenset({Capability.PULL, Capability.PUSH, Capability.LOOK_UP})
    streams: ClassVar[tuple[Stream, ...]] = STREAMS
    full_is_complete = True
    pushes: ClassVar[Mapping[str, str]] = _PUSHES
    returns_as: ClassVar[Mapping[str, str]] = {
        "invoice": "erp_key", "adjustment": "erp_key", "payment": "erp_key",
    }  # fmt: skip
    key_names: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(_PUSHES, (NETWORK_ID,))
    updates = frozenset(_PUSHES)
    batch = 1000
    done_within_seconds = 300
    patience_seconds: ClassVar[float] = 90
    """How long a push waits for its sync to end."""

    def checks(self) -> Sequence[Check]:
        found = [
            Check("Reach the API", self._check_address),
            Check("Sign in", self._check_key),
            Check("Read records", self._check_reading),
        ]
        return [*found, Check("App enrollment", self._check_enrollment)] if self._enrollment else found

    def pull(self, cursor: Cursor) -> Iterator[Page]:
        size = min(max(int(self.setup.values["page_size"]), 50), MOST_RECORDS)
        overlap = timedelta(minutes=int(self.setup.values["overlap_minutes"]))
        return Pull(self._client, self._enrollment, size, overlap).pages(cursor)

    def compose(self, identity: str, subjects: Sequence[Subject]) -> Message:
        check_references(subjects)
        parts = self._parts(subjects)
        as_json = self.setup.values["send_as"] == "batch"
        content = as_batch(self._enrollment, parts) if as_json else as_zip(identity, parts)
        return Message(identity, content, subjects)

    def push(self, message: Message) -> Result:
        sync_id = self._syncs.send(message)
        return self._settle(message, self._syncs.wait(sync_id))

    def look_up(self, message: Message) -> Result | None:
        if sync := self._syncs.sent(message):
            try:
                return self._settle(message, sync)
            except PermanentError as error:
                raise NeverThere(str(error)) from None
        parts = self._parts(message.subjects)
        sent_before = {one.key for one in message.subjects if one.keys.get(one.key)}
        return found_there(find(self._client, parts, self._enrollment), parts, sent_before)

    def _settle(self, message: Message, sync: Dict) -> Result:
        try:
            result = self._syncs.result(sync, self._parts(message.subjects))
        except PermanentError:
            self._syncs.forget(message)
            raise
        self._syncs.forget(message)
        return result

    def _parts(self, subjects: Sequence[Subject]) -> list[Part]:
        return parts_of(subjects, str(self.setup.values.get("own_company") or ""))

    @property
    def _enrollment(self) -> str:
        return str(self.setup.values.get("app_enrollment_id") or "").strip()

    @cached_property
    def _client(self) -> Client:
        return Client(self.setup)

    @cached_property
    def _syncs(self) -> Syncs:
        return Syncs(self._client, self.setup.store, self._enrollment, self.patience_seconds)

    def _check_address(self) -> str:
        status = self._client.get("Status")
        told = [f"{name} {value}" for name in ("environment", "version") if (value := status.get(name))]
        return f"{self._client.host} answers{': ' if told else ''}{', '.join(told)}."

    def _check_key(self) -> str:
        status = self._client.get("Status")
        if status.get("loggedIn") is not True:
            said = status.get("errorMessage") or "it is not known there"
            raise ConfigError(f"The API key is not accepted: {self._client.quotable(str(said))}")
        roles = status.get("roles") if isinstance(status.get("roles"), list) else []
        read_only = " It may only read: nothing can be sent." if roles == ["Read-Only"] else ""
        return f"Signed in as {status.get('userName') or 'a program'}.{read_only}"

    def _check_reading(self) -> str:
        counts = [
            f"{self._client.query(ENTITIES[name].path, size=1).total:,} {ENTITIES[name].record_type.plural.lower()}"
            for name in _READ
        ]
        return f"It may read {', '.join(counts)}."

    def _check_enrollment(self) -> str:
        try:
            found = self._client.get(f"AppEnrollments/{quote(self._enrollment, safe='')}")
        except PermanentError as error:
            raise ConfigError(f"The app enrollment was not found: {error}") from None
        return f"Records belong to {found.get('name') or 'the enrollment'}."

"""From one company of this hub to another, without leaving it. The sender learns that it was taken, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from arhub.network.errors import ConfigError, RetryableError
from arhub.tenancy.scope import scope
from connectors.base import Capability, Check, Setup
from connectors.domain import intake
from connectors.domain.network_addresses import tenant_of
from connectors.gateways.base import Gateway, Parcel, Receipt
from connectors.models import Inbox, InboxFile


class OtherCompany(Gateway):
    """The inbox that has an endpoint of this hub."""

    kind: ClassVar[str] = "hub"
    label: ClassVar[str] = "Another company of this hub"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.DELIVER, Capability.LOOK_UP})
    settings = ()

    def __init__(self, scheme: str, identifier: str) -> None:
        super().__init__(Setup({}, _Nothing(), _Nothing()))
        self._scheme, self._identifier = scheme, identifier

    def checks(self) -> Sequence[Check]:
        return ()

    def deliver(self, parcel: Parcel) -> Receipt:
        tenant_id, inbox_id = self._place()
        with scope(tenant_id), parcel.content.open() as file:
            inbox = Inbox.objects.filter(pk=inbox_id, is_enabled=True).select_related("source").first()
            if inbox is None:
                raise RetryableError(f"{self._scheme}:{self._identifier} takes no documents now.")
            intake.take_sent(inbox, parcel.name, file, message_id=parcel.identity)
        return self._receipt(parcel)

    def look_up(self, parcel: Parcel) -> Receipt | None:
        tenant_id, inbox_id = self._place()
        with scope(tenant_id):
            is_there = InboxFile.objects.filter(inbox=inbox_id, message_id=parcel.identity).exists()
        return self._receipt(parcel) if is_there else None

    def _place(self) -> tuple[int, int]:
        found = tenant_of(self._scheme, self._identifier)
        if found is None:
            raise ConfigError(f"No company of this hub takes documents for {self._scheme}:{self._identifier}.")
        return found

    def _receipt(self, parcel: Parcel) -> Receipt:
        return Receipt(
            f"{self._scheme}:{self._identifier} has it, in this hub.", kind="report",
            speaks_of=f"sha256:{parcel.content.sha256}",
        )  # fmt: skip


class _Nothing:
    """A store and a pace for what needs neither."""

    def get(self, name: str) -> None:
        return None

    def put(self, name: str, value: object) -> None:
        """Nothing is remembered."""

    def wait(self) -> None:
        """There is no limit."""

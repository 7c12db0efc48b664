"""The contract of ERP connectors, kept with the hub's own API at the other side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from arhub.models import Account, Contact, Document, DocumentLine, Payment, Tenant
from arhub.tenancy.scope import scope
from connectors.base import Message, Subject
from connectors.erp.sage_network.connector import SageNetworkConnector
from connectors.erp.sage_network.packing import as_batch
from connectors.erp.sage_network.rows import parts_of
from connectors.simulators.server import RunningSimulator
from tests.connectors.erp.sage_network.conftest import (
    CREDIT_MEMO,
    INVOICE,
    OWN,
    PAYMENT,
    PUMPS,
    Inside,
    connector_for,
    send,
)
from tests.contracts.connector_contract import ErpConnectorContract, Place

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


class Hub(Place):
    """A tenant of a hub, which has records from somebody else."""

    connector = SageNetworkConnector
    wrong: ClassVar[Mapping[str, str]] = {"api_key": "ARH-not-this-one"}
    key: ClassVar[str]
    tenant: ClassVar[Tenant]

    @contextmanager
    def run(self) -> Iterator[RunningSimulator]:
        with RunningSimulator(Inside()) as running:
            everything = parts_of([OWN, PUMPS, INVOICE, CREDIT_MEMO, PAYMENT], "OWN")
            connector_for(running.url, self.key).push(Message("everything", as_batch("", everything), ()))
            yield running

    def values(self, url: str) -> Mapping[str, Any]:
        return {"address": url, "api_key": self.key, "own_company": "OWN"}

    def subjects(self) -> Mapping[str, Subject]:
        return {one.record_type: _another(one) for one in (PUMPS, INVOICE, CREDIT_MEMO, PAYMENT)}

    def count(self, running: RunningSimulator) -> int:
        with scope(self.tenant.pk):
            return sum(model.objects.count() for model in (Account, Contact, Document, DocumentLine, Payment))

    def change(self, running: RunningSimulator) -> None:
        send(connector_for(running.url, self.key), Subject("account", {**OWN.values, "account_name": "Acme Holding"}))


def _another(subject: Subject) -> Subject:
    """A record like the one that is there, under other keys."""
    return Subject(
        subject.record_type,
        _renamed(subject.values),
        [_renamed(line) for line in subject.lines],
        [{**one, "document": ("invoice", f"{one['document'][1]}-2")} for one in subject.applications],
        contacts=[_renamed(contact) for contact in subject.contacts],
    )


def _renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("erp_key", "account_id", "invoice", "primary_contact_id")
    return {**values, **{name: f"{values[name]}-2" for name in keys if name in values}}


class TestContract(ErpConnectorContract):
    place = Hub()

    @pytest.fixture(autouse=True)
    def other_side(self, key: str, there: Tenant) -> None:
        Hub.key, Hub.tenant = key, there

"""Answers that are lost, late or wrong, between us and a hub's API: nothing is sent that could not be found again."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest

from arhub.models import Account, Tenant
from arhub.network.errors import ConfigError, NetworkError, RetryableError, Uncertain
from arhub.tenancy.scope import scope
from connectors.base import Cursor, Message, Setup
from connectors.erp.sage_network.connector import SageNetworkConnector
from connectors.simulators.server import RunningSimulator
from ingestion.models import Ingestion
from tests.connectors.erp.sage_network.conftest import (
    DEFAULTS,
    OWN,
    PUMPS,
    AtOnce,
    Kept,
    connector_for,
    merged,
    pull,
    send,
)

KEYS = {OWN.key, PUMPS.key, ("contact", "P-1")}


pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


class Hurried(SageNetworkConnector):
    patience_seconds: ClassVar[float] = 0


@pytest.fixture
def connector(inside: RunningSimulator, key: str) -> SageNetworkConnector:
    return connector_for(inside.url, key)


def _message(connector: SageNetworkConnector) -> Message:
    return connector.compose("a1b2", [OWN, PUMPS])


def _syncs(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return Ingestion.objects.count()


@pytest.mark.parametrize("fault", [{"kind": "drop"}, {"kind": "stored_status", "status": 502}, {"kind": "garbage"}])
def test_lost_answer_to_a_push_is_looked_up(
    connector: SageNetworkConnector, inside: RunningSimulator, there: Tenant, fault: dict[str, str]
) -> None:
    message = _message(connector)
    inside.misbehave(on="/Sync/zip", **fault)

    with pytest.raises(Uncertain):
        connector.push(message)
    found = connector.look_up(message)

    assert found is not None
    assert set(found.keys) == KEYS
    assert found.refused == {}
    assert _syncs(there) == 1
    assert connector.push(message).keys == found.keys
    with scope(there.pk):
        assert sorted(Account.objects.values_list("erp_key", flat=True)) == ["C-1", "OWN"]


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "refuse"}])
def test_push_that_never_arrived_is_not_found(
    connector: SageNetworkConnector, inside: RunningSimulator, there: Tenant, fault: dict[str, str]
) -> None:
    message = _message(connector)
    inside.misbehave(on="/Sync/zip", **fault)

    with pytest.raises(Uncertain):
        connector.push(message)

    assert connector.look_up(message) is None
    assert _syncs(there) == 0


def test_record_that_is_there_as_it_was_before_is_no_proof(connector: SageNetworkConnector) -> None:
    first = send(connector, OWN, PUMPS)
    changed = replace(PUMPS, values={**PUMPS.values, "phone": "+45 11 11 11 11"}, keys=first.keys)
    same = replace(PUMPS, keys=first.keys)

    assert connector.look_up(connector.compose("b", [changed])) is None
    found = connector.look_up(connector.compose("c", [same]))

    assert found is not None
    assert found.keys == {PUMPS.key: first.keys[PUMPS.key], ("contact", "P-1"): first.keys["contact", "P-1"]}
    assert connector.look_up(connector.compose("d", [replace(changed, keys={})])) == found


def test_busy_server_says_how_long_to_wait(connector: SageNetworkConnector, inside: RunningSimulator) -> None:
    message = _message(connector)
    inside.misbehave("status", status=429, retry_after=30)

    with pytest.raises(RetryableError, match="takes no requests for now") as caught:
        connector.push(message)

    assert caught.value.retry_after == 30


def test_sync_that_takes_long_is_asked_for_by_its_id(inside: RunningSimulator, key: str, there: Tenant) -> None:
    store = Kept()
    connector = Hurried(Setup({**DEFAULTS, "address": inside.url, "api_key": key}, store, AtOnce()))
    message = _message(connector)

    with pytest.raises(Uncertain, match="which has not ended yet"):
        connector.push(message)
    remembered = len(store.values)
    found = connector.look_up(message)

    assert found is not None
    assert (set(found.keys), remembered, store.values, _syncs(there)) == (KEYS, 1, {}, 1)
    assert found.text == "3 inserted, 0 updated, 0 unchanged, 0 invalid."


def test_questions_about_a_sync_may_fail(connector: SageNetworkConnector, inside: RunningSimulator) -> None:
    message = _message(connector)
    for fault in ({"kind": "drop"}, {"kind": "status", "status": 503}, {"kind": "status", "status": 500}):
        inside.misbehave(on="/api/v1/Sync/0", times=4, **fault)

    result = connector.push(message)

    assert set(result.keys) == KEYS


def test_push_whose_outcome_cannot_be_read_is_uncertain(
    connector: SageNetworkConnector, inside: RunningSimulator
) -> None:
    message = _message(connector)
    inside.misbehave("status", on="/Companies/query", times=3, status=403)

    with pytest.raises(Uncertain, match="What is there now could not be read"):
        connector.push(message)
    inside.simulator.faults.clear()

    found = connector.look_up(message)
    assert found is not None
    assert set(found.keys) == KEYS


@pytest.mark.parametrize("fault", [{"kind": "garbage"}, {"kind": "status", "status": 500}, {"kind": "drop"}])
def test_pull_goes_on_where_an_answer_failed(
    connector: SageNetworkConnector, inside: RunningSimulator, fault: dict[str, str]
) -> None:
    send(connector, OWN, replace(PUMPS, values={**PUMPS.values, "primary_contact_id": None}))
    whole, _ = pull(connector)
    inside.misbehave(on="/Contacts/query", times=9, **fault)
    pages = []

    with pytest.raises(NetworkError):
        for page in connector.pull(Cursor()):
            pages.append(page)
    inside.simulator.faults.clear()
    rest, _ = pull(connector, pages[-1].cursor)

    assert merged(pages) == {"account": whole["account"]}
    assert rest == {"contact": whole["contact"]}


def test_wrong_key_is_a_matter_of_settings(inside: RunningSimulator, there: Tenant) -> None:
    connector = connector_for(inside.url, "ARH-not-this-one")
    message = _message(connector)

    with pytest.raises(ConfigError, match="does not allow this with the API key: The API key is not known"):
        connector.push(message)
    with pytest.raises(ConfigError, match="The API key is not accepted: The API key is not known"):
        connector.checks()[1].run()
    with pytest.raises(ConfigError):
        next(iter(connector.pull(Cursor())))

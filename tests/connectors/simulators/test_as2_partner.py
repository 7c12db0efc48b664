"""The AS2 partner that is simulated: what it shows, takes and sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from connectors.gateways.as2.certificates import load_certificate, load_identities
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem, made
from connectors.simulators.server import CONTROL, RunningSimulator
from tests.connectors.gateways.as2.place import Hub, gateway, partner
from tests.contracts.gateway_contract import parcel


@pytest.fixture
def running() -> Iterator[RunningSimulator]:
    with partner() as running:
        yield running


@pytest.fixture
def hub(running: RunningSimulator) -> Iterator[RunningSimulator]:
    with RunningSimulator(Hub(lambda: gateway(running.url))) as hub:
        yield hub


def steer(running: RunningSimulator, **limits: Any) -> requests.Response:
    return requests.post(running.url + CONTROL, json={"limits": limits}, timeout=10)


def test_shows_what_partners_tell_each_other(running: RunningSimulator) -> None:
    sheet = requests.get(running.url, timeout=10).text

    mine, own = sheet.split("A certificate and private key for you to try with")
    (identity,) = load_identities(own, own)
    at = datetime.now(UTC)
    assert f"Address: {running.url}/as2\nThe partner's AS2 id: PARTNER\nYour AS2 id: HUB\n" in sheet
    assert load_certificate(mine[mine.index("-----") :], "It").not_valid_after_utc > at
    assert identity.certificate.not_valid_after_utc > at


def test_keeps_each_message_once(running: RunningSimulator) -> None:
    for _ in range(2):
        gateway(running.url).deliver(parcel(b"once", name="a.xml"))

    state = requests.get(running.url + CONTROL, timeout=10).json()["state"]
    assert state == {"messages": 1, "files": ["a.xml"], "receipts": []}


@pytest.mark.parametrize("mdn", ["sync", "async", "none"])
def test_sends_messages_to_the_hub(running: RunningSimulator, hub: RunningSimulator, mdn: str) -> None:
    query = {"url": hub.url, "name": "in æ.xml", "mdn": mdn}

    told = requests.post(f"{running.url}/send", b"<a/>\n", params=query, timeout=20).json()

    (received,) = hub.simulator.received  # type: ignore[attr-defined]
    assert told["status"] == 200
    assert ("disposition-notification" in told["answer"]) == (mdn == "sync")
    assert [(file.name, file.content.open().read()) for file in received.files] == [("in æ.xml", b"<a/>\n")]
    assert (received.later.url if received.later else "") == (f"{running.url}/receipts" if mdn == "async" else "")


def test_takes_the_receipts_that_are_called_back(running: RunningSimulator, hub: RunningSimulator) -> None:
    requests.post(f"{running.url}/send", b"x", params={"url": hub.url, "mdn": "async"}, timeout=20)
    (received,) = hub.simulator.received  # type: ignore[attr-defined]

    answer = requests.post(received.later.url, received.later.body, headers=received.later.headers, timeout=10)

    assert answer.status_code == 200
    assert running.simulator.state()["receipts"] == [f"{received.message_id} processed"]


def test_tells_that_nobody_answers(running: RunningSimulator) -> None:
    told = requests.post(f"{running.url}/send", b"x", params={"url": "http://127.0.0.1:1/"}, timeout=20).json()

    assert told["status"] == 0
    assert running.simulator.counts["calls that failed"] == 1


def test_is_steered_by_known_words_only(running: RunningSimulator) -> None:
    answers = [steer(running, receipt="nonsense"), steer(running, nonsense=1), steer(running, receipt="html")]

    assert [answer.status_code for answer in answers] == [400, 400, 200]
    assert answers[0].json()["error"].startswith("Expected a receipt of right, wrong mic, ")
    assert answers[2].json()["limits"]["receipt"] == "html"


def test_goes_back_to_how_it_started(running: RunningSimulator) -> None:
    steer(running, receipt="html", own_id="OTHER")
    gateway(running.url, mdn="none", partner_id="OTHER").deliver(parcel())

    told = requests.post(running.url + CONTROL, json={"reset": True}, timeout=10).json()

    assert (told["limits"]["receipt"], told["limits"]["own_id"], told["state"]["messages"]) == ("right", "PARTNER", 0)


def test_knows_the_certificate_that_it_is_given(running: RunningSimulator) -> None:
    other = made("Another hub")
    steer(running, hub_certificate=certificate_pem(other))

    receipt = gateway(running.url, own_certificate=certificate_pem(other), private_key=key_pem(other)).deliver(parcel())

    assert receipt.text == "The partner took it; its signed receipt confirms the very bytes."

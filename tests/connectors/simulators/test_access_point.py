"""The access point, as any program meets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from connectors.simulators import registry
from connectors.simulators.server import CONTROL, RunningSimulator

SENDER, RECEIVER = "iso6523-actorid-upis::0184:12345674", "iso6523-actorid-upis::0088:5798000000124"
PARTS = (SENDER, RECEIVER, "busdox-docid-qns::urn:x::Invoice##y::2.1", "cenbii-procid-ubl::urn:p", "DK")


@pytest.fixture
def running() -> Iterator[RunningSimulator]:
    with RunningSimulator(registry.make("access-point")) as started:
        yield started


def send(running: RunningSimulator, path: str, body: bytes = b"<Invoice/>", token: str = "token-1") -> Any:
    return requests.post(running.url + path, data=body, headers={"X-Token": token}, timeout=10)


def named(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def state(running: RunningSimulator) -> Any:
    return requests.get(running.url + CONTROL, timeout=10).json()["state"]


def test_both_shapes_send_what_the_path_says(running: RunningSimulator) -> None:
    first = send(running, f"/sendas4/{named(*PARTS)}")
    second = send(running, f"/api/outbound/submit/{named(*PARTS)}?sbdhInstanceID=id-1")

    assert [answer.status_code for answer in (first, second)] == [200, 200]
    assert [answer.json()["overallSuccess"] for answer in (first, second)] == [True, True]
    assert second.json()["sbdhInstanceIdentifier"] == "id-1"
    assert (state(running)["transmissions"], state(running)["latest"][1]["receiverID"]) == (2, RECEIVER)


@pytest.mark.parametrize(("path", "status"), [("/sendas4/", 403), ("/sendsbdh", 403), ("/api/outbound/submit/", 401)])
def test_wrong_token_is_refused_as_each_shape_does(running: RunningSimulator, path: str, status: int) -> None:
    assert send(running, path, token="wrong").status_code == status


@pytest.mark.parametrize(
    "parts",
    [
        PARTS[:4],
        (*PARTS[:4], "DNK"),
        ("0184:12345674", *PARTS[1:]),
        tuple(quote(part, safe="") for part in PARTS),
        (*PARTS[:2], quote(PARTS[2], safe=":"), *PARTS[3:]),
    ],
    ids=["one missing", "country", "no scheme", "encoded twice", "type encoded twice"],
)
def test_path_that_says_something_else_is_refused(running: RunningSimulator, parts: tuple[str, ...]) -> None:
    answers = [send(running, f"{begin}{named(*parts)}") for begin in ("/sendas4/", "/api/outbound/submit/")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert state(running)["transmissions"] == 0


def test_unknown_participant_fails_with_the_status_of_each_shape(running: RunningSimulator) -> None:
    parts = (SENDER, "iso6523-actorid-upis::0184:99999999", *PARTS[2:])

    first = send(running, f"/sendas4/{named(*parts)}")
    second = send(running, f"/api/outbound/submit/{named(*parts)}?sbdhInstanceID=id-1")

    assert [(one.status_code, one.json()["overallSuccess"]) for one in (first, second)] == [(200, False), (422, False)]
    found = requests.get(f"{running.url}/api/outbound/status/id-1", headers={"X-Token": "token-1"}, timeout=10)
    assert found.json()["status"] == "permanently_failed"


def test_id_that_came_before_is_refused(running: RunningSimulator) -> None:
    answers = [send(running, f"/api/outbound/submit/{named(*PARTS)}?sbdhInstanceID=id-1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert state(running)["transmissions"] == 1


@pytest.mark.parametrize("body", [b"<test/>", b"no xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a/>"])
def test_envelope_that_is_none_is_told_as_each_shape_does(running: RunningSimulator, body: bytes) -> None:
    first, second = send(running, "/sendsbdh", body), send(running, "/api/outbound/submit-sbd", body)

    assert (first.status_code, first.json()["overallSuccess"], second.status_code) == (200, False, 400)
    assert first.json()["sbdhParsingException"]["class"].endswith("PeppolSBDHDataReadException")
    assert state(running)["transmissions"] == 0

"""The receiver of files, as any program meets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.simulators import registry
from connectors.simulators.server import CONTROL, RunningSimulator


@pytest.fixture
def running() -> Iterator[RunningSimulator]:
    with RunningSimulator(registry.make("http-receiver")) as started:
        yield started


def call(running: RunningSimulator, method: str, path: str, body: bytes = b"", **headers: str) -> requests.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, running.url + path, data=body, headers=given, timeout=10)


def steer(running: RunningSimulator, **wishes: Any) -> requests.Response:
    return requests.post(running.url + CONTROL, json=wishes, timeout=10)


def test_receiver_keeps_what_comes_with_its_headers_but_no_credentials(running: RunningSimulator) -> None:
    call(running, "POST", "/in/a?x=1", b"one", X_File_Name="a.txt", Authorization="Bearer hidden")
    call(running, "POST", "/in/a", b"two")

    state = requests.get(running.url + CONTROL, timeout=10).json()["state"]

    assert (state["files"], state["paths"]) == (2, {"/in/a": 2})
    assert (state["latest"][0]["query"], state["latest"][0]["size"]) == ({"x": "1"}, 3)
    assert state["latest"][0]["headers"]["x-file-name"] == "a.txt"
    assert "hidden" not in str(state)


@pytest.mark.parametrize(
    ("limits", "headers"),
    [
        ({"user": "anna", "password": "x"}, {"Authorization": "Basic YW5uYTp4"}),
        ({"token": "t"}, {"Authorization": "Bearer t"}),
        ({"key": "k", "key_header": "X-Key"}, {"X_Key": "k"}),
    ],
)
def test_receiver_asks_for_the_credentials_it_was_told(
    running: RunningSimulator, limits: dict[str, str], headers: dict[str, str]
) -> None:
    steer(running, limits=limits)

    answers = [call(running, "POST", "/in", b"x"), call(running, "POST", "/in", b"x", **headers)]

    assert [answer.status_code for answer in answers] == [401, 201]


def test_put_is_given_back_and_a_taken_name_is_refused_to_who_asks_for_that(running: RunningSimulator) -> None:
    first = call(running, "PUT", "/in/a", b"one", If_None_Match="*")
    refused = call(running, "PUT", "/in/a", b"two", If_None_Match="*")
    kept = call(running, "GET", "/in/a").content
    replaced = call(running, "PUT", "/in/a", b"three")

    assert [one.status_code for one in (first, refused, replaced)] == [201, 412, 201]
    assert (kept, call(running, "GET", "/in/a").content) == (b"one", b"three")
    assert call(running, "GET", "/in/b").status_code == 404


def test_key_that_came_before_is_known_where_it_was_told_so(running: RunningSimulator) -> None:
    steer(running, limits={"knows_keys": True})

    statuses = [call(running, "POST", "/in", b"x", Idempotency_Key="k").status_code for _ in range(2)]

    assert statuses == [201, 200]
    assert requests.get(running.url + CONTROL, timeout=10).json()["state"]["files"] == 1


def test_upload_that_is_cut_is_not_kept(running: RunningSimulator) -> None:
    steer(running, faults=[{"kind": "cut", "on": "/in"}])

    with pytest.raises(requests.ConnectionError):
        call(running, "POST", "/in", b"x" * 5_000_000)

    told = requests.get(running.url + CONTROL, timeout=10).json()
    assert (told["state"]["files"], told["counts"], told["faults"]) == (0, {"fault cut": 1}, [])


def test_limit_nobody_knows_is_refused(running: RunningSimulator) -> None:
    answer = steer(running, limits={"speed": 1})

    assert (answer.status_code, answer.json()) == (400, {"error": "Expected requests_per_minute, found 'speed'."})

"""The simulator of Dropbox enforces what Dropbox does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.simulators.dropbox.simulator import DropboxSimulator
from connectors.simulators.server import RunningSimulator

FORM = {
    "grant_type": "refresh_token", "refresh_token": "refresh-token", "client_id": "app-key",
    "client_secret": "app-secret",
}  # fmt: skip


class Caller:
    def __init__(self, running: RunningSimulator) -> None:
        self.running = running
        self.token = self.sign_in().json()["access_token"]

    def sign_in(self, **given: str) -> requests.Response:
        return requests.post(f"{self.running.url}/oauth2/token", {**FORM, **given}, timeout=10)

    def ask(self, name: str, **arguments: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.post(f"{self.running.url}/2/files/{name}", json=arguments, headers=headers, timeout=10)
        return answer.status_code, _shown(answer)

    def bring(self, name: str, content: bytes, **arguments: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Dropbox-API-Arg": json.dumps(arguments)}
        answer = requests.post(f"{self.running.url}/2/files/{name}", content, headers=headers, timeout=10)
        return answer.status_code, _shown(answer)


def _shown(answer: requests.Response) -> Any:
    """The summary of an error, the text of what is no JSON, else what it says."""
    try:
        body = answer.json()
    except ValueError:
        return answer.text
    return body["error_summary"].rstrip("./") if isinstance(body, dict) and "error_summary" in body else body


@pytest.fixture
def caller() -> Iterator[Caller]:
    with RunningSimulator(DropboxSimulator()) as running:
        yield Caller(running)


@pytest.mark.parametrize("wrong", [{"client_secret": "x"}, {"refresh_token": "x"}, {"grant_type": "password"}])
def test_wrong_credentials_get_no_token(caller: Caller, wrong: dict[str, str]) -> None:
    assert caller.sign_in(**wrong).status_code == 400


def test_token_of_nobody_and_one_that_ended_are_told_apart(caller: Caller) -> None:
    caller.running.simulator.configure({"token_seconds": 0})
    ended = caller.ask("list_folder", path="")
    caller.token = "made-up"

    assert (ended, caller.ask("list_folder", path="")) == (
        (401, "expired_access_token"), (401, "invalid_access_token"),
    )  # fmt: skip


def test_taken_name_is_a_conflict_whatever_its_case(caller: Caller) -> None:
    made = [
        caller.bring("upload", content, path=path, mode=mode)
        for path, content, mode in (
            ("/A/a.xml", b"1", "add"), ("/a/A.XML", b"1", "add"), ("/a/a.xml", b"2", "add"),
            ("/a/a.xml", b"2", "overwrite"), ("/a/a.xml", b"3", {".tag": "add"}), ("/a/a.xml", b"3", "update"),
        )
    ]  # fmt: skip

    assert [status for status, _ in made] == [200, 200, 409, 200, 409, 400]
    assert made[2][1] == "path/conflict/file"
    assert made[3][1]["path_display"] == "/A/a.xml"
    assert caller.ask("create_folder_v2", path="/a") == (409, "path/conflict/folder")


@pytest.mark.parametrize("path", ["/a//b", "/a/", "/../a", "/a\\b", "/" + "x" * 256])
def test_malformed_paths_are_refused(caller: Caller, path: str) -> None:
    assert caller.bring("upload", b"", path=path) == (409, "path/malformed_path")


@pytest.mark.parametrize("path", ["a.xml", None, 7])
def test_what_is_no_path_is_no_request(caller: Caller, path: Any) -> None:
    assert caller.ask("get_metadata", path=path)[0] == 400


def test_root_is_written_as_nothing(caller: Caller) -> None:
    assert (caller.ask("list_folder", path="/")[0], caller.ask("list_folder", path="")[0]) == (400, 200)


def test_move_refuses_what_is_taken_and_what_is_gone(caller: Caller) -> None:
    for name in ("a", "b"):
        caller.bring("upload", name.encode(), path=f"/{name}")

    assert caller.ask("move_v2", from_path="/a", to_path="/b") == (409, "to/conflict/file")
    assert caller.ask("move_v2", from_path="/c", to_path="/d") == (409, "from_lookup/not_found")
    assert caller.ask("move_v2", from_path="/a", to_path="/new/a")[0] == 200
    assert caller.ask("move_v2", from_path="/new", to_path="/newer")[0] == 200
    assert caller.running.simulator.state()["files"] == {"/newer/a": 1, "/b": 1}
    assert caller.ask("delete_v2", path="/newer")[0] == 200
    assert caller.running.simulator.state()["files"] == {"/b": 1}


def test_session_goes_on_only_where_it_stands(caller: Caller) -> None:
    session = caller.bring("upload_session/start", b"abc")[1]["session_id"]

    def cursor(offset: int) -> dict[str, Any]:
        return {"session_id": session, "offset": offset}

    assert caller.bring("upload_session/append_v2", b"def", cursor=cursor(2)) == (409, "incorrect_offset")
    assert caller.bring("upload_session/append_v2", b"def", cursor=cursor(3)) == (200, None)
    assert caller.bring("upload_session/finish", b"", cursor=cursor(3), commit={"path": "/a"}) == (
        409, "lookup_failed/incorrect_offset",
    )  # fmt: skip
    assert caller.bring("upload_session/finish", b"g", cursor=cursor(6), commit={"path": "/a"})[1]["size"] == 7
    assert caller.bring("upload_session/append_v2", b"", cursor=cursor(7)) == (409, "not_found")


def test_space_ends(caller: Caller) -> None:
    caller.running.simulator.configure({"space": 3})

    assert caller.bring("upload", b"1234", path="/a") == (409, "path/insufficient_space")


def test_content_that_is_not_what_was_promised_is_refused(caller: Caller) -> None:
    assert caller.bring("upload", b"1", path="/a", content_hash="0" * 64) == (409, "content_hash_mismatch")


def test_limit_of_requests_says_when_to_come_back(caller: Caller) -> None:
    caller.running.simulator.configure({"requests_per_minute": 1})

    assert caller.ask("list_folder", path="") == (429, "too_many_requests")


def test_unknown_limit_is_refused(caller: Caller) -> None:
    with pytest.raises(ValueError, match="Expected requests_per_minute"):
        caller.running.simulator.configure({"weather": 1})

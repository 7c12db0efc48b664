"""What may go wrong with Dropbox: its answers lost, its limits reached, its tokens ended."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from arhub.network import http
from arhub.network.errors import ConfigError, PermanentError, RetryableError, Uncertain
from connectors.base import Setup
from connectors.gateways.base import Bytes, Listed, NameTaken, Parcel
from connectors.gateways.dropbox import gateway as gateway_module
from connectors.gateways.dropbox.gateway import DropboxGateway
from connectors.gateways.dropbox.hashing import ContentHash
from connectors.simulators.dropbox.drive import content_hash
from connectors.simulators.server import RunningSimulator
from tests.arhub.network.servers import answer, in_turn, serve
from tests.arhub.network.test_http import hang_up
from tests.connectors.gateways.dropbox.places import START, DropboxPlace, drive, make, stored
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import fetched, parcel

SENT = parcel(b"<Invoice/>", name="INV-1.xml", identity="inv-1")
LARGE = parcel(bytes(range(256)) * 1_000, name="large.bin", identity="large")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningSimulator]:
    with DropboxPlace().run(tmp_path) as running:
        yield running


@pytest.fixture
def store() -> Remembered:
    return Remembered()


@pytest.fixture
def gateway(running: RunningSimulator, store: Remembered) -> DropboxGateway:
    return make(running, store)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses, and pieces: a quarter of a megabyte goes up in four."""
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(gateway_module, "PIECE", 64 << 10)


def deliver_until_it_is_there(gateway: DropboxGateway, sent: Parcel) -> int:
    """As the hub does: look after what is uncertain, and send again what did not arrive. Returns the attempts."""
    for attempt in range(1, 6):
        try:
            gateway.deliver(sent)
            return attempt
        except Uncertain:
            if gateway.look_up(sent):
                return attempt
        except RetryableError:
            pass
    raise AssertionError("It never arrived.")


# --- Each fault at each step: afterwards the file is there once and whole, and nothing else is ------------------------


@pytest.mark.parametrize("kind", ["refuse", "drop", "duplicate", "stored_status", "garbage"])
@pytest.mark.parametrize("step", ["oauth2", "get_metadata", "upload", "move_v2"])
def test_file_arrives_once_whatever_happens_on_the_way(
    running: RunningSimulator, gateway: DropboxGateway, kind: str, step: str
) -> None:
    running.misbehave(kind, on=step, status=503)

    deliver_until_it_is_there(gateway, SENT)

    assert stored(running) == {"INV-1.xml": b"<Invoice/>"}


@pytest.mark.parametrize("kind", ["refuse", "drop", "stored_status"])
@pytest.mark.parametrize("step", ["upload_session/start", "upload_session/append_v2", "upload_session/finish"])
@pytest.mark.parametrize("times", [1, 4])
def test_large_file_arrives_once_in_pieces(
    running: RunningSimulator, gateway: DropboxGateway, kind: str, step: str, times: int
) -> None:
    running.misbehave(kind, on=step, times=times, status=503)

    deliver_until_it_is_there(gateway, LARGE)

    assert stored(running) == {"large.bin": bytes(range(256)) * 1_000}


def test_lost_answer_to_the_move_is_uncertain_until_it_is_looked_up(
    running: RunningSimulator, gateway: DropboxGateway, store: Remembered
) -> None:
    running.misbehave("drop", on="move_v2")

    with pytest.raises(Uncertain):
        gateway.deliver(SENT)
    receipt = make(running, store).look_up(SENT)

    assert receipt is not None
    assert receipt.speaks_of == f"sha256:{hashlib.sha256(b'<Invoice/>').hexdigest()}"
    assert [name for name in store if name != "token"] == [f"parcel step {SENT.identity}"]


def test_session_that_ended_on_the_way_is_begun_anew(running: RunningSimulator, gateway: DropboxGateway) -> None:
    ended: list[bool] = []

    class Ending(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() and not ended:
                ended.append(True)
                running.simulator.sessions.clear()  # type: ignore[attr-defined]
            return super().read(size)

    class Content(Bytes):
        def open(self) -> io.BytesIO:
            return Ending(super().open().read())

    attempts = deliver_until_it_is_there(gateway, Parcel("large", "large.bin", Content(bytes(200_000))))

    assert (attempts, stored(running)) == (2, {"large.bin": bytes(200_000)})


def test_file_that_was_changed_on_the_way_is_taken_back(running: RunningSimulator, gateway: DropboxGateway) -> None:
    class Flipping:
        """Not the bytes it promises."""

        size, sha256 = 4, "0" * 64

        def open(self) -> io.BytesIO:
            return io.BytesIO(b"abc")

    with pytest.raises(RetryableError, match=r"Expected 4 bytes of odd\.bin there, found 3 bytes"):
        gateway.deliver(Parcel("odd", "odd.bin", Flipping()))  # type: ignore[arg-type]

    assert stored(running) == {}


# --- Names ------------------------------------------------------------------------------------------------------------


def test_name_in_another_case_is_the_same(running: RunningSimulator, gateway: DropboxGateway) -> None:
    drive(running).store(f"/{START}/inv-1.XML", b"theirs", "add")

    with pytest.raises(NameTaken, match=r"A file called INV-1\.xml lies there already"):
        gateway.deliver(SENT)

    assert stored(running) == {"inv-1.XML": b"theirs"}


def test_folder_of_the_name_is_left_alone(running: RunningSimulator) -> None:
    drive(running).make_folder(f"/{START}/INV-1.xml")

    for overwrite in (False, True):
        with pytest.raises(NameTaken, match=r"A folder called INV-1\.xml lies there already"):
            make(running, overwrite=overwrite).deliver(SENT)

    assert stored(running) == {}


def test_name_taken_while_ours_was_on_its_way_is_refused(running: RunningSimulator, gateway: DropboxGateway) -> None:
    class Slow:
        """Somebody is quicker while it is read."""

        size, sha256 = 4, "0" * 64

        def open(self) -> io.BytesIO:
            drive(running).store(f"/{START}/a.xml", b"theirs", "add")
            return io.BytesIO(b"ours")

    with pytest.raises(NameTaken):
        gateway.deliver(Parcel("slow", "a.xml", Slow()))  # type: ignore[arg-type]

    assert stored(running) == {"a.xml": b"theirs"}


def test_file_goes_into_a_folder_that_is_made(running: RunningSimulator, gateway: DropboxGateway) -> None:
    for number in range(2):
        gateway.deliver(parcel(b"1", name=f"{number}.xml", identity=str(number), folder="2026/11"))
    gateway.deliver(parcel(b"2", name="b.xml", identity="elsewhere", folder="/Elsewhere"))

    assert stored(running) == {"2026/11/0.xml": b"1", "2026/11/1.xml": b"1", "/Elsewhere/b.xml": b"2"}


def test_name_that_dropbox_takes_from_nobody_is_refused(gateway: DropboxGateway) -> None:
    with pytest.raises(PermanentError, match="Dropbox takes no file called"):
        gateway.deliver(parcel(name="a\\b.xml"))


# --- Limits and sign-in -----------------------------------------------------------------------------------------------


def test_rate_limit_says_how_long_to_wait(running: RunningSimulator, gateway: DropboxGateway) -> None:
    running.simulator.configure({"requests_per_minute": 1})

    with pytest.raises(RetryableError, match="Dropbox asks to wait") as caught:
        gateway.deliver(SENT)

    assert caught.value.retry_after == 30


def test_token_that_ends_in_the_middle_is_renewed_once(running: RunningSimulator, gateway: DropboxGateway) -> None:
    gateway.deliver(SENT)
    running.simulator.configure({"token_seconds": 0})
    running.simulator.configure({"token_seconds": 3600})

    gateway.deliver(LARGE)

    assert set(stored(running)) == {"INV-1.xml", "large.bin"}
    assert len(running.simulator.tokens) == 2  # type: ignore[attr-defined]


def test_token_is_kept_for_the_next_process(running: RunningSimulator, store: Remembered) -> None:
    for number in range(3):
        make(running, store).deliver(parcel(name=f"{number}.xml", identity=str(number)))

    assert len(running.simulator.tokens) == 1  # type: ignore[attr-defined]


def test_refresh_token_that_was_withdrawn_is_a_wrong_setting(running: RunningSimulator) -> None:
    with pytest.raises(ConfigError, match="Dropbox does not take the refresh token"):
        make(running, refresh_token="withdrawn").deliver(SENT)


def test_full_account_is_told(running: RunningSimulator, gateway: DropboxGateway) -> None:
    running.simulator.configure({"space": 5})

    with pytest.raises(RetryableError, match="the account of Dropbox is full"):
        gateway.deliver(SENT)

    assert stored(running) == {}


# --- Fetching ---------------------------------------------------------------------------------------------------------


def test_long_folder_comes_page_by_page(
    running: RunningSimulator, gateway: DropboxGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_module, "PAGE", 3)
    for number in range(10):
        drive(running).store(f"/{START}/{number}.xml", b"x", "add")
    drive(running).make_folder(f"/{START}/below")

    assert sorted(one.name for one in gateway.list("")) == [f"{number}.xml" for number in range(10)]


def test_file_that_changed_has_another_version(running: RunningSimulator, gateway: DropboxGateway) -> None:
    versions: list[Any] = []
    for content in (b"one", b"two"):
        drive(running).store(f"/{START}/a.xml", content, "overwrite")
        versions += [one.version for one in gateway.list("")]

    assert len(set(versions)) == 2


def test_folder_that_is_not_there_is_a_wrong_setting(running: RunningSimulator) -> None:
    with pytest.raises(ConfigError, match="There is no folder /Nowhere in Dropbox"):
        make(running, start="Nowhere").checks()[1].run()


def test_listing_without_end_is_ended(store: Remembered) -> None:
    store.put("token", {"token": "t", "until": 1 << 40})
    with serve(answer(b'{"entries": [], "cursor": "c", "has_more": true}')) as server:
        setup = Setup({"api_url": server.url(), "content_url": server.url()}, store, Counted())

        with pytest.raises(RetryableError, match="has more than 500,000 files"):
            list(DropboxGateway(setup).list(""))


def test_download_that_broke_off_is_begun_again(running: RunningSimulator, gateway: DropboxGateway) -> None:
    drive(running).store(f"/{START}/a.bin", b"x" * 200_000, "add")
    [listed] = gateway.list("")
    running.misbehave("drop", on="download")

    assert fetched(gateway, listed) == b"x" * 200_000


def test_download_that_ended_in_the_middle_is_begun_again(store: Remembered) -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 100_000)
        hang_up(handler)

    store.put("token", {"token": "t", "until": 1 << 40})
    with serve(in_turn(half, answer(b"x" * 200_000))) as server:
        setup = Setup({"api_url": server.url(), "content_url": server.url()}, store, Counted())

        assert fetched(DropboxGateway(setup), Listed("a.bin", size=200_000)) == b"x" * 200_000


@pytest.mark.parametrize("name", [".hidden", "a.tar.gz", "no ending"])
def test_moved_file_gets_a_number_where_its_name_is_taken(
    running: RunningSimulator, gateway: DropboxGateway, name: str
) -> None:
    for content in (b"1", b"2"):
        drive(running).store(f"/{START}/{name}", content, "add")
        gateway.move(next(iter(gateway.list(""))), "done")

    numbered = {".hidden": ".hidden (1)", "a.tar.gz": "a.tar (1).gz", "no ending": "no ending (1)"}[name]
    assert stored(running) == {f"done/{name}": b"1", f"done/{numbered}": b"2"}


def test_moving_what_has_gone_is_no_error(running: RunningSimulator, gateway: DropboxGateway) -> None:
    drive(running).store(f"/{START}/a.xml", b"1", "add")
    [listed] = gateway.list("")
    drive(running).delete(f"/{START}/a.xml")

    gateway.move(listed, "done")

    assert stored(running) == {}


@pytest.mark.parametrize("size", [0, 1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, (8 << 20) + 5])
def test_digest_is_that_of_dropbox(size: int) -> None:
    content, found = bytes(size), ContentHash()
    for start in range(0, size, 3 << 20):
        found.update(content[start : start + (3 << 20)])

    assert found.hexdigest() == content_hash(content)


def test_digest_of_known_bytes_is_the_known_one() -> None:
    found = ContentHash()
    found.update(b"a")

    assert found.hexdigest() == hashlib.sha256(hashlib.sha256(b"a").digest()).hexdigest()

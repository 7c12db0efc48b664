"""Names that are no text, and answers that come otherwise than from OpenSSH."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from arhub.network.errors import ConfigError, PermanentError, RetryableError
from connectors.gateways.names import as_there, shown
from connectors.gateways.sftp import gateway as sftp
from tests.connectors.gateways.faults.ways import SSHD
from tests.contracts.gateway_contract import parcel
from tests.servers.sshd import Sshd, sshd


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path) as server:
        yield server


def test_name_that_is_no_unicode_is_listed_fetched_and_moved(server: Sshd) -> None:
    (Path(str(server.files)) / b"caf\xe9.csv".decode("utf-8", "surrogateescape")).write_bytes(b"taken in")
    into = io.BytesIO()
    with SSHD.make(server) as gateway:
        listed = next(iter(gateway.list("")))
        gateway.fetch(listed, into)
        gateway.move(listed, "done")

        assert listed.name == "caf\\xe9.csv"
        assert into.getvalue() == b"taken in"
        assert [one.name for one in gateway.list("done")] == ["caf\\xe9.csv"]


@pytest.mark.parametrize("name", [b"plain.csv", "Æbler.csv".encode(), b"caf\xe9.csv", b"\xff\xfe", b"back\\slash"])
def test_every_name_is_found_again_by_how_it_is_shown(name: bytes) -> None:
    assert as_there(shown(name)) == name


@pytest.mark.parametrize("name", ["a\nb.xml", "a\rDELE b.xml", "a\0.xml"])
def test_name_with_a_line_break_is_refused(server: Sshd, name: str) -> None:
    with SSHD.make(server) as gateway, pytest.raises(PermanentError) as caught:
        gateway.deliver(parcel(name=name))

    assert "has a line break" in str(caught.value)
    assert server.stored() == []


def test_folders_are_made_and_links_and_folders_are_not_listed(server: Sshd) -> None:
    (server.files / "link.csv").symlink_to("/etc/passwd")
    (server.files / "folder.csv").mkdir()
    with SSHD.make(server) as gateway:
        gateway.deliver(parcel(folder="2026/11 November/Ærø"))

        assert server.stored()[-1] == ("2026/11 November/Ærø/a.xml", b"<a/>")
        assert list(gateway.list("")) == []
        assert [one.name for one in gateway.list("2026/11 November/Ærø")] == ["a.xml"]


def test_folder_to_start_in_that_is_missing_is_told(server: Sshd) -> None:
    gateway = SSHD.make(server, start="nowhere")

    with pytest.raises(ConfigError) as caught:
        gateway.checks()[2].run()
    with pytest.raises(ConfigError) as failed:
        gateway.deliver(parcel())

    assert str(caught.value) == "There is no folder nowhere on 127.0.0.1."
    assert "no folder for" in str(failed.value)


def test_test_looks_into_the_part_of_the_folder_that_stays(server: Sshd) -> None:
    (server.files / "out").mkdir()

    said = SSHD.make(server, folder="out/{year}").checks()[3].run()

    assert said == "The hub may write, rename and delete in out."
    assert server.stored() == []


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 2), ("LISTING_SIZE", 500)])
def test_listing_that_fits_into_no_memory_is_not_read_to_its_end(
    server: Sshd, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    for number in range(3):
        (server.files / f"{number}{'x' * 200}.csv").touch()
    monkeypatch.setattr(sftp, limit, most)

    with SSHD.make(server) as gateway, pytest.raises(RetryableError, match="or names too long to keep"):
        list(gateway.list(""))

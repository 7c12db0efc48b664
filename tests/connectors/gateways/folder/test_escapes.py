"""A tenant's folder is all that its connection sees, whatever lies in it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arhub.network.errors import NetworkError
from connectors.base import Setup
from connectors.gateways.base import Bytes, Listed
from connectors.gateways.folder.gateway import FolderGateway
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import parcel

SECRET = b"of another company"


@pytest.fixture
def gateway(tmp_path: Path) -> FolderGateway:
    """In a folder beside which another company's lies."""
    (tmp_path / "acme" / "in").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret.csv").write_bytes(SECRET)
    (tmp_path / "beside.csv").write_bytes(SECRET)
    return FolderGateway(Setup({"start": ""}, Remembered(), Counted(), tmp_path / "acme"))


def names(gateway: FolderGateway, folder: str) -> list[str]:
    return [one.name for one in gateway.list(folder)]


@pytest.mark.parametrize("folder", ["..", "in/../..", "../other", "/..", "/../other", "in/../../other"])
def test_folder_above_is_not_listed(gateway: FolderGateway, folder: str) -> None:
    with pytest.raises(NetworkError, match=r"lies outside of your company's folder\."):
        names(gateway, folder)


@pytest.mark.parametrize("place", ["other", "."])
def test_linked_folder_is_not_listed(gateway: FolderGateway, tmp_path: Path, place: str) -> None:
    (tmp_path / "acme" / "link").symlink_to(tmp_path / place)

    with pytest.raises(NetworkError, match=r"lies outside of your company's folder\."):
        names(gateway, "link")


@pytest.mark.parametrize(
    "act",
    [
        lambda gateway: gateway.fetch(Listed("a.csv"), io.BytesIO()),
        lambda gateway: gateway.size("a.csv"),
        lambda gateway: gateway.write("a.csv", Bytes(b"overwritten")),
        lambda gateway: gateway.look_up(parcel(name="a.csv", content=SECRET)),
    ],
)
def test_linked_file_is_neither_read_nor_written(
    gateway: FolderGateway, tmp_path: Path, act: Callable[[FolderGateway], Any]
) -> None:
    (tmp_path / "acme" / "a.csv").symlink_to(tmp_path / "other" / "secret.csv")

    with pytest.raises(NetworkError):
        act(gateway)
    assert (tmp_path / "other" / "secret.csv").read_bytes() == SECRET


@pytest.mark.parametrize("mode", ["read", "write"])
def test_link_that_takes_the_place_of_a_file_meanwhile_is_not_followed(
    gateway: FolderGateway, tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FolderGateway, "_at", lambda self, path: tmp_path / "acme" / path)  # as it looked before
    (tmp_path / "acme" / "a.csv").symlink_to(tmp_path / "other" / "secret.csv")

    with pytest.raises(NetworkError):
        gateway.read("a.csv", io.BytesIO()) if mode == "read" else gateway.write("a.csv", Bytes(b"overwritten"))
    assert (tmp_path / "other" / "secret.csv").read_bytes() == SECRET


def test_testing_overwrites_nothing(gateway: FolderGateway, tmp_path: Path) -> None:
    (tmp_path / "acme" / f".ar-hub-{os.getpid()}.part").symlink_to(tmp_path / "other" / "secret.csv")

    for check in gateway.checks():
        check.run()

    assert (tmp_path / "other" / "secret.csv").read_bytes() == SECRET

"""What a folder of this machine can do wrong, and what nobody reaches through it."""

from __future__ import annotations

import io
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from arhub.network.errors import ConfigError, RetryableError
from connectors.base import Setup
from connectors.gateways.base import Listed
from connectors.gateways.folder.gateway import FolderGateway
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import parcel


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("of somebody else")
    (tmp_path / "acme").mkdir()
    return tmp_path / "acme"


def gateway(home: Path, **values: str) -> FolderGateway:
    defaults = {one.name: one.default for one in FolderGateway.settings}
    return FolderGateway(Setup(defaults | values, Remembered(), Counted(), home))


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file becomes larger than this, as on a disk without room."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("folder", ["..", "../other", "a/../../other", "link"])
def test_folder_outside_is_refused(home: Path, folder: str) -> None:
    (home / "link").symlink_to(home.parent)

    with pytest.raises(ConfigError, match="outside of your company's folder"):
        gateway(home).deliver(parcel(folder=folder))
    with pytest.raises(ConfigError, match="outside of your company's folder"):
        gateway(home, start=folder).deliver(parcel())

    assert sorted(path.name for path in home.parent.iterdir()) == ["acme", "secret.txt"]


def test_link_to_a_file_outside_is_neither_listed_nor_followed(home: Path) -> None:
    (home / "link.txt").symlink_to(home.parent / "secret.txt")

    assert list(gateway(home).list("")) == []
    with pytest.raises(ConfigError, match="outside of your company's folder"):
        gateway(home).fetch(Listed("link.txt"), io.BytesIO())


def test_full_disk_leaves_nothing_under_the_name_and_the_same_goes_later(home: Path) -> None:
    sent = parcel(b"x" * 10_000, name="large.xml")
    store = Remembered()
    values = {one.name: one.default for one in FolderGateway.settings}
    sender = FolderGateway(Setup(values, store, Counted(), home))

    with full_disk(1_000), pytest.raises(RetryableError, match="the disk is full"):
        sender.deliver(sent)
    left = [path.name for path in home.iterdir()]
    found = sender.look_up(sent)
    sender.deliver(sent)

    assert "large.xml" not in left
    assert found is None
    assert [(path.name, path.stat().st_size) for path in home.iterdir()] == [("large.xml", 10_000)]

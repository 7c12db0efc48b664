"""What goes wrong in a folder of this machine leaves nothing in it."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from arhub.network.errors import RetryableError
from connectors.base import Setup
from connectors.gateways.base import Bytes, Parcel
from connectors.gateways.folder.gateway import FolderGateway
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import parcel


@pytest.fixture
def gateway(tmp_path: Path) -> FolderGateway:
    values = {one.name: one.default for one in FolderGateway.settings}
    return FolderGateway(Setup(values, Remembered(), Counted(), tmp_path / "own"))


def test_disk_full_is_told_and_leaves_nothing(gateway: FolderGateway, tmp_path: Path) -> None:
    with full_disk(after=1_000), pytest.raises(RetryableError) as caught:
        gateway.deliver(parcel(b"x" * 200_000, name="big.bin"))

    assert str(caught.value).endswith("could not be written or read: the disk is full.")
    assert list((tmp_path / "own").iterdir()) == []


def test_file_that_arrives_short_does_not_get_its_name(gateway: FolderGateway, tmp_path: Path) -> None:
    class Longer(Bytes):
        size = 5

    with pytest.raises(RetryableError) as caught:
        gateway.deliver(Parcel("short", "short.xml", Longer(b"<a/>")))

    assert str(caught.value) == "Expected 5 bytes of short.xml there, found 4 bytes: it came incomplete."
    assert list((tmp_path / "own").iterdir()) == []


@contextmanager
def full_disk(*, after: int) -> Iterator[None]:
    """No file can become larger than so many bytes."""
    before, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)

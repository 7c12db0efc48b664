"""A server that is not OpenSSH's."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from arhub.network.errors import RetryableError
from connectors.gateways.base import NameTaken
from tests.connectors.gateways.faults.ways import BIG, SSHD, big
from tests.contracts.gateway_contract import parcel
from tests.servers.other_sftp import other_sftp

DISK_FULL, OVER_QUOTA = 14, 15


def test_replaces_without_the_extension_for_it(tmp_path: Path) -> None:
    with other_sftp(tmp_path) as server, SSHD.make(server, overwrite=True) as gateway:
        gateway.deliver(parcel(b"first", identity="first"))
        gateway.deliver(parcel(b"second", identity="second"))

        assert server.stored() == [("a.xml", b"second")]


def test_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with other_sftp(tmp_path) as server, SSHD.make(server) as gateway:
        gateway.deliver(parcel(b"first", identity="first"))
        with pytest.raises(NameTaken):
            gateway.deliver(parcel(b"second", identity="second"))

        assert server.stored() == [("a.xml", b"first")]


def test_file_that_comes_in_little_pieces_is_put_together(tmp_path: Path) -> None:
    content, into = random.Random(1).randbytes(300_001), io.BytesIO()
    with other_sftp(tmp_path) as server, SSHD.make(server) as gateway:
        (server.files / "taken.bin").write_bytes(content)
        gateway.fetch(next(iter(gateway.list(""))), into)

    assert into.getvalue() == content


def test_server_that_keeps_less_is_found_out(tmp_path: Path) -> None:
    with other_sftp(tmp_path, keeps=0.5) as server, SSHD.make(server) as gateway:
        with pytest.raises(RetryableError) as caught:
            gateway.deliver(big())

        assert f"Expected {len(BIG):,} bytes of big.bin there, found {len(BIG) // 2:,} bytes" in str(caught.value)
        assert server.stored() == []


@pytest.mark.parametrize(
    ("code", "said"), [(DISK_FULL, "the disk of 127.0.0.1 is full"), (OVER_QUOTA, "the quota of the user")]
)
def test_reason_is_told_where_the_server_gives_one(tmp_path: Path, code: int, said: str) -> None:
    with other_sftp(tmp_path, refuses_writing=code) as server, SSHD.make(server) as gateway:
        with pytest.raises(RetryableError) as caught:
            gateway.deliver(big())

        assert said in str(caught.value)
        assert server.stored() == []

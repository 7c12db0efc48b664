"""A thousand files of odd names and contents over every channel, there and back where files come back: each is compared
byte for byte with what was sent. The suite does the same with twenty."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import override_settings

from connectors.base import Capability
from tests.benchmarks import report
from tests.contracts.gateway_contract import GatewayContract, fetched, odd_parcels, read


def contracts() -> dict[str, type[GatewayContract]]:
    from tests.connectors.gateways.access_point.test_contract import TestPhossOwnEnvelope
    from tests.connectors.gateways.as2.test_contract import TestSignedAndEncrypted
    from tests.connectors.gateways.dropbox.test_contract import TestDropbox
    from tests.connectors.gateways.email.test_contract import TestEmail
    from tests.connectors.gateways.folder.test_contract import TestFolder
    from tests.connectors.gateways.ftp.test_contract import TestVsftpdExplicit
    from tests.connectors.gateways.http.test_contract import TestForm, TestPut
    from tests.connectors.gateways.sftp.test_contract import TestSshd
    from tests.connectors.gateways.vans.test_contract import TestVans

    return {
        "sftp": TestSshd, "ftps": TestVsftpdExplicit, "folder": TestFolder, "http put": TestPut, "http form": TestForm,
        "email": TestEmail, "dropbox": TestDropbox, "as2": TestSignedAndEncrypted, "access point": TestPhossOwnEnvelope,
        "vans": TestVans,
    }  # fmt: skip


def measure(number: int, say: Callable[[str], None]) -> list[report.Figure]:
    """By channel, how many files came through unchanged, of how many. Raises AssertionError when one did not."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    figures = []
    for name, kind in contracts().items():
        started = time.perf_counter()
        with override_settings(ALLOWED_NETWORKS=[ip_network("127.0.0.0/8")]):
            same = _there(kind(), number) + _back(kind(), number)
        total = number * (1 + (Capability.LIST in kind.place.gateway.capabilities))
        say(f"{name}: {same:,} of {total:,} files unchanged, {time.perf_counter() - started:.1f} s")
        figures.append(report.Figure(f"{name.replace(' ', '_')}_unchanged", same, "files", total, same / total))
    return figures


def _there(contract: GatewayContract, number: int) -> int:
    with TemporaryDirectory() as folder, contract.place.run(Path(folder)) as server:
        sent = contract.odd_parcels(number)
        with contract.make(server, home=Path(folder)) as gateway:
            for one in sent:
                gateway.deliver(one)
        assert contract.arrived(server) == contract.expected(sent)
        return len(sent)


def _back(contract: GatewayContract, number: int) -> int:
    if not contract.can(Capability.LIST):
        return 0
    with TemporaryDirectory() as folder, contract.place.run(Path(folder)) as server:
        files = {f"{place} {one.name}"[:150]: read(one) for place, one in enumerate(odd_parcels(number))}
        for name, content in files.items():
            contract.place.put(server, name, content)
        with contract.make(server, home=Path(folder)) as gateway:
            assert {one.name: fetched(gateway, one) for one in gateway.list("")} == files
        return len(files)

"""How fast files go over each channel to a real server on loopback, beside the usual program for it, and in how much
memory: a thousand files of odd names there and back, and a large one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from tests.benchmarks import report

MB = 1 << 20
MEMORY_LIMIT_MB = 120
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Channel:
    """`serve` runs a server in a folder, which has `values`, the right settings, and `files`, the folder where they
    arrive. `peer` is a command that sends a file there; what it needs it may write into the folder."""

    kind: str
    program: str
    serve: Callable[[Path], AbstractContextManager[Any]]
    peer: Callable[[Any, Path, Path], list[str]]
    comes_back: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds for the files there and back, seconds for the large one there and back, and the sender's peak."""

    small_seconds: float
    small_back_seconds: float
    seconds: float
    back_seconds: float
    memory_mb: float


def channels() -> dict[str, Channel]:
    from connectors.gateways.ftp.settings import EXPLICIT
    from tests.servers.sshd import sshd
    from tests.servers.vsftpd import vsftpd

    return {
        "sftp": Channel("sftp", "sshd", sshd, _scp),
        "ftps": Channel("ftp", "vsftpd", lambda folder: vsftpd(EXPLICIT), _curl),
        "https": Channel("http", "python3", web_server, _curl_put, comes_back=False),
    }


class WebServer:
    """The simulator behind TLS. It keeps what comes in its own memory, which is not the sender's."""

    def __init__(self, url: str) -> None:
        self.url = url

    def values(self) -> dict[str, Any]:
        from tests.servers.https import authority

        address = {"url": f"{self.url}/in", "authorities": authority().certificate}
        return {**address, "method": "PUT", "path": "/{identity}/{name}"}


@contextmanager
def web_server(folder: Path) -> Iterator[WebServer]:
    from connectors.simulators.http_receiver.simulator import HttpReceiver
    from connectors.simulators.server import RunningSimulator
    from tests.servers.https import authority, server_context

    context = server_context(authority().give("127.0.0.1"))
    with RunningSimulator(HttpReceiver(), context=context) as running:
        yield WebServer(running.url)


def measure(small: int, megabytes: int, say: Callable[[str], None]) -> list[report.Figure]:
    """Figures of every channel whose server is there."""
    figures = []
    for name, channel in channels().items():
        if not shutil.which(channel.program, path=f"{os.environ['PATH']}:/usr/sbin"):
            say(f"{name} is left out: there is no {channel.program}.")
            continue
        with TemporaryDirectory() as folder:
            measured, peer = _measured(channel, Path(folder), small, megabytes)
        say(
            f"{name}: {small:,} files there {measured.small_seconds:.1f} s, back {measured.small_back_seconds:.1f} s; "
            f"{megabytes:,} MB there {megabytes / measured.seconds:.0f} MB/s, back "
            f"{megabytes / (measured.back_seconds or float('inf')):.0f} MB/s; peak {measured.memory_mb:.0f} MB"
        )
        if peer:
            figures.append(report.speed(f"{name}_vs_{peer[0]}", megabytes / measured.seconds, megabytes / peer[1]))
        figures.append(report.memory(f"{name}_memory", measured.memory_mb, MEMORY_LIMIT_MB))
    return figures


def _measured(channel: Channel, folder: Path, small: int, megabytes: int) -> tuple[Measured, tuple[str, float] | None]:
    (large := folder / "large.bin").write_bytes(b"")
    with large.open("ab") as file:
        for _ in range(megabytes):
            file.write(os.urandom(MB))
    with channel.serve(folder) as server:
        wishes = {
            "kind": channel.kind, "values": server.values(), "small": small, "large": str(large),
            "comes_back": channel.comes_back,
        }  # fmt: skip
        environment = {**os.environ, "ARHUB_ALLOWED_NETWORKS": "127.0.0.0/8"}
        command = [sys.executable, "-m", "tests.benchmarks.gateways", json.dumps(wishes)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        peer = channel.peer(server, large, folder)
        beside = (peer[0], _seconds(partial(_run, peer))) if shutil.which(peer[0]) else None
    return Measured(**json.loads(done.stdout)), beside


def _scp(server: Any, file: Path, folder: Path) -> list[str]:
    (key := folder / "scp_key").write_text(server.private_key)
    key.chmod(0o600)
    (known := folder / "scp_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_keys[0]}\n")
    options = ["-q", "-P", str(server.port), "-i", str(key), "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes"]
    return ["scp", *options, str(file), f"{server.user}@127.0.0.1:peer.bin"]


def _curl(server: Any, file: Path, folder: Path) -> list[str]:
    (authority := folder / "curl_ca.pem").write_text(server.authorities)
    values = server.values()
    user = f"{values['user']}:{values['password']}"
    options = ["-sS", "--ssl-reqd", "--cacert", str(authority), "-u", user, "-T", str(file)]
    return ["curl", *options, f"ftp://127.0.0.1:{server.port}/files/peer.bin"]


def _curl_put(server: Any, file: Path, folder: Path) -> list[str]:
    (authority := folder / "curl_ca.pem").write_text(server.values()["authorities"])
    return ["curl", "-sS", "--cacert", str(authority), "-T", str(file), f"{server.url}/in/peer/peer.bin"]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


# --- In a process of its own -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileContent:
    path: Path
    sha256: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        return self.path.open("rb")


def send(wishes: dict[str, Any]) -> Measured:
    """Deliver everything and fetch it again. Raises AssertionError when other bytes come back."""
    from connectors.gateways.base import Gateway, Parcel
    from connectors.registry import load
    from tests.contracts.gateway_contract import odd_parcels

    with _gateway(load(wishes["kind"]), wishes["values"]) as gateway:
        assert isinstance(gateway, Gateway)
        parcels = odd_parcels(wishes["small"])
        small = _seconds(lambda: [gateway.deliver(one) for one in parcels])
        expected = {one.name: one.content.sha256 for one in parcels}
        small_back = _seconds(lambda: _compare(gateway, expected)) if wishes["comes_back"] else 0
        path = Path(wishes["large"])
        with path.open("rb") as file:
            content = FileContent(path, hashlib.file_digest(file, "sha256").hexdigest())
        large = Parcel("large", "large.bin", content, folder="large")
        there = _seconds(lambda: gateway.deliver(large))
        is_same = partial(_compare, gateway, {large.name: content.sha256}, folder="large")
        back = _seconds(is_same) if wishes["comes_back"] else 0
    return Measured(small, small_back, there, back, _peak_mb())


@contextmanager
def _gateway(kind: Any, values: dict[str, Any]) -> Iterator[Any]:
    from connectors.base import Setup
    from tests.contracts.connector_contract import Counted, Remembered

    defaults = {one.name: one.default for one in kind.settings}
    with kind(Setup(defaults | values, Remembered(), Counted())) as gateway:
        yield gateway


def _compare(gateway: Any, expected: dict[str, str], *, folder: str = "") -> None:
    from connectors.gateways.shelf import Digesting

    found = {}
    for listed in gateway.list(folder):
        gateway.fetch(listed, digest := Digesting())
        found[listed.name] = digest.hexdigest()
    assert found == expected, "Other files came back than were sent."


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arhub.settings")
    print(json.dumps(asdict(send(json.loads(sys.argv[1])))))

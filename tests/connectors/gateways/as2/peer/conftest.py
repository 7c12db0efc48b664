"""Another implementation of AS2, installed at first use and kept below var/. Its licence keeps it out of the product:
it runs as a process of its own, in an environment that nothing else uses."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.throwaway import installed

HERE = Path(__file__).parent
LOCK = HERE / "requirements.txt"
NARROW, WIDE = r"\\d\\.\\d\\.\\d[a-z]*", r"\\d+\\.\\d+\\.\\d+[a-z]*"
"""How oscrypto looks for the version of OpenSSL, of which it does not expect two digits anywhere, and how it should."""


class Peer:
    """pyas2lib, asked by lines of JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, call: str, **given: Any) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"call": call, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "pyas2lib gave up: see what it wrote above."
        return dict(json.loads(line))


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    command = [installed("pyas2lib", LOCK, _install) / "bin" / "python", HERE / "speaking.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Peer(process)
        assert process.stdin
        process.stdin.close()


def _install(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True, timeout=120)
    command = [folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "-q", "-r", LOCK]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    for path in folder.glob("lib/python3*/site-packages/oscrypto/_openssl/_libcrypto_c*.py"):
        path.write_text(path.read_text().replace(NARROW, WIDE))


def raw(headers: dict[str, str], body: bytes) -> str:
    """Headers and body as pyas2lib takes them."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return base64.b64encode(f"{head}\r\n".encode() + body).decode()

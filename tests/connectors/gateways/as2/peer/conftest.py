"""Another implementation of AS2, installed at first use and kept below var/. Its licence keeps it out of the product:
it runs as a process of its own, in an environment that nothing else uses."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from arhub.paths import BASE_DIR

HERE = Path(__file__).parent
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
    command = [_environment() / "bin" / "python", HERE / "speaking.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Peer(process)
        assert process.stdin
        process.stdin.close()


def _environment() -> Path:
    """Made beside it first, so that an install that broke off is never taken for one."""
    digest = hashlib.sha256((HERE / "requirements.txt").read_bytes()).hexdigest()[:12]
    folder = BASE_DIR / "var" / "peers" / f"pyas2lib-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        subprocess.run([sys.executable, "-m", "venv", beside], check=True, capture_output=True, timeout=120)
        install = [beside / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check", "-q", "-r"]
        subprocess.run([*install, HERE / "requirements.txt"], check=True, capture_output=True, timeout=240)
        for path in beside.glob("lib/python3*/site-packages/oscrypto/_openssl/_libcrypto_c*.py"):
            path.write_text(path.read_text().replace(NARROW, WIDE))
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(beside)
        said = getattr(error, "stderr", None) or str(error).encode()
        _cannot(f"pyas2lib cannot be installed: {said.decode(errors='replace').strip()[-500:]}")
    try:
        return beside.rename(folder)
    except OSError:  # another run was quicker
        shutil.rmtree(beside)
        return folder


def _cannot(why: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def raw(headers: dict[str, str], body: bytes) -> str:
    """Headers and body as pyas2lib takes them."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return base64.b64encode(f"{head}\r\n".encode() + body).decode()

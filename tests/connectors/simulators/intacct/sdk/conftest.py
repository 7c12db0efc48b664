"""The vendor's SDK for JavaScript, installed at first use and kept below var/."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from arhub.paths import BASE_DIR

HERE = Path(__file__).parent
NEWEST = 22
"""The SDK calls what later versions of Node no longer have."""


@pytest.fixture(scope="session")
def javascript_sdk() -> Path:
    """A folder from which a script finds the SDK."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        _cannot("Node is missing: install it for the tests with a vendor's SDK (apt install nodejs npm).")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) > NEWEST:
        _cannot(f"Node {version} is too new for the SDK: it needs version {NEWEST} or older.")
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = BASE_DIR / "var" / "sdk" / f"intacct-{digest}"
    return folder if folder.is_dir() else _install(npm, folder)


def _install(npm: str, folder: Path) -> Path:
    """Beside it first, so that an install that broke off is never taken for one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, beside)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=beside, capture_output=True, text=True, timeout=240)
    if done.returncode:
        shutil.rmtree(beside)
        _cannot(f"The SDK cannot be installed: {done.stderr.strip()[-500:]}")
    try:
        return beside.rename(folder)
    except OSError:  # another run was quicker
        shutil.rmtree(beside)
        return folder


def _cannot(why: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)

"""The vendor's SDK for JavaScript, installed at first use and kept below var/."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers.programs import missing
from tests.throwaway import installed

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
NEWEST = 22
"""The SDK calls what later versions of Node no longer have."""


@pytest.fixture(scope="session")
def javascript_sdk() -> Path:
    """A folder from which a script finds the SDK."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        missing("Node is missing: install it for the tests with a vendor's SDK (apt install nodejs npm).")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) > NEWEST:
        missing(f"Node {version} is too new for the SDK: it needs version {NEWEST} or older.")

    def install(folder: Path) -> None:
        for name in ("package.json", LOCK.name):
            shutil.copy(HERE / name, folder)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=240)

    return installed("intacct", LOCK, install)

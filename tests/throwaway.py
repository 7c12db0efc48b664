"""Programs of others that only tests need: installed at first use and kept below var/, apart from the product."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from arhub.paths import BASE_DIR
from tests.servers.programs import missing


def installed(name: str, lock: Path, install: Callable[[Path], None]) -> Path:
    """The folder into which `install` has put what `lock` pins. It is made beside it first, so that an install that
    broke off is never taken for one. Where it cannot be made, the test is skipped, or fails under CI."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = BASE_DIR / "var" / "throwaway" / f"{name}-{digest}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        install(beside)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(beside)
        said = getattr(error, "stderr", None) or str(error).encode()
        missing(f"{name} cannot be installed: {said.decode(errors='replace').strip()[-500:]}")
    try:
        return beside.rename(folder)
    except OSError:  # another run was quicker
        shutil.rmtree(beside)
        return folder

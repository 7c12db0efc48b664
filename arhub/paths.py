"""Where the hub keeps what it makes. Known without Django, as the embedded database needs it before settings."""

from __future__ import annotations

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def var_directory() -> Path:
    """Made on first use. Run by root, others may pass through: the database's own system user lives below."""
    path = Path(os.environ.get("ARHUB_VAR") or BASE_DIR / "var").absolute()
    if not path.is_dir():
        path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    return path


def private_directory(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path

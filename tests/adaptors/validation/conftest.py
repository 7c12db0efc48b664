from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def folder(rules_folder: Path) -> Path:
    """Where rules are installed."""
    return rules_folder


@pytest.fixture
def release(tmp_path: Path) -> Callable[..., Path]:
    """Keeps a release's bytes as a file of that name."""

    def keep(content: bytes, name: str = "release.zip") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return keep

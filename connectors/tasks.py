"""Background work of connections that no run carries."""

from __future__ import annotations

from connectors.domain import pulls


def forget_pulled() -> str:
    return f"{pulls.forget_old()} pages forgotten"

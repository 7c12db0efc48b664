"""Background work of connections that no run carries."""

from __future__ import annotations

from connectors.domain import expiries, pulls, setup


def forget_pulled() -> str:
    return f"{pulls.forget_old()} pages forgotten"


def forget_parcels() -> str:
    return f"{setup.forget_parcels()} parcels forgotten"


def look_at_expiries() -> str:
    return f"{expiries.look()} end soon"

"""The world of the screens again, with those who mean ill in it."""

from tests.connectors.admin.conftest import (
    acting,
    client,
    hidden,
    made_world,
    running,
    sample_is_registered,
    sign_in,
    simulated,
    world,
)

__all__ = [
    "acting", "client", "hidden", "made_world", "running", "sample_is_registered", "sign_in", "simulated", "world",
]  # fmt: skip

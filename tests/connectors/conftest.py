"""Simulators are on this machine, which the hub calls only where it is allowed."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Any) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]

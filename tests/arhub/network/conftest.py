from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest


@pytest.fixture
def loopback_allowed(settings: Any) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]

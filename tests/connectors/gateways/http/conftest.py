"""Gateways that are made without a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arhub.network import http
from connectors.base import Setup
from connectors.gateways.http.gateway import HttpGateway
from tests.contracts.connector_contract import Counted, Remembered

Make = Callable[..., HttpGateway]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)


def gateway(**values: Any) -> HttpGateway:
    defaults = {one.name: one.default for one in HttpGateway.settings}
    return HttpGateway(Setup({**defaults, **values}, Remembered(), Counted()))

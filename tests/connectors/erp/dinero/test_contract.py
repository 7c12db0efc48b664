"""Dinero keeps the contract of connectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import requests

from connectors.base import Subject
from connectors.erp.dinero.connector import DineroConnector
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.server import RunningSimulator
from tests.contracts.connector_contract import ErpConnectorContract, Place


class DineroPlace(Place):
    connector = DineroConnector
    wrong: ClassVar = {"api_key": "wrong-secret-8Wd"}

    @contextmanager
    def run(self) -> Iterator[RunningSimulator]:
        simulator = DineroSimulator()
        simulator.configure({"requests_per_minute": 0})
        with RunningSimulator(simulator) as running:
            yield running

    def values(self, url: str) -> Mapping[str, Any]:
        return {
            "api_url": url, "sign_in_url": url, "client_id": "client-1", "client_secret": "client-secret",
            "api_key": "api-key-1",
        }  # fmt: skip

    def subjects(self) -> Mapping[str, Subject]:
        return {}

    def count(self, running: RunningSimulator) -> int:
        one = next(iter(running.simulator.state()["organizations"].values()))
        return int(one["contacts"]) + int(one["made_vouchers"])

    def change(self, running: RunningSimulator) -> None:
        token = requests.post(
            f"{running.url}/dineroapi/oauth/token", auth=("client-1", "client-secret"), timeout=10,
            data={"grant_type": "password", "scope": "read write", "username": "api-key-1", "password": "api-key-1"},
        ).json()["access_token"]  # fmt: skip
        [number, *_] = running.simulator.state()["organizations"]
        answer = requests.post(
            f"{running.url}/v1/{number}/contacts", headers={"Authorization": f"Bearer {token}"}, timeout=10,
            json={"Name": "New & Co", "IsPerson": False, "CountryKey": "DK"},
        )  # fmt: skip
        assert answer.ok, answer.text


class TestDinero(ErpConnectorContract):
    place = DineroPlace()

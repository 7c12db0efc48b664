"""The simulators there are."""

from __future__ import annotations

from importlib import import_module

from connectors.simulators.server import Simulator

SIMULATORS = {  # kind → dotted path
    "intacct": "connectors.simulators.intacct.simulator.IntacctSimulator",
    "dinero": "connectors.simulators.dinero.simulator.DineroSimulator",
    "dropbox": "connectors.simulators.dropbox.simulator.DropboxSimulator",
    "as2-partner": "connectors.simulators.as2_partner.simulator.As2PartnerSimulator",
    "http-receiver": "connectors.simulators.http_receiver.simulator.HttpReceiver",
    "access-point": "connectors.simulators.access_point.simulator.AccessPointSimulator",
}


def make(kind: str) -> Simulator:
    """A simulator as it starts. Raises KeyError for a kind nobody knows."""
    module, name = SIMULATORS[kind].rsplit(".", 1)
    simulator: Simulator = getattr(import_module(module), name)()
    return simulator

"""Sage Intacct keeps the contract of connectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from connectors.base import ErpConnector, Message, Subject
from connectors.erp.intacct.connector import IntacctConnector
from connectors.simulators.intacct.simulator import IntacctSimulator
from connectors.simulators.server import RunningSimulator
from tests.connectors.erp.intacct import records
from tests.contracts.connector_contract import ErpConnectorContract, Place

BOOKS = ("CUSTOMER", "ARINVOICE", "ARADJUSTMENT", "ARADVANCE", "ARPYMT")


class IntacctPlace(Place):
    connector = IntacctConnector
    wrong: ClassVar = {"user_password": "wrong-secret-4Kq"}

    @contextmanager
    def run(self) -> Iterator[RunningSimulator]:
        simulator = IntacctSimulator()
        simulator.configure({"seed_invoices": 5})
        with RunningSimulator(simulator) as running:
            yield running

    def values(self, url: str) -> Mapping[str, Any]:
        return {
            "address": f"{url}{IntacctSimulator.path}", "sender_id": "sender-1", "sender_password": "sender-secret",
            "company_id": "COMPANY1", "user_id": "xml_gateway", "user_password": "user-secret", "account": "4000",
            "term": "N30", "bank": "BOFA1435",
        }  # fmt: skip

    def subjects(self) -> Mapping[str, Subject]:
        line = {"line_number": "1", "total_amount": records.INVOICE["total_amount"], "account_number": "4000"}
        return {
            "account": records.account(),
            "invoice": records.invoice(lines=(line,)),
            "adjustment": records.credit_memo(),
            "payment": records.payment(("10482", "700.00")),
        }

    def count(self, running: RunningSimulator) -> int:
        state = running.simulator.state()
        return sum(int(state[name]) for name in BOOKS)

    def change(self, running: RunningSimulator) -> None:
        running.simulator.configure({"clock_ahead_seconds": 3600})
        running.simulator.configure({"seed_invoices": 1})


class TestIntacct(ErpConnectorContract):
    place = IntacctPlace()

    def disturb(self, running: RunningSimulator, fault: str, connector: ErpConnector, message: Message) -> None:
        """What is looked up before a customer is written may be asked again."""
        creating = next(name for name in ("CUSTOMER>", "create_invoice", "create_aradjustment", "ARPYMT>")
                        if name.encode() in message.content)  # fmt: skip
        running.misbehave(fault, on=creating)

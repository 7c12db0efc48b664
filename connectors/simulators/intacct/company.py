"""The company as it is set up: what every document refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from connectors.simulators.intacct.errors import invalid, missing

METHODS = frozenset({"Printed Check", "Check", "Cash", "EFT", "Credit Card", "Online Charge Card", "Online ACH Debit"})


@dataclass(slots=True)
class Company:
    sender: str = "sender-1"
    sender_password: str = "sender-secret"
    id: str = "COMPANY1"
    user: str = "xml_gateway"
    password: str = "user-secret"

    base_currency: str = "USD"
    rates: dict[str, Decimal] = field(
        default_factory=lambda: {"EUR": Decimal("1.1"), "GBP": Decimal("1.25"), "DKK": Decimal("0.15")}
    )
    """Of the daily rate: how much of the base currency one of each is."""
    accounts: set[str] = field(default_factory=lambda: {"1000", "1200", "1210", "4000", "4010", "4100", "6000"})
    labels: dict[str, str] = field(default_factory=lambda: {"Sales": "4000"})
    """The account of each account label."""
    terms: dict[str, int] = field(default_factory=lambda: {"N30": 30, "N14": 14, "N60": 60})
    """How many days each gives."""
    banks: set[str] = field(default_factory=lambda: {"BOFA1435"})
    locations: set[str] = field(default_factory=lambda: {"100", "200"})
    departments: set[str] = field(default_factory=lambda: {"10", "20"})
    entities: set[str] = field(default_factory=set)
    """Locations that keep books of their own and that one can sign in to."""

    location_required: bool = False
    document_sequencing: bool = False

    def account(self, number: str, label: str = "") -> str:
        if label:
            if label not in self.labels:
                raise invalid("Account Label", label)
            return self.labels[label]
        if not number:
            raise missing("GL Account Number")
        if number not in self.accounts:
            raise invalid("GL Account Number", number)
        return number

    def term(self, name: str) -> int:
        if name not in self.terms:
            raise invalid("Term", name)
        return self.terms[name]

    def bank(self, name: str) -> str:
        if name not in self.banks:
            raise invalid("Bank Account", name)
        return name

    def location(self, name: str, entity: str) -> str:
        """The location of a line. Signed in to an entity, it is that entity's."""
        if not name and self.location_required and not entity:
            raise missing("Location")
        if name and (name not in self.locations | self.entities or (entity and name != entity)):
            raise invalid("Location", name)
        return name or entity

    def department(self, name: str) -> str:
        if name and name not in self.departments:
            raise invalid("Department", name)
        return name

    def method(self, name: str) -> str:
        if not name:
            raise missing("Payment Method")
        if name not in METHODS:
            raise invalid("Payment Method", name)
        return name

    def rate(self, currency: str, given: Decimal | None) -> Decimal:
        """How much of the base currency one of this currency is."""
        if currency == self.base_currency:
            return Decimal(1)
        if given is not None:
            return given
        if currency not in self.rates:
            raise invalid("Currency", currency)
        return self.rates[currency]

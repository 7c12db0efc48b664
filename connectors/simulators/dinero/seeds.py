"""What the simulator starts with, and invoices by the thousand that are made from their numbers when somebody asks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.simulators.dinero.books import Line, Payment, Voucher, cents

PREFIX = "5eed0000-0000-4000-8000-"
PAYMENT_PREFIX = "5eed0000-0000-4000-9000-"
STATUSES = ("Paid", "Booked", "Paid", "Overdue", "Paid", "Booked", "Paid", "OverPaid", "Paid", "Overdue")

ORGANIZATIONS: tuple[dict[str, Any], ...] = (
    {
        "Id": 123456, "Name": "Hansen & Co ApS", "Type": "company", "IsPro": True, "IsPayingPro": True,
        "IsVatFree": False, "Email": "bogholderi@hansen-co.example", "Phone": "86123456", "Street": "Havnegade 1",
        "City": "Aarhus C", "ZipCode": "8000", "AttPerson": "Hanne Hansen", "IsTaxFreeUnion": False,
        "VatNumber": "12345674",
    },
    {
        "Id": 234567, "Name": "Uden Pro IVS", "Type": "company", "IsPro": False, "IsPayingPro": False,
        "IsVatFree": False, "Email": "post@uden-pro.example", "Phone": "", "Street": "Bakken 2", "City": "Skive",
        "ZipCode": "7800", "AttPerson": None, "IsTaxFreeUnion": False, "VatNumber": "87654328",
    },
)  # fmt: skip
API_KEYS = {"api-key-1": (123456,), "api-key-2": (234567,), "api-key-3": (123456, 234567)}


def contacts(at: str) -> dict[str, dict[str, Any]]:
    """By guid. `at` is when they were made."""
    rows = (
        ("Nordic Pumps A/S", "DK", "Ceres Allé 4", "8000", "Aarhus C", "25063864", None, "Anna Holm", "Netto", 30),
        (
            "Aarhus Kommune",
            "DK",
            "Rådhuspladsen 2",
            "8000",
            "Aarhus C",
            "55133018",
            "5790000435975",
            "Bo Lind",
            "Netto",
            30,
        ),
        ("Café Ø", "DK", "Østergade 7", "8900", "Randers", "31261430", None, None, "NettoCash", 0),
        (
            "Börse GmbH",
            "DE",
            "Hafenstraße 12",
            "20457",
            "Hamburg",
            "DE123456788",
            None,
            "Jörg Weiß",
            "CurrentMonthOut",
            15,
        ),
        ("Sweep & Sons Ltd", "GB", "1 High Street", "EC1A 1BB", "London", None, None, None, "Netto", 14),
    )
    found = {}
    for number, (name, country, street, zip_code, city, vat, ean, person, terms, days) in enumerate(rows, 1):
        guid = f"c0000000-0000-4000-8000-{number:012x}"
        email = f"faktura@kunde{number}.example" if number != 3 else ""
        found[guid] = contact(
            guid, name, at, Street=street, ZipCode=zip_code, City=city, CountryKey=country, VatNumber=vat or "",
            EanNumber=ean, AttPerson=person or "", Email=email, PaymentConditionType=terms,
            PaymentConditionNumberOfDays=days, PreferredInvoiceCurrencyKey="DKK" if country == "DK" else "EUR",
        )  # fmt: skip
    guid = "c0000000-0000-4000-8000-000000000006"
    found[guid] = contact(
        guid, "Børge Lund", at, IsPerson=True, Street="Parken 10, st. th", ZipCode="9530", City="Støvring",
        CountryKey="DK", Phone="20304050", Email="borge@lund.example",
    )  # fmt: skip
    return found


def contact(guid: str, name: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "ContactGuid": guid, "Name": name, "ExternalReference": None, "IsPerson": False, "IsDebitor": True,
        "IsCreditor": False, "Street": "", "ZipCode": "", "City": "", "CountryKey": "DK", "Phone": "", "Email": "",
        "Webpage": None, "AttPerson": "", "VatNumber": "", "EanNumber": None, "PaymentConditionType": "Netto",
        "PaymentConditionNumberOfDays": 8, "IsMember": False, "MemberNumber": None, "CompanyStatus": None,
        "VatRegionKey": "DK", "PreferredInvoiceLanguageKey": "da-DK", "PreferredInvoiceCurrencyKey": "DKK",
        "CreatedAt": at, "UpdatedAt": at, "DeletedAt": None,
    } | more  # fmt: skip


def products(at: str) -> list[dict[str, Any]]:
    return [
        {
            "ProductGuid": f"d0000000-0000-4000-8000-{number:012x}", "Name": name, "ProductNumber": f"V-{number}",
            "Quantity": 1.0, "Unit": unit, "AccountNumber": 1000, "BaseAmountValue": price,
            "BaseAmountValueInclVat": price * 1.25, "TotalAmount": price, "TotalAmountInclVat": price * 1.25,
            "ExternalReference": None, "CreatedAt": at, "UpdatedAt": at, "DeletedAt": None,
        }
        for number, (name, unit, price) in enumerate([("Pumpe, 2 kW", "parts", 500.0), ("Montage", "hours", 650.5)], 1)
    ]  # fmt: skip


DEPOSIT_ACCOUNTS: tuple[dict[str, Any], ...] = (
    {
        "AccountNumber": 55000, "Name": "Bank", "IsDefault": True, "IsHidden": False, "BankRegistrationNumber": "7025",
        "BankAccountNumber": "0001234567", "BankSwiftNumber": "JYBADKKK", "BankIbanNumber": "DK5000400440116243",
    },
    {
        "AccountNumber": 55010, "Name": "Kasse", "IsDefault": False, "IsHidden": False, "BankRegistrationNumber": None,
        "BankAccountNumber": None, "BankSwiftNumber": None, "BankIbanNumber": None,
    },
)  # fmt: skip


class Seeded:
    """Booked invoices 1 to `count`. None of them is kept: each is made from its number, the same every time."""

    def __init__(self, count: int, customers: list[dict[str, Any]], started: datetime) -> None:
        self.count, self.customers, self.started = count, customers, started

    def number_of(self, guid: str) -> int:
        """0 when it is none of them."""
        try:
            number = int(guid.removeprefix(PREFIX), 16) if guid.startswith(PREFIX) else 0
        except ValueError:
            return 0
        return number if number <= self.count else 0

    def status_of(self, number: int) -> str:
        return STATUSES[number % len(STATUSES)]

    def updated_at(self, number: int) -> datetime:
        """Later with every number, all of them before the simulator began."""
        return self.started - timedelta(seconds=self.count - number + 60)

    def first_since(self, since: datetime | None) -> int:
        """The lowest number that changed at that time or later."""
        if since is None:
            return 1
        return max(1, self.count + 60 - int((self.started - since).total_seconds()))

    def voucher(self, number: int) -> Voucher:
        customer = self.customers[number % len(self.customers)]
        status, at = self.status_of(number), self.updated_at(number)
        today = self.started.date()
        voucher = Voucher(
            guid=f"{PREFIX}{number:012x}", kind="Invoice", contact=customer["ContactGuid"],
            contact_name=customer["Name"], on=today - timedelta(days=0 if status == "Booked" else 60 + number % 300),
            lines=_lines(number), created_at=at, updated_at=at, number=number,
            currency="EUR" if number % 25 == 0 else "DKK", address=_address(customer), mail="Sent",
        )  # fmt: skip
        voucher.payments = _payments(voucher, number, status, today)
        return voucher


def _lines(number: int) -> list[Line]:
    price = Decimal(100 + number * 37 % 4900) + Decimal(number % 100) / 100
    return [
        Line("Pumpe, 2 kW", Decimal(1 + number % 5), price),
        Line("Montage", Decimal(number % 7) / 2 + Decimal("0.5"), Decimal("650.55"), "hours", Decimal(number % 3 * 5)),
    ]


def _address(customer: dict[str, Any]) -> str:
    return f"{customer['Street']}\n{customer['ZipCode']} {customer['City']}"


def _payments(voucher: Voucher, number: int, status: str, today: date) -> list[Payment]:
    share = {"Paid": Decimal(1), "OverPaid": Decimal("1.1")}.get(status, Decimal(number % 4 == 1) / 2)
    if not share:
        return []
    on = min(voucher.on + timedelta(days=number % 20), today)
    return [Payment(f"{PAYMENT_PREFIX}{number:012x}", cents(voucher.total * share), on)]

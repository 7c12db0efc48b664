"""A caller of the gateway that writes down exactly what it wants to send."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import requests
from lxml import etree

from connectors.simulators.server import CONTROL, RunningSimulator

LOGIN = "<login><userid>{user}</userid><companyid>{company}</companyid><password>{password}</password>{more}</login>"
DAY = "<year>2026</year><month>01</month><day>05</day>"


@dataclass(frozen=True, slots=True)
class Result:
    element: Any

    @property
    def status(self) -> str:
        return str(self.element.findtext("status"))

    @property
    def key(self) -> str:
        return str(self.element.findtext("key"))

    @property
    def data(self) -> Any:
        return self.element.find("data")

    @property
    def errors(self) -> list[tuple[str, str]]:
        return _errors(self.element)

    @property
    def rows(self) -> list[dict[str, str]]:
        return [{field.tag: field.text or "" for field in record} for record in self.data]


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def root(self) -> Any:
        return etree.fromstring(self.body)

    @property
    def control(self) -> str:
        return str(self.root.findtext("control/status"))

    @property
    def authentication(self) -> str | None:
        found: str | None = self.root.findtext("operation/authentication/status")
        return found

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Of the control or of signing in."""
        operation = self.root.find("operation")
        return _errors(self.root if operation is None else operation)

    @property
    def results(self) -> list[Result]:
        return [Result(each) for each in self.root.iterfind("operation/result")]


class Client:
    def __init__(self, running: RunningSimulator) -> None:
        self.running = running
        self.url = running.url + running.simulator.path
        self.calls = 0

    def post(self, body: str | bytes) -> Reply:
        answer = requests.post(self.url, body if isinstance(body, bytes) else body.encode(), timeout=10)
        return Reply(answer.status_code, dict(answer.headers), answer.content)

    def send(self, *functions: str, session: str = "", ids: list[str] | None = None, **how: Any) -> Reply:
        return self.post(self.request(*functions, session=session, ids=ids, **how))

    def request(
        self, *functions: str, session: str = "", ids: list[str] | None = None, unique: bool = False,
        transaction: bool = False, sender: str = "sender-1", sender_password: str = "sender-secret",
        user: str = "xml_gateway", company: str = "COMPANY1", password: str = "user-secret", entity: str = "",
        control: str = "", early: str = "",
    ) -> str:  # fmt: skip
        """`control` stands at the end of that element, `early` before its dtdversion."""
        self.calls += 1
        names = ids or [f"{self.calls}-{place}" for place in range(len(functions))]
        more = f"<locationid>{entity}</locationid>" if entity else ""
        login = LOGIN.format(user=user, company=company, password=password, more=more)
        who = f"<sessionid>{session}</sessionid>" if session else login
        content = "".join(
            f'<function controlid="{name}">{body}</function>' for name, body in zip(names, functions, strict=True)
        )
        return (
            f"<request><control><senderid>{sender}</senderid><password>{sender_password}</password>"
            f"<controlid>request-{self.calls}</controlid><uniqueid>{str(unique).lower()}</uniqueid>{early}"
            f"<dtdversion>3.0</dtdversion>{control}</control>"
            f'<operation transaction="{str(transaction).lower()}"><authentication>{who}</authentication>'
            f"<content>{content}</content></operation></request>"
        )

    def call(self, function: str, **how: Any) -> Result:
        """The result of one function."""
        return self.send(function, **how).results[0]

    def do(self, function: str, **how: Any) -> Result:
        """One that succeeds."""
        result = self.call(function, **how)
        assert (result.status, result.errors) == ("success", [])
        return result

    def refused(self, function: str, **how: Any) -> tuple[str, str]:
        """The specific error of one that fails."""
        result = self.call(function, **how)
        assert result.status == "failure"
        return result.errors[0]

    def configure(self, **limits: Any) -> None:
        answer = requests.post(self.running.url + CONTROL, json={"limits": limits}, timeout=60)
        assert answer.status_code == 200, answer.text

    def state(self) -> Any:
        return requests.get(self.running.url + CONTROL, timeout=10).json()["state"]

    def row(self, kind: str, key: str | int, *fields: str) -> dict[str, str]:
        """What stands there under this record number."""
        names = f"<fields>{','.join(fields)}</fields>" if fields else ""
        return self.do(f"<read><object>{kind}</object><keys>{key}</keys>{names}</read>").rows[0]

    def customer(self, name: str = "C1", **fields: str) -> str:
        """Its record number."""
        result = self.do(customer(name, **fields))
        return result.rows[0]["RECORDNO"]


def tags(**values: object) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value is not None)


def customer(
    name: str = "C1", *, verb: str = "create", contact: str = "<PRINTAS>Nordic</PRINTAS>", **fields: str
) -> str:
    display = f"<DISPLAYCONTACT>{contact}</DISPLAYCONTACT>"
    given = {"NAME": "Nordic Pumps", **fields} if verb == "create" else fields
    return f"<{verb}><CUSTOMER>{tags(CUSTOMERID=name, **given)}{display}</CUSTOMER></{verb}>"


def lines(*amounts: object, **more: object) -> str:
    return "".join(
        f"<lineitem><glaccountno>4000</glaccountno><amount>{amount}</amount>{tags(**more)}</lineitem>"
        for amount in amounts
    )


def invoice(
    number: str | None = "I1", *amounts: object, customer: str = "C1", due: str = "<termname>N30</termname>",
    items: str = "", before_number: str = "", before_items: str = "",
) -> str:  # fmt: skip
    items = items or lines(*(amounts or ("100.00",)))
    return (
        f"<create_invoice><customerid>{customer}</customerid><datecreated>{DAY}</datecreated>{due}{before_number}"
        f"{tags(invoiceno=number)}{before_items}<invoiceitems>{items}</invoiceitems></create_invoice>"
    )


def adjustment(number: str | None = "A1", amount: object = "-30.00", **more: object) -> str:
    return (
        f"<create_aradjustment><customerid>C1</customerid><datecreated>{DAY}</datecreated>"
        f"{tags(adjustmentno=number, **more)}"
        f"<aradjustmentitems>{lines(amount)}</aradjustmentitems></create_aradjustment>"
    )


def advance(amount: object = "50.00", **fields: object) -> str:
    given = {
        "CUSTOMERID": "C1", "PAYMENTMETHOD": "Cash", "PAYMENTDATE": "01/06/2026", "RECEIPTDATE": "01/06/2026",
        "FINANCIALENTITY": "BOFA1435", **fields,
    }  # fmt: skip
    line = f"<ARADVANCEITEM><ACCOUNTNO>1200</ACCOUNTNO><TRX_AMOUNT>{amount}</TRX_AMOUNT></ARADVANCEITEM>"
    return f"<create><ARADVANCE>{tags(**given)}<ARADVANCEITEMS>{line}</ARADVANCEITEMS></ARADVANCE></create>"


def payment(*details: dict[str, object], **fields: object) -> str:
    given = {
        "CUSTOMERID": "C1", "PAYMENTMETHOD": "EFT", "RECEIPTDATE": "01/06/2026", "PAYMENTDATE": "01/06/2026",
        "FINANCIALENTITY": "BOFA1435", **fields,
    }  # fmt: skip
    inside = "".join(f"<ARPYMTDETAIL>{tags(**detail)}</ARPYMTDETAIL>" for detail in details)
    return f"<create><ARPYMT>{tags(**given)}<ARPYMTDETAILS>{inside}</ARPYMTDETAILS></ARPYMT></create>"


def query(kind: str, *fields: str, filter: str = "", order: str = "", **more: object) -> str:
    selected = "".join(f"<field>{name}</field>" for name in fields or ("RECORDNO",))
    filtered = f"<filter>{filter}</filter>" if filter else ""
    ordered = f"<orderby>{order}</orderby>" if order else ""
    return f"<query><object>{kind}</object><select>{selected}</select>{filtered}{ordered}{tags(**more)}</query>"


def _errors(parent: Any) -> list[tuple[str, str]]:
    return [
        (error.findtext("errorno"), re.sub(r" \[Support ID: .*\]$", "", error.findtext("description2")))
        for error in parent.iterfind("errormessage/error")
    ]

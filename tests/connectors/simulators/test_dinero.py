"""The simulator answers as Dinero's documentation says, oddities included."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.simulators.dinero.books import UNNUMBERED
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.server import RunningSimulator

CONTACT = "c0000000-0000-4000-8000-000000000001"
LINE = {"Description": "Ventil", "Quantity": 3, "Unit": "parts", "BaseAmountValue": 33.33, "AccountNumber": 1000}


class Caller:
    """Calls as any client would, with a token of its own."""

    def __init__(self, running: RunningSimulator, key: str = "api-key-1") -> None:
        self.url = running.url
        self.headers = {"Authorization": f"Bearer {sign_in(running, key=key).json()['access_token']}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.ask("GET", path, query=query).json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.ask("POST", path, body=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, method: str, path: str, query: Any = None, body: Any = None) -> requests.Response:
        url = f"{self.url}{path.replace('/@/', '/123456/')}"
        return requests.request(method, url, params=query, json=body, headers=self.headers, timeout=10)


def sign_in(running: RunningSimulator, secret: str = "client-secret", key: str = "api-key-1") -> requests.Response:
    basic = base64.b64encode(f"client-1:{secret}".encode()).decode()
    form = {"grant_type": "password", "scope": "read write", "username": key, "password": key}
    headers = {"Authorization": f"Basic {basic}"}
    return requests.post(f"{running.url}/dineroapi/oauth/token", data=form, headers=headers, timeout=10)


@pytest.fixture
def running() -> Iterator[RunningSimulator]:
    with RunningSimulator(DineroSimulator()) as started:
        yield started


@pytest.fixture
def caller(running: RunningSimulator) -> Caller:
    running.simulator.configure({"requests_per_minute": 0})
    return Caller(running)


def _draft(caller: Caller, **more: Any) -> Any:
    return caller.post("/v1/@/invoices", **{"ContactGuid": CONTACT, "ProductLines": [LINE], **more})


def _booked(caller: Caller, **more: Any) -> str:
    draft = _draft(caller, **more)
    caller.post(f"/v1/@/invoices/{draft['Guid']}/book", Timestamp=draft["TimeStamp"])
    return str(draft["Guid"])


def test_sign_in_gives_a_token_for_an_hour(running: RunningSimulator) -> None:
    body = sign_in(running).json()

    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)


@pytest.mark.parametrize(("given", "error"), [({"secret": "no"}, "invalid_client"), ({"key": "no"}, "invalid_grant")])
def test_wrong_sign_in_says_which_part(running: RunningSimulator, given: dict[str, str], error: str) -> None:
    answer = sign_in(running, **given)

    assert (answer.status_code, answer.json()) == (400, {"message": json.dumps({"error": error})})


def test_token_ends(running: RunningSimulator, caller: Caller) -> None:
    running.simulator.configure({"token_seconds": 0})

    answer = caller.ask("GET", "/v1/organizations")

    assert (answer.status_code, answer.json()["code"]) == (401, 41)


def test_key_is_of_one_organization(running: RunningSimulator, caller: Caller) -> None:
    assert caller.get("/v1/organizations") == [{"name": "Hansen & Co ApS", "id": 123456, "isPro": True}]
    assert caller.ask("GET", "/v1/234567/sales").status_code == 401
    assert len(Caller(running, "api-key-3").get("/v1/organizations")) == 2


def test_organization_without_pro_is_refused(running: RunningSimulator) -> None:
    answer = Caller(running, "api-key-2").ask("GET", "/v1/234567/sales")

    assert (answer.status_code, answer.json()["code"]) == (403, 90)


def test_lists_echo_the_casing_of_fields(caller: Caller) -> None:
    asked = caller.get("/v1/@/sales", fields="nuMber,GUID,Status", pageSize=1)["Collection"]
    default = caller.get("/v1/@/sales", pageSize=1)["Collection"]
    contacts = caller.get("/v1/@/contacts", pageSize=1)["Collection"]

    assert list(asked[0]) == ["nuMber", "GUID", "Status"]
    assert list(default[0]) == ["Guid", "ContactName", "Date", "Description", "Type"]
    assert contacts == [{"name": "Nordic Pumps A/S", "contactGuid": CONTACT}]


def test_pages_are_counted_from_nothing(caller: Caller) -> None:
    whole = caller.get("/v1/@/sales", fields="Guid")
    parts = [caller.get("/v1/@/sales", fields="Guid", page=page, pageSize=10) for page in range(4)]

    assert [len(part["Collection"]) for part in parts] == [10, 10, 5, 0]
    assert [row for part in parts for row in part["Collection"]] == whole["Collection"]
    assert whole["Pagination"] == {
        "MaxPageSizeAllowed": 1000, "PageSize": 100, "Result": 25, "ResultWithoutFilter": 25, "Page": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        {"pageSize": 1001},
        {"fields": "Nothing"},
        {"queryFilter": "AMINO"},
        {"changesSince": "yesterday"},
        {"sort": "Total"},
        {"startDate": "2026-01-01"},
        {"statusFilter": "Open"},
    ],
)
def test_wrong_parameter_is_refused_with_its_name(caller: Caller, query: dict[str, Any]) -> None:
    answer = caller.ask("GET", "/v1/@/sales", query=query)

    assert (answer.status_code, answer.json()["code"]) == (400, 42)
    assert list(answer.json()["validationErrors"]) == list(query)


def test_all_five_states_are_there_and_sorted_as_dinero_does(caller: Caller) -> None:
    up = [
        row["Status"]
        for row in caller.get("/v1/@/sales", fields="Status", sort="Status", sortOrder="ascending")["Collection"]
    ]
    down = [row["Status"] for row in caller.get("/v1/@/sales", fields="Status", sort="Status")["Collection"]]

    assert list(dict.fromkeys(up)) == ["Draft", "Overdue", "Booked", "OverPaid", "Paid"]
    assert list(dict.fromkeys(down)) == list(dict.fromkeys(up))


def test_status_of_a_list_has_five_values_and_of_a_voucher_two(caller: Caller) -> None:
    rows = caller.get("/v1/@/invoices", fields="Guid,Status,Number", statusFilter="Overdue,draft")["Collection"]

    details = [caller.get(f"/v1/@/invoices/{row['Guid']}") for row in rows]

    assert {(row["Status"], one["Status"], one["PaymentStatus"]) for row, one in zip(rows, details, strict=True)} == {
        ("Overdue", "Booked", "Overdue"), ("Draft", "Draft", "Draft"),
    }  # fmt: skip
    assert {row["Number"] == UNNUMBERED for row in rows if row["Status"] == "Draft"} == {True}


def test_dates_do_not_limit_drafts(caller: Caller) -> None:
    rows = caller.get("/v1/@/sales", fields="Status", startDate="1999-01-01", endDate="1999-12-31")["Collection"]

    assert [row["Status"] for row in rows] == ["Draft", "Draft"]


def test_changes_are_inclusive_and_have_what_was_deleted(caller: Caller) -> None:
    draft = _draft(caller)
    at = caller.get(f"/v1/@/invoices/{draft['Guid']}")["UpdatedAt"] + "Z"
    later = (datetime.fromisoformat(at) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    found = caller.get("/v1/@/sales", fields="Guid", changesSince=at)["Collection"]
    nothing = caller.get("/v1/@/sales", fields="Guid", changesSince=later)["Collection"]
    caller.ask("DELETE", f"/v1/@/invoices/{draft['Guid']}", body={"Timestamp": draft["TimeStamp"]})
    deleted = caller.get("/v1/@/sales", fields="Guid,DeletedAt", changesSince=at)["Collection"]

    assert (found, nothing) == ([{"Guid": draft["Guid"]}], [])
    assert [row["Guid"] for row in deleted if row["DeletedAt"]] == [draft["Guid"]]
    assert [row["Guid"] for row in caller.get("/v1/@/sales", fields="Guid", deletedOnly="true")["Collection"]] == [
        draft["Guid"]
    ]
    assert draft["Guid"] not in str(caller.get("/v1/@/sales", fields="Guid"))
    assert caller.ask("GET", f"/v1/@/invoices/{draft['Guid']}").json()["code"] == 65


def test_conditions_are_joined_by_and(caller: Caller) -> None:
    filters = f"ContactGuid eq '{CONTACT.upper()}';ExternalReference contains 'webshop'"

    rows = caller.get("/v1/@/sales", fields="ContactGuid,ExternalReference", queryFilter=filters)["Collection"]

    assert rows
    assert all(row["ContactGuid"] == CONTACT and row["ExternalReference"].startswith("Webshop") for row in rows)


def test_contacts_of_version_2_have_the_deleted_ones(caller: Caller) -> None:
    caller.ask("DELETE", f"/v1/@/contacts/{CONTACT}")

    assert len(caller.get("/v1/@/contacts")["Collection"]) == 5
    assert len(caller.get("/v2/@/contacts")["Collection"]) == 6
    assert [row["contactGuid"] for row in caller.get("/v2/@/contacts", deletedOnly="true")["Collection"]] == [CONTACT]


def test_invoice_is_made_booked_paid_and_credited(caller: Caller) -> None:
    guid = _booked(caller, ExternalReference="E-1")
    one = caller.get(f"/v1/@/invoices/{guid}")
    assert (one["Number"], one["TotalInclVat"], one["PaymentStatus"]) == (24, 124.99, "Booked")

    caller.post(f"/v1/@/invoices/{guid}/payments", Timestamp=one["TimeStamp"], Amount=24.99, DepositAccountNumber=55000)
    credit = caller.post(f"/v1/@/invoices/{guid}/generate-creditnote")
    caller.post(f"/v1/@/sales/creditnotes/{credit['Guid']}/book", Timestamp=credit["TimeStamp"])

    paid = caller.get(f"/v2/@/invoices/{guid}/payments")
    assert [(row["PaymentClass"], row["Amount"], row["RelatedVoucherId"]) for row in paid["Payments"]] == [
        ("Payment", 24.99, None), ("CreditNote", 100.0, credit["Guid"]),
    ]  # fmt: skip
    assert (paid["PaidAmount"], paid["RemainingAmount"]) == (124.99, 0.0)
    assert caller.get(f"/v1/@/sales/creditnotes/{credit['Guid']}")["CreditNoteFor"] == guid


def test_stale_timestamp_is_refused(caller: Caller) -> None:
    draft = _draft(caller)
    caller.ask(
        "PUT", f"/v1.2/@/invoices/{draft['Guid']}", body={"ProductLines": [LINE], "Timestamp": draft["TimeStamp"]}
    )

    answer = caller.ask("POST", f"/v1/@/invoices/{draft['Guid']}/book", body={"Timestamp": draft["TimeStamp"]})

    assert (answer.status_code, answer.json()["code"]) == (400, 58)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"ProductLines": []}, 45),
        ({"ProductLines": [{**LINE, "Unit": "dozen"}]}, 42),
        ({"ContactGuid": "x", "ProductLines": [LINE]}, 40),
    ],
)  # fmt: skip
def test_invoice_that_is_not_right_is_refused(caller: Caller, body: Any, code: int) -> None:
    assert caller.ask("POST", "/v1/@/invoices", body=body).json()["code"] == code


def test_draft_without_a_customer_cannot_be_booked(caller: Caller) -> None:
    draft = _draft(caller, ContactGuid=None)

    answer = caller.ask("POST", f"/v1/@/invoices/{draft['Guid']}/book", body={"Timestamp": draft["TimeStamp"]})

    assert list(answer.json()["validationErrors"]) == ["ContactGuid"]


def test_lines_may_be_given_with_vat(caller: Caller) -> None:
    draft = _draft(caller, ShowLinesInclVat=True, ProductLines=[{**LINE, "BaseAmountValue": 125, "Quantity": 1}])

    one = caller.get(f"/v1/@/invoices/{draft['Guid']}")

    assert (one["TotalExclVat"], one["TotalInclVat"], one["ProductLines"][0]["BaseAmountValueInclVat"]) == (
        100,
        125,
        125,
    )


def test_too_many_requests_are_refused_in_the_vendors_words(running: RunningSimulator) -> None:
    running.simulator.configure({"requests_per_minute": 1})
    sign_in(running)

    answer = sign_in(running)

    assert (answer.status_code, answer.text) == (429, "API calls quota exceeded! maximum admitted 1 per 1m.")


def test_brownout_is_a_fault(running: RunningSimulator, caller: Caller) -> None:
    running.misbehave("status", status=480)

    assert caller.ask("GET", "/v1/organizations").status_code == 480


def test_seeded_invoices_are_the_same_every_time_and_can_be_changed(running: RunningSimulator, caller: Caller) -> None:
    running.simulator.configure({"seed_invoices": 2500})
    fields = "Number,Guid,Status,TotalInclVat"

    def read() -> list[Any]:
        pages = [caller.get("/v1/@/sales", fields=fields, page=page, pageSize=1000) for page in range(3)]
        return [row for page in pages for row in page["Collection"]]

    first = read()
    guid = next(row["Guid"] for row in first if row["Status"] == "Overdue")
    one = caller.get(f"/v1/@/invoices/{guid}")

    assert [row["Number"] for row in first] == list(range(2500, 0, -1))
    assert read() == first
    assert one["TotalInclVat"] == next(row["TotalInclVat"] for row in first if row["Guid"] == guid)
    rest = caller.get(f"/v2/@/invoices/{guid}/payments")["RemainingAmount"]
    caller.post(f"/v1/@/invoices/{guid}/payments", Timestamp=one["TimeStamp"], Amount=rest)
    assert {row["Guid"]: row["Status"] for row in read()}[guid] == "Paid"
    assert len(read()) == 2500
    assert caller.get(f"/v1/@/invoices/{_booked(caller)}")["Number"] == 2501


def test_many_seeded_invoices_are_not_kept(running: RunningSimulator, caller: Caller) -> None:
    running.simulator.configure({"seed_invoices": 100_000})

    page = caller.get("/v1/@/sales", statusFilter="Booked,Paid,OverPaid,Overdue", page=99, pageSize=1000)

    assert (len(page["Collection"]), page["Pagination"]["ResultWithoutFilter"]) == (1000, 100_000)
    assert running.simulator.state()["organizations"]["123456"]["made_vouchers"] == 0


def test_seeded_statuses_are_what_their_figures_say(running: RunningSimulator) -> None:
    simulator = running.simulator
    assert isinstance(simulator, DineroSimulator)
    simulator.configure({"seed_invoices": 60})
    sales = simulator.organizations[123456].sales

    said = [sales.seeded.status_of(number) for number in range(1, 61)]

    assert [one.status(date.today()) for one in sales] == said
    assert all(one.updated_at < datetime.now(UTC) for one in sales)


def test_unknown_limit_is_refused(running: RunningSimulator) -> None:
    answer = requests.post(f"{running.url}/_simulator/", json={"limits": {"speed": 1}}, timeout=10)

    assert (answer.status_code, answer.json()) == (400, {"error": "Expected requests_per_minute, found 'speed'."})

"""Servers that answer as the real one may and a hub never does; and some that are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from arhub.network.errors import BadAnswer, ConfigError, NetworkError, PermanentError, RetryableError, Uncertain
from connectors.base import Cursor
from connectors.erp.sage_network.connector import SageNetworkConnector
from connectors.simulators.server import Request, Response, RunningSimulator, Simulator
from tests.connectors.erp.sage_network.conftest import OWN, PUMPS, connector_for, merged, pull

KEY = "LSPK-very-secret"
Play = Callable[[Callable[[Request], Response]], SageNetworkConnector]
EMPTY = Response.of({"records": [], "totalCount": 0, "pageSize": 500, "pageNumber": 0})


class Played(Simulator):
    """Answers as a test says."""

    kind = "played"

    def __init__(self, play: Callable[[Request], Response]) -> None:
        self.play = play
        super().__init__()

    def reset(self) -> None:
        """It holds nothing."""

    def state(self) -> Mapping[str, Any]:
        return {}

    def answer(self, request: Request) -> Response:
        return self.play(request)


@pytest.fixture
def play() -> Iterator[Play]:
    """play(answers) gives a connector to a server that answers so."""
    with ExitStack() as running:

        def start(answers: Callable[[Request], Response]) -> SageNetworkConnector:
            server = running.enter_context(RunningSimulator(Played(answers)))
            return connector_for(server.url, KEY, page_size=50)

        yield start


def _of(**records: Sequence[Mapping[str, Any]]) -> Callable[[Request], Response]:
    """Answers queries out of lists by the last part of the path, those with a key first, then those without."""

    def answers(request: Request) -> Response:
        found = [one for one in records.get(request.path.split("/")[-2].replace("-", "_"), ()) if _fits(one, request)]
        number, size = int(request.query.get("pageNumber", 0)), 50
        page = found[number * size : (number + 1) * size]
        return Response.of({"records": page, "totalCount": len(found), "pageSize": size, "pageNumber": number})

    return answers


def _fits(record: Mapping[str, Any], request: Request) -> bool:
    wanted = request.query["filter"]
    if " IN (" in wanted:
        return f"'{record['companyId']}'" in wanted
    if "erpKey >= " in wanted:
        return bool(record["erpKey"] and record["erpKey"] >= wanted.split("'")[1])
    return bool(record["erpKey"]) != ("erpKey IS NULL" in wanted)


def test_records_without_a_key_go_by_their_id(play: Play) -> None:
    keyed = [{"companyId": f"id-{n:03}", "erpKey": f"K{n:03}", "companyName": "A"} for n in range(120)]
    keyless = [{"companyId": f"own-{n:03}", "erpKey": None, "companyName": "B"} for n in range(101)]
    connector = play(_of(Companies=[*keyed, *keyless], Payments=[{
        "paymentId": "p-1", "erpKey": None, "companyId": "own-007", "paymentAmount": 10.5, "paymentDate": "2026-04-10",
    }]))  # fmt: skip

    found, _ = pull(connector)
    pages = list(connector.pull(Cursor()))

    assert set(found["account"]) == {one["erpKey"] or one["companyId"] for one in [*keyed, *keyless]}
    assert found["payment"] == {"p-1": {
        "erp_key": "p-1", "network_id": "p-1", "account_id": "own-007", "amount": Decimal("10.5"),
        "payment_date": date(2026, 4, 10),
    }}  # fmt: skip
    for number, page in enumerate(pages[:-1]):
        rest = list(connector.pull(page.cursor))
        assert merged([*pages[: number + 1], *rest]) == found


def test_answers_in_the_vendors_forms_are_read(play: Play) -> None:
    invoice = {
        "invoiceId": "i-1", "erpKey": "I1", "customerId": None, "invoiceTypeCode": "AP Credit Memo",
        "totalAmount": -100, "invoiceDate": "2026-03-15T00:00:00", "currencyRate": 1, "isVoided": False,
        "inDispute": None, "sourceModifiedDate": "2021-11-09T12:04:24.1234567Z", "referenceCode": "",
        "importedDate": "2021-11-09T12:04:24.5", "taxSummary": [{"taxCode": "S", "taxRate": 25.5}], "unheardOf": [],
    }  # fmt: skip

    found, _ = pull(play(_of(Invoices=[invoice], Companies=[
        {"companyId": "g", "erpKey": "G", "companyName": "Everybody", "companyType": "Group"}
    ])))  # fmt: skip

    assert set(found) == {"adjustment"}
    assert found["adjustment"]["I1"] == {
        "erp_key": "I1", "network_id": "i-1", "credit_memo_number": None, "document_type": "AP Credit Memo",
        "account_id": None, "credit_date": date(2026, 3, 15), "total_amount": Decimal(-100),
        "exchange_rate": Decimal(1), "is_voided": False, "in_dispute": None,
        "tax_summary": '[{"taxCode":"S","taxRate":25.5}]',
        "source_modified_at": datetime(2021, 11, 9, 12, 4, 24, 123456, tzinfo=UTC),
        "imported_at": datetime(2021, 11, 9, 12, 4, 24, 500000, tzinfo=UTC),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"invoiceDate": "soon"}, "Expected date in invoiceDate of each Invoice, found 'soon'."),
        ({"totalAmount": "much"}, "Expected money in totalAmount of each Invoice, found 'much'."),
        ({"isVoided": "perhaps"}, "Expected bool in isVoided of each Invoice, found 'perhaps'."),
        ({"erpKey": None, "invoiceId": None}, "Expected an erpKey or an invoiceId in each Invoice, found none."),
    ],
)
def test_value_that_is_none_is_named(play: Play, values: Mapping[str, Any], said: str) -> None:
    connector = play(lambda request: Response.of({"records": [{"invoiceId": "i", "erpKey": "I1", **values}]}))
    at_invoices = Cursor(at={"record_type": "invoice", "begun": "", "after": "", "page": 0, "keyless": False})

    with pytest.raises(BadAnswer) as caught:
        next(iter(connector.pull(at_invoices)))

    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (
            Response(302, headers={"Location": "https://elsewhere.example/"}),
            ConfigError,
            "leads elsewhere (status 302)",
        ),
        (Response(401), ConfigError, "does not allow this with the API key: status 401."),
        (Response.of({"title": "Forbidden", "detail": f"{KEY} may not"}, 403), ConfigError, "API key: … may not."),
        (Response(404, b"<html>not here</html>", "text/html"), PermanentError, "refused this: status 404."),
        (Response.of({"title": "Bad Request"}, 400), PermanentError, "refused this: Bad Request."),
        (Response(429, headers={"Retry-After": "60"}), RetryableError, "takes no requests for now: status 429."),
        (Response(500, b"{", "application/json"), RetryableError, "has failed: status 500."),
        (Response(200, b"[]"), BadAnswer, "Expected a JSON object from 127.0.0.1"),
        (Response.of({"records": None}), BadAnswer, "Expected a list of records from 127.0.0.1"),
        (Response(200, b"\xff", "application/json"), BadAnswer, "Expected an answer in UTF-8"),
    ],
)
def test_every_answer_that_is_none_is_told_in_a_sentence(
    play: Play, answer: Response, kind: type[NetworkError], said: str
) -> None:
    connector = play(lambda request: answer)

    with pytest.raises(kind) as caught:
        next(iter(connector.pull(Cursor())))

    assert said in str(caught.value)
    assert KEY not in str(caught.value)


def test_secret_that_is_said_back_is_in_no_result(play: Play) -> None:
    def answers(request: Request) -> Response:
        if request.method == "POST":
            return Response.of({"syncRequestId": "s-1", "statusCode": "Ready"})
        if "/Sync/" in request.path:
            errors = {"C-1": [f"{request.headers['api-key']} is not wanted"], "X": "unknown", "OWN": "said plainly"}
            told = {"statusCode": "Success", "processResultMessage": f"Key {KEY}"}
            return Response.of({**told, "details": {"Company": {"errors": errors}}})
        return EMPTY

    connector = play(answers)

    result = connector.push(connector.compose("a", [OWN, replace(PUMPS, contacts=())]))

    assert result.refused == {PUMPS.key: "… is not wanted.", OWN.key: "said plainly."}
    assert (result.text, result.keys) == ("Key ….", {})
    assert KEY not in json.dumps(connector.setup.store.get("sync"))


@pytest.mark.parametrize(
    ("sync", "said"),
    [
        ({"statusCode": "Failed", "processResultMessage": "No file was read"}, "The sync is Failed: No file was read."),
        ({"statusCode": "Cancelled", "processResultMessage": None}, "The sync is Cancelled: No reason was given."),
        (
            {"statusCode": "Failed", "details": {"Company": {"errors": []}, "X": 1}},
            "The sync is Failed: No reason was given.",
        ),
    ],
)
def test_sync_that_blames_no_record_is_refused_as_a_whole(play: Play, sync: Mapping[str, Any], said: str) -> None:
    connector = play(lambda request: Response.of({"syncRequestId": "s-1", **sync}))

    with pytest.raises(PermanentError) as caught:
        connector.push(connector.compose("a", [OWN]))

    assert str(caught.value) == said
    assert connector.setup.store.values == {}  # type: ignore[attr-defined]


def test_record_that_is_not_there_after_a_sync_was_not_taken(play: Play) -> None:
    def answers(request: Request) -> Response:
        if "/Sync/" in request.path:
            return Response.of({"syncRequestId": "s-1", "statusCode": "Success", "processResultMessage": "Fine"})
        return Response.of({"records": [{"companyId": "id-1", "erpKey": "OWN"}]})

    connector = play(answers)

    result = connector.push(connector.compose("a", [OWN, replace(PUMPS, contacts=())]))

    assert result.keys == {OWN.key: {"networkId": "id-1"}}
    assert result.refused == {PUMPS.key: "It was not taken over there. The sync says: Fine."}


@pytest.mark.parametrize("told", [{}, {"syncRequestId": None}, {"syncRequestId": 7}])
def test_push_of_which_no_id_is_told_is_uncertain(play: Play, told: Mapping[str, Any]) -> None:
    connector = play(lambda request: Response.of(told))

    with pytest.raises(Uncertain, match="did not say as which sync"):
        connector.push(connector.compose("a", [OWN]))


def test_sync_that_is_gone_is_looked_up_by_its_records(play: Play) -> None:
    record = {"companyId": "id-1", "erpKey": "OWN", "companyName": "Acme A/S", "companyType": "Company"}

    def answers(request: Request) -> Response:
        if request.method == "POST":
            return Response.of({"syncRequestId": "s-1"})
        return Response(404) if "/Sync/" in request.path else Response.of({"records": [record]})

    connector = play(answers)
    message = connector.compose("a", [OWN])
    with pytest.raises(Uncertain, match="taken as sync s-1, of which nothing more is known"):
        connector.push(message)

    found = connector.look_up(message)

    assert found is not None
    assert found.keys == {OWN.key: {"networkId": "id-1"}}


def test_only_reading_is_told_of_a_key_that_may_not_write(play: Play) -> None:
    status = {"loggedIn": True, "userName": None, "roles": ["Read-Only"], "environment": "sbx", "version": "2026.1"}
    connector = play(lambda request: Response.of(status))

    reach, sign_in = (check.run() for check in connector.checks()[:2])

    assert reach.endswith(" answers: environment sbx, version 2026.1.")
    assert sign_in == "Signed in as a program. It may only read: nothing can be sent."


def test_cursor_that_is_no_time_is_a_matter_of_settings(play: Play) -> None:
    connector = play(lambda request: EMPTY)

    with pytest.raises(ConfigError, match="Expected a time like 2026-03-01T09:30:00Z to pull from, found 'yesterday'"):
        next(iter(connector.pull(Cursor({"companies": "yesterday"}))))

"""Control ids, transactions and limits: what is done once, wholly, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.connectors.simulators.intacct.client import Client, customer, invoice, query


def test_repeated_control_id_is_refused_once_it_is_completed(books: Client) -> None:
    first = books.call(invoice("I1"), unique=True, ids=["doc-1"])
    second = books.call(invoice("I1"), unique=True, ids=["doc-1"])

    assert (first.status, second.status, second.data) == ("success", "failure", None)
    assert second.errors[0][1] == "A successful transaction has already been recorded with the control id doc-1"
    assert books.state()["ARINVOICE"] == 1


def test_control_id_of_a_failed_function_may_be_used_again(books: Client) -> None:
    failed = books.call(invoice("I1", customer="C9"), unique=True, ids=["doc-1"])
    done = books.call(invoice("I1"), unique=True, ids=["doc-1"])

    assert (failed.status, done.status) == ("failure", "success")


def test_missing_uniqueid_means_true(books: Client) -> None:
    body = books.request(invoice("I1"), ids=["doc-1"]).replace("<uniqueid>false</uniqueid>", "")

    replies = [books.post(body).results[0].status for _ in range(2)]

    assert replies == ["success", "failure"]


def test_without_uniqueid_a_repeat_makes_a_duplicate(books: Client) -> None:
    for _ in range(2):
        books.do(invoice(None), ids=["doc-1"])

    assert books.state()["ARINVOICE"] == 2


def test_lost_answer_was_stored_and_its_control_id_is_taken(books: Client) -> None:
    books.running.misbehave("drop", on="doc-1")

    with pytest.raises(requests.ConnectionError):
        books.send(invoice("I1"), unique=True, ids=["doc-1"])
    again = books.refused(invoice("I1"), unique=True, ids=["doc-1"])

    assert again[1].startswith("A successful transaction has already been recorded")
    assert [(each["number"], each["control_id"]) for each in books.state()["documents"]] == [("I1", "doc-1")]


def test_request_that_arrives_twice_is_done_once_with_a_unique_control_id(books: Client) -> None:
    books.running.misbehave("duplicate", on="doc-1")

    answer = books.refused(invoice("I1"), unique=True, ids=["doc-1"])

    assert (answer[1][:24], books.state()["ARINVOICE"]) == ("A successful transaction", 1)


def test_concurrent_request_with_the_same_control_id_is_refused(books: Client) -> None:
    books.running.misbehave("slow", on="doc-1", seconds=1)

    with ThreadPoolExecutor(2) as pool:
        slow, quick = [pool.submit(books.call, invoice("I1"), unique=True, ids=["doc-1"]) for _ in range(2)]
        results = [slow.result(), quick.result()]

    assert sorted(each.status for each in results) == ["failure", "success"]
    (failed,) = [each for each in results if each.status == "failure"]
    assert failed.errors[0][1] == "There is a concurrent request in process with the control id doc-1"
    assert books.state()["ARINVOICE"] == 1


def test_functions_of_one_request_are_independent(books: Client) -> None:
    results = books.send(invoice("I1"), invoice("I1"), invoice("I2")).results

    assert [each.status for each in results] == ["success", "failure", "success"]
    assert [each["number"] for each in books.state()["documents"]] == ["I1", "I2"]


def test_failed_transaction_leaves_nothing(books: Client) -> None:
    results = books.send(
        customer("C2", NAME="Other"), invoice("I1"), invoice("I1"), invoice("I2"), transaction=True, unique=True,
        ids=["a", "b", "c", "d"],
    ).results  # fmt: skip

    assert [each.status for each in results] == ["aborted", "aborted", "failure", "aborted"]
    assert [each.errors[0][0] for each in results] == ["XL03000009", "XL03000009", "BL03002185", "XL03000009"]
    assert results[2].errors[-1][0] == "XL03000009"
    state = books.state()
    assert (state["CUSTOMER"], state["CONTACT"], state["ARINVOICE"], state["ARINVOICEITEM"]) == (1, 1, 0, 0)
    assert books.row("CUSTOMER", 1, "TOTALDUE") == {"TOTALDUE": "0.00"}
    assert books.call(invoice("I1"), unique=True, ids=["b"]).status == "success"


def test_transaction_without_a_failure_is_stored(books: Client) -> None:
    results = books.send(invoice("I1"), invoice("I2"), transaction=True).results

    assert [each.status for each in results] == ["success", "success"]


def test_several_objects_in_one_create_can_be_partly_stored(client: Client) -> None:
    two = customer("C1") + customer("C2", contact="")
    result = client.call("<create>" + two.replace("<create>", "").replace("</create>", "") + "</create>")

    assert (result.status, result.data.get("count"), result.rows) == (
        "failure", "1", [{"RECORDNO": "1", "CUSTOMERID": "C1"}],
    )  # fmt: skip
    assert result.errors == [
        ("BL01001973", "Required field Print As is missing"), ("BL01001973", "Could not create Customer record!"),
    ]  # fmt: skip


def test_parallel_requests_above_the_limit_are_refused(books: Client) -> None:
    books.configure(parallel=1)
    books.running.misbehave("slow", on="CUSTOMER", seconds=1)

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: books.send(query("CUSTOMER")), range(2)))

    assert sorted(each.status for each in replies) == [200, 429]
    (refused,) = [each for each in replies if each.status == 429]
    assert (refused.headers["Content-Type"], refused.errors[0][0]) == ('text/xml; encoding="UTF-8"', "GW-0010")
    assert books.send(query("CUSTOMER")).status == 200


def test_requests_above_the_minutes_limit_are_refused(client: Client) -> None:
    client.configure(requests_per_minute=2)

    replies = [client.send(query("CUSTOMER")) for _ in range(3)]

    assert [each.status for each in replies] == [200, 200, 429]
    assert replies[2].errors[0][0] == "GW-0010"


def test_next_functions_can_be_refused_in_given_words(books: Client) -> None:
    offline = {"errorno": "XL03000006", "description2": "The Service is Temporarily Off-line"}
    books.configure(refuse_next=[offline])

    results = books.send(invoice("I1"), invoice("I2")).results

    assert [each.status for each in results] == ["failure", "success"]
    assert results[0].errors[0] == ("XL03000006", "The Service is Temporarily Off-line")


def test_unknown_setting_is_named(client: Client) -> None:
    answer = requests.post(client.running.url + "/_simulator/", json={"limits": {"speed": 1}}, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["error"].endswith("found 'speed'.")


def test_broken_answers_are_given_when_told(books: Client) -> None:
    books.running.misbehave("stored_status", status=503, on="doc-1")
    books.running.misbehave("garbage", on="doc-2")
    books.running.misbehave("status", status=500, on="doc-3")

    stored, garbage, refused = (
        requests.post(books.url, books.request(invoice(f"I{place}"), ids=[f"doc-{place}"]).encode(), timeout=5)
        for place in (1, 2, 3)
    )

    assert [stored.status_code, garbage.headers["Content-Type"], refused.status_code] == [503, "text/html", 500]
    assert [each["number"] for each in books.state()["documents"]] == ["I1", "I2"]

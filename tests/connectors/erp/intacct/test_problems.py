from __future__ import annotations

import pytest

from arhub.network.errors import ConfigError, NetworkError, RetryableError, Uncertain
from connectors.erp.intacct.answers import Unreadable, outcome_of
from connectors.erp.intacct.problems import AlreadyDone, Exists, Failed, Level, NumberTaken, Refusal, error_of
from tests.connectors.erp.intacct import shapes

GENERIC = ("BL01001973", "Could not create ARInvoice record!", "")
CUSTOMER = ("BL01001973", "Invalid Customer 'C-9' specified. [Support ID: x%7Eq]", "Choose a valid  customer")


def failed(content: bytes) -> Failed:
    with pytest.raises(Failed) as raised:
        outcome_of(content)
    return raised.value


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        (shapes.refusal(CUSTOMER, GENERIC), Refusal, "Invalid Customer 'C-9' specified. Choose a valid customer. "
         "Send its account there first."),
        (shapes.refusal(GENERIC), Refusal, "Could not create ARInvoice record!"),
        (shapes.refusal(("BL03000018", "", "")), Refusal, "Intacct gave the error BL03000018."),
        (shapes.refusal(), Refusal, "Intacct gave no reason."),
        (
            shapes.refusal(("BL03002185", "Invoice number 10482 has been used", ""), GENERIC), NumberTaken,
            "Invoice number 10482 has been used.",
        ),
        (
            shapes.refusal(
                ("BL34000061", "Another Customer with the given value(s) C-1  already exists", "Use another value.")
            ),
            Exists, "Another Customer with the given value(s) C-1 already exists. Use another value.",
        ),
        (
            shapes.refusal(("XL", "A successful transaction has already been recorded with the control id id-1", "")),
            AlreadyDone, "A successful transaction has already been recorded with the control id id-1.",
        ),
        (
            shapes.refusal(("XL", "There is a concurrent request in process with the control id id-1", "")), Uncertain,
            "There is a concurrent request in process with the control id id-1.",
        ),
        (
            shapes.refusal(("BL01", "You do not have permission for API operation READ", "")), ConfigError,
            "You do not have permission for API operation READ.",
        ),
        (
            shapes.refusal(("BL01", "The period March 2026 is closed", "")), ConfigError,
            "The period March 2026 is closed.",
        ),
        (
            shapes.refusal(("GW", "The Service is Temporarily Off-line", "")), RetryableError,
            "The Service is Temporarily Off-line.",
        ),
        (
            shapes.control_failure(("XL03000006", "Incorrect Intacct XML Partner ID or password.", "")), ConfigError,
            "Incorrect Intacct XML Partner ID or password.",
        ),
        (
            shapes.control_failure(("XL03000003", "XML Parse schema error: Error 1871: Element &apos;x&apos;", "")),
            Refusal, "XML Parse schema error: Error 1871: Element 'x'.",
        ),
        (shapes.control_failure(("GW-0010", "Rate limit", "")), RetryableError, "Rate limit."),
        (
            shapes.sign_in_failure(("XL03000006", "Sign-in information is incorrect", "Try &amp;amp; again")),
            ConfigError, "Sign-in information is incorrect. Try & again.",
        ),
    ],
)  # fmt: skip
def test_failure_becomes_one_reason_and_what_to_do(content: bytes, kind: type[NetworkError], text: str) -> None:
    error = error_of(failed(content))

    assert (type(error), str(error)) == (kind, text)


def test_what_exists_is_named() -> None:
    contact = ("BL34000061", "Another Contact with the given value(s) Anna already exists", "")

    error = error_of(failed(shapes.refusal(contact, GENERIC)))

    assert isinstance(error, Exists)
    assert error.what == "Contact"


def test_number_may_be_a_text() -> None:
    failure = failed(shapes.refusal(("Query Failed", "Object Definition FOO not found", "")))

    assert failure.level is Level.FUNCTION
    assert [problem.number for problem in failure.problems] == ["Query Failed"]


@pytest.mark.parametrize(
    ("content", "beginning"),
    [
        (b"", "it is empty"),
        (b"<html><h1>Bad gateway</h1></html>", "it begins with '<html><h1>Bad gateway</h1></html>'"),
        (b"<response><control>", "it begins with '<response><control>'"),
        (b"\xff\xfe{", "it begins with '\ufffd\ufffd{'"),
        (
            b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response>&x;</response>',
            "it begins with '<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><response>&x;</response>'",
        ),
    ],
)
def test_answer_that_is_none_is_told_apart(content: bytes, beginning: str) -> None:
    with pytest.raises(Unreadable) as raised:
        outcome_of(content)

    assert str(raised.value) == beginning


def test_records_are_read_flat_and_in_capitals() -> None:
    contact = "<displaycontact><PRINTAS> Ø </PRINTAS></displaycontact>"
    inside = f"<data><customer><RECORDNO>7</RECORDNO>{contact}</customer></data>"

    assert outcome_of(shapes.result(inside)).records == [{"RECORDNO": "7", "DISPLAYCONTACT.PRINTAS": "Ø"}]

"""Both checks, the product's and the tests' own, find every planted fault and nothing else."""

from __future__ import annotations

import pytest

from adaptors.validation.checking import Validator
from adaptors.validation.edifact import check
from tests.adaptors import golden
from tests.adaptors.formats.edifact.cases import CASES
from tests.adaptors.formats.edifact.directory import faults
from tests.adaptors.formats.edifact.mutations import MUTATIONS, content_of, segments_of


def _good() -> bytes:
    format, make = CASES["item_numbers"]
    return format.render(make()).content


@pytest.mark.parametrize("name", CASES)
def test_checks_find_nothing_in_golden_file(name: str) -> None:
    content = golden.stored(CASES[name][0], name).read_bytes()

    assert (faults(content), check(content)) == ([], [])


def test_checks_find_nothing_in_what_mutations_start_from() -> None:
    content = content_of(segments_of(_good()))

    assert (content, faults(content), check(content)) == (_good(), [], [])


@pytest.mark.parametrize("name", MUTATIONS)
def test_checks_find_planted_fault(name: str) -> None:
    segments = segments_of(_good())
    mutated = MUTATIONS[name](segments)

    assert mutated != segments
    assert faults(content_of(mutated)) != []
    assert check(content_of(mutated)) != []


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"UNB+UNOC", b"UNB+UNOC:3'", "UNB+UNOA:3+æ'".encode(), b"UNA'", b"'" * 9]
)
def test_check_says_what_is_no_interchange(content: bytes) -> None:
    assert check(content) != []


def test_validator_knows_the_rules_that_the_format_names() -> None:
    format, _ = CASES["plain"]

    broken = Validator(None).check(_good().replace(b"UNS+S", b"UNS+D"), format.rules)

    assert [one.text for one in broken] == ["Element 1: data element 0081 has no code D."]
    assert Validator(None).check(_good(), format.rules) == []


def test_finding_names_place_field_and_line() -> None:
    broken = _good().replace(b"QTY+47:2:", b"QTY+47:two:")

    (finding,) = check(broken)

    assert (finding.rule, finding.field, finding.line) == ("EDI-TYPE", "quantity", "1")
    assert finding.text == "Element 1: expected a number as data element 6060, found two."
    assert finding.location == "segment 31, QTY"
    assert finding.is_fatal


@pytest.mark.parametrize(
    ("good", "bad", "field"),
    [
        (b"Nordic Pumps A/S", b"N" * 36, "customer_name"),
        (b"Esbjerg", b"E" * 36, "supplier_city"),
        (b"NAD+BY+5790000000029", b"NAD+BY+5790000000028", "customer_gln"),
        (b"RFF+ON:PO-4711'", b"RFF+ON:" + b"1" * 36 + b"'", "customer_order_number"),
    ],
)
def test_finding_names_where_to_mend_it(good: bytes, bad: bytes, field: str) -> None:
    assert [one.field for one in check(_good().replace(good, bad))] == [field]


def test_check_takes_separators_from_una() -> None:
    content = b"UNA|*.\\ ~" + _good()[9:].replace(b"?+", b"?*").translate(bytes.maketrans(b":+'?", b"|*~\\"))

    assert check(content) == []

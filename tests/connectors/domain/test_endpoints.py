"""Endpoints: what is one, and in which way of writing it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.domain.endpoints import Endpoint, NotAnEndpoint, checked, endpoint_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0184:12345674", "0184:12345674"),
        (" 0184 : DK 12 34 56 74 ", "0184:12345674"),
        ("iso6523-actorid-upis::0184:12345674", "0184:12345674"),
        ("0198:12345674", "0198:DK12345674"),
        ("0198:dk12345674", "0198:DK12345674"),
        ("0088:5790000435951", "0088:5790000435951"),
        ("0096:1001234567", "0096:1001234567"),
        ("9930:de123456789", "9930:DE123456789"),
        ("0204:04011000-1234512345-06", "0204:04011000-1234512345-06"),
    ],
)
def test_endpoint_is_written_in_one_way(text: str, expected: str) -> None:
    found = endpoint_of(text)

    assert str(found) == expected
    assert endpoint_of(str(found)) == found


CVR = "a CVR number of 8 digits with the right check digit"
GLN = "a GLN of 13 digits with the right check digit"
ANY = "an id of at most 60 letters, digits, full stops, hyphens, _ or ~"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an endpoint such as 0184:12345674, found “”."),
        ("12345674", "an endpoint such as 0184:12345674, found “12345674”."),
        ("DK:CVR:12345674", "a scheme of four digits such as 0184, found “DK”."),
        ("٠١٨٤:12345674", "a scheme of four digits such as 0184, found “٠١٨٤”."),
        ("0184:12345675", f"{CVR} after 0184, found “12345675”."),
        ("0184:02345674", f"{CVR} after 0184, found “02345674”."),
        ("0184:１２３４５６７４", f"{CVR} after 0184, found “１２３４５６７４”."),
        ("0088:5790000435952", f"{GLN} after 0088, found “5790000435952”."),
        ("0088:96385074", f"{GLN} after 0088, found “96385074”."),
        ("0096:123", "a P-number of 10 digits after 0096, found “123”."),
        ("0198:DK1", "an SE number, DK and 8 digits with the right check digit, after 0198, found “DK1”."),
        ("9930:a/b\x00", f"{ANY} after 9930, found “a/b?”."),
        ("9930:", f"{ANY} after 9930, found “”."),
    ],
)
def test_what_is_no_endpoint_says_why(text: str, said: str) -> None:
    with pytest.raises(NotAnEndpoint) as problem:
        endpoint_of(text)

    assert str(problem.value) == f"Expected {said}"


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_an_endpoint_in_one_way_or_none(scheme: str, identifier: str) -> None:
    try:
        found = checked(scheme, identifier)
    except NotAnEndpoint as problem:
        assert str(problem).isprintable()
    else:
        assert endpoint_of(str(found)) == found == Endpoint(found.scheme, found.identifier)

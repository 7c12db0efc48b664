"""Names of drops, and what their numbers tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.erp_cache.names import DropName, parse, problems_between


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ACME_ErpCache_OutstandingItem_12.zip", DropName("ACME", "OutstandingItem", "12")),
        ("ACME_ErpCache_OutstandingItem_12_3.xml", DropName("ACME", "OutstandingItem", "12", 3)),
        ("acme_erpcache_outstandingitem_007.ZIP", DropName("acme", "OutstandingItem", "007")),
        ("My_Shop-Staging_ErpCache_Invoices_20260131120000_1.xml.zip",
         DropName("My_Shop-Staging", "Invoice", "20260131120000", 1)),
        ("ACME_ErpCache_Order_1.zip", DropName("ACME", "Order", "1")),
    ],
)  # fmt: skip
def test_name_of_a_drop_is_understood_in_any_case(name: str, expected: DropName) -> None:
    assert parse(name) == expected


@pytest.mark.parametrize(
    "name",
    ["invoices.csv", "ACME_ErpCache_OutstandingItem_12.csv", "ACME_ErpCache_OutstandingItem.zip",
     "ACME_ErpCache_OutstandingItem_x1.zip", "_ErpCache_OutstandingItem_1.zip", "ACME_ErpCache_OutstandingItem_1_.zip",
     "ACME_ErpCache_OutstandingItem_٣.zip", f"ACME_ErpCache_OutstandingItem_{'1' * 41}.zip",
     "../ACME_ErpCache_OutstandingItem_1.zip"],
)  # fmt: skip
def test_name_of_something_else_is_none(name: str) -> None:
    assert parse(name) is None


@given(
    shop=st.from_regex(r"[A-Za-z0-9]{1,8}(-Staging)?", fullmatch=True),
    interface=st.sampled_from(["OutstandingItem", "Invoice"]),
    index=st.from_regex(r"[0-9]{1,20}", fullmatch=True),
    sub=st.none() | st.integers(0, 999_999_999),
    ending=st.sampled_from([".zip", ".xml", ".ZIP"]),
)
def test_name_that_is_made_is_understood(shop: str, interface: str, index: str, sub: int | None, ending: str) -> None:
    name = DropName(shop, interface, index, sub)

    assert parse(f"{name.stem}{ending}") == name


def drops(*texts: str) -> list[DropName]:
    """12 and 12_3 as names."""
    parts = (text.partition("_") for text in texts)
    return [DropName("ACME", "OutstandingItem", index, int(sub) if sub else None) for index, _, sub in parts]


def test_drops_come_in_the_order_of_their_numbers() -> None:
    names = drops("10", "9_10", "9_9", "9", "100")

    assert [str(name) for name in sorted(names)] == [
        "index 9", "index 9, part 9", "index 9, part 10", "index 10", "index 100",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("taken", "this", "expected"),
    [
        ([], "5", []),
        (["5"], "6", []),
        (["5"], "5_1", []),
        (["5_1"], "5_2", []),
        (["5_1", "5_2"], "6_1", []),
        ([], "5_3", [("gap", "Expected part 1 of index 5, found index 5, part 3: 2 files were not taken.")]),
        (["5"], "7", [("gap", "Expected index 6 after index 5, found index 7: 1 file was not taken.")]),
        (["5_1"], "5_4", [("gap", "Expected part 2 of index 5, found index 5, part 4: 2 files were not taken.")]),
        (["5"], "7_2", [
            ("gap", "Expected index 6 after index 5, found index 7, part 2: 1 file was not taken."),
            ("gap", "Expected part 1 of index 7, found index 7, part 2: 1 file was not taken."),
        ]),
        (["5", "6"], "005", [("repeated", "The index 005 was taken already.")]),
        (["5_2"], "5_2", [("repeated", "The index 5, part 2 was taken already.")]),
        (["7"], "6", [("out_of_order",
                       "The index 6 came after index 7: its older amounts would take the place of newer ones.")]),
        (["20260101120000"], "20260102120000", []),
        (["20260102120000"], "20260101120000", [
            ("out_of_order", "The index 20260101120000 came after index 20260102120000: "
                             "its older amounts would take the place of newer ones."),
        ]),
        (["20260101120000"], "20260101120000", [("repeated", "The index 20260101120000 was taken already.")]),
        (["20260101120000_1"], "20260101120000_3", [
            ("gap", "Expected part 2 of index 20260101120000, found index 20260101120000, part 3: "
                    "1 file was not taken."),
        ]),
        (["12"], "20260101120000", []),
    ],
)  # fmt: skip
def test_numbers_tell_what_lacks(taken: list[str], this: str, expected: list[tuple[str, str]]) -> None:
    found = problems_between(drops(*taken), drops(this)[0])

    assert [(problem.kind, problem.text) for problem in found] == expected

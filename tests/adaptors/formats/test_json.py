"""The hub's JSON, held against its schema."""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adaptors.formats import json as package
from adaptors.formats.json.format import JsonFormat
from tests.adaptors.samples import PDF, SAMPLES, document

HERE = Path(package.__file__).parent
SCHEMA = json.loads((HERE / "schema.json").read_text())
DRAFT = jsonschema.Draft202012Validator


def check(told: Any) -> None:
    DRAFT(SCHEMA, format_checker=DRAFT.FORMAT_CHECKER).validate(told)


def read(name: str, **options: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(JsonFormat(options).render(SAMPLES[name]()).content)
    return told


@pytest.mark.parametrize("name", SAMPLES)
def test_document_follows_the_schema_and_says_the_same(name: str) -> None:
    of, told = SAMPLES[name](), read(name)

    check(told)
    assert (told["number"], told["document_type"], told["type_code"]) == (of.number, of.kind, of.kind.code)
    assert (told["seller"]["name"], told["buyer"]["name"]) == (of.seller.name, of.buyer.name)
    assert told.get("due_date") == (of.due_date.isoformat() if of.due_date else None)
    totals = {total: Decimal(amount) for total, amount in told["totals"].items()}
    assert [totals[total] for total in ("net", "tax", "gross", "payable")] == [
        of.totals.net, of.totals.tax, of.totals.gross, of.totals.payable,
    ]  # fmt: skip
    assert [(Decimal(one["taxable"]), Decimal(one["tax"])) for one in told["subtotals"]] == [
        (one.taxable, one.tax) for one in of.subtotals
    ]
    assert [(one["id"], Decimal(one["quantity"]), Decimal(one["net"])) for one in told["lines"]] == [
        (one.id, one.quantity, one.net) for one in of.lines
    ]


def test_schema_finds_what_is_wrong() -> None:
    told = read("plain")

    for wrong in ({"total": "1"}, {"issue_date": "15.03.2026"}, {"currency": "kr"}, {"lines": []}):
        with pytest.raises(jsonschema.ValidationError):
            check({**told, **wrong})


def test_example_of_the_page_follows_the_schema() -> None:
    found = re.findall(r"```json\n(.*?)```", (HERE / "README.md").read_text(), re.DOTALL)

    assert len(found) == 1
    check(json.loads(found[0]))


def test_content_of_attachments_goes_along_or_not() -> None:
    with_content, without = read("attachment")["attachments"], read("attachment", attachments=False)["attachments"]

    assert base64.b64decode(with_content[0]["content"]) == PDF.content
    assert without == [
        {"name": "specification.pdf", "media_type": "application/pdf", "description": "Specification",
         "is_alternative": False, "size": len(PDF.content)},
        {"name": "drawing", "media_type": "application/pdf", "url": "https://example.com/drawing.pdf",
         "is_alternative": False},
    ]  # fmt: skip


def test_indented_says_the_same_and_the_same_document_makes_the_same_bytes() -> None:
    plain, indented = JsonFormat().render(document()).content, JsonFormat({"indented": True}).render(document()).content

    assert json.loads(plain) == json.loads(indented)
    assert (plain.count(b"\n"), indented.count(b"\n") > 20) == (1, True)
    assert JsonFormat().render(document()).content == plain


def test_option_that_is_wrong_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^Attachments: expected true or false, found '1'\.$"):
        JsonFormat({"attachments": 1})

"""The column designer: rows are added, moved, removed, previewed, and saved for an activation or for one customer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from adaptors.formats.table.columns import DEFAULT_COLUMNS
from adaptors.models import Activation, ExportRule
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.rules.test_export_rules import url_of, words
from tests.adaptors.rules.test_rule_settings import settings_url, stored
from tests.arhub.admin.conftest import SignIn, text_of

AMOUNT = {"heading": "Net", "field": "line_net_amount", "decimal": ",", "digits": 2}
DAY = {"heading": "Day", "field": "issue_date", "date": "ddmmyyyy"}
FIXED = {"heading": "Company", "constant": "01"}
TEXT = {"heading": "Text", "template": "{number}: {line_name}"}


@pytest.fixture
def table(three: list[ExportRule]) -> Activation:
    with scope(three[0].tenant_id):
        Activation.objects.update(format="csv")
        return Activation.objects.get()


def form(*columns: dict[str, Any], **more: str) -> dict[str, Any]:
    sent: dict[str, Any] = {"count": len(columns), **more}
    for place, column in enumerate(columns):
        what = column.get("field") or ("=constant" if "constant" in column else "=template")
        text = column.get("constant") or column.get("template") or ""
        sent |= {f"what-{place}": what, f"text-{place}": text}
        sent |= {f"{name}-{place}": column.get(name, "") for name in ("heading", "date", "decimal", "digits")}
    return sent


def columns_of(activation: Activation) -> Any:
    with scope(activation.tenant_id):
        return Activation.objects.get(pk=activation.pk).format_values.get("columns")


def headings(page: Any) -> list[str]:
    return [row.heading for _, row in page.context["rows"]]


def test_usual_columns_stand_there_at_first(client: Client, table: Activation) -> None:
    page = client.get(url_of(table, "columns/"))

    assert headings(page) == [column.heading for column in DEFAULT_COLUMNS["lines"]]
    assert "Columns of the file" in text_of(client.get(f"/adaptors/activation/{table.pk}/change/"))


@pytest.mark.parametrize(
    ("does", "found"),
    [
        ("up-1", ["Day", "Net", "Company"]), ("down-1", ["Net", "Company", "Day"]), ("remove-0", ["Day", "Company"]),
        ("up-0", ["Net", "Day", "Company"]), ("down-9", ["Net", "Day", "Company"]),
        ("add", ["Net", "Day", "Company", ""]),
    ],
)  # fmt: skip
def test_buttons_arrange_and_store_nothing(client: Client, table: Activation, does: str, found: list[str]) -> None:
    page = client.post(url_of(table, "columns/"), form(AMOUNT, DAY, FIXED, do=does))

    assert headings(page) == found
    assert columns_of(table) is None


def test_preview_writes_as_the_file_would(client: Client, table: Activation) -> None:
    page = client.post(url_of(table, "columns/"), form(AMOUNT, DAY, FIXED, TEXT, do="show"))

    shown = dict(page.context["sample"])
    assert shown["Company"] == "01"
    assert "," in shown["Net"] and len(shown["Day"]) == 8 and ": " in shown["Text"] and "{" not in shown["Text"]


def test_columns_of_an_activation_and_of_one_customer_are_saved(
    client: Client, table: Activation, three: list[ExportRule]
) -> None:
    client.post(url_of(table, "columns/"), form(AMOUNT, DAY, do="save"))
    inherited = headings(client.get(url_of(table, f"{three[0].pk}/columns/")))
    client.post(url_of(table, f"{three[0].pk}/columns/"), form(FIXED, TEXT, do="save"))
    own = stored(three[0]).format_values
    client.post(settings_url(three[0]), {"note": "Tak"})
    kept = stored(three[0]).format_values
    client.post(url_of(table, f"{three[0].pk}/columns/"), form(FIXED, do="usual"))

    assert columns_of(table) == [AMOUNT, DAY]
    assert inherited == ["Net", "Day"]
    assert own == kept == {"columns": [FIXED, TEXT]}
    assert stored(three[0]).format_values == {}


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ({"heading": "T", "template": "no braces"}, "expected a field in braces"),
        ({"heading": "T", "constant": ""}, ""),
        ({"heading": "N", "field": "line_net_amount", "digits": "x"}, "whole number from 0 to 10"),
        ({"heading": "N", "field": "nothing"}, "expected the name of a field"),
    ],
)
def test_column_that_cannot_be_is_told(client: Client, table: Activation, column: dict[str, Any], said: str) -> None:
    page = words(text_of(client.post(url_of(table, "columns/"), form(column, do="save"))))

    assert said in page
    assert (columns_of(table) is None) == bool(said)


def test_format_without_columns_has_no_designer(client: Client, bis3: Activation, three: list[ExportRule]) -> None:
    assert client.get(url_of(bis3, "columns/")).status_code == 404


def test_who_only_looks_saves_no_columns(tenant: Tenant, sign_in: SignIn, table: Activation) -> None:
    client = sign_in(tenant, role="clerk")

    assert client.get(url_of(table, "columns/")).status_code == 200
    assert client.post(url_of(table, "columns/"), form(FIXED, do="save")).status_code == 403
    assert columns_of(table) is None

"""Control totals as people give them: with an upload, on the command line, and what is no total."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from arhub.models import Document, Source, Tenant
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.domain.control_given import NotATotal, total_given
from ingestion.models import Ingestion, IngestionFile, State
from tests.ingestion.conftest import ACCOUNTS, Load, counts
from tests.ingestion.test_screens import UPLOAD, signed_in

INVOICES = "Fakturanr;Kundenr;Fakturadato;Beløb;Valuta\n100;C1;31-01-2026;1.250,00;DKK\n101;C9;15-02-2026;99,50;DKK\n"


def _given(**fields: str) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in fields.items()}


@pytest.mark.parametrize(
    ("count", "sums", "found"),
    [
        ("", [], {}),
        (" 120 ", [("", "")], {"count": 120}),
        ("", [("1.200,50", "dkk"), ("-3", "EUR")], {"sums": {"DKK": "1200.50", "EUR": "-3"}}),
    ],
)
def test_total_is_read_as_people_write_it(count: str, sums: list[tuple[str, str]], found: dict[str, Any]) -> None:
    assert total_given(RECORD_TYPES["invoice"], count, sums) == found


@pytest.mark.parametrize(
    ("kind", "count", "sums", "sentence"),
    [
        ("invoice", "a few", [],
         "The number of rows of invoices is expected to be a whole number like 120, found “a few”."),
        ("invoice", "", [("1", "KRONER")],
         "The control total of invoices needs a currency of three letters like DKK, found “KRONER”."),
        ("invoice", "", [("1", "")],
         "The control total of invoices needs a currency of three letters like DKK, found none."),
        ("invoice", "", [("", "DKK")],
         "The control total of invoices in DKK: expected an amount like 1234.50, found an empty field."),
        ("invoice", "", [("1,200", "DKK")],
         "The control total of invoices in DKK: expected a number that can be read one way only, such as 1234.00, "
         "found '1,200', which is 1200 or 1.200."),
        ("invoice", "", [("1", "DKK"), ("2", "dkk")],
         "The control total of invoices names DKK twice: give one amount for a currency."),
        ("contact", "", [("1", "DKK")],
         "Files of contacts have no amounts to add up: give the number of rows only."),
    ],
)  # fmt: skip
def test_what_is_no_total_is_said(kind: str, count: str, sums: list[tuple[str, str]], sentence: str) -> None:
    with pytest.raises(NotATotal) as caught:
        total_given(RECORD_TYPES[kind], count, sums)

    assert str(caught.value) == sentence


def _send(tenant: Tenant, **fields: Any) -> Any:
    with scope(tenant.pk):
        source = Source.objects.get().pk
    file = SimpleUploadedFile("invoices.csv", INVOICES.encode())
    return signed_in(tenant).post(UPLOAD, {"source": source, "invoice": file, **_given(**fields)})


def test_total_given_with_an_upload_is_compared_in_the_review(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)

    answer = _send(tenant, invoice_count="2", invoice_sum_1="1.349,50", invoice_currency_1="DKK")
    tasks.answer()

    with scope(tenant.pk):
        file = IngestionFile.objects.get(name="invoices.csv")
    assert file.control == {"count": 2, "sums": {"DKK": "1349.50"}}
    count, dkk = signed_in(tenant).get(answer["Location"]).context["control"]
    assert (count["given"], count["found"], count["differs"]) == ("2", "1", "-1")
    assert (dkk["currency"], dkk["given"], dkk["found"], dkk["differs"]) == ("DKK", "1,349.50", "1,250.00", "-99.50")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"invoice_count": "-1"},
            "The number of rows of invoices is expected to be a whole number like 120, found “-1”.",
        ),
        ({"account_count": "3"}, "There is a control total of accounts, but no file of them was chosen."),
    ],
)
def test_upload_with_a_wrong_total_stores_nothing(tenant: Tenant, fields: dict[str, str], sentence: str) -> None:
    answer = _send(tenant, **fields)

    assert answer.status_code == 400
    assert answer.context["error"] == sentence
    with scope(tenant.pk):
        assert not Ingestion.objects.exists()


def test_upload_says_what_its_source_does_unusually(tenant: Tenant) -> None:
    with scope(tenant.pk):
        Source.objects.update(extent="snapshot")

    page = signed_in(tenant).get(UPLOAD).content.decode()

    assert "A file of this source is a full snapshot" in page
    assert "One invalid row refuses the whole load." not in page


def _ingest(folder: Path, *controls: str) -> tuple[int, dict[str, Any]]:
    (folder / "i.csv").write_text(INVOICES)
    out, status = StringIO(), 0
    try:
        call_command(
            "ingest", f"invoice={folder / 'i.csv'}", tenant="acme", control=list(controls), json=True, stdout=out
        )
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, json.loads(out.getvalue())


def test_command_line_takes_a_load_in_whose_total_agrees(tenant: Tenant, load: Load, tmp_path: Path) -> None:
    load(account=ACCOUNTS + "C9,Gamma,DKK\n")

    status, told = _ingest(tmp_path, "invoice:count=2,DKK=1349.50")

    assert (status, told["state"], [row["agrees"] for row in told["control"]]) == (0, "committed", [True, True])
    with scope(tenant.pk):
        assert Document.objects.count() == 2


def test_command_line_leaves_a_load_for_review_whose_total_differs(tenant: Tenant, load: Load, tmp_path: Path) -> None:
    load(account=ACCOUNTS)

    status, told = _ingest(tmp_path, "invoice:DKK=1349.50")

    assert (status, told["state"], told["control"][0]["found"]) == (1, State.REVIEW, "1250.00")
    with scope(tenant.pk):
        waiting = Ingestion.objects.get(pk=told["id"])
        assert not Document.objects.exists()
    assert counts(waiting)["INVOICE"] == (2, 1, 0, 0, 1)


@pytest.mark.parametrize(
    ("control", "message"),
    [
        ("invoice", "Expected --control TYPE:count=N"),
        ("invoices:count=2", "Expected --control TYPE:count=N"),
        ("account:count=2", "A control total is of one file; there are 0 of account."),
        ("invoice:DKK=1,200.50", "Expected --control TYPE:count=N"),
        ("invoice:count=x", "The number of rows of invoices is expected to be a whole number"),
    ],
)
def test_command_line_refuses_what_is_no_total(tenant: Tenant, tmp_path: Path, control: str, message: str) -> None:
    (tmp_path / "i.csv").write_text(INVOICES)

    with pytest.raises(CommandError, match=message) as caught:
        call_command("ingest", f"invoice={tmp_path / 'i.csv'}", tenant="acme", control=[control])

    assert caught.value.returncode == 2

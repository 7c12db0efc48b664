"""Bad files end as a clear sentence, from the command line too, and nothing of them lands."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from arhub.models import Account, Tenant
from arhub.tenancy.scope import scope
from ingestion.models import Ingestion, State

HEADER = "account_id,account_name\n"
NOISE = random.Random(7).randbytes(5_000)


def _far_cell() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["account_id", "account_name"])
    sheet.append(["C1", "Alpha"])
    sheet.cell(row=1_000_000, column=2, value="far away")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _truncated() -> bytes:
    book = openpyxl.Workbook()
    for number in range(500):
        book.active.append([f"C{number}", "Name"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()[:4_000]


FILES = [
    ("empty.csv", b"", "The file is empty"),
    ("header.csv", HEADER.encode(), "has a header but no rows"),
    ("wrong.csv", b"invoice_number,account_id,invoice_date,total_amount\n1,C1,2026-01-01,5\n", "a file of invoices"),
    ("unknown.csv", b"foo,bar\n1,2\n", "No column of this file is known for accounts: found foo, bar"),
    ("noise.csv", NOISE, "binary file"),
    ("cut.xlsx", _truncated(), "damaged or was cut off"),
    ("long.csv", HEADER.encode() + b"C1," + b"x" * 10_000_000, "longer than 1 MB"),
    ("twice.csv", b"account_id,account_name,Account_Name\n1,a,b\n", "names two columns, 2 and 3"),
    ("far.xlsx", _far_cell(), "reaches to row 1000000"),
    ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 40, "password"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "sentence"), FILES, ids=[name for name, _, _ in FILES])
def test_unreadable_file_ends_as_a_sentence(
    tenant: Tenant, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    out, err = io.StringIO(), io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("ingest", f"account={path}", tenant="acme", json=True, stdout=out, stderr=err)

    assert ended.value.code == 2
    result = json.loads(out.getvalue().splitlines()[-1])
    assert sentence in result["reason"]
    assert "Traceback" not in out.getvalue() + err.getvalue()
    with scope(tenant.pk):
        assert Ingestion.objects.get().state == State.FAILED
        assert not Account.objects.exists()


ROWS = [
    ("31-02-2026", "10", "invoice_date: expected a date, found '31-02-2026', February has no day 31"),
    ("2026-01-01", '"1.234,5x"', "total_amount: expected an amount like 1234.50, found '1.234,5x'"),
    ("2026-01-01", "9" * 40, "total_amount: expected an amount of at most 28 digits, found '" + "9" * 40 + "'"),
    ("01-02-2026", "10", "invoice_date: expected a date that can be read one way only, such as 2016-03-01, "
     "found '01-02-2026', which is 1 February or 2 January"),
    ("2026-01-01", "", "total_amount: expected a value, found an empty cell"),
]  # fmt: skip


@pytest.mark.parametrize(("date", "amount", "sentence"), ROWS)
def test_bad_cell_is_an_invalid_row_with_a_sentence(
    tenant: Tenant, tmp_path: Path, date: str, amount: str, sentence: str
) -> None:
    (tmp_path / "a.csv").write_text(HEADER + "C1,Alpha\n")
    header = "invoice_number,account_id,invoice_date,total_amount\n"
    (tmp_path / "i.csv").write_text(header + f"1,C1,{date},{amount}\n2,C1,2026-01-01,5\n")
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command(
            "ingest", f"account={tmp_path}/a.csv", f"invoice={tmp_path}/i.csv", tenant="acme", json=True, stdout=out
        )

    assert ended.value.code == 1
    invoices = json.loads(out.getvalue())["files"][1]
    assert (invoices["inserted"], invoices["invalid"]) == (1, 1)
    assert [(error["line"], error["text"]) for error in invoices["errors"]] == [(2, sentence)]


def test_mixed_encodings_reject_the_odd_row_only(tenant: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(HEADER.encode() + "1,København\n2,Århus\n3,Æblet\n".encode() + b"4,\xd8st\n")
    out = io.StringIO()

    with pytest.raises(SystemExit):
        call_command("ingest", f"account={path}", tenant="acme", json=True, stdout=out)

    (line,) = json.loads(out.getvalue())["files"]
    assert (line["inserted"], line["invalid"]) == (3, 1)
    assert line["errors"][0]["text"] == "account_name: expected UTF-8 text, found byte 0xD8 at character 1"


def test_nul_byte_rejects_its_row(tenant: Tenant, tmp_path: Path) -> None:
    path = tmp_path / "nul.csv"
    path.write_bytes(HEADER.encode() + b"1,a\x00b\n2,fine\n")
    out = io.StringIO()

    with pytest.raises(SystemExit):
        call_command("ingest", f"account={path}", tenant="acme", json=True, stdout=out)

    assert json.loads(out.getvalue())["files"][0]["errors"][0]["line"] == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["invoices=x.csv"], "Expected TYPE=FILE with a TYPE of account"),
        (["invoice=nowhere.csv"], "There is no file nowhere.csv"),
    ],
)
def test_command_says_what_is_wrong_with_its_words(tenant: Tenant, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("ingest", *words, tenant="acme")

    assert refused.value.returncode == 2


def test_dry_run_says_what_it_would_do_and_does_nothing(tenant: Tenant, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER + "C1,Alpha\n")
    out = io.StringIO()

    call_command("ingest", f"account={tmp_path}/a.csv", "--dry-run", "--json", tenant="acme", stdout=out)

    assert json.loads(out.getvalue())["files"][0]["inserted"] == 1
    with scope(tenant.pk):
        assert not Account.objects.exists()

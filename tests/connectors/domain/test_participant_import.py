"""Importing participants: what a file would change, that it changes exactly that, and what hostile files come to."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arhub.exports.formats import CsvFormat, XlsxFormat
from arhub.tenancy.scope import scope
from connectors.admin.participant_export import ParticipantResource
from connectors.domain import participants
from connectors.domain.participant_files import COLUMNS, MOST_ROWS, Row, read
from connectors.domain.participant_import import ChangedMeanwhile, Plan, apply, plan
from connectors.models import Connection, Participant
from ingestion.errors import Unreadable
from tests.conftest import Tenants

ANNA = {"endpoint": "0184:12345674", "name": "Anna A/S", "country": "DK"}


@pytest.fixture
def acting(tenants: Tenants) -> Iterator[None]:
    """Within the tenant that acts; another one knows the same endpoint."""
    with scope(tenants[1].pk):
        participants.add({**ANNA, "name": "Hidden A/S"})
        Connection.objects.create(name="Hidden way", kind="folder")
    with scope(tenants[0].pk):
        yield


def rows_of(folder: Path, content: str | bytes, name: str = "list.csv") -> list[Row]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, name).rows


def told(made: Plan) -> list[tuple[Any, ...]]:
    return [
        (step.row.line, step.state, step.reason or [(one.field, one.before, one.after) for one in step.differences])
        for step in made.steps
    ]


def take(rows: list[Row]) -> Plan:
    return apply(rows, plan(rows).digest)


def stored() -> list[tuple[Any, ...]]:
    return list(Participant.objects.order_by("pk").values_list("identifier", "name", "country", "route"))


def test_preview_tells_row_by_row_and_writes_nothing(acting: None, tmp_path: Path) -> None:
    participants.add(ANNA)
    participants.add({"endpoint": "0088:5790000435951", "name": "Bo ApS"})

    made = plan(rows_of(tmp_path, "endpoint,name,country\n0184:DK12345674,Anna Holding,SE\n0088:5790000435951,Bo ApS,\n"
                        "9930:de1,Carl,de\n0184:1,Dora,DK\n9930:DE1,Carl again,DE\n9930:DE2,,DE\n"))  # fmt: skip

    assert told(made) == [
        (2, "changed", [("name", "Anna A/S", "Anna Holding"), ("country", "DK", "SE")]),
        (3, "unchanged", []),
        (4, "new", []),
        (5, "refused", "Expected a CVR number of 8 digits with the right check digit after 0184, found “1”."),
        (6, "refused", "Line 4 has the same endpoint and route."),
        (7, "refused", "Expected a name of 1 to 255 characters, found none."),
    ]
    assert stored() == [("12345674", "Anna A/S", "DK", "peppol"), ("5790000435951", "Bo ApS", "", "peppol")]


def test_import_does_what_the_preview_said(acting: None, tmp_path: Path, tenants: Tenants) -> None:
    participants.add(ANNA)
    rows = rows_of(tmp_path, "endpoint,name,country\n0184:12345674,Anna Holding,\n9930:de1,Carl,de\n0184:1,Dora,DK\n")

    done = take(rows)

    assert dict(done.counts) == {"changed": 1, "new": 1, "refused": 1}
    assert stored() == [("12345674", "Anna Holding", "", "peppol"), ("DE1", "Carl", "DE", "peppol")]
    assert dict(plan(rows).counts) == {"unchanged": 2, "refused": 1}
    with scope(tenants[1].pk):
        assert stored() == [("12345674", "Hidden A/S", "DK", "peppol")]


def test_directory_that_changed_meanwhile_is_not_written(acting: None, tmp_path: Path) -> None:
    anna = participants.add(ANNA)
    rows = rows_of(tmp_path, "endpoint,name\n0184:12345674,Anna Holding\n9930:DE1,Carl\n")
    seen = plan(rows).digest
    participants.change(anna, {"name": "Anna Group"})

    with pytest.raises(ChangedMeanwhile):
        apply(rows, seen)

    assert stored() == [("12345674", "Anna Group", "DK", "peppol")]
    assert plan(rows).digest != seen


def test_column_that_is_not_there_is_left_alone_and_an_empty_cell_empties(acting: None, tmp_path: Path) -> None:
    way = Connection.objects.create(name="Out", kind="folder")
    participants.add({**ANNA, "vat_number": "DK12345674", "connection": way})

    take(rows_of(tmp_path, "Endpoint;VAT number\n0184:12345674;\n"))

    found = Participant.objects.get()
    assert (found.name, found.vat_number, found.country, found.connection) == ("Anna A/S", "", "DK", way)


def test_row_without_a_route_means_the_only_one_there_is(acting: None, tmp_path: Path) -> None:
    participants.add({**ANNA, "route": "vans"})
    rows = rows_of(tmp_path, "endpoint,name,route\n0184:12345674,Anna Holding,\n")

    one = told(plan(rows))
    participants.add({**ANNA, "route": "nemhandel"})
    two = told(plan(rows))

    assert one == [(2, "changed", [("name", "Anna A/S", "Anna Holding")])]
    assert two == [
        (2, "refused", "Expected a route, since there are several under this endpoint: nemhandel, vans.")
    ]  # fmt: skip


def test_connection_is_one_of_the_tenants_own_that_deliver(acting: None, tmp_path: Path) -> None:
    Connection.objects.create(name="Out", kind="folder")
    Connection.objects.create(name="Books", kind="dinero")

    made = plan(
        rows_of(tmp_path, "endpoint,name,connection\n9930:DE1,A,Out\n9930:DE2,B,Books\n9930:DE3,C,Hidden way\n")
    )

    expected = "Expected the name of a connection that delivers files, found “{}”."
    assert told(made) == [
        (2, "new", []), (3, "refused", expected.format("Books")), (4, "refused", expected.format("Hidden way")),
    ]  # fmt: skip


def test_participant_that_looks_like_a_total_is_read(acting: None, tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "name,endpoint\nAnna,9930:DE1\nTotal,9930:DE2\n")

    assert [row.cells["name"] for row in rows] == ["Anna", "Total"]


def test_column_that_nobody_knows_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("endpoint,name,shoe size\n9930:DE1,Anna,43\n")

    assert read(path, "list.csv").unknown == ["shoe size"]


@pytest.mark.parametrize("form", [CsvFormat, XlsxFormat])
def test_what_is_exported_comes_back_unchanged(acting: None, tmp_path: Path, form: Any) -> None:
    way = Connection.objects.create(name="=Out", kind="folder")
    awkward = [
        "=1+1",
        "+45 Pumps",
        "@home",
        "-",
        "'quoted",
        "'=x",
        "0012",
        "1,5",
        "2026-03-01",
        "TRUE",
        'a "b"; c',
        "Ærø",
    ]
    for number, name in enumerate(awkward, start=1):
        participants.add({"endpoint": f"9930:DE{number}", "name": name, "route": "vans", "connection": way})
    participants.add({**ANNA, "registration_number": "0012345674", "vat_number": "DK12345674", "route": "hub"})

    pieces = form().export_data(ParticipantResource().export(Participant.objects.all()))
    content = b"".join(pieces)
    made = plan(rows_of(tmp_path, content, f"list.{form().get_extension()}"))

    assert dict(made.counts) == {"unchanged": len(awkward) + 1}, told(made)


def test_formulas_are_guarded_on_export(acting: None) -> None:
    participants.add({**ANNA, "name": "=HYPERLINK(1)"})
    rows = ParticipantResource().export(Participant.objects.all())

    text = b"".join(CsvFormat().export_data(rows)).decode("utf-8-sig")

    assert text == f"{','.join(COLUMNS)}\r\n0184:12345674,'=HYPERLINK(1),DK,,,peppol,\r\n"


def test_queries_do_not_grow_with_the_rows(acting: None) -> None:
    way = Connection.objects.create(name="Out", kind="folder")

    def queries(many: int, name: str, country: str) -> int:
        rows = [
            Row(n, {"endpoint": f"9930:{name}{n}", "name": name, "country": country, "connection": "Out"})
            for n in range(many)
        ]
        with CaptureQueriesContext(database) as found:
            assert take(rows).to_write == many
        return len(found)

    few_new, few_changed = queries(3, "F", "DK"), queries(3, "F", "SE")
    many_new, many_changed = queries(5_000, "M", "DK"), queries(5_000, "M", "SE")

    assert (many_new - few_new, many_changed - few_changed) == (2, 2)  # three batches instead of one
    assert Participant.objects.filter(country="SE", connection=way).count() == 5_003


def _workbook(change: Any) -> bytes:
    book = openpyxl.Workbook()
    change(book.active)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", " " * (300 << 20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("header.csv", b"endpoint,name\n", "no rows|no row"),
        ("other.csv", b"number,name\n1,Anna\n", "Expected a column endpoint"),
        ("twice.csv", b"endpoint,vat_number,VAT no\n9930:DE1,a,b\n", "column vat_number twice"),
        ("many.csv", b"endpoint,name\n" + b"9930:DE1,a\n" * (MOST_ROWS + 1), "more than 10,000 rows"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), "."),
        ("text.xlsx", b"endpoint,name\n9930:DE1,a\n", "called a workbook but holds text"),
        ("broken.xlsx", b"PK\x03\x04" + bytes(500), "."),
        ("entities.xml", b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x><y>&a;</y></x>', "."),
    ],
)
def test_file_that_is_no_list_is_refused_in_a_sentence(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as problem:
        rows_of(tmp_path, content, name)

    assert str(problem.value).endswith(".") and "passwd" not in str(problem.value)


def test_bomb_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as problem:
        rows_of(tmp_path, _bomb(), "bomb.xlsx")

    assert str(problem.value).endswith(".")


def test_hostile_cells_are_refused_row_by_row(acting: None, tmp_path: Path) -> None:
    long = "x" * 600
    rows = rows_of(
        tmp_path, f"endpoint,name\n9930:DE1,a\x0bb\n9930:DE2,{long}\n9930:'; drop table x;--,c\n9930:DE3,<b>\n"
    )

    reasons = [reason for _, _, reason in told(take(rows))]

    assert reasons[0] == "name: expected text without control characters, found the character U+000B in 'a\\x0bb'."
    assert reasons[1] == "name: expected at most 500 characters, found 600."
    assert "found “'; drop table x;--”." in reasons[2]
    assert stored() == [("DE3", "<b>", "", "peppol")]


def test_workbook_is_read_as_people_fill_it_in(acting: None, tmp_path: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet.append(["endpoint", "name", "registration number"])
        sheet.append(["0184:12345674", "Anna", 12345674])
        sheet.append(["9930:DE1", "=1+1", ""])
        sheet.append(["0088:5790000435951", 1789, "0012"])

    made = take(rows_of(tmp_path, _workbook(fill), "list.xlsx"))

    assert [step.state for step in made.steps] == ["new", "refused", "new"]  # nobody worked the formula out
    found = Participant.objects.order_by("pk").values_list("name", "registration_number")
    assert list(found) == [("Anna", "12345674"), ("1789", "0012")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_refused(tmp_path: Path, content: bytes) -> None:
    try:
        rows_of(tmp_path, b"endpoint,name\n" + content)
    except Unreadable as problem:
        assert str(problem)

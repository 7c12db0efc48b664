"""Records in one JSON document, packed; and what became of each of them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from arhub.domain.api_keys import api_source
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import batches, making, runs
from ingestion.domain.archive import ARCHIVE
from ingestion.domain.results import of_file
from ingestion.errors import Unreadable
from ingestion.models import Ingestion
from tests.ingestion.conftest import Load

KNOWN = {"invoices": "invoice", "accounts": "account"}


def member_of(name: str) -> str:
    if name not in KNOWN:
        raise Unreadable(f"no list {name}")
    return KNOWN[name]


def pack(text: str, within: str = "") -> batches.Batch:
    return batches.pack(io.BytesIO(text.encode()), member_of, within=within)


def test_lists_become_files_with_one_record_a_line() -> None:
    batch = pack('{"n": 1, "accounts": [\n{"a": "x\\ny",\n "b": 1.10}, 5],\n "invoices": [], "s": {"t": null}}')

    with zipfile.ZipFile(batch.archive) as packed:
        files = {name: packed.read(name).decode() for name in packed.namelist()}
    assert files == {"account.jsonl": '{"a": "x\\ny",  "b": 1.10}\n5\n'}
    assert (batch.sizes, batch.values) == ({"account": 2}, {"n": 1, "s": {"t": None}})


def test_lists_are_found_within_an_object() -> None:
    batch = pack('{"records": {"invoices": [{}]}, "source": "x"}', within="records")

    assert (batch.sizes, batch.values) == ({"invoice": 1}, {"source": "x"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "ends before it is complete"),
        ("[]", "not valid JSON"),
        ('{"accounts": [{}', "ends before it is complete"),
        ('{"accounts": [{}]} x', "More text follows"),
        ('{"colours": [{}]}', "no list colours"),
        ('{"accounts": [{}], "accounts": [{}]}', "two lists of accounts"),
        ('{"accounts": [' + "[" * 100_000 + "]}", "nested"),
        ("{" + ", ".join(f'"v{n}": 1' for n in range(200)) + "}", "more than 100 values"),
    ],
)
def test_document_that_is_no_batch_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        pack(text)


def test_memory_holds_no_more_than_a_record(tmp_path: Any) -> None:
    import tracemalloc

    path = tmp_path / "large.json"
    row = json.dumps({"text": "x" * 1_000})
    path.write_text('{"accounts": [' + ",".join([row] * 20_000) + "]}")
    tracemalloc.start()
    with path.open("rb") as body:
        batch = batches.pack(body, member_of)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert batch.sizes == {"account": 20_000}
    assert peak < 5 << 20


def test_every_record_has_a_result(tenant: Tenant) -> None:
    rows = [
        {"erp_key": "C1", "account_id": "C1", "account_name": "One"},
        {"erp_key": "C2", "account_id": "C2"},
        7,
        {"erp_key": "C3", "account_id": "C3", "account_name": "Three"},
    ]

    first = _load(tenant, rows[:2] + rows[3:])
    again = _load(tenant, [rows[0], {**rows[3], "phone": "1"}, *rows])  # type: ignore[dict-item]
    dry = _load(
        tenant, [{**rows[0], "phone": "2"}, {"erp_key": "C4", "account_id": "C4", "account_name": "4"}], dry=True
    )  # type: ignore[dict-item]

    assert _results(tenant, first) == [(1, "inserted"), (2, "invalid"), (3, "inserted")]
    assert _results(tenant, again) == [
        (1, "unchanged"), (2, "updated"), (3, "invalid"), (4, "invalid"), (5, "invalid"), (6, "invalid"),
    ]  # fmt: skip
    assert _results(tenant, dry) == [(1, "updated"), (2, "inserted")]


def _load(tenant: Tenant, rows: list[Any], dry: bool = False) -> Ingestion:
    batch = pack(json.dumps({"accounts": rows}))
    with scope(tenant.pk):
        files = [(ARCHIVE, "records.zip", batch.archive)]
        ingestion = making.create(api_source(), files, origin="api", review=dry)
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    runs.work(tenant.pk, ingestion.pk)
    with scope(tenant.pk):
        ingestion.refresh_from_db()
    return ingestion


def _results(tenant: Tenant, ingestion: Ingestion, **page: int) -> list[tuple[int, str]]:
    with scope(tenant.pk):
        return [(one.row, one.result) for one in of_file(ingestion, ingestion.files.get(), **page)]


def test_rows_with_gaps_between_them_have_results_too(tenant: Tenant, load: Load) -> None:
    loaded = load(account=_GAPS)

    assert _results(tenant, loaded) == [(2, "inserted"), (4, "inserted"), (7, "invalid")]
    assert _results(tenant, loaded, after=2, most=1) == [(4, "inserted")]


_GAPS = 'account_id,account_name\nC1,One\n\n"C2","Two\nlines"\n\nC3,\n'

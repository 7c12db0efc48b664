"""Every file of the corpus goes the whole way into the database, and nothing but the truth may be stored."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.apps import apps

from arhub.models import Account, Source, Tenant
from arhub.records import RECORD_TYPES
from arhub.tenancy.scope import scope
from ingestion.domain import making, runs
from ingestion.models import Ingestion, IngestionFile, State
from tests.corpus import countries, formats, layouts, open_questions, products
from tests.corpus.case import Case
from tests.ingestion.conftest import tenant  # noqa: F401

CASES = [*countries.cases(), *layouts.cases(), *open_questions.cases(), *products.cases()]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


def test_corpus_has_enough_files_of_every_kind() -> None:
    assert len(CASES) >= 64
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.content == again.content for case, again in zip(CASES, _made_again(), strict=True))


def _made_again() -> list[Case]:
    return [*countries.cases(), *layouts.cases(), *open_questions.cases(), *products.cases()]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_file_is_stored_as_it_is_meant(case: Case, tenant: Tenant) -> None:  # noqa: F811
    ingestion = _load(case, tenant)

    with scope(tenant.pk):
        file = IngestionFile.objects.get(ingestion=ingestion, record_type=case.record_type)
        assert (ingestion.state, ingestion.reason) == _expected_end(case, ingestion)
        assert file.mapping == {header: field for header, field in case.columns if field}
        assert _stored(case, file) == [_comparable(record) for record in case.stored]
        assert sorted(file.invalid_rows.values_list("line", flat=True)) == list(case.rejected)
        assert [(item["line"], item["text"]) for item in file.left_out] == list(case.left_out)


def _expected_end(case: Case, ingestion: Ingestion) -> tuple[str, str]:
    if not case.refused:
        return State.COMMITTED, ""
    assert case.refused in ingestion.reason
    return State.FAILED, ingestion.reason


def _load(case: Case, owner: Tenant) -> Ingestion:
    files = [(case.record_type, case.file, io.BytesIO(case.content))]
    if case.record_type != "account" and (known := _accounts(case)):
        files.insert(0, ("account", "accounts.csv", io.BytesIO(known)))
    with scope(owner.pk):
        ingestion = making.create(Source.objects.get(), files, review=False)
        runs.take(Ingestion.objects.filter(pk=ingestion.pk))
    runs.work(owner.pk, ingestion.pk)
    with scope(owner.pk):
        ingestion.refresh_from_db()
    return ingestion


def _accounts(case: Case) -> bytes:
    """Accounts for every number the corpus uses, so that no row is rejected for want of one."""
    numbers = {str(record["account_id"]) for record in case.stored if record.get("account_id")}
    numbers |= {"C1", "C-1", "C-2", *(f"K{100 + place}" for place in range(4))}
    return formats.text([["account_id", "account_name"], *([number, number] for number in sorted(numbers))])


def _stored(case: Case, file: IngestionFile) -> list[dict[str, Any]]:
    """What the file's mapped columns became, in the order of its lines."""
    if case.refused:
        return []
    record_type = RECORD_TYPES[case.record_type]
    names = [name for _, name in case.columns if name]
    model = apps.get_model(record_type.model)
    records = model.objects.filter(created_file=file.pk).order_by("created_line")
    return [
        {name: _value(getattr(record, record_type.by_name[name].attribute)) for name in names} for record in records
    ]


def _value(value: Any) -> Any:
    return value.number if isinstance(value, Account) else value


def _comparable(record: dict[str, object]) -> dict[str, object]:
    return {name: None if value == "" else value for name, value in record.items()}

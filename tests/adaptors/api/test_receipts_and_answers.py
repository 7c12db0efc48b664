"""What came back, by the API: receipts of each document, answers, and what an answer speaks of."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from adaptors.models import Answer, Transaction
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from tests.adaptors.api.conftest import JSON, ROOT, Ask, client_of
from tests.adaptors.api.test_transactions import settled

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


@pytest.fixture
def receipt(row: Transaction) -> Any:
    with scope(row.tenant_id):
        assert row.delivery is not None
        return row.delivery.receipts.create(
            kind="mdn", text="They have it.", content=b"MDN \xff", sha256="a" * 64, file_sha256=row.sha256
        )


@pytest.fixture
def answer(row: Transaction) -> Answer:
    """One that nothing was found for."""
    settled(row, "delivered")
    with scope(row.tenant_id):
        return Answer.objects.create(
            kind="application_response", verdict="rejected", text="The order number is missing.", content=b"<no/>",
            sha256="b" * 64, name="answer.xml", references=[{"kind": "document", "value": "1"}],
        )  # fmt: skip


def test_receipts_are_listed_of_all_and_of_one(api: Client, row: Transaction, receipt: Any) -> None:
    [of_all] = api.get(f"{ROOT}receipts/?transaction={row.pk}&refusal=false").json()["results"]
    [of_one] = api.get(f"{ROOT}transactions/{row.pk}/receipts/").json()["results"]

    assert of_all == of_one == api.get(f"{ROOT}receipts/{receipt.pk}/").json()
    assert (of_all["transaction"], of_all["kind"], of_all["file_digest"]) == (row.pk, "mdn", row.sha256)
    assert api.get(f"{ROOT}receipts/?refusal=true").json()["results"] == []
    saved = api.get(f"{ROOT}receipts/{receipt.pk}/file/")
    assert b"".join(saved.streaming_content) == b"MDN \xff"  # type: ignore[arg-type]


def test_answer_is_matched_by_hand_and_has_its_say(api: Client, post: Ask, row: Transaction, answer: Answer) -> None:
    [unmatched] = api.get(f"{ROOT}answers/?matched=false").json()["results"]

    status, matched = post(f"answers/{answer.pk}/match/", transaction=row.pk)
    again = post(f"answers/{answer.pk}/match/", transaction=row.pk)

    assert (unmatched["id"], unmatched["transaction"]) == (answer.pk, None)
    assert (status, matched["transaction"]) == (200, row.pk)
    assert (again[0], again[1]["message"]) == (409, "The answer was matched with a transaction meanwhile.")
    assert api.get(f"{ROOT}transactions/{row.pk}/").json()["state"] == "rejected"
    saved = api.get(f"{ROOT}answers/{answer.pk}/file/")
    assert b"".join(saved.streaming_content) == b"<no/>"  # type: ignore[arg-type]


def test_answer_speaks_of_nothing_of_another_company(
    post: Ask, row: Transaction, receipt: Any, answer: Answer, other: Tenant
) -> None:
    theirs = client_of(other)

    unknown = post(f"answers/{answer.pk}/match/", transaction=999_999)
    foreign = theirs.post(f"{ROOT}answers/{answer.pk}/match/", {"transaction": row.pk}, content_type=JSON)

    assert (unknown[0], unknown[1]["fields"]) == (400, {"transaction": ["There is no such transaction."]})
    assert list(post(f"answers/{answer.pk}/match/")[1]["fields"]) == ["transaction"]
    assert foreign.status_code == theirs.get(f"{ROOT}receipts/{receipt.pk}/file/").status_code == 404
    assert theirs.get(f"{ROOT}answers/").json()["results"] == theirs.get(f"{ROOT}receipts/").json()["results"] == []

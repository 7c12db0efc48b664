"""A document that went out, with everything that may come back of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.utils import timezone

from adaptors.domain.evidence.bundle import bundle
from adaptors.domain.transactions import ladder
from adaptors.models import Answer, Transaction
from arhub.models import Account, Attempt, Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.adaptors.api.conftest import account, sent

__all__ = ["account", "gone"]
WHEN = datetime(2026, 3, 15, 8, 30, tzinfo=UTC)
PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def inside(tenant: Tenant, side_joins_default: None) -> Iterator[None]:
    with scope(tenant.pk):
        yield


@pytest.fixture
def gone(tenant: Tenant, activation: object, account: Account, gateway: Connection) -> Transaction:
    """Delivered at the second attempt, acknowledged by a receipt that names its digest, answered, told."""
    row = sent(activation, account)  # type: ignore[arg-type]
    delivery = row.delivery
    assert delivery is not None
    for outcome, text in (("not_taken", f"Refused: password={PASSWORD}"), ("delivered", "Taken.")):
        Attempt.objects.create(outbound=delivery.outbound, outcome=outcome, text=text, excerpt="250 ok")
    Outbound.objects.filter(pk=delivery.outbound_id).update(state="delivered", settled_at=timezone.now())
    receipt = b"Disposition: processed\r\nReceived-Content-MIC: ..."
    delivery.receipts.create(
        kind="mdn", text="They have it.", content=receipt, sha256=hashlib.sha256(receipt).hexdigest(),
        speaks_of=f"sha256:{row.sha256}", file_sha256=row.sha256,
    )  # fmt: skip
    answer = b"<ApplicationResponse/>"
    told = Answer.objects.create(
        transaction=row, kind="application_response", verdict="accepted", text="Accepted.", content=answer,
        sha256=hashlib.sha256(answer).hexdigest(), name="answer.xml",
    )  # fmt: skip
    ladder.answered(told)
    return Transaction.objects.get(pk=row.pk)


def packed(row: Transaction) -> bytes:
    with bundle(row) as file:
        return file.read()


def opened(content: bytes) -> BytesIO:
    return BytesIO(content)

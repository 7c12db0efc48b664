"""What was sent to Sage Intacct comes back when it is pulled, and is in the hub once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Document, DocumentLine, Payment, Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import pulls
from tests.connectors.faults import world as place

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="USD")


def test_pull_leaves_out_what_was_sent_from_here(tenant: Tenant, work: Callable[[Run], Run]) -> None:
    world = place.make_world(tenant)
    with place.intacct() as running:
        connection = place.connect(world, running, "Intacct")
        for name in world.records:
            place.push(world, connection, name)
        place.deliver(world, 3)
        running.simulator.configure({"seed_invoices": 2})
        with scope(tenant.pk):
            before = Document.objects.count(), DocumentLine.objects.count(), Payment.objects.count()
            run = pulls.start(connection)

        run = work(run)

    with scope(tenant.pk):
        theirs = Document.objects.filter(ledger=connection.source.ledger)
        lines = DocumentLine.objects.filter(document__in=theirs).count()
        assert run.state == Run.State.SUCCEEDED
        assert theirs.count() == 2
        assert (Document.objects.count(), DocumentLine.objects.count(), Payment.objects.count()) == (
            before[0] + 2, before[1] + lines, before[2],
        )  # fmt: skip
        assert run.counts["Left out, since they were sent from here"] >= 5
        assert Account.objects.filter(ledger=connection.source.ledger, number="C-1001").count() == 1

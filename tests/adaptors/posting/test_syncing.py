"""A company of Sage Network is kept up to date: what is new or has changed is on its way."""

from __future__ import annotations

import pytest
from django.utils import timezone

from arhub.models import Document, DocumentLine, Outbound
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.models import Push
from tests.adaptors.posting.conftest import activate, run
from tests.connectors.faults.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


def test_everything_goes_in_order_and_again_when_it_changed(world: World) -> None:
    with scope(world.tenant.pk):
        network = connections.create("sage_network", name="Network", values={"api_key": "key"})
    activation = activate(network, "sync_upload")

    first = run(activation)
    unchanged = run(activation)
    with scope(world.tenant.pk):
        DocumentLine.objects.filter(document__number="10481", line_number="1").update(updated_at=timezone.now())
    changed = run(activation)

    assert first.counts == {
        "Accounts on their way": 1, "Invoices on their way": 2, "Credit memos on their way": 1,
        "Payments on their way": 2,
    }  # fmt: skip
    assert unchanged.counts == {"Sent before": 6}
    assert changed.counts == {"Invoices on their way": 1, "Sent before": 5}
    with scope(world.tenant.pk):
        pushed = Push.objects.filter(outbound__state=Outbound.State.WAITING).order_by("id")
        kinds = list(dict.fromkeys(pushed.values_list("record_type", flat=True)))
        assert (kinds, Document.objects.count()) == (["account", "invoice", "adjustment", "payment"], 3)

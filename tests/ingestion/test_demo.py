"""The demo fills every screen, and its loads are real ones."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count as CountRows

from arhub.domain.tenants import tenant_by_slug
from arhub.models import Account, Document, Membership, OutstandingItem, Payment, Tenant
from arhub.tenancy.scope import scope
from ingestion.models import Change, Ingestion, InvalidRow, State


def test_demo_leaves_no_screen_empty(tenant: Tenant) -> None:
    out = StringIO()

    call_command("demo", stdout=out)

    email, password = out.getvalue().split()
    demo = tenant_by_slug("demo")
    with scope(demo.pk):
        assert Account.objects.count() > 300
        assert Document.objects.count() > 3_000
        assert Document.objects.values("currency").distinct().count() >= 3
        assert all(model.objects.exists() for model in (Payment, OutstandingItem, Change, InvalidRow))
        states = dict(Ingestion.objects.values_list("state").annotate(n=CountRows("id")).order_by())
        assert set(states) == {State.COMMITTED, State.FAILED, State.REVIEW}
    assert Membership.objects.get(tenant=demo, user__email=email).role == "administrator"
    assert len(password) >= 12
    with pytest.raises(CommandError, match="demo"):
        call_command("demo", stdout=StringIO())

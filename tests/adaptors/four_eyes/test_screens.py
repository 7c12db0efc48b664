"""The pages of what waits: what changed, who may decide, and that another company sees none of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from adaptors.models import Activation, Transaction
from arhub.domain import approvals
from arhub.domain.api_keys import make
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Approval, ApprovalPolicy, Tenant
from connectors.models import Connection
from tests.adaptors.conftest import document_of, rewrite
from tests.adaptors.four_eyes.conftest import asked, export, only, person
from tests.arhub.admin.conftest import SignIn, sign_in, text_of

__all__ = ["sign_in"]
DIALOG = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def waits(activation: Activation, account: Account, sent: Transaction, policy: ApprovalPolicy) -> Approval:
    rewrite(Account.objects.filter(pk=account.pk), ap_email="new@evil.example")
    export(activation, document_of(account, "2"))
    return only()


def page(approval: Approval) -> str:
    return f"/arhub/approval/{approval.pk}/change/"


def test_the_held_document_leads_to_its_approval(waits: Approval, tenant: Tenant, sign_in: SignIn) -> None:
    client = sign_in(tenant, role="manager")
    held = Transaction.objects.get(number="2")

    assert page(waits) in text_of(client.get(f"/adaptors/transaction/{held.pk}/change/"))
    shown = text_of(client.get(page(waits)))
    assert "<del>faktura@kunde.example</del>" in shown
    assert "<strong>new@evil.example</strong>" in shown
    assert "1,250.00 DKK" in shown
    assert page(waits) in text_of(client.get("/"))
    assert page(waits) in text_of(client.get("/arhub/approval/"))


def test_a_manager_approves_and_a_clerk_does_not(waits: Approval, tenant: Tenant, sign_in: SignIn) -> None:
    given = {"remark": "Called them.", "digest": waits.digest, "_form_submitted": "on"}
    clerk, manager = sign_in(tenant, role="clerk"), sign_in(tenant, role="manager")

    assert clerk.post(f"/arhub/approval/{waits.pk}/approve/", given).status_code == 403
    assert manager.get(f"/arhub/approval/{waits.pk}/approve/").status_code in (200, 405)
    assert asked() == [("email", "pending")]
    manager.post(f"/arhub/approval/{waits.pk}/approve/", given)

    waits.refresh_from_db()
    assert (waits.state, waits.remark) == ("approved", "Called them.")


def test_the_policy_is_the_administrators(tenant: Tenant, sign_in: SignIn, inside: None) -> None:
    given = {"kinds": ["bank", "first"], "amount": "5000", "approver": "administrator"}
    url = "/arhub/approvalpolicy/"

    assert sign_in(tenant, role="manager").post(url, given).status_code == 403
    administrator = sign_in(tenant, role="administrator")
    assert "found none" in text_of(administrator.post(url, {**given, "amount": ""}))
    assert not ApprovalPolicy.objects.exists()
    administrator.post(url, given)
    assert ApprovalPolicy.objects.get().kinds == ["bank", "first"]


def test_another_company_sees_nothing_of_it(waits: Approval, sign_in: SignIn) -> None:
    stranger = sign_in(create_tenant("other", name="Other"), role="administrator")

    assert stranger.get(page(waits)).status_code in (302, 404)
    assert "evil.example" not in text_of(stranger.get("/arhub/approval/"))
    stranger.post(f"/arhub/approval/{waits.pk}/approve/", {"digest": waits.digest, "_form_submitted": "on"})
    assert asked() == [("email", "pending")]


def test_a_program_that_changes_a_connection_counts_as_who_made_its_key(
    activation: Activation, account: Account, sent: Transaction, policy: Any, gateway: Connection, tenant: Tenant
) -> None:
    ada = person(tenant, "Ada", "administrator")
    key = make("Shop", ["read", "write"], user=ada.user)[1]
    answer = Client(headers={"Api-Key": key}).patch(
        f"/api/hub/v1/connections/{gateway.pk}/", {"values": {"start": "elsewhere"}}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content

    export(activation, document_of(account, "2"))
    found = only()

    assert found.kind == "address"
    assert "You have put it there yourself" in approvals.why_not(found, ada)

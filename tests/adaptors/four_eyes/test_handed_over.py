"""What was handed over goes to where its gateway led then: a gateway that is led elsewhere meanwhile waits for a second
person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from adaptors.domain.approvals.approving import approvals_of
from adaptors.domain.approvals.contents import address_at
from adaptors.domain.transactions import steering
from adaptors.models import Activation, Transaction
from adaptors.tasks import retry_decided
from arhub.domain import approvals, outbound
from arhub.domain.approvals import OwnChange, Stale
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Approval, ApprovalPolicy, Membership, Outbound, SensitiveEdit, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.domain.places import places_of
from connectors.models import Connection
from tests.adaptors.conftest import document_of
from tests.adaptors.four_eyes.conftest import approve, asked, changes, export, only

WAITS = "Waits for a second person's approval: Where the gateway for Export leads."
State = Outbound.State


@pytest.fixture
def share(gateway: Connection, folders: Path, tenant: Tenant) -> Path:
    (folders / tenant.slug / "elsewhere").mkdir()
    return folders / tenant.slug


def lead_elsewhere(gateway: Connection, who: Membership, start: str = "elsewhere") -> None:
    connections.change(gateway, name=gateway.name, values={"start": start}, user=who.user)


def held() -> list[tuple[str, str]]:
    return list(Outbound.objects.order_by("pk").values_list("state", "answer"))


def put_due() -> None:
    Outbound.objects.filter(state=State.HELD).update(next_attempt_at="2026-01-01T00:00Z")


def there(share: Path) -> list[str]:
    return sorted(str(one.relative_to(share)) for one in share.rglob("*") if one.is_file())


def test_a_gateway_led_elsewhere_after_the_hand_over_keeps_the_document_back(
    sent: Transaction, policy: Any, gateway: Connection, share: Path, mia: Membership, ole: Membership, tenant: Tenant
) -> None:
    lead_elsewhere(gateway, mia)

    outbound.work()

    sent.refresh_from_db()
    assert (held(), there(share), sent.said, sent.asks_person) == ([("held", WAITS)], [], WAITS, True)
    assert asked() == [("address", "pending")]
    assert [one[2] for one in changes(only())] == ["elsewhere"]
    assert approvals.subject_of(only()).waiting(only()).count == 1
    with pytest.raises(OwnChange):
        approve(mia)
    retry_decided(tenant.pk, approve(ole).pk)
    outbound.work()
    assert (held()[0][0], there(share)) == ("delivered", ["elsewhere/invoice-1.json"])
    sent.refresh_from_db()
    assert ([one.kind for one in approvals_of(sent)], sent.waits_for, sent.asks_person) == (["address"], [], False)


def test_what_people_press_does_not_let_it_go(
    sent: Transaction, policy: Any, gateway: Connection, share: Path, mia: Membership
) -> None:
    lead_elsewhere(gateway, mia)
    outbound.work()

    steering.act(sent, "send_now", mia.user)
    outbound.work()

    assert (held(), there(share), asked()) == ([("held", WAITS)], [], [("address", "pending")])


def test_a_group_waits_one_by_one_and_is_asked_for_once(
    activation: Activation, account: Account, policy: Any, gateway: Connection, share: Path, mia: Membership
) -> None:
    export(activation, *(document_of(account, str(number)) for number in range(12)))
    lead_elsewhere(gateway, mia)

    outbound.work(60)

    assert (set(held()), len(held()), asked()) == ({("held", WAITS)}, 12, [("address", "pending")])
    assert approvals.subject_of(only()).waiting(only()).count == 12


def test_led_back_it_goes_and_nothing_is_asked_any_more(
    sent: Transaction, policy: Any, gateway: Connection, share: Path, mia: Membership, ole: Membership
) -> None:
    lead_elsewhere(gateway, mia)
    outbound.work()
    found = only()
    lead_elsewhere(gateway, mia, "")

    with pytest.raises(Stale):
        approve(ole, found)
    assert approvals.renewed(found) is None
    put_due()
    outbound.work()

    assert (held()[0][0], there(share), asked()) == ("delivered", ["invoice-1.json"], [("address", "void")])


def test_what_was_changed_again_is_asked_for_anew(
    sent: Transaction, policy: Any, gateway: Connection, share: Path, mia: Membership, ole: Membership
) -> None:
    lead_elsewhere(gateway, mia)
    outbound.work()
    found = only()
    lead_elsewhere(gateway, mia, "elsewhere/deeper")

    renewed = approvals.renewed(found)

    assert renewed is not None
    assert [one[2] for one in changes(renewed)] == ["elsewhere/deeper"]
    assert asked() == [("address", "void"), ("address", "pending")]


def test_what_was_not_approved_stays_with_the_reason(
    sent: Transaction, policy: Any, gateway: Connection, share: Path, mia: Membership, ole: Membership, tenant: Tenant
) -> None:
    lead_elsewhere(gateway, mia)
    outbound.work()
    found = approvals.decide(only(), ole, approves=False, remark="Never heard of it.")

    retry_decided(tenant.pk, found.pk)
    outbound.work()

    assert held()[0] == ("held", "Not approved by Ole: Where the gateway for Export leads. Never heard of it.")


def test_without_the_policy_it_goes_where_its_gateway_leads(
    sent: Transaction, gateway: Connection, share: Path, mia: Membership
) -> None:
    ApprovalPolicy.objects.create(kinds=["bank"])
    lead_elsewhere(gateway, mia)

    outbound.work()

    assert (held()[0][0], there(share), asked()) == ("delivered", ["elsewhere/invoice-1.json"], [])


@pytest.mark.parametrize("kinds", [["bank"], ["address"]])
def test_a_group_costs_one_query(
    kinds: list[str], activation: Activation, account: Account, gateway: Connection, share: Path
) -> None:
    ApprovalPolicy.objects.create(kinds=kinds)
    export(activation, *(document_of(account, str(number)) for number in range(10)))

    with CaptureQueriesContext(database) as queries:
        outbound.work()

    assert {one[0] for one in held()} == {"delivered"}
    assert len([one for one in queries.captured_queries if "arhub_approvalpolicy" in one["sql"]]) == 1


def test_another_token_is_another_place_and_shown_by_a_mark_alone(
    tenant: Tenant, mia: Membership, inside: None
) -> None:
    values = {"app_key": "k", "app_secret": "s", "refresh_token": "token-of-acme"}
    box = connections.create("dropbox", name="Box", values=values)
    before = address_at(box, places_of(box))

    connections.change(box, name="Box", values={**values, "app_secret": "t"}, user=mia.user)
    same = address_at(box, places_of(box))
    connections.change(box, name="Box", values={**values, "refresh_token": "token-of-mallory"}, user=mia.user)
    after = address_at(box, places_of(box))

    assert (same.digest == before.digest, after.digest == before.digest) == (True, False)
    edits = SensitiveEdit.objects.filter(label="Refresh token").order_by("pk")
    assert [one.after for one in edits][-1] == after.shown["Refresh token"]
    stored = [
        *after.shown.values(),
        *before.shown.values(),
        *(text for one in edits for text in (one.before, one.after)),
    ]
    assert not [text for text in stored if "token-of" in text]


def test_another_company_has_nothing_to_say(
    sent: Transaction, gateway: Connection, share: Path, mia: Membership
) -> None:
    with scope(create_tenant("other", name="Other").pk):
        ApprovalPolicy.objects.create(kinds=["address"])
    lead_elsewhere(gateway, mia)

    outbound.work()

    assert (held()[0][0], Approval.objects.count()) == ("delivered", 0)

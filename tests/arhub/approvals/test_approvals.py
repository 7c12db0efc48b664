"""The approval policy, who decides, and what another company sees of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from arhub.domain import approvals, edits
from arhub.domain.acting import acting
from arhub.domain.api_keys import make
from arhub.domain.approvals import CannotDecide, OwnChange, Wanted
from arhub.domain.edits import Edit, Trail
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Approval, ApprovalPolicy, Event, Membership, SensitiveEdit, Tenant
from arhub.tenancy.scope import scope

IBAN = "DK50 0040 0440 1162 43"


@pytest.fixture
def tenant(db: None) -> Tenant:
    return create_tenant("acme", name="Acme")


def person(tenant: Tenant, name: str, role: str = "manager") -> Membership:
    user = add_member(f"{name.lower()}@example.com", tenant, role, name=name)
    return Membership.objects.select_related("user").get(user=user, tenant=tenant)


def wanted(**given: Any) -> Wanted:
    facts = {"kind": "bank", "key": "bank:1", "digest": "d", "title": "Bank details", "details": [], **given}
    return Wanted(**{"facts": {"activation": 0, "account": 0}, **facts})


def put(value: str, subject: str = "activation 1", before: str = "") -> None:
    edits.note([Edit("bank", subject, "IBAN", before, value)])


def test_administrators_alone_change_the_policy(tenant: Tenant) -> None:
    given = {"kinds": ["email", "bank"], "amount": Decimal("10000"), "approver": "administrator"}
    with scope(tenant.pk):
        with pytest.raises(CannotDecide, match="Only administrators"):
            approvals.change_policy(given, person(tenant, "Mia"))
        assert approvals.policy().kinds == []
        ada = person(tenant, "Ada", "administrator")
        approvals.change_policy(given, ada)

        found = ApprovalPolicy.objects.get()
        assert (found.kinds, found.amount, found.approver) == (["bank", "email"], Decimal(10000), "administrator")
        assert found.changed_by == ada.user
        told = Event.objects.get(kind="approval.policy_changed").data
        assert told == {"kinds": ["bank", "email"], "amount": "10000", "approver": "administrator", "by": "Ada"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kinds": ["shoes"]}, "found “shoes”"),
        ({"approver": "clerk"}, "found “clerk”"),
        ({"amount": Decimal(-1)}, "found -1"),
    ],
)
def test_a_policy_of_unknown_words_is_refused(tenant: Tenant, given: dict[str, Any], said: str) -> None:
    with scope(tenant.pk), pytest.raises(CannotDecide, match=said):
        approvals.change_policy(
            {"kinds": [], "amount": None, "approver": "manager", **given}, person(tenant, "Ada", "administrator")
        )


def test_the_same_content_is_asked_for_once(tenant: Tenant) -> None:
    with scope(tenant.pk):
        first, second = approvals.request(wanted()), approvals.request(wanted())
        other = approvals.request(wanted(digest="e"))

        assert (first, Approval.objects.count()) == (second, 2)
        assert Event.objects.filter(kind="approval.requested").count() == 2
        assert approvals.void([first.pk]) == 1
        assert approvals.request(wanted()).pk not in (first.pk, other.pk)


def test_who_put_a_value_there_is_found_however_it_is_written(tenant: Tenant) -> None:
    with scope(tenant.pk):
        mia, ole = person(tenant, "Mia"), person(tenant, "Ole")
        with acting(mia):
            put(IBAN, "activation 7")
        with acting(ole):
            put("DE89370400440532013000")
        found = edits.authors_of([Trail("bank", ["dk5000400440116243"]).stored])

        assert [(one["user"], one["name"], one["what"]) for one in found] == [(mia.user_id, "Mia", "IBAN")]


def test_who_takes_a_value_away_is_found_at_its_place(tenant: Tenant) -> None:
    with scope(tenant.pk):
        with acting(person(tenant, "Mia")):
            put("", "activation 1", IBAN)
        trail = Trail("bank", ["X"], wide=["activation 1"])

        assert [one["name"] for one in edits.authors_of([trail.stored])] == ["Mia"]
        assert edits.authors_of([Trail("bank", ["X"], wide=["activation 2"]).stored]) == []


def test_the_maker_of_a_key_is_its_author(tenant: Tenant) -> None:
    with scope(tenant.pk):
        mia = person(tenant, "Mia", "administrator")
        key, _ = make("Shop", ["write"], user=mia.user)
        with acting(key):
            put(IBAN)
        trail = Trail("bank", [IBAN]).stored
        [found] = edits.authors_of([trail])

        assert (found["user"], found["name"]) == (mia.user_id, f"Mia, by the API key {key}")
        asked = approvals.request(wanted(trails=[trail]))
        with pytest.raises(OwnChange):
            approvals.decide(asked, mia, approves=True)
        assert (approvals.deciders(asked), approvals.administrators()) == ([], ["Mia"])


def test_who_asked_does_not_decide(tenant: Tenant) -> None:
    with scope(tenant.pk):
        mia, ole = person(tenant, "Mia"), person(tenant, "Ole")
        asked = approvals.request(wanted(), mia.user)

        with pytest.raises(OwnChange, match="You have asked for it yourself"):
            approvals.decide(asked, mia, approves=True)
        assert approvals.why_not(asked, ole) == ""
        found = approvals.decide(asked, ole, approves=False, remark="No.")
        with pytest.raises(CannotDecide, match="It is not approved"):
            approvals.decide(found, ole, approves=True)


def test_what_is_decided_is_what_was_looked_at(tenant: Tenant) -> None:
    with scope(tenant.pk):
        asked = approvals.request(wanted())
        with pytest.raises(approvals.Stale):
            approvals.decide(asked, person(tenant, "Ole"), approves=False, remark="No.", digest="another")


def test_another_company_sees_nothing(tenant: Tenant) -> None:
    with scope(tenant.pk):
        mia = person(tenant, "Mia")
        with acting(mia):
            put(IBAN)
        approvals.request(wanted())
        ApprovalPolicy.objects.create(kinds=["bank"])
    with scope(create_tenant("other", name="Other").pk):
        assert (Approval.objects.count(), SensitiveEdit.objects.count(), approvals.policy().kinds) == (0, 0, [])
        assert approvals.standing([("bank:1", "d")]) == {}
        assert edits.authors_of([Trail("bank", [IBAN]).stored]) == []

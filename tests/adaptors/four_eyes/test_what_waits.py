"""What changed since it was last sent waits, by whatever path it was changed; what was approved goes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django_q.models import OrmQ

from adaptors.domain.activations import change
from adaptors.domain.approvals.approving import approvals_of
from adaptors.domain.approvals.contents import for_people
from adaptors.domain.approvals.handed_over import why_not_same_place
from adaptors.domain.customers import rule_import, rules
from adaptors.domain.customers.impact import Proposal, apply, impact
from adaptors.domain.transactions import exporting
from adaptors.models import Activation, CommonSettings, ExportRule, Transaction
from adaptors.tasks import retry_decided
from arhub.domain import approvals
from arhub.domain.acting import acting
from arhub.domain.approvals import CannotDecide, OwnChange, Stale
from arhub.domain.sharing import EVERYTHING
from arhub.models import Account, Approval, ApprovalPolicy, BankAccount, Event, Membership, Source, Tenant
from connectors.domain import connections
from connectors.models import Connection
from tests.adaptors.conftest import account_of, document_of, rewrite, rules_of
from tests.adaptors.four_eyes.conftest import (
    OTHER,
    PAY,
    approve,
    asked,
    changes,
    export,
    only,
    other_gateway,
    person,
    retried,
    set_own,
    states,
)

State = Transaction.State


def common(activation: Activation, values: dict[str, str], who: Membership | None = None) -> None:
    held = Activation.objects.get(pk=activation.pk)
    proposal = Proposal(values)
    with acting(who):
        apply(held, proposal, impact(held, proposal).digest)
    activation.refresh_from_db()


def held_for(row: Transaction) -> list[str]:
    return [one["text"] for one in row.problems if one["holds"]]


def test_what_is_as_it_was_sent_goes(activation: Activation, account: Account, sent: Transaction, policy: Any) -> None:
    [row] = export(activation, document_of(account, "2"))

    assert (row.state, row.waits_for, asked()) == (State.SENDING, [], [])
    assert [one["kind"] for one in row.bound_to] == ["bank", "endpoint", "email", "gateway", "address"]


def test_a_changed_iban_waits_and_goes_once_approved(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership, ole: Membership
) -> None:
    common(activation, OTHER, mia)
    [row] = export(activation, document_of(account, "2"))

    found = only()
    assert held_for(row) == ["Waits for a second person's approval: Bank details on documents of Export."]
    assert changes(found) == [("IBAN", PAY["supplier_iban"], OTHER["supplier_iban"])]
    assert [one["name"] for one in found.authors or approvals.authors(found)] == ["Mia"]
    with pytest.raises(OwnChange):
        approve(mia)
    approve(ole)
    assert retried() == {"1": State.SENDING, "2": State.SENDING}
    assert export(activation, document_of(account, "3"))[0].state == State.SENDING


def test_a_common_bank_detail_is_asked_once_for_all_customers(
    activation: Activation, source: Source, account: Account, sent: Transaction, policy: Any, mia: Membership
) -> None:
    others = [account_of(source, str(number)) for number in range(3)]
    rules.follow(activation)
    rules.activate(activation, rules_of(activation), format="", destination=None)
    export(activation, *(document_of(one, f"a{one.pk}") for one in others))

    common(activation, OTHER, mia)
    rows = export(activation, *(document_of(one, f"b{one.pk}") for one in [account, *others]))

    assert [row.state for row in rows] == [State.HELD] * 4
    assert asked() == [("bank", "pending")]
    assert approvals.subject_of(only()).waiting(only()).count == 4
    assert approvals.subject_of(only()).waiting(only()).sums == {"DKK": Decimal(5000)}


def by_import(rule: ExportRule, who: Membership) -> None:
    changed = {rule.pk: {"customer_email": "new@evil.example"}}
    names, seen = rule_import.Names.of(rule.activation, EVERYTHING), rule_import._Digest()
    seen.add(names, rule, changed[rule.pk])
    rule_import.apply(rule.activation, changed, seen.text, who.user, EVERYTHING)


def by_screen(rule: ExportRule, who: Membership) -> None:
    set_own(rule, {"customer_email": "new@evil.example"}, who)


@pytest.mark.parametrize("way", [by_screen, by_import])
def test_a_changed_mail_address_waits_however_it_came(
    way: Any, activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership, ole: Membership
) -> None:
    way(rules_of(activation).get(), mia)
    export(activation, document_of(account, "2"))

    assert asked() == [("email", "pending")]
    assert changes(only()) == [("E-mail address", "faktura@kunde.example", "new@evil.example")]
    with pytest.raises(OwnChange):
        approve(mia)
    approve(ole)


def test_a_load_of_the_source_waits_too(
    activation: Activation, account: Account, sent: Transaction, policy: Any, ole: Membership
) -> None:
    rewrite(Account.objects.filter(pk=account.pk), ap_email="new@evil.example", registration_number="88146328")
    export(activation, document_of(account, "2"))

    assert sorted(asked()) == [("email", "pending"), ("endpoint", "pending")]
    for one in Approval.objects.all():
        approve(ole, one)
    assert retried()["2"] == State.SENDING


def test_the_companys_own_bank_account_counts(
    activation: Activation, account: Account, policy: Any, tenant: Tenant
) -> None:
    Activation.objects.update(supplier={})
    activation.refresh_from_db()
    bank = BankAccount.objects.create(name="Main", iban=PAY["supplier_iban"], is_default=True)
    assert export(activation, document_of(account, "1"))[0].state == State.SENDING

    BankAccount.objects.filter(pk=bank.pk).update(iban=OTHER["supplier_iban"])
    export(activation, document_of(account, "2"))

    assert asked() == [("bank", "pending")]


def test_another_gateway_waits_with_where_it_leads(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership, ole: Membership
) -> None:
    other = other_gateway()
    change(activation, {"destination": other}, mia.user)
    export(activation, document_of(account, "2"))

    assert asked() == [("gateway", "pending")]
    assert ("Gateway", "Share (Local folder)", "Other share (Local folder)") in changes(only())
    assert [one["label"] for one in only().details] == ["Gateway"]
    with pytest.raises(OwnChange):
        approve(mia)
    approve(ole)
    assert retried()["2"] == State.SENDING


def test_gateway_in_place_of_one_of_its_name_is_told_apart() -> None:
    share = {"Gateway": "Share (Local folder)"}

    told = for_people({**share, "Number": "1"}, {**share, "Number": "2"})

    assert told == ({"Gateway": "Share (Local folder), another one of this name"}, share)


def test_where_a_connection_leads_waits(
    activation: Activation, account: Account, sent: Transaction, gateway: Connection, policy: Any, mia: Membership
) -> None:
    connections.change(gateway, name="Renamed", values={"start": "elsewhere"}, user=mia.user)
    export(activation, document_of(account, "2"))

    assert asked() == [("address", "pending")]
    with pytest.raises(OwnChange):
        approve(mia)


def test_a_name_of_a_connection_is_nothing_to_approve(
    activation: Activation, account: Account, sent: Transaction, gateway: Connection, policy: Any, mia: Membership
) -> None:
    connections.change(gateway, name="Renamed", values={}, user=mia.user)

    assert export(activation, document_of(account, "2"))[0].state == State.SENDING
    assert asked() == []


def test_a_first_export_above_the_amount_waits_and_lets_the_others_go(
    activation: Activation, account: Account, policy: Any, mia: Membership, ole: Membership
) -> None:
    rows = export(activation, document_of(account, "1", lines=10), document_of(account, "2", lines=11), user=mia.user)

    assert [row.state for row in rows] == [State.HELD, State.HELD]
    assert asked() == [("first", "pending"), ("first", "pending")]
    first = Approval.objects.order_by("pk").first()
    assert first is not None
    with pytest.raises(OwnChange):
        approve(mia, first)
    approve(ole, first)
    assert retried() == {"1": State.SENDING, "2": State.SENDING}
    assert asked() == [("first", "approved"), ("first", "void")]


def test_a_first_export_below_it_goes(activation: Activation, account: Account, policy: Any) -> None:
    assert export(activation, document_of(account, "1", lines=8))[0].state == State.SENDING


def test_another_currency_counts_by_its_rate(activation: Activation, account: Account, policy: Any) -> None:
    [row] = export(
        activation, document_of(account, "1", lines=2, currency="EUR", base_currency_total_amount=Decimal(18_650))
    )

    assert (row.state, asked()) == (State.HELD, [("first", "pending")])


def test_a_new_customer_is_no_way_around_the_bank(
    activation: Activation, source: Source, account: Account, sent: Transaction, policy: Any, mia: Membership
) -> None:
    fresh = account_of(source, "new")
    rules.follow(activation)
    rules.activate(activation, rules_of(activation), format="", destination=None)
    set_own(rules_of(activation).get(account=fresh), OTHER, mia)
    rows = export(activation, document_of(fresh, "2"))

    assert [row.state for row in rows] == [State.HELD]
    assert asked() == [("bank", "pending")]


def test_the_documents_own_account_counts(
    activation: Activation, account: Account, sent: Transaction, policy: Any
) -> None:
    export(activation, document_of(account, "2", payment_account=OTHER["supplier_iban"]))

    assert changes(only()) == [("IBAN", PAY["supplier_iban"], OTHER["supplier_iban"])]


def test_a_change_after_the_approval_waits_again(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership, ole: Membership
) -> None:
    rule = rules_of(activation).get()
    set_own(rule, {"customer_email": "a@evil.example"}, mia)
    export(activation, document_of(account, "2"))
    approve(ole)
    set_own(rule, {"customer_email": "b@evil.example"}, mia)

    assert retried()["2"] == State.HELD
    assert asked() == [("email", "approved"), ("email", "pending")]


def test_a_change_before_the_decision_voids_what_was_asked(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership, ole: Membership
) -> None:
    rule = rules_of(activation).get()
    set_own(rule, {"customer_email": "a@evil.example"}, mia)
    export(activation, document_of(account, "2"))
    looked_at = only()
    set_own(rule, {"customer_email": "b@evil.example"}, mia)

    with pytest.raises(Stale):
        approve(ole, looked_at)
    instead = approvals.renewed(looked_at)

    assert instead is not None and instead.pk != looked_at.pk
    assert asked() == [("email", "void"), ("email", "pending")]
    assert changes(instead) == [("E-mail address", "faktura@kunde.example", "b@evil.example")]
    assert approvals.renewed(instead) == instead


def test_a_change_that_is_taken_back_lets_go_of_what_was_asked(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership
) -> None:
    rule = rules_of(activation).get()
    set_own(rule, {"customer_email": "a@evil.example"}, mia)
    export(activation, document_of(account, "2"))
    set_own(rule, {"customer_email": ""}, mia)

    assert retried()["2"] == State.SENDING
    assert asked() == [("email", "void")]


def test_ones_own_change_stays_ones_own(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership, ole: Membership,
    tenant: Tenant,
) -> None:  # fmt: skip
    """A colleague's edit of something else in between makes it nobody else's, and theirs no hindrance."""
    rule = rules_of(activation).get()
    set_own(rule, {"customer_email": "a@evil.example"}, mia)
    set_own(rule, {"customer_buyer_reference": "Ole's"}, ole)
    set_own(rule, {"customer_email": "b@evil.example"}, person(tenant, "Per"))
    set_own(rule, {"customer_email": "a@evil.example"}, person(tenant, "Eva"))
    export(activation, document_of(account, "2"))

    with pytest.raises(OwnChange, match="You have put it there yourself"):
        approve(mia)
    assert approvals.deciders(only()) == ["Ole"]
    approve(ole)


def test_who_chooses_a_set_has_put_its_values_there(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership
) -> None:
    chosen = CommonSettings.objects.create(activation=activation, name="Set", values=OTHER)
    with acting(mia):
        rules.choose_common(rules_of(activation), chosen)
    export(activation, document_of(account, "2"))

    with pytest.raises(OwnChange):
        approve(mia)


def test_what_was_not_approved_stays_held_with_the_reason(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership, ole: Membership
) -> None:
    set_own(rules_of(activation).get(), {"customer_email": "a@evil.example"}, mia)
    export(activation, document_of(account, "2"))
    with pytest.raises(CannotDecide, match="Expected a reason"):
        approvals.decide(only(), ole, approves=False)
    found = approvals.decide(only(), ole, approves=False, remark="The customer knows nothing of it.")

    retried()
    row = Transaction.objects.get(number="2")
    assert held_for(row) == [
        "Not approved by Ole: E-mail address of Customer 10042 in Export. The customer knows nothing of it."
    ]
    assert row.waits_for == [found.pk]
    assert approvals.ask_again(found, mia) and not approvals.ask_again(found, mia)
    assert asked() == [("email", "pending")]


def test_roles_decide_in_the_domain_too(
    activation: Activation, account: Account, sent: Transaction, policy: ApprovalPolicy, mia: Membership, tenant: Tenant
) -> None:
    rewrite(Account.objects.filter(pk=account.pk), ap_email="new@evil.example")
    export(activation, document_of(account, "2"))

    with pytest.raises(CannotDecide, match="It takes a manager"):
        approve(person(tenant, "Kim", "clerk"))
    ApprovalPolicy.objects.update(approver="administrator")
    with pytest.raises(CannotDecide, match="It takes an administrator"):
        approve(mia)
    approve(person(tenant, "Ada", "administrator"))


def test_an_approval_rings_for_what_waits(
    activation: Activation, account: Account, sent: Transaction, policy: Any, ole: Membership
) -> None:
    rewrite(Account.objects.filter(pk=account.pk), ap_email="new@evil.example")
    export(activation, document_of(account, "2"))
    found = approve(ole)

    told = list(Event.objects.filter(kind__startswith="approval.").order_by("pk").values_list("kind", flat=True))
    assert told == ["approval.requested", "approval.approved"]
    tasks = [one.task for one in OrmQ.objects.all()]
    assert [one["args"] for one in tasks if one["func"] == "adaptors.tasks.retry_decided"] == [
        (activation.tenant_id, found.pk)
    ]


def test_the_task_sends_what_waited(
    activation: Activation, account: Account, sent: Transaction, policy: Any, ole: Membership
) -> None:
    rewrite(Account.objects.filter(pk=account.pk), ap_email="new@evil.example")
    export(activation, document_of(account, "2"), document_of(account, "3"))
    found = approve(ole)

    assert retry_decided(activation.tenant_id or 0, found.pk) == "2 tried again"
    assert states() == {"1": State.SENDING, "2": State.SENDING, "3": State.SENDING}


def test_while_nothing_has_to_wait_the_last_sent_is_kept(
    activation: Activation, account: Account, sent: Transaction, mia: Membership
) -> None:
    common(activation, OTHER, mia)
    assert export(activation, document_of(account, "2"))[0].state == State.SENDING
    ApprovalPolicy.objects.create(kinds=["bank"])

    assert export(activation, document_of(account, "3"))[0].state == State.SENDING
    common(activation, PAY, mia)
    assert export(activation, document_of(account, "4"))[0].state == State.HELD


def test_a_resend_does_not_follow_a_changed_address(
    activation: Activation, account: Account, sent: Transaction, gateway: Connection, policy: Any, mia: Membership
) -> None:
    assert why_not_same_place(sent) == ""
    connections.change(gateway, name="Share", values={"start": "elsewhere"}, user=mia.user)

    assert why_not_same_place(sent) == (
        "Where Share leads was changed since, and waits for a second person. “Send as new” asks for that."
    )


def test_the_approvals_of_a_transaction_are_those_of_its_content(
    activation: Activation, account: Account, sent: Transaction, policy: Any, ole: Membership
) -> None:
    rewrite(Account.objects.filter(pk=account.pk), ap_email="new@evil.example")
    export(activation, document_of(account, "2"))
    found = approve(ole)
    retried()
    [third] = export(activation, document_of(account, "3"))

    assert list(approvals_of(sent)) == []
    assert list(approvals_of(Transaction.objects.get(number="2"))) == [found]
    assert list(approvals_of(third)) == [found]


def test_sending_as_new_waits_as_well(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership
) -> None:
    set_own(rules_of(activation).get(), {"customer_email": "a@evil.example"}, mia)
    made = exporting.send_again(sent, mia.user, "Lost")

    assert made is not None and made.state == State.HELD
    assert asked() == [("email", "pending")]

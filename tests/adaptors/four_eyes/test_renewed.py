"""What was changed before anybody decided is asked for anew, for all the documents that waited."""

from __future__ import annotations

from typing import Any

from django_q.models import OrmQ

from adaptors.models import Activation, Transaction
from adaptors.tasks import retry_decided
from arhub.domain import approvals
from arhub.domain.approvals import subject_of
from arhub.models import Account, Membership
from tests.adaptors.conftest import document_of, rules_of
from tests.adaptors.four_eyes.conftest import approve, export, only, set_own, states

State = Transaction.State


def test_a_change_before_the_decision_leaves_none_of_the_documents_behind(
    activation: Activation, account: Account, sent: Transaction, policy: Any, mia: Membership, ole: Membership
) -> None:
    rule = rules_of(activation).get()
    set_own(rule, {"customer_email": "a@evil.example"}, mia)
    export(activation, document_of(account, "2"), document_of(account, "3"))
    looked_at = only()
    set_own(rule, {"customer_email": "b@evil.example"}, mia)

    instead = approvals.renewed(looked_at)
    [rung] = [one.task["args"] for one in OrmQ.objects.all() if one.task["func"] == "adaptors.tasks.retry_decided"]
    retry_decided(*rung)

    assert rung == (activation.tenant_id, looked_at.pk)
    assert instead is not None and subject_of(instead).waiting(instead).count == 2
    retry_decided(activation.tenant_id or 0, approve(ole, instead).pk)
    assert states() == {"1": State.SENDING, "2": State.SENDING, "3": State.SENDING}

"""Background work of adaptors that no run carries."""

from __future__ import annotations

from adaptors.domain.answers import expecting
from adaptors.domain.approvals import approving, handed_over
from adaptors.domain.customers import following
from adaptors.domain.notifications import notices
from adaptors.domain.transactions import exporting
from adaptors.models import Activation
from arhub.models import Approval
from arhub.tenancy.scope import scope


def follow(tenant_id: int, activation_id: int) -> str:
    """Make rules for customers who are new, and judge those that changed."""
    with scope(tenant_id):
        activation = Activation.objects.select_related("source").filter(pk=activation_id).first()
        if activation is None:
            return "gone"
        made, judged = following.follow(activation)
    return f"{made} rules made, {judged} judged"


def look_for_answers() -> str:
    """Tell of what the other side was to say by now and has not."""
    return f"{expecting.look()} answers overdue"


def tell_notices() -> str:
    """Make the messages that are due."""
    return f"{notices.sweep()} messages made"


def forget_notices() -> str:
    return f"{notices.forget_old()} messages forgotten"


def retry_decided(tenant_id: int, approval_id: int) -> str:
    """Try again what waited for an approval, a chunk in each transaction."""
    with scope(tenant_id):
        approval = Approval.objects.filter(pk=approval_id).first()
        ids = approving.to_retry(approval) if approval else []
        if approval is not None:
            handed_over.decided(approval)
    done = 0
    for first in range(0, len(ids), exporting.CHUNK):
        with scope(tenant_id):
            assert approval is not None
            done += exporting.retry_all(approval.facts["activation"], ids[first : first + exporting.CHUNK])
    return f"{done} tried again"

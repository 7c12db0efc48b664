"""Four eyes: what waits until a second person has approved exactly this content.

An approval is about a key and the digest of a content: whatever changes the content makes another digest, and waits
again. Nobody decides what they have put there themselves, or have asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from arhub.domain.edits import authors_of
from arhub.domain.events import emit
from arhub.domain.sentences import tellable
from arhub.domain.sharing import Actor
from arhub.models import Approval, ApprovalPolicy, Membership, Role, Share, User
from arhub.tenancy.scope import current_tenant_id

KINDS = {
    "approval.requested": "Something waits for the approval of a second person.",
    "approval.approved": "A second person approved what waited for it; it goes on.",
    "approval.rejected": "A second person did not approve what waited for it; it stays held.",
    "approval.policy_changed": "What waits for a second person was changed: by whom, and to what.",
}
State = Approval.State


class CannotDecide(ValueError):
    """It cannot be decided by this person, or as things stand; the text says why."""


class OwnChange(CannotDecide):
    """The person has put it there, or asked for it."""


class Stale(CannotDecide):
    """It is not what it was when it was looked at."""

    def __init__(self) -> None:
        super().__init__("It was changed meanwhile, so nothing was decided.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things wait for an approval, their sum by currency, and where they are listed."""

    count: int = 0
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    url: str = ""


class Subject(Protocol):
    """What asks for approvals of some kinds (settings.APPROVAL_SUBJECTS)."""

    kinds: Mapping[str, tuple[str, str]]
    """By name, what may be chosen to wait, for people: a label and a sentence of help."""

    def seen(self, actor: Actor, rows: QuerySet[Approval]) -> QuerySet[Approval]:
        """Without those of its kinds that are about what an actor may not see."""

    def is_effective(self, approval: Approval) -> bool:
        """Whether what waits has this content still."""

    def renew(self, approval: Approval) -> Approval | None:
        """Ask again for what is effective now; None when nothing waits any more."""

    def waiting(self, approval: Approval) -> Waiting: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A content that needs an approval. `trails` are by what its authors are found (`edits.Trail.stored`), `authors`
    those that are known otherwise, as `edits.authors_of` tells them."""

    kind: str
    key: str
    digest: str
    title: str
    details: Sequence[Mapping[str, str]]
    url: str = ""
    trails: Sequence[Mapping[str, Any]] = ()
    authors: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def subjects() -> list[Subject]:
    return [import_string(path) for path in settings.APPROVAL_SUBJECTS]


def kinds() -> dict[str, tuple[str, str]]:
    """Everything that may wait: label and help by name."""
    return {name: told for one in subjects() for name, told in one.kinds.items()}


def visible(actor: Actor, rows: QuerySet[Approval]) -> QuerySet[Approval]:
    """Without those that are about what is not shared with an actor."""
    for one in subjects():
        rows = one.seen(actor, rows)
    return rows


def subject_of(approval: Approval) -> Subject:
    return next(one for one in subjects() if approval.kind in one.kinds)


def policy() -> ApprovalPolicy:
    """Of the tenant in context; where none is stored, one that lets everything go."""
    return ApprovalPolicy.objects.first() or ApprovalPolicy()


@transaction.atomic
def change_policy(given: Mapping[str, Any], membership: Membership) -> ApprovalPolicy:
    """Store what waits from now on, by the names of `kinds`, `amount`, `approver`. Administrators alone. Raises
    `CannotDecide`."""
    if not membership.allows(Role.ADMINISTRATOR):
        raise CannotDecide("Only administrators say what waits for a second person.")
    if unknown := sorted(set(given["kinds"]) - set(kinds())):
        raise CannotDecide(f"Expected {', '.join(kinds())}, found “{unknown[0]}”.")
    if given["approver"] not in dict(ApprovalPolicy.APPROVERS):
        raise CannotDecide(f"Expected manager or administrator, found “{given['approver']}”.")
    amount = given["amount"]
    if amount is not None and amount < 0:
        raise CannotDecide(f"Expected an amount of 0 or more, found {amount}.")
    stored = {**given, "kinds": [name for name in kinds() if name in given["kinds"]]}
    by = {"changed_by": membership.user, "changed_at": timezone.now()}
    found, _ = ApprovalPolicy.objects.update_or_create(
        tenant_id=current_tenant_id(), defaults={**stored, **by}
    )  # fmt: skip
    data = {"kinds": stored["kinds"], "amount": None if amount is None else str(amount),
            "approver": given["approver"], "by": str(membership.user)}  # fmt: skip
    emit("approval.policy_changed", data, subject="Approvals")
    return found


def standing(contents: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Approval]:
    """The approvals about some contents, by key and digest, that are not void: one query."""
    wanted = set(contents)
    if not wanted:
        return {}
    rows = Approval.objects.filter(
        key__in={key for key, _ in wanted}, digest__in={digest for _, digest in wanted}, state__in=Approval.STANDING
    )
    return {(row.key, row.digest): row for row in rows.select_related("decided_by")}


@transaction.atomic
def request(wanted: Wanted, user: User | None = None) -> Approval:
    """Ask for an approval; the same content is asked for once. `user` is whoever asks, where a person does."""
    made, is_new = Approval.objects.get_or_create(
        key=wanted.key, digest=wanted.digest, state__in=Approval.STANDING,
        defaults={
            "kind": wanted.kind, "title": wanted.title[:255], "details": [dict(one) for one in wanted.details],
            "url": wanted.url, "authors": [dict(one) for one in wanted.authors], "requested_by": user,
            "state": State.PENDING, "facts": {**wanted.facts, "trails": [dict(one) for one in wanted.trails]},
        },
    )  # fmt: skip
    if is_new:
        _tell(made, "requested")
    return made


def authors(approval: Approval) -> list[dict[str, Any]]:
    """Who put the content there: those known when it was asked for, and whoever did since."""
    found = [*authors_of(approval.facts.get("trails", [])), *approval.authors]
    seen: dict[tuple[Any, str], dict[str, Any]] = {}
    for one in found:
        seen.setdefault((one["user"] or one["name"], one["what"]), one)
    return list(seen.values())


def why_not(approval: Approval, membership: Membership | None) -> str:
    """Why a person may not decide it; empty when they may."""
    problem = _refusal(approval, membership)
    return str(problem) if problem else ""


def _refusal(approval: Approval, membership: Membership | None) -> CannotDecide | None:
    if not approval.is_pending:
        return CannotDecide(f"It is {approval.get_state_display().lower()}.")
    needed = Role(policy().approver)
    if membership is None or not membership.allows(needed):
        return CannotDecide(f"It takes {'an administrator' if needed is Role.ADMINISTRATOR else 'a manager'}.")
    if not _sees(membership, approval):
        return CannotDecide("It is about what is not shared with you.")
    own = [one["what"] for one in authors(approval) if one["user"] == membership.user_id]
    if own:
        return OwnChange(f"You have put it there yourself ({', '.join(own)}): another person decides.")
    if approval.requested_by_id == membership.user_id:
        return OwnChange("You have asked for it yourself: another person decides.")
    return None


def _sees(membership: Membership, approval: Approval) -> bool:
    actor = Actor.person(membership)
    return not actor.is_narrowed or visible(actor, Approval.objects.filter(pk=approval.pk)).exists()


def deciders(approval: Approval) -> list[str]:
    """The names of those who may decide it."""
    barred = {one["user"] for one in authors(approval)} | {approval.requested_by_id}
    needed = Role(policy().approver)
    rows = Membership.objects.filter(tenant=current_tenant_id(), user__is_active=True).select_related("user")
    people = list(rows.order_by("user__name", "user__email"))
    found = [one for one in people if one.allows(needed) and one.user_id not in barred]
    if Share.objects.exists():
        found = [one for one in found if _sees(one, approval)]
    return [str(one.user) for one in found]


def administrators() -> list[str]:
    """Who could let somebody in, where nobody may decide."""
    rows = Membership.objects.filter(
        tenant=current_tenant_id(), role=Role.ADMINISTRATOR, user__is_active=True
    ).select_related("user")
    return [str(one.user) for one in rows.order_by("user__name", "user__email")]


@transaction.atomic
def decide(
    approval: Approval, membership: Membership, *, approves: bool, remark: str = "", digest: str = ""
) -> Approval:
    """Approve or reject the content that was looked at, whose digest it is. Raises `OwnChange`, `CannotDecide` for
    whoever may not or once it is decided, and `Stale`, after which `renewed` tells what is to be decided instead."""
    held = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    if refusal := _refusal(held, membership):
        raise refusal
    if digest and digest != held.digest:
        raise Stale
    if approves and not subject_of(held).is_effective(held):
        raise Stale
    if not approves and not remark.strip():
        raise CannotDecide("Expected a reason in a few words, found none.")
    held.state = State.APPROVED if approves else State.REJECTED
    held.decided_by, held.decided_at, held.remark = membership.user, timezone.now(), tellable(remark.strip())
    held.save(update_fields=["state", "decided_by", "decided_at", "remark"])
    _tell(held, "approved" if approves else "rejected")
    return held


@transaction.atomic
def renewed(approval: Approval) -> Approval | None:
    """Let go of a request whose content is no longer effective, and ask for what is; None when nothing waits."""
    held = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    if not held.is_pending or subject_of(held).is_effective(held):
        return held
    void([held.pk])
    return subject_of(held).renew(held)


@transaction.atomic
def ask_again(approval: Approval, membership: Membership) -> bool:
    """Ask once more for what was not approved; whoever asks does not decide it. False when it is not so any more."""
    if not membership.allows(Role.MANAGER):
        raise CannotDecide("It takes a manager to ask again.")
    rows = Approval.objects.filter(pk=approval.pk, state=State.REJECTED)
    asked = rows.update(state=State.PENDING, requested_by=membership.user, requested_at=timezone.now(),
                        decided_by=None, decided_at=None)  # fmt: skip
    if asked:
        _tell(Approval.objects.get(pk=approval.pk), "requested")
    return bool(asked)


def void(ids: Iterable[int]) -> int:
    """Let go of requests that nothing waits for any more; how many."""
    return Approval.objects.filter(pk__in=list(ids), state=State.PENDING).update(
        state=State.VOID, decided_at=timezone.now()
    )


def page_of(approval: Approval) -> str:
    return reverse("admin:arhub_approval_change", args=[approval.pk])


def _tell(approval: Approval, what: str) -> None:
    data = {"approval": approval.pk, "kind": approval.kind, "title": approval.title, "url": page_of(approval),
            "by": str(approval.decided_by or "")}  # fmt: skip
    emit(f"approval.{what}", data, subject=approval.title[:120])

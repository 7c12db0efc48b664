"""The inboxes of a tenant: made, changed, switched, deleted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from arhub.domain.schedules import next_due
from arhub.models import Run, Schedule, User
from connectors.domain import intake, turns
from connectors.domain.connections import note
from connectors.domain.fetching import KIND
from connectors.models import Inbox, InboxFile, NetworkAddress


class InUse(Exception):
    """It cannot be deleted; the text says why."""


@dataclass(frozen=True, slots=True)
class Health:
    """`state` in words: Switched off, Failing, Working or Not tried; `reason` why it fails; `next_at` when it is looked
    into next by a schedule."""

    state: str
    reason: str = ""
    next_at: datetime | None = None


def health_of(inboxes: Collection[Inbox]) -> dict[int, Health]:
    """By inbox: what its own last fetch came to, or what partners brought. Their connection is on them already."""
    keys = [inbox.pk for inbox in inboxes]
    runs = Run.objects.filter(kind=KIND, subject_id__in=keys, state__in=(Run.State.SUCCEEDED, Run.State.FAILED))
    last = {run.subject_id: run for run in runs.order_by("subject_id", "-id").distinct("subject_id")}
    came = set(InboxFile.objects.filter(inbox_id__in=keys).order_by().values_list("inbox_id", flat=True).distinct())
    following = next_fetches(keys)
    return {inbox.pk: _health(inbox, last.get(inbox.pk), came, following.get(inbox.pk)) for inbox in inboxes}


def next_fetches(keys: Collection[int]) -> dict[int, datetime]:
    """When each of some inboxes is looked into next, by those schedules that are not paused."""
    return next_due([KIND], keys)


def _health(inbox: Inbox, last: Run | None, came: set[int], next_at: datetime | None) -> Health:
    if not inbox.is_enabled or not inbox.connection.is_enabled:
        return Health("Switched off")
    if last and last.state == Run.State.FAILED:
        return Health("Failing", last.reason, next_at)
    return Health("Working" if last or inbox.looked_at or inbox.pk in came else "Not tried", "", next_at)


def switch(inbox: Inbox, *, on: bool, user: User | None) -> bool:
    """Switch it on or off; false when it is so already. What is switched off takes nothing in."""
    if not Inbox.objects.filter(pk=inbox.pk, is_enabled=not on).update(is_enabled=on):
        return False
    note(inbox.connection, f"Inbox {inbox} switched {'on' if on else 'off'}.", user)
    return True


def obstacle(inbox: Inbox) -> str:
    """Why an inbox cannot be deleted; empty when it can."""
    if address := NetworkAddress.objects.filter(inbox=inbox).first():
        return f"Other companies of this hub send to it under {address}: the operator takes that back first."
    if Run.objects.filter(kind=KIND, subject_id=inbox.pk, state__in=Run.UNFINISHED).exists():
        return "A fetch of it is at work: cancel that first."
    return ""


@transaction.atomic
def remove(inbox: Inbox, user: User | None) -> None:
    """Delete it, its schedules, and what it remembers of files. Raises `InUse`."""
    if reason := obstacle(inbox):
        raise InUse(reason)
    Schedule.objects.filter(kind=KIND, subject_id=inbox.pk).delete()
    note(inbox.connection, f"Inbox {inbox} deleted, with what it remembered of {inbox.files.count():,} files.", user)
    inbox.delete()


@transaction.atomic
def take_again(file: InboxFile, user: User | None) -> InboxFile:
    """Take a file in that was set aside, as if it came now: after a setting was mended."""
    with file.content.open("rb") as content:
        anew = InboxFile(inbox=file.inbox, name=file.name, folder=file.folder)
        taken = intake.take(anew, content, in_any_order=True)  # type: ignore[arg-type]
    if taken.state != InboxFile.State.ASIDE:
        InboxFile.objects.filter(pk=file.pk).update(
            state=InboxFile.State.REPEATED, text=f"Taken in again by {user or 'a program'}."
        )
        turns.filled(taken)
    else:
        taken.content.delete(save=False)
        taken.delete()
    note(file.inbox.connection, f"{file.name} was taken in again: {taken.text}", user)
    return taken

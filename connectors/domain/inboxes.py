"""The inboxes of a tenant: made, changed, switched, deleted."""

from __future__ import annotations

from django.db import transaction

from arhub.models import Run, Schedule, User
from connectors.domain import intake, turns
from connectors.domain.connections import note
from connectors.domain.fetching import KIND
from connectors.models import Inbox, InboxFile, NetworkAddress


class InUse(Exception):
    """It cannot be deleted; the text says why."""


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

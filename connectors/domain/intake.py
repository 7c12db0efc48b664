"""A file that has come becomes a load, once: by name, size and digest. What becomes none is kept with its reason; an
answer to something that was sent goes to those who read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from arhub.domain.sentences import tellable
from connectors.domain import erp_cache, turns
from connectors.domain.answering import Arrived, NotReadable, offer
from connectors.models import Inbox, InboxFile
from ingestion.domain import arrivals, making
from ingestion.domain.policies import Policies
from ingestion.errors import Unreadable
from ingestion.models import Ingestion
from ingestion.tasks import ring

State = InboxFile.State


def take_sent(inbox: Inbox, name: str, file: BinaryIO, *, message_id: str) -> InboxFile:
    """Take a file that its sender brought by itself; the one that came under the same id before, should it have. In the
    tenant's scope."""
    known = InboxFile.objects.filter(inbox=inbox, message_id=message_id, name=name[:500])
    try:
        with transaction.atomic():
            return known.first() or take(InboxFile(inbox=inbox, name=name[:500], message_id=message_id), file)
    except IntegrityError:
        return known.get()


@transaction.atomic
def take(seen: InboxFile, file: BinaryIO, *, in_any_order: bool = False) -> InboxFile:
    """Store what has come and make a load of it, in the caller's transaction. `seen` says which file of which inbox it
    is; it is stored with what became of it. `in_any_order` takes a drop whose turn has passed."""
    taken = _take(seen, file, in_any_order=in_any_order)
    if taken.state not in (State.TAKEN, State.ANSWER):
        arrivals.noted(taken.inbox.source, name=taken.name, sha256=taken.sha256, size=taken.size or 0)
    return taken


def _take(seen: InboxFile, file: BinaryIO, *, in_any_order: bool) -> InboxFile:
    stored = file if isinstance(file, File) else File(file)
    seen.sha256, seen.size = making.digest(stored)
    seen.taken_at = timezone.now()
    before = InboxFile.objects.filter(inbox=seen.inbox, name=seen.name, size=seen.size, sha256=seen.sha256)
    if first := before.filter(state=State.TAKEN).order_by("id").first():
        return _over(seen, State.REPEATED, f"The same file came before, and became ingestion {first.ingestion}.")
    if not seen.size:
        return set_aside(seen, stored, "It is empty.")
    try:
        if said := offer(Arrived(seen.name, stored, seen.sha256, seen.inbox.connection, seen)):
            return _keep(seen, stored, State.ANSWER, said)
    except NotReadable as problem:
        return set_aside(seen, stored, str(problem))
    try:
        with transaction.atomic():
            made, text = _load(seen, stored, in_any_order=in_any_order)
            seen.ingestion = made.pk
            _over(seen, State.TAKEN, text)
    except IntegrityError:
        seen.ingestion = None
        if not before.filter(state=State.TAKEN).exists():
            raise  # it was not the same file in this moment that stood in the way: nobody has this one
        return _over(seen, State.REPEATED, "The same file came at the same time, and is taken in already.")
    except (Unreadable, erp_cache.BadDrop) as problem:
        seen.ingestion = None
        if isinstance(problem, erp_cache.OutOfTurn):
            turns.report(seen, [problem.problem])
        return set_aside(seen, stored, str(problem))
    transaction.on_commit(ring, robust=True)
    return seen


def set_aside(seen: InboxFile, file: Any, reason: str) -> InboxFile:
    """Keep a file that becomes no load, with the reason."""
    return _keep(seen, file, State.ASIDE, reason)


def refuse(seen: InboxFile, reason: str) -> InboxFile:
    """Note a file that could not be fetched, and never will be."""
    seen.taken_at = timezone.now()
    return _over(seen, State.ASIDE, reason)


def keep_bounce(seen: InboxFile, file: Any) -> InboxFile:
    """Keep a mail that says another could not be delivered, and let it be read."""
    seen.sha256, seen.size = making.digest(file)
    seen.taken_at = timezone.now()
    text = "A mail that could not be delivered came back."
    try:
        text = offer(Arrived(seen.name, file, seen.sha256, seen.inbox.connection, seen)) or text
    except NotReadable as problem:
        text = f"{text} {problem}"
    return _keep(seen, file, State.BOUNCE, text)


def _load(seen: InboxFile, file: File[bytes], *, in_any_order: bool) -> tuple[Ingestion, str]:
    inbox = seen.inbox
    if inbox.contents == Inbox.Contents.ERP_CACHE:
        with erp_cache.prepared(seen, file, in_any_order=in_any_order) as drop:
            files = [(drop.record_type, drop.name, drop.file)] if drop.rows else []
            turns.report(seen, drop.problems)
            return _made(inbox, files, drop.policies), drop.text
    return _made(inbox, [(inbox.record_type, seen.name, file)]), "Taken in."


def _made(inbox: Inbox, files: Sequence[tuple[str, str, Any]], policies: Policies | None = None) -> Ingestion:
    return making.create(
        inbox.source, files, origin=Ingestion.Origin.FETCH, review=inbox.review, profile=inbox.profile,
        policies=policies,
    )  # fmt: skip


def _keep(seen: InboxFile, file: Any, state: str, text: str) -> InboxFile:
    file.seek(0)
    seen.content.save(making.stored_name(seen.name), File(file), save=False)
    return _over(seen, state, text)


def _over(seen: InboxFile, state: str, text: str) -> InboxFile:
    seen.state, seen.text = state, tellable(text)
    seen.save()
    return seen

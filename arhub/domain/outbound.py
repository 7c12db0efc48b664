"""The way of everything that must reach someone else: stored, claimed, sent, and sent again until it is settled.

Identity and bytes are stored before the first call and never change. Every step is a conditional update whose count
is looked at; an attempt is counted and committed before the call, so that what kills its worker stops in the end.

What may have arrived although nobody said so is uncertain. It is looked up before anything is repeated; where nobody
can be asked, or nobody answers, a person settles it.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django_q.tasks import async_task

from arhub.database.many import update_many
from arhub.domain import pauses
from arhub.domain.channels import Answer, Channel, Held, NotWanted, Outcome, channel_of
from arhub.domain.each import each_in_scope
from arhub.domain.outbound_claims import AT_WORK, Claim, claim, claim_after, claim_group, due
from arhub.domain.outbound_states import after
from arhub.domain.sentences import tellable
from arhub.models import Attempt, Outbound, Tenant
from arhub.tenancy.scope import scope, scope_all

__all__ = ["claim", "compose", "deliver", "forget_old", "let_go", "put", "release", "ring", "sweep", "work"]

State = Outbound.State
Stored = TypeVar("Stored")
WORK_SECONDS = 5.0
"""How long a worker goes on before others may have a turn."""
GROUP_SECONDS = 10.0
"""How long a group goes on; what was not sent by then waits for another turn."""
SLICE = 1_000
MISTAKE = "The hub made a mistake; support finds it in the log."
STOPPED = "The worker stopped while it was sent; whether it arrived is not known."
TAKEN_AWAY = "It took so long to make that its worker was given up; nothing was sent."

logger = logging.getLogger(__name__)


def put(
    channel: str,
    destination: str,
    *,
    identity: str,
    subject: str,
    content: bytes = b"",
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> None:
    """Store what must reach a destination of a channel, in the caller's transaction. What is stored there under the
    same identity already stays as it is. Without content, the channel composes it before the first attempt."""
    row = Outbound(
        channel=channel, destination=destination, identity=identity, subject=subject[:255], content=content,
        digest=digest_of(content) if content else "", content_type=content_type, headers=dict(headers or {}),
    )  # fmt: skip
    Outbound.objects.bulk_create([row], ignore_conflicts=True)
    transaction.on_commit(ring, robust=True)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def compose(outbound: Outbound, content: bytes) -> None:
    """Store the bytes of a thing that had none yet, in the caller's transaction; from here on they stay. Raises `Held`
    when it was taken away meanwhile: somebody else may be composing it, and it must not go out twice."""
    outbound.content, outbound.digest = content, digest_of(content)
    ours = Outbound.objects.filter(pk=outbound.pk, claimed_at=outbound.claimed_at, state=State.SENDING)
    if not ours.update(content=content, digest=outbound.digest):
        raise Held(TAKEN_AWAY)


def ring() -> None:
    """Call a worker. Safe to call too often; a call that is lost is made up for by the sweeper."""
    async_task("arhub.tasks.answer_outbound", cluster="arhub")


def work(seconds: float = WORK_SECONDS) -> int:
    """Bring what is due to its destinations, one after the other, for so long; returns how many things that were. More
    for the same destination goes on the same line."""
    done, ends_at, visit = 0, time.monotonic() + seconds, Visit()
    try:
        claimed = claim_group()
        while claimed:
            if len(claimed) == 1:
                _deliver(claimed[0], visit)
            else:
                _deliver_group(claimed, visit)
            done += len(claimed)
            more = time.monotonic() < ends_at
            claimed = (claim_after(claimed[0]) or claim_group()) if more else []
    finally:
        visit.leave()
    return done


def deliver(tenant_id: int, outbound_id: int, claimed_at: datetime) -> State:
    """Make the attempt, or the look-up, that was claimed; nothing when it was taken away before it began. Returns the
    state it left; an error of ours is stored, and raised."""
    visit = Visit()
    try:
        return _deliver(Claim(tenant_id, outbound_id, claimed_at), visit)
    finally:
        visit.leave()


class Visit:
    """A destination that a worker is at, with whatever its channel keeps open there."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._destination: Any = None

    def go_on(self, channel: Channel, destination: Any) -> Any:
        """The destination of the next thing, on the line of the one before where that is the same."""
        going_on = channel.go_on(self._destination, destination) if channel is self._channel else None
        if going_on is None:
            self.leave()
        self._channel, self._destination = channel, going_on or destination
        return self._destination

    def leave(self) -> None:
        channel, destination = self._channel, self._destination
        self._channel = self._destination = None
        if channel is not None:
            channel.leave(destination)


def _deliver(claimed: Claim, visit: Visit) -> State:
    started, called = time.monotonic(), False
    channel: Channel | None = None
    try:
        with scope(claimed.tenant_id):
            outbound = Outbound.objects.get(pk=claimed.outbound_id)
            if outbound.claimed_at != claimed.at or outbound.state not in AT_WORK:
                return State(outbound.state)
            channel = channel_of(outbound.channel)
            prepared = channel.prepare(outbound)
        destination = visit.go_on(channel, prepared)
        ask = channel.look_up if outbound.state == State.LOOKING else channel.send
        called = True
        answer = ask(outbound, destination)
    except (NotWanted, Held) as reason:
        outcome = Outcome.NOT_WANTED if isinstance(reason, NotWanted) else Outcome.HELD
        answer = Answer(outcome, str(reason), data=getattr(reason, "waits_for", ""))
    except Exception:
        if channel is not None:
            answer = Answer(Outcome.UNKNOWN if called else Outcome.NOT_TAKEN, MISTAKE, is_ours=True)
            _store(outbound, channel, answer, started)
        raise
    assert channel is not None
    if answer.outcome != Outcome.DELIVERED:
        visit.leave()
    return _store(outbound, channel, answer, started)


def _deliver_group(claimed: Sequence[Claim], visit: Visit) -> None:
    """Make the attempts that were claimed together. The first that does not arrive ends it: the rest waits again, as if
    it had not been claimed. Where one cannot even be prepared, only the first is tried."""
    first = claimed[0]
    with scope(first.tenant_id):
        rows = Outbound.objects.filter(pk__in=[one.outbound_id for one in claimed], state=State.SENDING)
        waiting = list(rows.filter(claimed_at=first.at).order_by("id"))
    if not waiting:
        return
    channel = channel_of(waiting[0].channel)
    try:
        with scope(first.tenant_id):
            prepared = channel.prepare_all(waiting)
    except Exception:
        with scope(first.tenant_id):
            _put_back(first.at, waiting[1:])
        _deliver(first._replace(outbound_id=waiting[0].pk), visit)
        return
    ends_at = time.monotonic() + min(GROUP_SECONDS, channel.lease_seconds / 4)
    sent: list[Sent] = []
    other: Sent | None = None
    try:
        for outbound, destination in prepared:
            if time.monotonic() > ends_at:
                break
            started = time.monotonic()
            other = Sent(outbound, Answer(Outcome.UNKNOWN, MISTAKE, is_ours=True), started)
            answer = channel.send(outbound, visit.go_on(channel, destination))
            other = Sent(outbound, answer, started, _milliseconds(started))
            if other.answer.outcome != Outcome.DELIVERED:
                break
            sent.append(other)
            other = None
    finally:
        left = waiting[len(sent) + (other is not None) :]
        _insist(lambda: _store_group(first, channel, sent, left))
        if other is not None:
            visit.leave()
            _store(other.outbound, channel, other.answer, other.started)


class Sent(NamedTuple):
    """A thing that was sent, what became of that, when the attempt began and how many milliseconds it took."""

    outbound: Outbound
    answer: Answer
    started: float
    took: int = 0


def _milliseconds(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _insist(store: Callable[[], Stored]) -> Stored:
    """What became of a call is stored once more where the database broke it off, as in a deadlock: else it would be
    uncertain, and asked for again."""
    try:
        return store()
    except OperationalError:
        connection.close_if_unusable_or_obsolete()
        return store()


def _store_group(first: Claim, channel: Channel, sent: Sequence[Sent], left: Sequence[Outbound]) -> None:
    """Store which of a group were delivered, and that others were not tried."""
    with scope(first.tenant_id):
        if sent:
            _store_delivered(first.at, channel, sent)
        if left:
            _put_back(first.at, left)


def _store_delivered(at: datetime, channel: Channel, sent: Sequence[Sent]) -> None:
    """Store what was claimed then and delivered together, as `_store` does for one."""
    now = timezone.now()
    attempts = {one.outbound_id: one for one in Attempt.objects.filter(
        outbound__in=[one.outbound for one in sent], started_at=at
    )}  # fmt: skip
    for outbound, answer, _, took in sent:
        attempt = attempts[outbound.pk]
        attempt.outcome, attempt.status, attempt.text = answer.outcome, answer.status, tellable(answer.text, 400)
        attempt.excerpt, attempt.duration_ms = tellable(answer.excerpt, 500), took
        outbound.state, outbound.answer, outbound.settled_at = State.DELIVERED, attempt.text, now
        outbound.claimed_at = outbound.uncertain_at = outbound.next_attempt_at = None
    update_many(list(attempts.values()), ["outcome", "status", "text", "excerpt", "duration_ms"])
    fields = ["state", "answer", "settled_at", "claimed_at", "uncertain_at", "next_attempt_at"]
    held = "r.claimed_at = %s and r.state in ('sending', 'uncertain')"
    ours = update_many([one.outbound for one in sent], fields, held, at)
    mine = [(one.outbound, one.answer) for one in sent if one.outbound.pk in ours]
    if not mine:
        return
    channel.settle_all(mine)
    if channel.pauses:
        pauses.note(mine[0][0], channel, mine[0][1])
    channel.moved(list(ours))
    release([outbound for outbound, _ in mine])


def _put_back(at: datetime, waiting: Sequence[Outbound]) -> None:
    """Let go what was claimed with others then and has not been tried."""
    ids = [one.pk for one in waiting]
    Attempt.objects.filter(outbound__in=ids, started_at=at, outcome=Outcome.AT_WORK).delete()
    held = Outbound.objects.filter(pk__in=ids, claimed_at=at, state=State.SENDING)
    held.update(state=State.WAITING, claimed_at=None, attempts=F("attempts") - 1)


def _store(outbound: Outbound, channel: Channel, answer: Answer, started: float) -> State:
    """Store what came of an attempt. One that was given up for dead has its say still, while nothing was repeated."""
    return _insist(lambda: _store_one(outbound, channel, answer, _milliseconds(started)))


def _store_one(outbound: Outbound, channel: Channel, answer: Answer, took: int) -> State:
    text = tellable(answer.text, 400)
    with scope(outbound.tenant_id):
        state, fields = after(outbound, channel, answer)
        Attempt.objects.filter(outbound=outbound, started_at=outbound.claimed_at).update(
            outcome=answer.outcome, status=answer.status, text=text, excerpt=tellable(answer.excerpt, 500),
            duration_ms=took,
        )  # fmt: skip
        held = Outbound.objects.filter(
            pk=outbound.pk, claimed_at=outbound.claimed_at, state__in=(*AT_WORK, State.UNCERTAIN)
        )
        if held.update(state=state, answer=text, **fields):
            channel.settle(outbound, answer)
            if channel.pauses:
                pauses.note(outbound, channel, answer)
            channel.moved([outbound.pk])
            if state in Outbound.SETTLED:
                release([outbound])
    return state


def release(outbounds: Sequence[Outbound]) -> None:
    """Let go what was held for some things at one destination that are settled now: it looks for itself what became of
    them."""
    let_go(outbounds[0].channel, outbounds[0].destination, *(one.identity for one in outbounds))


def let_go(channel: str, destination: str, *waits_for: str) -> None:
    """Let what was held for something at a destination look again, now."""
    held = Outbound.objects.filter(channel=channel, destination=destination, state=State.HELD, waits_for__in=waits_for)
    if held.update(next_attempt_at=timezone.now()):
        transaction.on_commit(ring, robust=True)


def sweep() -> int:
    """Take back what dead workers had, by the rules of its channel: each for itself, so that one that fails keeps no
    other one back. Returns how many tenants have something due."""
    with scope_all("find what dead workers had"):
        at_work = Outbound.objects.filter(state__in=AT_WORK).only("tenant_id", "channel", "claimed_at")
        left = [(one.tenant_id or 0, one.pk) for one in at_work if _is_left(one)]
    each_in_scope(left, _take_back, "Outbound")
    with scope_all("count what is due"):
        return Tenant.objects.filter(Exists(due().filter(tenant=OuterRef("pk")))).count()


def _is_left(outbound: Outbound) -> bool:
    lease = timedelta(seconds=channel_of(outbound.channel).lease_seconds)
    return outbound.claimed_at is not None and outbound.claimed_at < timezone.now() - lease


def _take_back(pk: int) -> int:
    """1 when it was still left by its worker."""
    outbound = Outbound.objects.defer("content").filter(pk=pk, state__in=AT_WORK).first()
    if outbound is None or not _is_left(outbound):
        return 0
    channel = channel_of(outbound.channel)
    state, fields = after(outbound, channel, Answer(Outcome.STOPPED, STOPPED))
    held = Outbound.objects.filter(pk=pk, claimed_at=outbound.claimed_at, state__in=AT_WORK)
    if not held.update(state=state, answer=STOPPED, **fields):
        return 0
    logger.warning("Outbound %s was left by its worker: %s", pk, state)
    lost = Attempt.objects.filter(outbound=pk, started_at=outbound.claimed_at, outcome=Outcome.AT_WORK)
    lost.update(outcome=Outcome.STOPPED, text=STOPPED)
    channel.moved([pk])
    return 1


def forget_old() -> int:
    """Forget what was settled longer ago than its channel keeps it. Returns how many."""
    forgotten = 0
    for name in settings.OUTBOUND_CHANNELS:
        days = channel_of(name).kept_days
        while days is not None and (count := _forget_slice(name, timezone.now() - timedelta(days=days))):
            forgotten += count
    return forgotten


def _forget_slice(channel: str, before: datetime) -> int:
    with scope_all("forget what was settled long ago"):
        old = Outbound.objects.filter(channel=channel, settled_at__lt=before).order_by("tenant_id", "settled_at")
        ids = list(old.values_list("pk", flat=True)[:SLICE])
        Attempt.objects.filter(outbound__in=ids).delete()
        return Outbound.objects.filter(pk__in=ids).delete()[0]

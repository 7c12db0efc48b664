"""Transactions in trouble, by what they are in trouble for: what is behind them, and all of them tried again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from adaptors.domain.sight import visible_transactions
from adaptors.domain.transactions.steering import MOST_AT_ONCE, act_on_all
from adaptors.models import Activation, Transaction
from arhub.domain.sharing import Actor
from arhub.models import User

State = Transaction.State
NEWEST = 1_000
"""Of those that ask for a person, so many of the newest are looked at."""
MOST = 20
RETRIED = {State.HELD: "try_again", State.FAILED: "resend", State.REJECTED: "resend"}
"""What trying again means: made anew, or the same bytes once more. What may have arrived is nobody's to try again."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Transactions of an activation that ask for a person for one reason, which `last`, the newest, tells. `is_cut`
    says that there may be more than were counted."""

    last: Transaction
    count: int
    at: datetime
    is_cut: bool = False

    @property
    def can_retry(self) -> bool:
        return State(self.last.state) in RETRIED and not self.waits_for_approval

    @property
    def waits_for_approval(self) -> bool:
        return bool(self.last.waits_for)


def troubles(activation: Activation | None, actor: Actor, *, most: int = MOST) -> list[Trouble]:
    """The causes for which transactions ask for a person: of an activation, or of all that an actor sees. What went out
    and came to nothing stands before what is held, and the newest first. Two queries, whatever there is."""
    asking = Transaction.objects.filter(asks_person=True)
    asking = asking.filter(activation=activation) if activation else visible_transactions(actor, asking)
    newest = asking.order_by("-pk").values("pk")[:NEWEST]
    groups = Transaction.objects.filter(pk__in=newest).order_by().values("activation", "cause")
    found = list(groups.annotate(count=Count("pk"), last=Max("pk"), at=Max("moved_at")).order_by("-last"))
    found.sort(key=lambda group: group["cause"].startswith(f"{State.HELD}:"))
    is_cut = sum(group["count"] for group in found) == NEWEST
    wanted = [group["last"] for group in found[:most]]
    rows = Transaction.objects.select_related("activation", "connection").in_bulk(wanted)
    return [Trouble(rows[group["last"]], group["count"], group["at"], is_cut) for group in found[:most]]


def of_cause(activation: Activation, cause: str, after: int = 0) -> QuerySet[Transaction]:
    """All that an activation could not bring there for one reason, and that can be tried again. `after` is the id of
    the last that was: what stays in trouble for the same reason is not tried over and over before the rest."""
    rows = Transaction.objects.filter(activation=activation, cause=cause, state__in=RETRIED, pk__gt=after)
    return rows.exclude(cause="").order_by("pk")


def retry_all(rows: Sequence[Transaction], user: User | None) -> dict[str, int]:
    """Try transactions again, so many at most as one bulk action touches: what is held is made anew, what failed goes
    once more. Returns how many were done, under an empty name, and how many were not, by what stood in the way."""
    found: Counter[str] = Counter()
    for state, name in RETRIED.items():
        found.update(act_on_all([row for row in rows[:MOST_AT_ONCE] if row.state == state], name, user))
    for row in rows[:MOST_AT_ONCE]:
        if row.state not in RETRIED:
            found[f"It is {row.get_state_display().lower()}."] += 1
    return dict(found)

"""When what was told is over. It is read from where things stand, so that no recovery is missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from adaptors.domain.running import KIND
from adaptors.models import Expectation, Notice, Transaction
from arhub.models import Pause, Run
from connectors.domain.deliveries import CHANNEL

State = Transaction.State
NEWEST = 1_000
"""Of the documents that arrived, so many are looked at for one that came over a gateway."""
QUIET = timedelta(days=1)
"""After it, what nobody can say to be over is told anew."""


def over(notice: Notice) -> str:
    """Why it is over, in a sentence; empty while it is not."""
    return _RULES.get(notice.kind, _stands)(notice)


def is_quiet(notice: Notice) -> bool:
    """Whether it has no end of its own, and nothing was added for long."""
    return notice.kind == "answer.unmatched" and notice.last_at < timezone.now() - QUIET


def none_left(notice: Notice) -> str:
    """Whether its documents have all come out of their trouble. One that is sent again is not, before it arrives."""
    rows = Transaction.objects.filter(pk__in=_transactions(notice))
    on_its_way = Q() if notice.kind == "transaction.held" else Q(state=State.SENDING)
    if rows.filter(Q(cause=notice.cause) | on_its_way).exists():
        return ""
    return "None of them stands there any more."


def _arrived(notice: Notice) -> str:
    """A document came over the same gateway, after the last one that did not. Those that did not wait for a person."""
    if told := none_left(notice):
        return told
    connection = notice.facts.get("connection")
    rows = Transaction.objects.filter(activation=notice.setting.activation_id, state__in=Transaction.ARRIVED)
    newest = rows.order_by("-id").values("pk")[:NEWEST]
    came = Transaction.objects.filter(pk__in=newest, connection=connection, delivered_at__gt=notice.last_at)
    if not connection or not came.exists():
        return ""
    left = Transaction.objects.filter(pk__in=_transactions(notice), cause=notice.cause).count()
    still = f" {left:,} of them still {'waits' if left == 1 else 'wait'} for a person." if left else ""
    return f"Documents arrive over its gateway again.{still}"


def _answered(notice: Notice) -> str:
    due = Expectation.objects.filter(transaction__in=_transactions(notice), alarmed_at__isnull=False, came_at=None)
    return "" if due.exists() else "What was missing has come."


def _resumed(notice: Notice) -> str:
    paused = Pause.objects.filter(
        channel=CHANNEL, destination=str(notice.facts.get("connection")), paused_at__isnull=False
    )
    return "" if paused.exists() else "The gateway takes documents again."


def _ran(notice: Notice) -> str:
    later = Run.objects.filter(kind=KIND, subject_id=notice.setting.activation_id, pk__gt=notice.facts.get("run", 0))
    return "A run went well." if later.filter(state=Run.State.SUCCEEDED).exists() else ""


def _stands(notice: Notice) -> str:
    return ""


def _transactions(notice: Notice) -> Any:
    return notice.entries.values("transaction")


_RULES: dict[str, Callable[[Notice], str]] = {
    "transaction.held": none_left,
    "transaction.rejected": none_left,
    "transaction.failed": _arrived,
    "transaction.uncertain": _arrived,
    "answer.overdue": _answered,
    "gateway.paused": _resumed,
    "adaptor.run_failed": _ran,
}

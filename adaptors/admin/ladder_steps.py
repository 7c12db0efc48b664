"""The ladder of a transaction as a picture: what it has reached and when, where it stands, what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from adaptors.models import Expectation, Transaction

State = Transaction.State
REACHED, NOW, DOUBTFUL, STOPPED, AHEAD, PASSED = "reached", "now", "doubtful", "stopped", "ahead", "passed"
WORDS = {REACHED: "done", NOW: "it stands here", DOUBTFUL: "nobody knows", STOPPED: "stopped here", AHEAD: "not yet",
         PASSED: "nothing was said of it"}  # fmt: skip
STANDS = {
    State.SENDING: (3, NOW), State.UNCERTAIN: (3, DOUBTFUL), State.FAILED: (3, STOPPED), State.CANCELLED: (3, STOPPED),
    State.DELIVERED: (4, NOW), State.ACKNOWLEDGED: (5, NOW), State.REJECTED: (5, STOPPED),
}  # fmt: skip
"""State → its step, and how it stands there. What is on hold has not been rendered, or not validated."""


@dataclass(frozen=True, slots=True)
class Step:
    """`due_at` is by when it is expected, `is_late` that this has passed."""

    label: str
    at: datetime | None = None
    state: str = AHEAD
    said: str = ""
    due_at: datetime | None = None

    @property
    def words(self) -> str:
        return WORDS[self.state]

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at < timezone.now()


def steps_of(row: Transaction, expectations: Sequence[Expectation], sent_at: datetime | None) -> list[Step]:
    """`sent_at` is when it went out first."""
    answered_at = row.answered_at if row.state in (State.ACKNOWLEDGED, State.REJECTED) else None
    steps = [
        Step("Selected", row.created_at), Step("Rendered", row.rendered_at), Step("Validated", row.validated_at),
        Step("Sending", sent_at), Step("Delivered", row.delivered_at),
        Step("Rejected" if row.state == State.REJECTED else "Acknowledged", answered_at),
    ]  # fmt: skip
    if row.state == State.ELSEWHERE:
        reached = [replace(step, state=REACHED) for step in steps if step.at]
        return [*reached, Step(State.ELSEWHERE.label, row.moved_at, NOW, row.said)]
    place, how = STANDS.get(State(row.state)) or (2 if row.rendered_at else 1, STOPPED)
    found = [replace(step, state=_before(step) if number < place else AHEAD) for number, step in enumerate(steps)]
    said = row.said if row.state in Transaction.IN_TROUBLE else ""
    found[place] = replace(steps[place], state=how, said=said, label=_label(row, steps[place]))
    return _with_deadline(found, expectations)


def _before(step: Step) -> str:
    return REACHED if step.at else PASSED


def _label(row: Transaction, step: Step) -> str:
    """What is no step of the ladder stands where it came off it."""
    is_own = row.state in (State.SENDING, State.DELIVERED, State.ACKNOWLEDGED, State.REJECTED)
    return step.label if is_own else str(State(row.state).label)


def _with_deadline(steps: list[Step], expectations: Sequence[Expectation]) -> list[Step]:
    """The last step is what the other side is to say."""
    due = min((one.due_at for one in expectations if one.came_at is None), default=None)
    last = steps[-1]
    return [*steps[:-1], replace(last, due_at=due if last.state == AHEAD else None)]

"""Runs and schedules hang on what is shared: who may not see an adaptor or a connection, sees nothing of its work."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet

from arhub.domain.run_kinds import kind_of, kinds
from arhub.domain.sharing import Actor, Level, hidden, levels_of
from arhub.models import Run, Schedule

Rows = TypeVar("Rows", bound="QuerySet[Any]")


def visible_work(actor: Actor, rows: Rows) -> Rows:
    """The runs or schedules that an actor may see."""
    if actor.most is None:
        return rows.none()
    for name, kind in kinds().items():
        unseen = hidden(actor, kind.shared) if kind.shared else None
        if unseen is not None:
            rows = rows.exclude(kind=name, subject_id__in=kind.hanging_on(unseen))
    return rows


def thing_of(work: Run | Schedule) -> Model | None:
    """What it hangs on; None when that is gone, or is nothing that is shared."""
    known = work.kind in settings.RUN_KINDS
    return kind_of(work.kind).things([work.subject_id]).get(work.subject_id) if known else None


def workable(actor: Actor, name: str, subject_ids: Collection[int], needed: Level) -> set[int]:
    """Those of a kind's subjects with which an actor may do so much."""
    if not actor.is_narrowed or not (kind := kind_of(name)).shared:
        return set(subject_ids) if actor.most is not None and actor.most.includes(needed) else set()
    things = kind.things(subject_ids)
    levels = levels_of(actor, list(things.values()))
    allowed = {pk for pk, level in levels.items() if level is not None and level.includes(needed)}
    return {subject_id for subject_id, thing in things.items() if thing.pk in allowed}

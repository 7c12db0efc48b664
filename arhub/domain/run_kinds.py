"""What runs have in common with others of their kind. A kind knows its work; `runs` knows when it is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from arhub.domain.sharing import model_of

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from arhub.domain.jobs import Job
    from arhub.models import Run


class RunKind:
    """One kind of work in the background. Everything but `work` is called in the tenant's transaction.

    `lease_seconds` without a heartbeat mean that the worker is dead. A run waits until those before it with the
    same subject and the same word in `alone` are over; without one it waits for none. `shared` is the kind of thing, in
    settings.SHARED_THINGS, that its subjects are or hang on: who may not see that, sees none of its runs.
    """

    label: ClassVar[str]
    shared: ClassVar[str] = ""
    lease_seconds: ClassVar[int] = 60
    alone: ClassVar[str] = ""

    def title(self, subject_id: int) -> str:
        """What a run of this subject is called; of one that is gone too."""
        raise NotImplementedError

    def url(self, subject_id: int) -> str:
        """The page of the subject; empty when there is none."""
        return ""

    def subjects(self) -> list[tuple[int, str]]:
        """What may be scheduled: (id, label)."""
        return []

    def rests(self, subject_id: int) -> bool:
        """Whether nothing of the subject is to run: what comes due by a schedule is left out."""
        return False

    def hanging_on(self, things: QuerySet[Any, Any]) -> Any:
        """The ids of the subjects that hang on those things, as a query, of which `things` are the ids."""
        return things

    def things(self, subject_ids: Collection[int]) -> Mapping[int, Model]:
        """By subject, what it is or hangs on."""
        rows = model_of(self.shared)._default_manager.filter(pk__in=subject_ids) if self.shared else ()
        return {row.pk: row for row in rows}

    def ended(self, run: Run, reason: str) -> None:
        """What follows when a run failed or was cancelled; in the transaction that says so."""

    def succeeded(self, run: Run) -> None:
        """What follows when a run went well; in the transaction that says so."""

    def work(self, job: Job) -> bool:
        """One slice of at most two minutes; true when everything is done. Outside of any transaction: it opens
        `scope(job.tenant_id)` for each piece of work. It may be repeated after it was killed.

        Raises RetryableError to be called again later; ConfigError, PermanentError or Uncertain to fail, with a
        sentence for people. Anything else is a mistake of ours.
        """
        raise NotImplementedError


def kind_of(name: str) -> RunKind:
    """The kind that settings.RUN_KINDS has under this name. Raises KeyError."""
    return _made(settings.RUN_KINDS[name])


def kinds() -> dict[str, RunKind]:
    return {name: kind_of(name) for name in settings.RUN_KINDS}


def label_of(name: str) -> str:
    """What a kind is called; its name when it is gone."""
    return kind_of(name).label if name in settings.RUN_KINDS else name


@cache
def _made(path: str) -> RunKind:
    made: RunKind = import_string(path)()
    return made

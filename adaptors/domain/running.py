"""Running an activation: one kind of run for all adaptors, each with its own work."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils.module_loading import import_string

from adaptors.catalogue import Work
from adaptors.models import Activation
from arhub.domain.events import emit
from arhub.domain.jobs import Job
from arhub.domain.run_kinds import RunKind
from arhub.models import Run
from arhub.network.errors import ConfigError
from arhub.tenancy.scope import scope

KIND = "adaptor"
WORKS: dict[Work, str] = {
    Work.EXPORT: "adaptors.domain.transactions.exporting.work",
    Work.POST: "adaptors.domain.posting.work",
    Work.PUBLISH: "adaptors.domain.publishing.work",
    Work.SYNC: "adaptors.domain.syncing.work",
}
"""Work → a function of a job that does a slice of it, as `RunKind.work` does."""


def at_work(pk: int) -> Activation:
    """The activation that a run works for, read before each piece of work: somebody may have switched it off since the
    last one. Raises ConfigError."""
    activation = Activation.objects.select_related("source", "destination").filter(pk=pk).first()
    if activation is None:
        raise ConfigError("This adaptor is gone.")
    if not activation.is_on:
        raise ConfigError(f"{activation} is switched off.")
    return activation


class RunAdaptor(RunKind):
    """All that is due of one activation."""

    label = "Run adaptor"
    shared = "activation"
    alone = KIND

    def title(self, subject_id: int) -> str:
        found = Activation.objects.filter(pk=subject_id).first()
        return str(found) if found else "An adaptor that is gone"

    def url(self, subject_id: int) -> str:
        if not Activation.objects.filter(pk=subject_id).exists():
            return ""
        return reverse("admin:adaptors_activation_change", args=[subject_id])

    def subjects(self) -> list[tuple[int, str]]:
        return [(one.pk, str(one)) for one in Activation.objects.all()]

    def rests(self, subject_id: int) -> bool:
        return Activation.objects.filter(pk=subject_id, is_on=False).exists()

    def succeeded(self, run: Run) -> None:
        _tell("adaptor.run_done", run.pk)

    def ended(self, run: Run, reason: str) -> None:
        if Run.objects.filter(pk=run.pk, state=Run.State.FAILED).exists():
            _tell("adaptor.run_failed", run.pk, reason)

    def work(self, job: Job) -> bool:
        with scope(job.tenant_id):
            activation = at_work(job.subject_id)
            function: Callable[[Job], bool] = import_string(WORKS[activation.entry.work])
        return function(job)


def _tell(kind: str, run_id: int, text: str = "") -> None:
    run = Run.objects.get(pk=run_id)
    data = {"activation": run.subject_id, "run": run.pk, "counts": run.counts, "text": text}
    emit(kind, data, subject=run.title[:120])

"""Asking the networks' own directories whether participants are registered there. It informs, and blocks no route."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from arhub.domain import runs
from arhub.domain.jobs import Job
from arhub.domain.run_kinds import RunKind
from arhub.domain.sentences import printable
from arhub.models import Run, User
from arhub.network.errors import RetryableError
from arhub.tenancy.scope import scope
from connectors.gateways.access_point import participants as directory
from connectors.gateways.access_point.participants import Participation
from connectors.models import Participant

KIND = "look_up_participants"
DIRECTORY = 1
"""What such a run works on: each company has one directory."""
CHOSEN, AFTER, IN_VAIN = "chosen", "after", "in_vain"
"""What a run remembers: the ids it is about, where it is, and how many in a row told nothing."""
AT_ONCE = 50
MOST_IN_VAIN = 25
"""So many look-ups in a row that told nothing mean that nobody answers now."""


def start(chosen: Collection[int] = (), *, user: User | None = None) -> Run:
    """Queue a look-up of the participants with these ids, or of all."""
    run = runs.start(KIND, DIRECTORY, user=user)
    if chosen:
        Run.objects.filter(pk=run.pk).update(memory={CHOSEN: sorted(chosen)})
    return run


def can_be_asked(participant: Participant) -> bool:
    """Whether its route has a directory that the hub knows."""
    return participant.route in _zones()


class LookUpParticipants(RunKind):
    """Whether participants are registered, one after the other, some in each slice."""

    label = "Look-up of participants"
    alone = "look_up_participants"

    def title(self, subject_id: int) -> str:
        return self.label

    def url(self, subject_id: int) -> str:
        return reverse("admin:connectors_participant_changelist")

    def subjects(self) -> list[tuple[int, str]]:
        return [(DIRECTORY, "All participants")]

    def work(self, job: Job) -> bool:
        with scope(job.tenant_id):
            if not job.memory:
                job.memory = _before(job.run_id)
            wanted = Participant.objects.filter(route__in=_zones())
            if CHOSEN in job.memory:
                wanted = wanted.filter(pk__in=job.memory[CHOSEN])
            total = wanted.count()
        if not total:
            job.log("Nobody was asked about: none of these is reached by a network whose directory the hub knows.")
        while job.left_seconds:
            with scope(job.tenant_id):
                rows = list(wanted.filter(pk__gt=job.memory.get(AFTER, 0)).order_by("pk")[:AT_ONCE])
            if not rows:
                return True
            for row in rows:
                self._look_up(job, row)
                job.progress("Asking the directories", sum(job.counts.values()), total)
                if not job.left_seconds:
                    break
        return False

    def _look_up(self, job: Job, row: Participant) -> None:
        """Ask about one, outside of any transaction. When nobody answers any more, the run goes on there later."""
        said = _ask(row)
        with scope(job.tenant_id):
            _keep(row, said)
        job.count(_COUNTED[said.registered])
        in_vain = job.memory.get(IN_VAIN, 0) + 1 if said.registered is None else 0
        job.memory |= {AFTER: row.pk, IN_VAIN: in_vain % MOST_IN_VAIN}
        job.keep()
        if in_vain == MOST_IN_VAIN:
            raise RetryableError(f"{in_vain} look-ups in a row told nothing, the last one this: {said.text}")


_COUNTED = {True: "Registered", False: "Not registered", None: "Not known"}


def _before(run_id: int) -> dict[str, Any]:
    """What the run remembered that this one does again: it goes on there."""
    return Run.objects.filter(pk=run_id).values_list("retry_of__memory", flat=True).first() or {}


def _zones() -> dict[str, str]:
    """Route → the zone of its directory."""
    return {route: zone for route, zone in settings.PARTICIPANT_ZONES.items() if zone}


def _ask(row: Participant) -> Participation:
    nameserver = settings.PARTICIPANT_NAMESERVER or None
    return directory.look_up(row.endpoint, zone=_zones()[row.route], nameserver=nameserver)


def _keep(row: Participant, said: Participation) -> None:
    """What it says; who could not be asked leaves what was known, and only why. Nothing is kept of an endpoint that was
    changed meanwhile."""
    fields: dict[str, object] = {"look_up_text": printable(said.text, 400)}
    if said.registered is not None:
        fields |= {
            "is_registered": said.registered, "looked_up_at": timezone.now(),
            "document_types": [printable(one, 500) for one in said.document_types],
        }  # fmt: skip
    same = {name: getattr(row, name) for name in ("pk", "scheme", "identifier", "route")}
    Participant.objects.filter(**same).update(**fields)

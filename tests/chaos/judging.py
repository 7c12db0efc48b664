"""What became of documents: where they went, and what the hub says of them, have to be the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Sum
from django.utils import timezone

from adaptors.models import Activation, DayCount, Transaction
from arhub.domain.timing import times_between
from arhub.models import Attempt, Document, Event, Outbound, Pause, Run, Schedule
from connectors.domain.deliveries import CHANNEL
from connectors.models import Delivery
from tests.chaos.partners import Copy, Partner
from tests.chaos.scene import Tally


@dataclass(slots=True)
class Judge:
    """`at` leads from the connections of the tenant to who is at their ends. Everything in the tenant's scope."""

    activation: Activation
    at: Mapping[int, Partner]

    def judge(self, tally: Tally) -> None:
        came = {pk: list(partner.copies()) for pk, partner in self.at.items()}
        for document in Document.objects.order_by("pk"):
            rows = list(Transaction.objects.filter(document=document).select_related("delivery__outbound"))
            if not rows:
                tally.lost.append(f"Document {document.number} has no transaction.")
            if len(rows) > 1:
                tally.double.append(f"Document {document.number} has {len(rows)} transactions.")
            for row in rows:
                self._look(row, came, tally)
        tally.double += [
            f"{copy} came to {self.at[pk]}, and nobody sent it" for pk, left in came.items() for copy in left
        ]
        self._counts(tally)
        self._rest(tally)
        self._fired(tally)

    def _look(self, row: Transaction, came: Mapping[int, list[Copy]], tally: Tally) -> None:
        assert row.connection_id is not None
        if row.delivery is None:
            tally.stuck.append(f"{row} is {row.state}: {row.problems}")
            return
        left, identity = came[row.connection_id], row.delivery.outbound.identity
        found = [one for one in left if one.identity == identity]
        left[:] = [one for one in left if one.identity != identity]
        said = f"{row} at {type(self.at[row.connection_id]).__name__} is {row.state}: {row.said} {self.story(row)}"
        if row.state not in Transaction.ARRIVED:
            tally.stuck.append(said)
        elif not found:
            tally.lost.append(said)
        if len(found) > 1:
            tally.double.append(said)
        with row.content.storage.open(str(row.content.name)) as file:
            kept = hashlib.sha256(file.read()).hexdigest()
        if {kept, row.sha256, row.delivery.sha256, *(one.sha256 for one in found)} != {row.sha256}:
            tally.lost.append(f"Other bytes than those of the transaction came: {said}")

    def story(self, row: Transaction) -> str:
        """Its attempts, for whoever looks for the cause."""
        assert row.delivery is not None
        attempts = Attempt.objects.filter(outbound=row.delivery.outbound_id).order_by("pk")
        told = [
            f"{one.started_at:%M:%S.%f} {'look ' if one.is_look_up else ''}{one.outcome} {one.text[:120]}"
            for one in attempts
        ]  # fmt: skip
        return " | ".join(told)

    def _counts(self, tally: Tally) -> None:
        """The day's summary, and what was told, say what the partners counted."""
        there = sum(len({one.identity for one in partner.copies()}) for partner in self.at.values())
        counted = DayCount.objects.filter(activation=self.activation).aggregate(n=Sum("delivered"))["n"] or 0
        if there != counted:
            tally.stuck.append(f"The day's summary counts {counted} as delivered, the partners {there}.")
        told = Counter(Event.objects.filter(kind="transaction.delivered").values_list("data__transaction", flat=True))
        for pk in Transaction.objects.values_list("pk", flat=True):
            if told[pk] != 1:
                tally.stuck.append(f"Transaction {pk} was told as delivered {told[pk]} times.")

    def _rest(self, tally: Tally) -> None:
        """Nothing is left at work, waiting, paused, or without its transaction."""
        ours = Outbound.objects.filter(channel=CHANNEL)
        tally.stuck += [f"{one} is {one.state}" for one in ours.exclude(state=Outbound.State.DELIVERED)]
        tally.stuck += [f"{one} has no transaction" for one in Delivery.objects.filter(transaction=None)]
        tally.stuck += [f"{one} is paused" for one in Pause.objects.filter(paused_at__isnull=False)]
        tally.stuck += [f"Run {one.pk} is {one.state}" for one in Run.objects.filter(state__in=Run.UNFINISHED)]

    def _fired(self, tally: Tally) -> None:
        """Each due time of a schedule that has fired, from its first to its last, has one run."""
        for schedule in Schedule.objects.filter(last_due_at__isnull=False):
            fired = Counter(
                Run.objects.filter(schedule=schedule, due_at__isnull=False).values_list("due_at", flat=True)
            )
            due = times_between(schedule, min(fired), schedule.last_due_at)  # type: ignore[arg-type]
            for at in {*due, *fired}:
                if fired[at] == 0:
                    tally.lost.append(f"{schedule} did not fire for {at}")
                elif fired[at] > 1 or at not in due:
                    tally.double.append(f"{schedule} fired {fired[at]} times for {at}")
        if unfired := Schedule.objects.filter(next_due_at__lte=timezone.now()).count():
            tally.stuck.append(f"{unfired} schedules are due still")

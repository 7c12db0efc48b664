"""Documents of a tenant on their way through an activation to customers on different gateways, while its schedules
become due. Afterwards each is counted where it went."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from adaptors.domain.customers import rules
from adaptors.domain.running import KIND
from adaptors.domain.transactions import steering
from adaptors.models import Activation, Transaction
from arhub.domain import runs, schedules
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Ledger, Run, Schedule, Source
from arhub.tenancy.scope import scope
from tests.adaptors.conftest import COMPANY, DAY, account_of, document_of
from tests.chaos.judging import Judge
from tests.chaos.partners import FORMATS, PARTNERS, Partner
from tests.chaos.scene import Scene, Tally

AT_FIRST, LATER = 2, 2
"""Documents of a customer that are due when the storm begins, and that become due in it."""
SCHEDULES, MISSED_HOURS = 4, 2
State = Transaction.State


class Documents(Scene):
    """A customer at each partner. Schedules come due in the storm, hours late, some of them a second time."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.tally = Tally()
        self._untrue: set[int] = set()

    def __enter__(self) -> Self:
        slug = f"chaos-{time.time_ns()}"
        self.tenant = create_tenant(slug, name="Chaos", **COMPANY)
        with ExitStack() as stack:
            folder = Path(settings.FOLDERS, slug)
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            self.partners = [
                stack.enter_context(kind(folder if kind.kind == "folder" else scratch)) for kind in PARTNERS
            ]  # fmt: skip
            with scope(self.tenant.pk):
                self._set_up()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _set_up(self) -> None:
        source = Source.objects.select_related("ledger").get(kind=Source.Kind.UPLOAD)
        values = {"supplier_bank_branch": "0040", "supplier_bank_account": "0440116243"}
        self.activation = Activation.objects.create(
            adaptor="file_invoices", name="Export", source=source, format="json", is_on=True, dated_from=DAY,
            document_types=["invoice"], supplier=values,
        )  # fmt: skip
        self.at: dict[int, Partner] = {}
        self.accounts: list[Account] = []
        for number, partner in enumerate(self.partners):
            account = account_of(source, str(10_000 + number))
            there = partner.connect()
            rules.follow(self.activation)
            rules.activate(
                self.activation, self.activation.rules.filter(account=account), format=self._chance.choice(FORMATS),
                destination=there,
            )  # fmt: skip
            self.at[there.pk] = partner
            self.accounts.append(account)
        for number in range(SCHEDULES):
            schedules.save(Schedule(
                name=f"Export {number}", kind=KIND, subject_id=self.activation.pk, every=Schedule.Every.HOURLY,
                missed=Schedule.Missed.EACH,
            ))  # fmt: skip
        self._later = [account for account in self.accounts for _ in range(LATER)]
        self._chance.shuffle(self._later)
        for account in self.accounts * AT_FIRST:
            self._book(account)
        self._come_due()

    def _book(self, account: Account) -> None:
        """A document comes in from the books, in the tenant's scope."""
        self.tally.sent["documents"] += 1
        document_of(account, f"{account.number}-{self.tally.sent['documents']}")
        Ledger.objects.filter(pk=account.ledger_id).update(writes=F("writes") + 1)

    def _come_due(self) -> None:
        """A schedule is due since some hours, which its runs may have been made for already."""
        one = self._chance.choice(list(Schedule.objects.order_by("pk")))
        since = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=MISSED_HOURS)
        Schedule.objects.filter(pk=one.pk).update(next_due_at=since)
        self.tally.blows["due"] += 1

    def go_on(self, chance: random.Random) -> None:
        for partner in chance.sample(self.partners, 2):
            partner.misbehave(chance)
        with scope(self.tenant.pk):
            if self._later and chance.random() < 0.3:
                self._book(self._later.pop())
            if chance.random() < 0.15:
                self._come_due()
            if chance.random() < 0.05:
                self._cancel()

    def _cancel(self) -> None:
        """A person thinks better of something that is on its way, if it can still be cancelled."""
        row = Transaction.objects.filter(state=State.SENDING).order_by("?").first()
        with suppress(steering.CannotDo):
            if row is not None:
                steering.act(row, "cancel", None)
                self.tally.blows["cancelled"] += 1

    def calm(self) -> None:
        """Then everybody gets one more document, which opens what was left alone."""
        for partner in self.partners:
            partner.calm()
        with scope(self.tenant.pk):
            for account in (*self._later, *self.accounts):
                self._book(account)
            runs.start(KIND, self.activation.pk)

    def tend(self) -> bool:
        with scope(self.tenant.pk):
            for run in Run.objects.filter(state=Run.State.FAILED):
                if runs.retry(run):
                    self.tally.blows["run given up"] += 1
            if Run.objects.filter(state__in=Run.UNFINISHED).exists():
                return False
            for row in Transaction.objects.filter(asks_person=True) | Transaction.objects.filter(state=State.CANCELLED):
                self._decide(row)
            left = Transaction.objects.exclude(state__in=Transaction.ARRIVED).count()
            return not left and Transaction.objects.count() == self.tally.sent["documents"]

    def _decide(self, row: Transaction) -> None:
        """What a person does who asks the partner what there is, and finds what was told untrue, if it is."""
        self.tally.blows[f"{row.state} to a person"] += 1
        there = self._has(row)
        if row.state == State.UNCERTAIN:
            name = "arrived" if there else "did_not_arrive"
        elif row.state == State.HELD:
            name = "try_again"
        else:
            name = "resend"
            if there and row.pk not in self._untrue:
                self._untrue.add(row.pk)
                self.tally.stuck.append(f"{row} is said to be {row.state}, and is there: {self._judge().story(row)}")
        with suppress(steering.CannotDo):
            steering.act(row, name, None)

    def _has(self, row: Transaction) -> bool:
        if row.delivery is None or row.connection_id is None:
            return False
        identity = row.delivery.outbound.identity
        return any(one.identity == identity for one in self.at[row.connection_id].copies())

    def _judge(self) -> Judge:
        return Judge(self.activation, self.at)

    def counted(self) -> Tally:
        for partner in self.partners:
            partner.calm()
            named = {f"{name} at {type(partner).__name__}": many for name, many in partner.faults.items()}
            self.tally.blows += Counter(named)
        with scope(self.tenant.pk):
            self._judge().judge(self.tally)
        return self.tally

"""Seven weeks of loads: the first big one, weekly and daily ones, and those that went wrong."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from django.utils import timezone

from arhub.models import Role, Source, Tenant, User
from arhub.tenancy.scope import scope
from ingestion.demo import files
from ingestion.demo.history import History
from ingestion.demo.parties import Party, make_parties
from ingestion.demo.trade import Document, Trade, make_trade
from ingestion.models import State

SEED = 20_260_101
FIRST, DANISH, WEEKLY = 47, 12, (40, 33, 26, 19)
DAILY = (9, 6, 4, 2, 1)
_LINES_DAYS, _AGAIN_DAYS, _NEW_CUSTOMERS = 100, 10, 6


@dataclass(slots=True)
class Story:
    """What has been told so far: `sent` holds each document as it was exported last."""

    tenant: Tenant
    people: dict[Role, User]
    history: History
    folder: Path
    parties: list[Party]
    trade: Trade
    today: date
    sent: dict[str, files.Row]
    last: date = date.min

    def at(self, days: int, hour: int) -> datetime:
        """A moment so many days ago, in the tenant's time; never in the future."""
        zone = ZoneInfo(self.tenant.time_zone)
        moment = datetime.combine(self.today - timedelta(days=days), time(hour, 7 * days % 60), zone)
        return min(moment, timezone.now() - timedelta(minutes=3))

    def csv(self, name: str, rows: object, delimiter: str = ",") -> Path:
        return files.write_csv(self.folder / name, rows, delimiter)  # type: ignore[arg-type]


def tell(tenant: Tenant, people: dict[Role, User], seller: dict[str, str], random: Random) -> None:
    today = timezone.now().astimezone(ZoneInfo(tenant.time_zone)).date()
    parties = make_parties(random, seller)
    trade = make_trade(random, parties, today)
    with scope(tenant.pk):
        source = Source.objects.get()
    with tempfile.TemporaryDirectory() as folder:
        history = History(tenant.pk, source)
        story = Story(tenant, people, history, Path(folder), parties, trade, today, {})
        load_everything(story)
        for days in WEEKLY:
            load_news(story, days, 6)
        load_mistakes(story)
        change_accounts(story, random)
        for days in DAILY:
            load_news(story, days, 6)
        load_outstanding_items(story)
        load_wrong_files(story)
        leave_for_review(story)


def load_everything(story: Story) -> None:
    """All there is on the first day, in one load."""
    day = story.today - timedelta(days=FIRST)
    known = story.parties[:-_NEW_CUSTOMERS]
    lines_from = story.today - timedelta(days=_LINES_DAYS)
    invoices = [one for one in story.trade.invoices if one.issued <= day]
    credits = [one for one in story.trade.credits if one.issued <= day]
    paid = [one for one in story.trade.payments if one.day <= day]
    remember(story, [*invoices, *credits], day)
    story.history.load(
        [
            ("account", story.csv("accounts.csv", files.accounts(known))),
            ("contact", story.csv("contacts.csv", files.contacts(known))),
            ("invoice", story.csv("invoices.csv", (files.document(one, day) for one in invoices))),
            ("adjustment", story.csv("credit-memos.csv", (files.credit_memo(one, day) for one in credits))),
            ("invoice_line", story.csv("lines.csv", files.lines(o for o in invoices if o.issued > lines_from))),
            ("payment", story.csv("payments.csv", files.payments(paid))),
            ("payment_applied", story.csv("applications.csv", files.payments_applied(paid))),
            ("credit_memo_applied", story.csv("credits.csv", files.credits_applied(story.trade, date.min, day))),
        ],
        story.at(FIRST, 10),
        by=story.people[Role.ADMINISTRATOR],
    )
    story.last = day


def load_news(story: Story, days: int, hour: int) -> None:
    """What is new or different since the last load, and the latest documents once more as they were."""
    day = story.today - timedelta(days=days)
    documents = different(story, day)
    fresh = [one for one in documents if one.number not in story.sent]
    paid = [one for one in story.trade.payments if story.last < one.day <= day]
    remember(story, documents, day)
    wanted = [
        ("invoice", f"invoices-{day}.csv", [files.document(one, day) for one in documents]),
        ("invoice_line", f"lines-{day}.csv", list(files.lines(fresh))),
        ("payment", f"payments-{day}.csv", list(files.payments(paid))),
        ("payment_applied", f"applications-{day}.csv", list(files.payments_applied(paid))),
        ("credit_memo_applied", f"credits-{day}.csv", list(files.credits_applied(story.trade, story.last, day))),
    ]
    loaded = [(name, story.csv(title, rows)) for name, title, rows in wanted if rows]
    story.history.load(loaded, story.at(days, hour), by=None)
    story.last = day


def different(story: Story, day: date) -> list[Document]:
    again = day - timedelta(days=_AGAIN_DAYS)
    known = [one for one in [*story.trade.invoices, *story.trade.credits] if one.issued <= day]
    return [one for one in known if one.issued > again or story.sent.get(one.number) != files.document(one, day)]


def remember(story: Story, documents: list[Document], day: date) -> None:
    story.sent.update({one.number: files.document(one, day) for one in documents})


def load_mistakes(story: Story) -> None:
    """Somebody types the invoices of a few days into another program. What fails comes right with the next load."""
    day = story.today - timedelta(days=DANISH)
    typed = [one for one in story.trade.invoices if story.last < one.issued <= day]
    rows = files.with_mistakes([files.danish(files.document(one, day)) for one in typed])
    path = story.csv(f"fakturaer-uge-{day.isocalendar().week}.csv", rows, ";")
    story.history.load([("invoice", path)], story.at(DANISH, 14), by=story.people[Role.CLERK])


def change_accounts(story: Story, random: Random) -> None:
    """The whole list of customers again: some have moved or got other terms, a few are new."""
    for party in random.sample(story.parties[1:-_NEW_CUSTOMERS], 12):
        party.row["credit_limit"] = f"{random.randint(4, 90) * 25_000}.00"
        party.row["phone"] = party.row["phone"][:-2] + f"{random.randint(10, 99)}"
    lists = [("account", story.csv("accounts.csv", files.accounts(story.parties))),
             ("contact", story.csv("contacts.csv", files.contacts(story.parties)))]  # fmt: skip
    story.history.load(lists, story.at(DANISH - 1, 9), by=story.people[Role.MANAGER])


def load_wrong_files(story: Story) -> None:
    """A PDF that is called .csv, and contacts sent as invoices."""
    pdf = story.folder / "invoice-200417.csv"
    pdf.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n")
    clerk = story.people[Role.CLERK]
    story.history.load([("invoice", pdf)], story.at(DAILY[-1], 11), by=clerk, expect=State.FAILED)
    contacts = story.csv("contacts-2.csv", files.contacts(story.parties[:40]))
    story.history.load([("invoice", contacts)], story.at(DAILY[-1], 13), by=clerk, expect=State.FAILED)


def load_outstanding_items(story: Story) -> None:
    """For the customers in Sweden the ledger itself says what is open."""
    day = story.today - timedelta(days=DAILY[-1])
    swedish = [one for one in story.trade.invoices if one.party.country.code == "SE" and one.issued <= day]
    rows = files.outstanding_items([one for one in swedish if one.open_on(day) > 0], day)
    path = story.csv("open-items-se.csv", rows)
    story.history.load([("outstanding_item", path)], story.at(DAILY[-1], 8), by=story.people[Role.CLERK])


def leave_for_review(story: Story) -> None:
    """Today's documents wait for somebody to look at them; two of them belong to nobody known."""
    rows = [files.document(one, story.today) for one in different(story, story.today)]
    for row in rows[-2:]:
        row["account_id"] = "10999"
    path = story.csv(f"invoices-{story.today}.csv", rows)
    story.history.load([("invoice", path)], story.at(0, 8), by=story.people[Role.CLERK], expect=State.REVIEW)

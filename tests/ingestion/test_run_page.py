"""What the page of a run says while it is at work, after its worker stopped, and about rows that are no data."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from arhub.models import Account, Role, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion import tasks
from ingestion.domain import making, runs
from ingestion.models import Ingestion, LogEntry, State, Task
from tests.ingestion.conftest import ACCOUNTS, Load, counts
from tests.ingestion.test_screens import signed_in

LOST = "The worker stopped 3 times over this load; nothing of it went in. It was given up."


@pytest.fixture
def queued(tenant: Tenant) -> Ingestion:
    with scope(tenant.pk):
        return making.create(Source.objects.get(), [("account", "a.csv", io.BytesIO(ACCOUNTS.encode()))])


def _set(ingestion: Ingestion, **fields: Any) -> None:
    with scope(ingestion.tenant_id):
        Ingestion.objects.filter(pk=ingestion.pk).update(**fields)
        ingestion.refresh_from_db()


def _page(tenant: Tenant, ingestion: Ingestion, query: str = "", role: Role = Role.CLERK) -> str:
    answer = signed_in(tenant, role).get(f"/ingestion/ingestion/{ingestion.pk}/body/{query}")
    return " ".join(answer.content.decode().split())


def test_run_at_work_says_how_far_it_is(tenant: Tenant, queued: Ingestion) -> None:
    now = timezone.now()
    working = {"claimed_at": now - timedelta(seconds=100), "heartbeat_at": now, "attempts": 1}
    _set(queued, state=State.COMMITTING, stage="Writing", rows_done=3_000, rows_total=9_000, **working)

    page = _page(tenant, queued, f"?tab=log&since=1000:{now.timestamp() - 1000:.1f}:Writing")

    assert re.search(r"3,000 of 9,000 rows · 2 rows a second · about 50 min \d+ s left", page)
    assert re.search(r'hx-get="[^"]+\?tab=log&amp;since=1000%3A[0-9.]+%3AWriting"', page)
    assert "stopped" not in page


def test_only_who_may_cancel_is_offered_it(tenant: Tenant, queued: Ingestion) -> None:
    load = [_page(tenant, queued, role=role) for role in (Role.VIEWER, Role.CLERK)]
    _set(queued, state=State.COMMITTING, task=Task.UNDO)
    undo = [_page(tenant, queued, role=role) for role in (Role.CLERK, Role.MANAGER)]

    assert [">Cancel</button>" in page for page in (*load, *undo)] == [False, True, False, True]


def test_rate_begins_anew_with_a_stage(tenant: Tenant, queued: Ingestion) -> None:
    now = timezone.now()
    working = {"claimed_at": now - timedelta(seconds=100), "heartbeat_at": now, "attempts": 1}
    _set(queued, state=State.COMMITTING, stage="Writing", rows_done=3_000, rows_total=9_000, **working)

    page = _page(tenant, queued, f"?since=1:{now.timestamp() - 10:.1f}:Reading")

    assert "3,000 of 9,000 rows </p>" in page


def test_run_whose_worker_stopped_says_so(tenant: Tenant, queued: Ingestion) -> None:
    runs.claim()
    _set(queued, heartbeat_at=timezone.now() - timedelta(seconds=40))
    silent = _page(tenant, queued)
    _set(queued, heartbeat_at=timezone.now() - timedelta(minutes=5))
    runs.sweep()

    waiting = _page(tenant, queued)

    assert "Nothing was heard of its worker for 40" in silent
    said = (
        "The worker that had this load stopped. It is read again from the stored file, try 2 of 3; nothing is written"
    )
    assert said in waiting


def test_run_given_up_is_resumed_from_its_file(tenant: Tenant, queued: Ingestion) -> None:
    _set(queued, state=State.FAILED, reason=LOST, attempts=3, finished_at=timezone.now())
    page, viewers = _page(tenant, queued), _page(tenant, queued, role=Role.VIEWER)

    signed_in(tenant).post(f"/ingestion/ingestion/{queued.pk}/resume/")
    tasks.answer()

    assert (">Resume</button>" in page, ">Resume</button>" in viewers) == (True, False)
    with scope(tenant.pk):
        queued.refresh_from_db()
        assert LogEntry.objects.filter(text__startswith="Resumed by clerk@acme.example").count() == 1
    assert (queued.state, queued.reason, counts(queued)["ACCOUNT"]) == (State.REVIEW, "", (2, 2, 0, 0, 0))


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.FAILED, "reason": "account.csv: The file is empty."},
        {"state": State.REVIEW, "reason": LOST},
        {"state": State.FAILED, "reason": LOST, "task": Task.REPAIR},
    ],
)
def test_run_that_did_not_lose_its_worker_is_not_resumed(
    tenant: Tenant, queued: Ingestion, fields: dict[str, Any]
) -> None:
    _set(queued, **fields)

    client = signed_in(tenant)
    answer = client.post(f"/ingestion/ingestion/{queued.pk}/resume/", follow=True)

    assert f"Ingestion {queued.pk} cannot be resumed" in answer.content.decode()
    with scope(tenant.pk):
        queued.refresh_from_db()
    assert queued.state == fields["state"]


def test_resume_is_a_post_of_a_clerk(tenant: Tenant, queued: Ingestion) -> None:
    _set(queued, state=State.FAILED, reason=LOST)
    address = f"/ingestion/ingestion/{queued.pk}/resume/"

    answers = [signed_in(tenant).get(address), signed_in(tenant, Role.VIEWER).post(address)]

    assert [answer.status_code for answer in answers] == [403, 403]
    with scope(tenant.pk):
        queued.refresh_from_db()
    assert queued.state == State.FAILED


def test_title_and_total_rows_are_shown_as_left_out(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    text = (
        "Open invoices\nAs of 2026-03-31\nerp_key,invoice_number,account_id,invoice_date,total_amount\n"
        "1,INV-1,C1,2026-03-01,100.00\n2,INV-2,C1,2026-03-02,200.00\nTotal,,,,300.00\n"
    )

    page = _page(tenant, load(invoice=text))

    assert "2 title rows above the header and 1 total row below the data were left out" in page
    assert "As of 2026-03-31" in page


def test_undone_load_says_what_became_of_it(tenant: Tenant, load: Load) -> None:
    ingestion = load(account=ACCOUNTS)
    with scope(tenant.pk):
        runs.request_undo(ingestion, None)
    tasks.answer()

    page = _page(tenant, ingestion)

    assert "Undone by the hub: 2 accounts removed." in page
    with scope(tenant.pk):
        assert not Account.objects.exists()

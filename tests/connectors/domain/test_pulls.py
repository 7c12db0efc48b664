"""What another system has comes in page by page, as one load; whoever goes on, goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from arhub.domain import api_keys, runs
from arhub.domain.jobs import Job
from arhub.models import Account, Run, Tenant, User
from arhub.tenancy.scope import scope
from connectors.base import Cursor, Page
from connectors.domain import pulls, spool
from connectors.models import Connection, ConnectionEntry, PulledPage, StreamCursor
from connectors.simulators.server import RunningSimulator
from ingestion.domain import runs as loads
from ingestion.models import Count, Ingestion
from ingestion.sage_network.ids import Kind, uuid_of
from tests.connectors.domain.conftest import rows_of
from tests.connectors.sample.connector import SampleConnector

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Work = Callable[[Run], Run]


def note_down(running: RunningSimulator, *names: str) -> None:
    rows = rows_of(running)
    for name in names:
        rows.append({"id": len(rows) + 1, "name": name, "reference": ""})


def start(connection: Connection, *, full: bool = False) -> Run:
    with scope(connection.tenant_id):
        return pulls.start(connection, full=full)


def names(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return list(Account.objects.order_by("erp_key").values_list("name", flat=True))


def spooled(connection: Connection) -> list[str]:
    """The names in storage that its pages were given."""
    with scope(connection.tenant_id):
        return [name for page in PulledPage.objects.all() for name in page.files.values()]


def cursor(connection: Connection) -> str:
    with scope(connection.tenant_id):
        return "".join(StreamCursor.objects.filter(connection=connection).values_list("value", flat=True))


@pytest.fixture
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice ends after its first page."""
    monkeypatch.setattr(Job, "left_seconds", property(lambda job: 0.0))


def test_pull_is_one_load_and_moves_the_cursor(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work
) -> None:
    note_down(running, *(f"Customer {number}" for number in range(1, 9)))

    run = work(start(connection))

    assert (run.state, run.counts) == (Run.State.SUCCEEDED, {"Accounts": 8})
    assert names(tenant) == [f"Customer {number}" for number in range(1, 9)]
    assert cursor(connection) == "8"
    with scope(tenant.pk):
        [load] = Ingestion.objects.all()
        count = Count.objects.get(ingestion=load)
        assert (load.origin, load.source, count.lines, count.inserted) == ("pull", connection.source, 8, 8)
        assert run.links == [{"label": f"Ingestion {load.pk}", "url": f"/ingestion/ingestion/{load.pk}/change/"}]
        assert PulledPage.objects.filter(ingestion=load.pk).count() == 3
    assert [name for name in spooled(connection) if default_storage.exists(name)] == []


def test_next_pull_brings_only_what_is_new(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work
) -> None:
    note_down(running, "One", "Two")
    work(start(connection))
    note_down(running, "Three")

    run = work(start(connection))
    nothing = work(start(connection))

    assert (run.counts, nothing.counts) == ({"Accounts": 1}, {})
    assert names(tenant) == ["One", "Two", "Three"]
    with scope(tenant.pk):
        assert list(nothing.log.values_list("text", flat=True)) == ["Nothing has changed there.", "Finished."]


def test_long_pull_goes_on_in_the_next_slice(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work, short_slices: None
) -> None:
    note_down(running, *(f"Customer {number}" for number in range(1, 9)))
    run = start(connection)
    requests = []

    while claimed := runs.claim():
        runs.work(*claimed)
        requests.append(running.simulator.counts["requests"])
    work(run)

    assert requests == [1, 2, 3]
    assert len(names(tenant)) == 8


def test_pull_whose_worker_was_killed_goes_on_after_the_last_page(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work, short_slices: None
) -> None:
    note_down(running, *(f"Customer {number}" for number in range(1, 9)))
    run = start(connection)
    runs.work(*runs.claim())  # type: ignore[misc]
    runs.claim()  # and its worker is gone

    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=5)):
        runs.sweep()
        run = work(run)

    assert run.state == Run.State.SUCCEEDED
    assert running.simulator.counts["requests"] == 3
    assert names(tenant) == [f"Customer {number}" for number in range(1, 9)]


def test_pull_that_is_disturbed_goes_on_later_and_says_why(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work
) -> None:
    note_down(running, "One")
    running.misbehave("status", status=503)
    run = work(start(connection))
    with scope(tenant.pk):
        reason, failing = run.reason, Connection.objects.get().is_failing

    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=5)):
        run = work(run)

    assert (reason, failing) == ("The notebook answered 503.", True)
    assert run.state == Run.State.SUCCEEDED
    with scope(tenant.pk):
        assert not Connection.objects.get().is_failing
    assert names(tenant) == ["One"]


def test_cursor_stays_when_the_load_fails(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work
) -> None:
    note_down(running, "One")
    with scope(tenant.pk):
        connection.source.rejects = "file"
        connection.source.save()
    rows_of(running)[0]["name"] = "x" * 300

    work(start(connection))

    assert cursor(connection) == ""
    assert names(tenant) == []
    with scope(tenant.pk):
        [load] = Ingestion.objects.all()
        told = ConnectionEntry.objects.get(level="error").text
        assert load.state == "failed"
        assert told == f"Ingestion {load.pk} of what was pulled failed; the next pull asks for it again."


def test_full_pull_marks_what_is_gone_there(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work
) -> None:
    note_down(running, *(f"Customer {number}" for number in range(1, 9)))
    work(start(connection))
    del rows_of(running)[7]

    run = work(start(connection, full=True))

    assert run.counts == {"Accounts": 7}
    with scope(tenant.pk):
        assert list(Account.objects.filter(missing_at__isnull=False).values_list("name", flat=True)) == ["Customer 8"]


def test_rewound_cursor_reads_again_and_says_who_did_it(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work
) -> None:
    note_down(running, "One", "Two")
    work(start(connection))
    with scope(tenant.pk):
        ana = User.objects.create(email="ana@acme.example")
        pulls.rewind(connection, "records", "1", ana)
        moved = StreamCursor.objects.get()
        told = ConnectionEntry.objects.order_by("-id")[0]

    run = work(start(connection))

    assert (moved.value, moved.moved_by) == ("1", ana)
    assert (told.text, told.user) == ("Cursor of records moved from 2 to 1.", ana)
    assert run.counts == {"Accounts": 1}


def test_pulls_of_a_connection_work_one_after_the_other(connection: Connection, running: RunningSimulator) -> None:
    start(connection)
    start(connection, full=True)

    claimed = [runs.claim(), runs.claim()]

    assert claimed[0] is not None
    assert claimed[1] is None


def test_pull_of_a_connection_that_is_off_fails_with_a_sentence(
    connection: Connection, running: RunningSimulator, work: Work
) -> None:
    with scope(connection.tenant_id):
        Connection.objects.update(is_enabled=False)

    run = work(start(connection))

    assert (run.state, run.reason) == (Run.State.FAILED, "Notebook is switched off.")


def test_retry_goes_on_with_the_pages_of_the_run_that_failed(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work, short_slices: None
) -> None:
    note_down(running, *(f"Customer {number}" for number in range(1, 9)))
    run = start(connection)
    runs.work(*runs.claim())  # type: ignore[misc]
    with scope(tenant.pk):
        runs.cancel(run)
        again = runs.retry(run)

    work(again)  # type: ignore[arg-type]

    assert running.simulator.counts["requests"] == 3
    assert len(names(tenant)) == 8


@pytest.fixture
def sync(tenant: Tenant, connection: Connection) -> Callable[..., dict[str, Any]]:
    """sync() asks the connection's enrollment to fetch by the Sage Network API; sync(id) asks what became of it."""
    with scope(tenant.pk):
        headers = {"HTTP_API_KEY": api_keys.make("Sync", ["read", "write"])[1]}
    enrollment = str(uuid_of(Kind.APP_ENROLLMENT, connection.source_id))

    def asked(id: str = "", **wishes: Any) -> dict[str, Any]:
        if id:
            return dict(Client().get(f"/api/v1/Sync/{id}?include=Details", **headers).json())
        body = {"appEnrollmentId": enrollment, **wishes}
        return dict(Client().post("/api/v1/Sync", body, content_type="application/json", **headers).json())

    return asked


def test_sync_of_an_enrollment_pulls_its_connection(
    running: RunningSimulator, tenant: Tenant, work: Work, sync: Callable[..., dict[str, Any]]
) -> None:
    note_down(running, "One", "Two")

    told = sync()
    with scope(tenant.pk):
        run = Run.objects.get()
    work(run)
    ended = sync(told["syncRequestId"])

    assert (told["statusCode"], told["runFullSync"]) == ("Ready", False)
    assert (ended["statusCode"], ended["details"]["Company"]["insertCount"]) == ("Success", 2)
    assert names(tenant) == ["One", "Two"]
    with scope(tenant.pk):
        assert Ingestion.objects.count() == 1


def test_full_sync_with_nothing_there_is_a_success(
    running: RunningSimulator, tenant: Tenant, work: Work, sync: Callable[..., dict[str, Any]]
) -> None:
    told = sync(runFullSync=True)
    with scope(tenant.pk):
        run = Run.objects.get()
    work(run)

    assert (run.kind, told["runFullSync"]) == ("full_pull", True)
    assert sync(told["syncRequestId"])["statusCode"] == "Success"


def test_sync_whose_pull_fails_says_why(
    running: RunningSimulator, tenant: Tenant, work: Work, sync: Callable[..., dict[str, Any]]
) -> None:
    told = sync()
    with scope(tenant.pk):
        run = Run.objects.get()
        Connection.objects.update(is_enabled=False)
    work(run)

    ended = sync(told["syncRequestId"])

    assert ended["statusCode"] == "Failed"
    assert ended["processResultMessage"] == "The pull ended: Notebook is switched off."


def test_sync_that_was_cancelled_lets_its_pull_fail(
    running: RunningSimulator, tenant: Tenant, work: Work, sync: Callable[..., dict[str, Any]]
) -> None:
    note_down(running, "One")
    told = sync()
    with scope(tenant.pk):
        loads.cancel(Ingestion.objects.get())
        run = Run.objects.get()

    run = work(run)

    assert (run.state, names(tenant)) == (Run.State.FAILED, [])
    assert run.reason.endswith("which waited for this, was cancelled.")
    assert sync(told["syncRequestId"])["statusCode"] == "Cancelled"


def failed_after_a_page(connection: Connection) -> Run:
    """A pull that stored its first page and was cancelled."""
    run = start(connection)
    runs.work(*runs.claim())  # type: ignore[misc]
    runs.work(*runs.claim())  # type: ignore[misc]
    with scope(connection.tenant_id):
        runs.cancel(run)
    return run


def retried(run: Run) -> Run:
    with scope(run.tenant_id):
        again = runs.retry(run)
    assert again is not None
    return again


def test_retry_begins_anew_when_some_pages_were_forgotten(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work, short_slices: None
) -> None:
    note_down(running, *(f"Customer {number}" for number in range(1, 9)))
    run = failed_after_a_page(connection)
    with scope(tenant.pk):
        PulledPage.objects.filter(number=1).update(pulled_at=timezone.now() - timezone.timedelta(days=8))
    pulls.forget_old()

    work(retried(run))

    assert names(tenant) == [f"Customer {number}" for number in range(1, 9)]


def test_retry_begins_anew_when_another_pull_came_between(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work, short_slices: None
) -> None:
    """What the older pages say is not true any more."""
    note_down(running, *(f"Customer {number}" for number in range(1, 9)))
    run = failed_after_a_page(connection)
    rows_of(running)[0]["name"] = "Renamed"
    work(start(connection))

    work(retried(run))

    assert names(tenant)[0] == "Renamed"


def test_files_of_a_pull_killed_after_it_was_handed_over_are_forgotten(
    connection: Connection, running: RunningSimulator, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_down(running, "One")
    with monkeypatch.context() as patch:
        patch.setattr(spool, "remove", lambda names: None)
        work(start(connection))
    [name] = spooled(connection)
    left = default_storage.exists(name)

    with time_machine.travel(timezone.now() + timezone.timedelta(days=8)):
        pulls.forget_old()

    assert (left, default_storage.exists(name)) == (True, False)


def test_cursor_that_a_person_moved_during_a_pull_stays_where_it_was_put(
    connection: Connection, running: RunningSimulator, tenant: Tenant, work: Work, short_slices: None
) -> None:
    note_down(running, *(f"Customer {number}" for number in range(1, 9)))
    run = start(connection)
    runs.work(*runs.claim())  # type: ignore[misc]
    with scope(tenant.pk):
        pulls.rewind(connection, "records", "2", User.objects.create(email="ana@acme.example"))

    work(run)
    during = cursor(connection)
    work(start(connection))

    assert (during, cursor(connection)) == ("2", "8")


def test_pull_that_is_cancelled_says_nothing_against_its_connection(
    connection: Connection, running: RunningSimulator, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    note_down(running, "One")
    run, read = start(connection), SampleConnector.pull

    def pull_cancelled(self: SampleConnector, since: Cursor) -> Iterator[Page]:
        with scope(tenant.pk):
            runs.cancel(run)
        yield from read(self, since)

    monkeypatch.setattr(SampleConnector, "pull", pull_cancelled)
    runs.work(*runs.claim())  # type: ignore[misc]

    with scope(tenant.pk):
        assert not Connection.objects.get().is_failing

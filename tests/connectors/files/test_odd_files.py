"""Files that nobody can keep, or that have no end, hold up no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from django.db import IntegrityError

from arhub.models import Run, Tenant
from arhub.network.errors import PermanentError
from arhub.tenancy.scope import scope
from connectors.domain import fetching
from connectors.gateways.base import Listed
from connectors.models import Inbox, InboxFile
from ingestion.domain import making
from tests.connectors.files.careless import CarelessGateway

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

State = InboxFile.State
Work = Callable[[Run], Run]
CUSTOMERS = b"Customer Number,Customer Name\nC-1,Customer\n"


@pytest.fixture
def drops(place: Path) -> Path:
    found = place / "in"
    found.mkdir()
    (found / "z.csv").write_bytes(CUSTOMERS)
    return found


def fetch(tenant: Tenant, inbox: Inbox, work: Work) -> Run:
    with scope(tenant.pk):
        Inbox.objects.filter(pk=inbox.pk).update(pattern="*")
        run = fetching.start(inbox)
    return work(run)


def seen(tenant: Tenant) -> list[tuple[str, str]]:
    with scope(tenant.pk):
        return list(InboxFile.objects.order_by("name").values_list("name", "state"))


@pytest.mark.parametrize("content", [b"", CUSTOMERS])
@pytest.mark.parametrize("name", ["()", "…", "!!!", "%2e%2e", "'"])
def test_name_of_signs_alone_is_taken(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work, name: str, content: bytes
) -> None:
    (drops / name).write_bytes(content)

    run = fetch(tenant, inbox, work)

    assert run.state == Run.State.SUCCEEDED, run.error
    assert seen(tenant) == sorted([(name, State.TAKEN if content else State.ASIDE), ("z.csv", State.TAKEN)])


@pytest.mark.parametrize("name", ["a" * 600 + ".csv", "a\0.csv", "a\ud800.csv"])
def test_name_that_cannot_be_kept_is_left_there(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = CarelessGateway.list

    def also(self: Any, folder: str) -> Iterator[Listed]:
        yield Listed(name, folder, 5, version="1")
        yield Listed("a.csv", folder, 1 << 70, version="1")
        yield from lists(self, folder)

    monkeypatch.setattr(CarelessGateway, "list", also)

    run = fetch(tenant, inbox, work)

    assert run.state == Run.State.SUCCEEDED, run.error
    assert seen(tenant) == [("z.csv", State.TAKEN)]
    with scope(tenant.pk):
        texts = list(run.log.values_list("text", flat=True))
    assert "2 files have names or sizes that nobody can keep, and were left there." in texts


def test_bytes_that_are_no_utf_8_in_a_local_name(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    (drops / b"caf\xe9.csv".decode("utf-8", "surrogateescape")).write_bytes(CUSTOMERS)

    run = fetch(tenant, inbox, work)

    assert run.state == Run.State.SUCCEEDED, run.error
    assert seen(tenant) == [("z.csv", State.TAKEN)]


def test_file_that_is_refused_for_good_is_set_aside(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drops / "a.csv").write_bytes(CUSTOMERS)
    fetches = CarelessGateway.fetch

    def refuses(self: Any, listed: Listed, into: BinaryIO) -> None:
        if listed.name == "a.csv":
            raise PermanentError("Expected at most 50 bytes.")
        fetches(self, listed, into)

    monkeypatch.setattr(CarelessGateway, "fetch", refuses)

    runs = [fetch(tenant, inbox, work) for _ in range(2)]

    assert [run.counts for run in runs] == [{"Set aside": 1, "Taken in": 1}, {}]
    with scope(tenant.pk):
        assert InboxFile.objects.get(name="a.csv").text == "Expected at most 50 bytes."


def test_file_that_could_not_be_stored_does_not_count_as_one_that_came_before(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any, **named: Any) -> None:
        raise IntegrityError("something else stands in the way")

    with monkeypatch.context() as patched:
        patched.setattr(making, "create", fails)
        with pytest.raises(IntegrityError):
            fetch(tenant, inbox, work)
    fetch(tenant, inbox, work)

    assert seen(tenant) == [("z.csv", State.TAKEN)]


def test_file_without_end_is_given_up(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.MOST_BODY_BYTES = 1 << 20
    (drops / "a.csv").write_bytes(b"x")
    (drops / "b.csv").write_bytes(b"x" * ((1 << 20) + 1))
    fetches, written = CarelessGateway.fetch, []

    def endless(self: Any, listed: Listed, into: BinaryIO) -> None:
        if listed.name != "a.csv":
            return fetches(self, listed, into)
        for _ in range(100):
            into.write(b"x" * (1 << 16))
            written.append(1 << 16)
        return None

    monkeypatch.setattr(CarelessGateway, "fetch", endless)

    run = fetch(tenant, inbox, work)

    assert run.counts == {"Set aside": 2, "Taken in": 1}
    assert sum(written) == 1 << 20
    with scope(tenant.pk):
        texts = set(InboxFile.objects.filter(state=State.ASIDE).values_list("text", flat=True))
    assert texts == {"Expected a file of at most 1 MB, found a larger one."}

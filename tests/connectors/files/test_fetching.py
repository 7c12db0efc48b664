"""Files of an inbox are taken in once each, whole, in order."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from arhub.domain.tenants import create_tenant
from arhub.models import Account, Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import fetching
from connectors.models import Inbox, InboxFile
from ingestion.domain.profiles import layout_of
from ingestion.domain.recipe import Recipe
from ingestion.models import Ingestion, MappingProfile

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

State = InboxFile.State
Work = Callable[[Run], Run]


@pytest.fixture
def drops(place: Path) -> Path:
    found = place / "in"
    found.mkdir()
    return found


def customers(*numbers: int) -> bytes:
    return b"Customer Number,Customer Name\n" + b"".join(b"C-%d,Customer %d\n" % (one, one) for one in numbers)


def fetch(tenant: Tenant, inbox: Inbox, work: Work) -> Run:
    with scope(tenant.pk):
        run = fetching.start(inbox)
    return work(run)


def seen(tenant: Tenant) -> list[tuple[str, str]]:
    with scope(tenant.pk):
        return list(InboxFile.objects.order_by("id").values_list("name", "state"))


def accounts(tenant: Tenant) -> set[str]:
    with scope(tenant.pk):
        return set(Account.objects.values_list("number", flat=True))


def test_files_become_loads_and_are_taken_once(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    (drops / "b.csv").write_bytes(customers(2))
    (drops / "a.csv").write_bytes(customers(1))
    (drops / "notes.txt").write_bytes(b"not asked for")

    runs = [fetch(tenant, inbox, work) for _ in range(2)]

    assert [run.state for run in runs] == [Run.State.SUCCEEDED] * 2
    assert [run.counts for run in runs] == [{"Taken in": 2}, {}]
    assert seen(tenant) == [("a.csv", State.TAKEN), ("b.csv", State.TAKEN)]
    assert accounts(tenant) == {"C-1", "C-2"}
    with scope(tenant.pk):
        loads = list(Ingestion.objects.order_by("id").values_list("origin", "state", "source__name"))
    assert loads == [("fetch", "committed", "Drops")] * 2
    assert sorted(path.name for path in drops.iterdir()) == ["a.csv", "b.csv", "notes.txt"]


def test_same_file_again_is_no_second_load(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    (drops / "a.csv").write_bytes(customers(1))
    fetch(tenant, inbox, work)
    (drops / "a.csv").write_bytes(customers(1))  # brought once more, at another time
    os.utime(drops / "a.csv", (1, 1))

    run = fetch(tenant, inbox, work)

    assert run.counts == {"Came before": 1}
    assert seen(tenant) == [("a.csv", State.TAKEN), ("a.csv", State.REPEATED)]


def test_other_content_under_the_same_name_is_taken(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    (drops / "a.csv").write_bytes(customers(1))
    fetch(tenant, inbox, work)
    (drops / "a.csv").write_bytes(customers(1, 2))

    fetch(tenant, inbox, work)

    assert seen(tenant) == [("a.csv", State.TAKEN)] * 2
    assert accounts(tenant) == {"C-1", "C-2"}


def test_file_that_grows_is_waited_for(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    (drops / "a.csv").write_bytes(customers(1))
    with scope(tenant.pk):
        Inbox.objects.update(settle_seconds=3_600)
    monkeypatch.setattr(fetching, "MOST_ROUNDS", 1)
    first = fetch(tenant, inbox, work)
    (drops / "a.csv").write_bytes(customers(1, 2))
    with scope(tenant.pk):
        Inbox.objects.update(settle_seconds=0)
    second = fetch(tenant, inbox, work)

    assert (first.counts, second.counts) == ({}, {"Taken in": 1})
    assert accounts(tenant) == {"C-1", "C-2"}


def test_unfinished_names_are_left_alone(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    with scope(tenant.pk):
        Inbox.objects.update(pattern="*")
    for name in ("a.csv.part", "b.csv.TMP", ".hidden.csv", "~$c.csv"):
        (drops / name).write_bytes(customers(1))

    assert fetch(tenant, inbox, work).counts == {}


def test_taken_files_are_moved_when_asked(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    with scope(tenant.pk):
        Inbox.objects.update(afterwards=Inbox.Afterwards.MOVE, move_to="done")
    (drops / "a.csv").write_bytes(customers(1))
    fetch(tenant, inbox, work)
    (drops / "a.csv").write_bytes(customers(1, 2))

    fetch(tenant, inbox, work)

    assert sorted(str(path.relative_to(drops)) for path in drops.rglob("*.csv")) == ["done/a (1).csv", "done/a.csv"]


def test_move_that_failed_is_made_up_for(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    """The load was made and stored; whoever fetches next moves the file, and takes it no second time."""
    (drops / "a.csv").write_bytes(customers(1))
    fetch(tenant, inbox, work)
    with scope(tenant.pk):
        Inbox.objects.update(afterwards=Inbox.Afterwards.MOVE, move_to="done")

    run = fetch(tenant, inbox, work)

    assert run.counts == {}
    assert [path.name for path in (drops / "done").iterdir()] == ["a.csv"]


def test_empty_and_unreadable_files_are_set_aside_with_the_reason(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work
) -> None:
    with scope(tenant.pk):
        Inbox.objects.update(pattern="*.csv *.zip")
    (drops / "empty.csv").write_bytes(b"")
    with zipfile.ZipFile(drops / "two.zip", "w") as archive:
        archive.writestr("a.csv", customers(1))
        archive.writestr("b.csv", customers(2))
    content = (drops / "two.zip").read_bytes()

    run = fetch(tenant, inbox, work)

    assert run.counts == {"Set aside": 2}
    with scope(tenant.pk):
        rows = {row.name: row for row in InboxFile.objects.all()}
        kept = rows["two.zip"].content.read()
    assert rows["empty.csv"].text == "It is empty."
    assert "holds 2 files" in rows["two.zip"].text
    assert kept == content


def test_oldest_come_first_when_asked(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    with scope(tenant.pk):
        Inbox.objects.update(order=Inbox.Order.OLDEST)
    for name, at in (("a.csv", 300), ("b.csv", 100), ("c.csv", 200)):
        (drops / name).write_bytes(customers(at))
        os.utime(drops / name, (at, at))

    fetch(tenant, inbox, work)

    with scope(tenant.pk):
        order = InboxFile.objects.order_by("ingestion").values_list("name", flat=True)
        assert list(order) == ["b.csv", "c.csv", "a.csv"]


def test_folder_that_is_missing_fails_the_run_with_a_sentence(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work
) -> None:
    shutil.rmtree(drops)

    run = fetch(tenant, inbox, work)

    assert run.state == Run.State.FAILED
    assert run.reason == "There is no in on the hub's machine."
    with scope(tenant.pk):
        assert Inbox.objects.get().connection.is_failing


def test_another_company_sees_nothing_of_it(tenant: Tenant, inbox: Inbox, drops: Path, work: Work) -> None:
    other = create_tenant("other", name="Other", currency="EUR")
    (drops / "a.csv").write_bytes(customers(1))
    fetch(tenant, inbox, work)

    with scope(other.pk):
        assert (InboxFile.objects.count(), Inbox.objects.count(), Account.objects.count()) == (0, 0, 0)


def test_files_are_read_by_the_profile_that_the_inbox_names(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work
) -> None:
    """Two profiles know the layout; the newer one would be taken otherwise."""
    header = ["Nr", "Navn"]
    with scope(tenant.pk):
        wanted, _newer = (
            MappingProfile.objects.create(
                source=inbox.source, record_type="account", name=name, layout=layout_of(header),
                fingerprint={"header": header}, recipe=Recipe(columns=columns).to_store(),
            )
            for name, columns in (
                ("ours", {"Nr": "account_id", "Navn": "account_name"}),
                ("theirs", {"Nr": "account_name", "Navn": "account_id"}),
            )
        )  # fmt: skip
        Inbox.objects.update(profile=wanted)
    (drops / "kunder.csv").write_bytes(b"Nr,Navn\nC-1,Kunde 1\n")

    fetch(tenant, inbox, work)

    with scope(tenant.pk):
        assert [(one.number, one.name) for one in Account.objects.all()] == [("C-1", "Kunde 1")]


def test_layout_that_nobody_knows_waits_for_mapping_where_a_person_looks(
    tenant: Tenant, inbox: Inbox, drops: Path, work: Work
) -> None:
    header = ["Nr", "Navn"]
    with scope(tenant.pk):
        profile = MappingProfile.objects.create(
            source=inbox.source, record_type="account", name="ours", layout=layout_of(header),
            fingerprint={"header": header},
            recipe=Recipe(columns={"Nr": "account_id", "Navn": "account_name"}).to_store(),
        )  # fmt: skip
        Inbox.objects.update(profile=profile, review=True)
    (drops / "kunder.csv").write_bytes(b"Kunde,Tekst\nC-1,Kunde 1\n")

    fetch(tenant, inbox, work)

    with scope(tenant.pk):
        assert Ingestion.objects.get().state == "mapping"
        assert Account.objects.count() == 0

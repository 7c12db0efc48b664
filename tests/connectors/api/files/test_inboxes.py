"""Inboxes by the API: made, changed, fetched for, deleted; the files that came, and taking one again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from arhub.models import Account, Run, Schedule, Source, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections, fetching, inboxes
from connectors.models import Connection, ConnectionEntry, Inbox, InboxFile, NetworkAddress
from ingestion import tasks as loads
from ingestion.models import MappingProfile
from tests.arhub.api.routes import ROOT
from tests.connectors.api.files.conftest import Other, queries_of, told

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

LIST = f"{ROOT}inboxes/"
JSON = "application/json"
CUSTOMERS = b"Customer Number,Customer Name\nC-1,Customer 1\n"
Work = Callable[[Run], Run]


@pytest.fixture
def source(inbox: Inbox) -> Source:
    return inbox.source


@pytest.fixture
def profile(tenant: Tenant, source: Source) -> MappingProfile:
    """It reads accounts of the inbox's own source."""
    with scope(tenant.pk):
        return MappingProfile.objects.create(source=source, record_type="account", name="Drops of accounts")


@pytest.fixture
def aside(tenant: Tenant, inbox: Inbox, place: Path, work: Work) -> InboxFile:
    """A file that was set aside, since it is empty."""
    (place / "in").mkdir()
    (place / "in/a.csv").write_bytes(b"")
    with scope(tenant.pk):
        run = fetching.start(inbox)
    work(run)
    with scope(tenant.pk):
        return InboxFile.objects.get(state=InboxFile.State.ASIDE)


def given(connection: Connection, source: Source, **fields: Any) -> dict[str, Any]:
    return {"name": "Invoices", "connection": connection.pk, "source": source.pk, "record_type": "invoice", **fields}


def make(api: Client, asked: dict[str, Any]) -> Any:
    return api.post(LIST, asked, content_type=JSON)


def change(api: Client, inbox: Inbox, **asked: Any) -> Any:
    return api.patch(f"{LIST}{inbox.pk}/", asked, content_type=JSON)


def stored(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return list(Inbox.objects.order_by("pk").values_list("name", flat=True))


class TestSettings:
    def test_inbox_is_made_and_read(self, tenant: Tenant, api: Client, connection: Connection, source: Source) -> None:
        answer = make(api, given(connection, source, folder="out/here", pattern="*.xml", review=True))

        made = answer.json()
        assert (answer.status_code, api.get(answer.headers["Location"]).json()) == (201, made)
        assert {name: made[name] for name in made if name != "id"} == {
            "name": "Invoices", "connection": connection.pk, "source": source.pk, "record_type": "invoice",
            "folder": "out/here", "pattern": "*.xml", "order": "name", "settle_seconds": 10, "contents": "records",
            "profile": None, "review": True, "afterwards": "remember", "move_to": "processed", "is_enabled": True,
            "looked_at": None, "addresses": [],
        }  # fmt: skip
        with scope(tenant.pk):
            assert ConnectionEntry.objects.latest("id").text == "Inbox Invoices added."

    def test_inbox_is_changed_field_by_field(
        self, tenant: Tenant, api: Client, inbox: Inbox, profile: MappingProfile
    ) -> None:
        changed = change(api, inbox, name="Debtors", profile=profile.pk, afterwards="move", move_to="done").json()
        off = change(api, inbox, is_enabled=False).json()
        back = change(api, inbox, profile=None, is_enabled=True).json()

        assert (changed["name"], changed["profile"], changed["move_to"]) == ("Debtors", profile.pk, "done")
        assert (changed["folder"], changed["is_enabled"]) == ("in", True)
        assert (off["name"], off["is_enabled"]) == ("Debtors", False)
        assert (back["profile"], back["is_enabled"]) == (None, True)
        with scope(tenant.pk):
            said = list(ConnectionEntry.objects.order_by("-id").values_list("text", flat=True)[:4])
        assert said == ["Inbox Debtors switched on.", "Inbox Debtors changed.", "Inbox Debtors switched off.",
                        "Inbox Debtors changed."]  # fmt: skip

    @pytest.mark.parametrize(
        ("asked", "fields"),
        [
            ({"name": ""}, {"name": ["This field may not be blank."]}),
            ({"name": "Customers"}, {"name": ["Another inbox is called so."]}),
            ({"connection": 4711},
             {"connection": ["There is no such connection that can list files or receive them."]}),
            ({"source": 4711, "profile": 4711}, {"source": ["There is no such source that takes files."],
                                                 "profile": ["There is no such mapping profile."]}),
            ({"record_type": ""}, {"record_type": ["Say what the files hold, such as invoices."]}),
            ({"record_type": "cake"}, {"record_type": ["“cake” is not a valid choice."]}),
            ({"afterwards": "move", "move_to": " / "},
             {"move_to": ["Name the folder into which files go that were taken."]}),
            ({"settle_seconds": -1}, {"settle_seconds": ["Ensure this value is greater than or equal to 0."]}),
        ],
    )  # fmt: skip
    def test_what_makes_no_inbox_is_told_by_field(
        self, tenant: Tenant, api: Client, connection: Connection, inbox: Inbox, asked: dict[str, Any],
        fields: dict[str, list[str]],
    ) -> None:  # fmt: skip
        with scope(tenant.pk):
            second = Inbox.objects.create(
                name="Second", connection=connection, source=inbox.source, record_type="invoice"
            )

        answers = [make(api, given(connection, inbox.source) | asked), change(api, second, **asked)]

        wanted = {name: [text.replace("“", '"').replace("”", '"') for text in texts] for name, texts in fields.items()}
        assert [told(answer) for answer in answers] == [(400, wanted)] * 2
        assert stored(tenant) == ["Customers", "Second"]

    def test_profile_reads_what_comes(
        self, tenant: Tenant, api: Client, connection: Connection, source: Source, profile: MappingProfile
    ) -> None:
        with scope(tenant.pk):
            second = Source.objects.create(name="Second", ledger=source.ledger)

        others = make(api, given(connection, second, record_type="account", profile=profile.pk))
        wrong = make(api, given(connection, source, profile=profile.pk))

        assert told(others) == (400, {"profile": ["This profile belongs to the source Drops."]})
        assert told(wrong) == (400, {"profile": ["This profile reads accounts."]})

    def test_connection_that_holds_no_files_is_refused(self, tenant: Tenant, api: Client, source: Source) -> None:
        with scope(tenant.pk):
            books = Connection.objects.create(kind="dinero", name="Books")
            pulled = Source.objects.create(name="Pulled", ledger=source.ledger, kind=Source.Kind.CONNECTION)

        answer = make(api, given(books, pulled))

        assert told(answer) == (400, {
            "connection": ["There is no such connection that can list files or receive them."],
            "source": ["There is no such source that takes files."],
        })  # fmt: skip

    def test_inbox_is_deleted_with_its_schedules(
        self, tenant: Tenant, api: Client, inbox: Inbox, aside: InboxFile
    ) -> None:
        with scope(tenant.pk):
            Schedule.objects.create(name="Nightly", kind="fetch", subject_id=inbox.pk)

        assert api.delete(f"{LIST}{inbox.pk}/").status_code == 204
        with scope(tenant.pk):
            assert (Inbox.objects.count(), InboxFile.objects.count(), Schedule.objects.count()) == (0, 0, 0)

    def test_inbox_that_is_fetched_for_is_not_deleted(self, tenant: Tenant, api: Client, inbox: Inbox) -> None:
        with scope(tenant.pk):
            fetching.start(inbox)

        answer = api.delete(f"{LIST}{inbox.pk}/")

        assert (answer.status_code, answer.json()["message"]) == (409, "A fetch of it is at work: cancel that first.")
        assert stored(tenant) == ["Customers"]


class TestLists:
    def test_inboxes_are_narrowed(self, tenant: Tenant, api: Client, connection: Connection, inbox: Inbox) -> None:
        with scope(tenant.pk):
            second = Source.objects.create(name="Second", ledger=inbox.source.ledger)
            off = Inbox.objects.create(name="Off", connection=connection, source=second, record_type="invoice")
            inboxes.switch(off, on=False, user=None)
        queries = {
            "": 2, f"connection={connection.pk}": 2, "connection=4711": 0, f"source={second.pk}": 1, "enabled=true": 1,
            "search=cust": 1, "search=ustomers": 0,
        }  # fmt: skip

        assert {query: len(api.get(f"{LIST}?{query}").json()["results"]) for query in queries} == queries
        ordered = api.get(f"{LIST}?ordering=name").json()["results"]
        assert [row["name"] for row in ordered] == ["Customers", "Off"]

    def test_files_are_narrowed(self, tenant: Tenant, api: Client, inbox: Inbox, aside: InboxFile) -> None:
        with scope(tenant.pk):
            old = timezone.now() - timedelta(days=2)
            InboxFile.objects.create(inbox=inbox, name="b.csv", state="taken", ingestion=7, seen_at=old)
        yesterday = f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
        queries = {
            "": ["b.csv", "a.csv"], "state=aside": ["a.csv"], "state=gone": [], "name=a": ["a.csv"], "name=.csv": [],
            f"seen_since={yesterday}": ["a.csv"], "ordering=id": ["a.csv", "b.csv"],
        }  # fmt: skip

        files = f"{LIST}{inbox.pk}/files/"
        found = {query: api.get(f"{files}?{query}").json()["results"] for query in queries}

        assert {query: [row["name"] for row in rows] for query, rows in found.items()} == queries
        (row,) = found["state=aside"]
        assert (row["text"], row["folder"], row["size"], row["ingestion"]) == ("It is empty.", "in", 0, None)

    def test_lists_take_the_same_queries_for_one_and_three(
        self, tenant: Tenant, api: Client, connection: Connection, inbox: Inbox
    ) -> None:
        addresses = [LIST, f"{LIST}{inbox.pk}/files/"]

        def more(number: int) -> None:
            with scope(tenant.pk):
                InboxFile.objects.create(inbox=inbox, name=f"{number}.csv")
                NetworkAddress.objects.create(scheme="9930", identifier=f"DE{number}", inbox=inbox)

        more(1)
        one = queries_of(api, addresses)
        for number in (2, 3):
            more(number)
            with scope(tenant.pk):
                Inbox.objects.create(name=f"{number}", connection=connection, source=inbox.source)

        assert queries_of(api, addresses) == one
        rows = [api.get(address).json()["results"] for address in addresses]
        assert [len(found) for found in rows] == [3, 3]
        assert rows[0][0]["addresses"] == ["9930:DE1", "9930:DE2", "9930:DE3"]


class TestFetching:
    def test_fetch_takes_in_what_lies_there(
        self, tenant: Tenant, api: Client, inbox: Inbox, place: Path, work: Work
    ) -> None:
        (place / "in").mkdir()
        (place / "in/a.csv").write_bytes(CUSTOMERS)

        answer = api.post(f"{LIST}{inbox.pk}/fetch/", content_type=JSON)
        with scope(tenant.pk):
            queued = Run.objects.get(pk=answer.json()["id"])
        work(queued)

        (file,) = api.get(f"{LIST}{inbox.pk}/files/").json()["results"]
        run = api.get(answer.headers["Location"]).json()
        assert (answer.status_code, run["kind"], run["state"]) == (202, "fetch", "succeeded")
        assert (file["name"], file["state"], file["size"]) == ("a.csv", "taken", len(CUSTOMERS))
        assert api.get(f"{ROOT}ingestions/{file['ingestion']}/").json()["state"] == "committed"

    def test_nothing_is_fetched_through_what_is_switched_off(
        self, tenant: Tenant, api: Client, connection: Connection, inbox: Inbox
    ) -> None:
        change(api, inbox, is_enabled=False)
        first = api.post(f"{LIST}{inbox.pk}/fetch/", content_type=JSON)
        change(api, inbox, is_enabled=True)
        with scope(tenant.pk):
            connections.switch(connection, on=False, user=None)
        second = api.post(f"{LIST}{inbox.pk}/fetch/", content_type=JSON)

        assert [(answer.status_code, answer.json()["message"]) for answer in (first, second)] == [
            (409, "Customers is switched off."), (409, "Share is switched off."),
        ]  # fmt: skip
        with scope(tenant.pk):
            assert Run.objects.count() == 0

    def test_nothing_is_fetched_where_partners_send(self, tenant: Tenant, api: Client, source: Source) -> None:
        with scope(tenant.pk):
            way = Connection.objects.create(kind="as2", name="Partner")
            inbox = Inbox.objects.create(name="Brought", connection=way, source=source, record_type="invoice")

        answer = api.post(f"{LIST}{inbox.pk}/fetch/", content_type=JSON)

        assert (answer.status_code, answer.json()["message"]) == (
            409, "Nothing is fetched through Partner: partners send to it."
        )  # fmt: skip

    def test_file_that_was_set_aside_is_taken_again(
        self, tenant: Tenant, api: Client, inbox: Inbox, aside: InboxFile
    ) -> None:
        with scope(tenant.pk), aside.content.storage.open(aside.content.name, "wb") as kept:
            kept.write(CUSTOMERS)

        answer = api.post(f"{LIST}{inbox.pk}/files/{aside.pk}/take-again/", content_type=JSON)
        again = api.post(f"{LIST}{inbox.pk}/files/{aside.pk}/take-again/", content_type=JSON)
        while loads.answer() != "nothing due":
            pass

        rows = api.get(f"{LIST}{inbox.pk}/files/").json()["results"]
        assert (answer.status_code, answer.json()["state"], answer.json()["name"]) == (202, "taken", "a.csv")
        assert [(row["state"], row["text"]) for row in rows] == [
            ("taken", "Taken in."), ("repeated", "Taken in again by a program."),
        ]  # fmt: skip
        assert (again.status_code, again.json()["message"]) == (
            409, "Only what was set aside is taken in again; this is repeated."
        )  # fmt: skip
        with scope(tenant.pk):
            assert list(Account.objects.values_list("number", flat=True)) == ["C-1"]

    def test_file_that_is_as_bad_as_before_stays_aside(
        self, tenant: Tenant, api: Client, inbox: Inbox, aside: InboxFile
    ) -> None:
        answer = api.post(f"{LIST}{inbox.pk}/files/{aside.pk}/take-again/", content_type=JSON)

        (row,) = api.get(f"{LIST}{inbox.pk}/files/").json()["results"]
        assert (answer.status_code, answer.json()["message"]) == (409, "It is set aside still: It is empty.")
        assert (row["id"], row["state"]) == (aside.pk, "aside")


class TestWhoMay:
    @pytest.mark.parametrize(
        ("role", "wanted"),
        [("viewer", (403, 403, 403, 403)), ("clerk", (403, 403, 403, 202)), ("manager", (201, 200, 204, 202))],
    )
    def test_managers_change_inboxes_and_clerks_fetch(
        self, tenant: Tenant, connection: Connection, inbox: Inbox, as_role: Callable[[str], Client], role: str,
        wanted: tuple[int, ...],
    ) -> None:  # fmt: skip
        client = as_role(role)
        with scope(tenant.pk):
            spare = Inbox.objects.create(name="Spare", connection=connection, source=inbox.source)

        answers = (
            make(client, given(connection, inbox.source)),
            change(client, inbox, folder="there"),
            client.delete(f"{LIST}{spare.pk}/"),
            client.post(f"{LIST}{inbox.pk}/fetch/", content_type=JSON),
        )

        assert tuple(answer.status_code for answer in answers) == wanted
        assert [client.get(address).status_code for address in (LIST, f"{LIST}{inbox.pk}/files/")] == [200, 200]

    @pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("clerk", 202)])
    def test_clerks_take_files_again(
        self, tenant: Tenant, inbox: Inbox, aside: InboxFile, as_role: Callable[[str], Client], role: str, status: int
    ) -> None:
        with scope(tenant.pk), aside.content.storage.open(aside.content.name, "wb") as kept:
            kept.write(CUSTOMERS)

        answer = as_role(role).post(f"{LIST}{inbox.pk}/files/{aside.pk}/take-again/", content_type=JSON)

        assert answer.status_code == status

    def test_inbox_of_another_tenant_is_nowhere(
        self, tenant: Tenant, api: Client, inbox: Inbox, aside: InboxFile, other: Other
    ) -> None:
        theirs, own = f"{LIST}{other.inbox.pk}/", f"{LIST}{inbox.pk}/"

        answers = [
            api.get(theirs), change(api, other.inbox, name="Mine"), api.delete(theirs), api.get(f"{theirs}files/"),
            api.post(f"{theirs}fetch/", content_type=JSON),
            *(api.post(f"{place}files/{pk}/take-again/", content_type=JSON)
              for place, pk in ((theirs, other.file.pk), (own, other.file.pk), (theirs, aside.pk))),
        ]  # fmt: skip

        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 8
        assert [row["name"] for row in api.get(LIST).json()["results"]] == ["Customers"]
        assert stored(other.tenant) == ["Hidden"]

    def test_records_of_another_tenant_make_no_inbox(
        self, tenant: Tenant, api: Client, connection: Connection, source: Source, other: Other
    ) -> None:
        with scope(other.tenant.pk):
            profile = MappingProfile.objects.create(source=other.inbox.source, record_type="invoice", name="Hidden")

        fields = {"connection": other.connection.pk, "source": other.inbox.source_id, "profile": profile.pk}
        answers = [make(api, given(connection, source) | {name: pk}) for name, pk in fields.items()]

        assert [(answer.status_code, list(answer.json()["fields"])) for answer in answers] == [
            (400, [name]) for name in fields
        ]

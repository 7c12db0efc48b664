"""Participants on the screens: listed, found, added, changed, looked up, imported, exported."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arhub.models import Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import participants
from connectors.models import Connection, Participant
from tests.arhub.admin.conftest import SignIn, World, text_of
from tests.connectors.admin.conftest import SENT

LIST = "/connectors/participant/"
IMPORT = f"{LIST}import/"
FORM = {"endpoint": "0184:DK12345674", "name": "Anna A/S", "country": "dk", "registration_number": "12 34 56 74",
        "vat_number": "", "route": "peppol", "connection": ""}  # fmt: skip


def add(tenant: Tenant, number: int = 1, name: str = "Anna", **given: Any) -> Participant:
    with scope(tenant.pk):
        return participants.add({"endpoint": f"9930:DE{number}", "name": f"{name} {number}", **given})


def stored(world: World) -> list[tuple[Any, ...]]:
    with scope(world.acting.tenant.pk):
        rows = Participant.objects.order_by("pk")
        return list(rows.values_list("scheme", "identifier", "name", "country", "registration_number", "route"))


def runs(world: World) -> list[tuple[str, Any]]:
    with scope(world.acting.tenant.pk):
        return list(Run.objects.filter(kind="look_up_participants").values_list("created_by__email", "memory"))


@pytest.fixture
def own(world: World) -> Participant:
    return add(world.acting.tenant)


@pytest.fixture
def hidden(world: World) -> Participant:
    return add(world.hidden.tenant, 1, "Stranger")


def rows_in(client: Client, query: str = "") -> list[str]:
    return [row.name for row in client.get(f"{LIST}{query}").context["cl"].result_list]


def sent(text: str, name: str = "list.csv") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, text.encode())}


def test_empty_list_explains_itself_and_leads_to_what_comes_first(client: Client, world: World) -> None:
    page = text_of(client.get(LIST))

    assert "The directory of participants says who takes documents electronically" in page
    assert "Import a list" in page and "Add participant" in page


def test_search_that_finds_nobody_says_so(client: Client, own: Participant) -> None:
    assert "Nothing matches" in text_of(client.get(f"{LIST}?q=zeta"))


def test_list_shows_how_each_is_reached(client: Client, world: World, own: Participant, hidden: Participant) -> None:
    with scope(world.acting.tenant.pk):
        way = Connection.objects.create(name="Access point", kind="folder")
        participants.change(own, {"country": "DE", "connection": way})
        Participant.objects.update(is_registered=True, looked_up_at=timezone.now(), look_up_text="It is there.")

    page = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text_of(client.get(LIST)).partition('id="result_list"')[2]))

    assert "Anna 1 9930:DE1 DE Peppol Registered just now Access point" in page
    assert "Stranger" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=anna", ["Anna 1"]), ("?q=9930:de", ["Anna 1", "Bo 2"]), ("?q=de2", ["Bo 2"]), ("?q=0815", ["Bo 2"]),
        ("?q=nna", []), ("?show=yes", ["Bo 2"]), ("?show=unknown", ["Anna 1"]), ("?show=no", []),
        ("?route__exact=vans", ["Bo 2"]), ("?country=DE", ["Bo 2"]),
    ],
)  # fmt: skip
def test_list_is_searched_and_filtered(
    client: Client, world: World, own: Participant, hidden: Participant, query: str, found: list[str]
) -> None:
    other = add(world.acting.tenant, 2, "Bo", route="vans", country="DE", registration_number="08-15")
    with scope(world.acting.tenant.pk):
        Participant.objects.filter(pk=other.pk).update(is_registered=True, looked_up_at=timezone.now())

    assert rows_in(client, query) == found


def test_list_takes_the_same_queries_for_one_and_three(client: Client, world: World, own: Participant) -> None:
    client.get(LIST)
    with CaptureQueriesContext(
        database,
    ) as one:
        client.get(LIST)
    with scope(world.acting.tenant.pk):
        way = Connection.objects.create(name="Access point", kind="folder")
    for number in (2, 3):
        add(world.acting.tenant, number, connection=way)
    with CaptureQueriesContext(database) as three:
        found = rows_in(client)

    assert len(three) == len(one)
    assert len(found) == 3


def test_participant_is_added_and_changed(client: Client, world: World) -> None:
    client.post(f"{LIST}add/", FORM)
    [before] = stored(world)
    with scope(world.acting.tenant.pk):
        pk = Participant.objects.get().pk
    client.post(f"{LIST}{pk}/change/", {**FORM, "endpoint": "0088:5790000435951", "route": "vans"})

    assert before == ("0184", "12345674", "Anna A/S", "DK", "12345674", "peppol")
    assert stored(world) == [("0088", "5790000435951", "Anna A/S", "DK", "12345674", "vans")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"endpoint": "0184:1"}, "Expected a CVR number of 8 digits"),
        ({"endpoint": ""}, "This field is required"),
        ({"name": ""}, "This field is required"),
        ({"country": "D1"}, "Expected a country of two letters"),
        ({"route": "pigeon"}, "Select a valid choice"),
        ({"endpoint": "9930:de1"}, "9930:DE1 is known already, reached by Peppol."),
        ({"connection": "4711"}, "Select a valid choice"),
    ],
)
def test_form_that_makes_no_participant_says_why(
    client: Client, world: World, own: Participant, given: dict[str, str], said: str
) -> None:
    page = text_of(client.post(f"{LIST}add/", {**FORM, **given}))

    assert said in page
    assert len(stored(world)) == 1


def test_connection_of_another_tenant_or_kind_is_no_way(client: Client, world: World) -> None:
    with scope(world.hidden.tenant.pk):
        others = Connection.objects.create(name="Hidden way", kind="folder")
    with scope(world.acting.tenant.pk):
        books = Connection.objects.create(name="Books", kind="dinero")

    for connection in (others, books):
        page = text_of(client.post(f"{LIST}add/", {**FORM, "connection": connection.pk}))
        assert "Select a valid choice" in page and "Hidden way" not in page

    assert stored(world) == []


def test_page_shows_what_the_directory_said(client: Client, world: World, own: Participant) -> None:
    with scope(world.acting.tenant.pk):
        Participant.objects.update(
            is_registered=False, looked_up_at=timezone.now(), look_up_text="It is <b>not</b> there.",
            document_types=["urn:invoice"],
        )  # fmt: skip

    page = text_of(client.get(f"{LIST}{own.pk}/change/"))

    assert "Not registered" in page and "It is &lt;b&gt;not&lt;/b&gt; there." in page and "urn:invoice" in page


def test_participant_is_deleted_after_a_question(client: Client, world: World, own: Participant) -> None:
    asked = text_of(client.get(f"{LIST}{own.pk}/delete/"))
    client.post(f"{LIST}{own.pk}/delete/", {"post": "yes"})

    assert "Are you sure" in asked
    assert stored(world) == []


def test_chosen_ones_are_deleted_after_a_question(client: Client, world: World, own: Participant) -> None:
    kept = add(world.acting.tenant, 2)
    chosen = {"action": "delete_selected", "_selected_action": [own.pk], "index": "0"}

    asked = text_of(client.post(LIST, chosen))
    client.post(LIST, {**chosen, "post": "yes"})

    assert "Are you sure" in asked
    assert [row[1] for row in stored(world)] == [kept.identifier]


def test_one_is_looked_up_by_a_run(client: Client, world: World, own: Participant) -> None:
    dialog = text_of(client.get(f"{LIST}{own.pk}/look-up-now/"))
    answer = client.post(f"{LIST}{own.pk}/look-up-now/", SENT)

    assert "It changes no route" in re.sub(r"\s+", " ", dialog)
    assert runs(world) == [(client.user.email, {"chosen": [own.pk]})]  # type: ignore[attr-defined]
    assert "/arhub/run/" in answer.headers["HX-Redirect"]


def test_one_without_a_directory_is_not_looked_up(client: Client, world: World) -> None:
    way = add(world.acting.tenant, route="vans")

    answer = client.post(f"{LIST}{way.pk}/look-up-now/", SENT)

    assert runs(world) == []
    assert "knows no directory of VANS" in text_of(client.get(answer.headers["HX-Redirect"]))


def test_all_are_looked_up_by_a_run(client: Client, world: World, own: Participant) -> None:
    client.post(f"{LIST}look-up-all/", SENT)

    assert [memory for _, memory in runs(world)] == [{}]


def test_chosen_ones_are_looked_up_after_a_question(
    client: Client, world: World, own: Participant, hidden: Participant
) -> None:
    by_vans = add(world.acting.tenant, 2, route="vans")
    ticked = [own.pk, by_vans.pk, hidden.pk]

    asked = text_of(client.post(LIST, {"action": "look_up_selected", "_selected_action": ticked, "index": "0"}))
    before = runs(world)
    client.post(f"{LIST}look-up-chosen/", {"ids": f"{own.pk},{hidden.pk}"})

    assert "Look up 1 participant" in asked and "1 of those you chose is reached by a network" in asked
    assert before == []
    assert [memory for _, memory in runs(world)] == [{"chosen": [own.pk]}]


@pytest.mark.parametrize("ids", ["", "x", "1,x", "-1"])
def test_look_up_of_nothing_known_is_refused(client: Client, world: World, own: Participant, ids: str) -> None:
    assert client.post(f"{LIST}look-up-chosen/", {"ids": ids}).status_code == 400
    assert runs(world) == []


def test_look_up_of_anothers_alone_does_nothing(client: Client, world: World, hidden: Participant) -> None:
    client.post(f"{LIST}look-up-chosen/", {"ids": str(hidden.pk)})

    assert runs(world) == []


def packed(page: str) -> dict[str, str]:
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("packed", "digest")}  # type: ignore[index]


def test_import_shows_what_it_would_do_before_it_does(client: Client, world: World, own: Participant) -> None:
    text = "endpoint,name,country,shoe\n9930:DE1,Anna Holding,,1\n9930:DE2,<b>Bo</b>,DE,2\n0184:1,Carl,DK,3\n"

    page = text_of(client.post(IMPORT, sent(text)))
    before = stored(world)
    answer = client.post(IMPORT, packed(page))

    assert "Import 2 participants" in page and "nobody knows these columns: shoe" in page
    assert "<td>Anna 1</td><td>Anna Holding</td>" in page and "&lt;b&gt;Bo&lt;/b&gt;" in page
    assert "Expected a CVR number of 8 digits with the right check digit after 0184, found “1”." in page
    assert [row[2] for row in before] == ["Anna 1"]
    assert answer.url == LIST
    assert "1 added, 1 changed." in text_of(client.get(LIST))
    assert [row[2] for row in stored(world)] == ["Anna Holding", "<b>Bo</b>"]


def test_import_of_what_is_known_writes_nothing(client: Client, world: World, own: Participant) -> None:
    exported = b"".join(client.post(f"{LIST}export/", {"format": "0", "resource": "0"}).streaming_content)

    page = text_of(client.post(IMPORT, sent(exported.decode())))

    assert "Nothing differs from what is stored." in page and 'type="submit">Import' not in page


def test_import_after_a_change_meanwhile_is_shown_anew(client: Client, world: World, own: Participant) -> None:
    page = text_of(client.post(IMPORT, sent("endpoint,name\n9930:DE1,Anna Holding\n")))
    with scope(world.acting.tenant.pk):
        participants.change(own, {"name": "Anna Group"})

    again = text_of(client.post(IMPORT, packed(page)))
    client.post(IMPORT, packed(again))

    assert "changed meanwhile, so nothing was imported" in again and "<td>Anna Group</td>" in again
    assert [row[2] for row in stored(world)] == ["Anna Holding"]


def test_what_the_page_carried_is_good_for_this_company_alone(client: Client, world: World, sign_in: SignIn) -> None:
    other = sign_in(world.hidden.tenant, role="manager")
    carried = packed(text_of(client.post(IMPORT, sent("endpoint,name\n9930:DE1,Anna\n"))))

    for who, given in ((other, carried), (client, {**carried, "packed": carried["packed"][:-1]})):
        assert "too old or was altered" in text_of(who.post(IMPORT, given))

    assert stored(world) == []


def test_five_thousand_rows_pass_through_the_page(client: Client, world: World) -> None:
    lines = "".join(f"9930:DE{n:09},Company number {n} GmbH & Co. KG,DE,HRB {n},DE{n:09},vans\n" for n in range(5_000))
    head = "endpoint,name,country,registration_number,vat_number,route\n"

    page = text_of(client.post(IMPORT, sent(head + lines)))
    client.post(IMPORT, packed(page))

    assert "Import 5,000 participants" in page and "And 4,800 more." in page
    assert len(stored(world)) == 5_000


def test_most_that_a_page_carries_comes_back_and_more_is_refused(client: Client, world: World) -> None:
    def lines(characters: int) -> str:
        told = (hashlib.sha512(str(n).encode()).hexdigest() * 2 for n in range(10_000))
        return "endpoint,name\n" + "".join(f"9930:DE{n},{name:.{characters}}\n" for n, name in enumerate(told))

    fitting = text_of(client.post(IMPORT, sent(lines(120))))
    client.post(IMPORT, packed(fitting))

    assert "Import 10,000 participants" in fitting
    assert len(stored(world)) == 10_000
    other = "".join(f"9931:DE{n},{secrets.token_urlsafe(180)}\n" for n in range(10_000))
    assert "more in the file than can be looked at once" in text_of(
        client.post(IMPORT, sent(f"endpoint,name\n{other}"))
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Choose a file: nothing was sent."),
        (sent("number,name\n1,a\n"), "list.csv: Expected a column endpoint"),
        (sent("PK", "list.xlsx"), "list.xlsx: "),
    ],
)
def test_file_that_cannot_be_imported_says_why(client: Client, world: World, data: dict[str, Any], said: str) -> None:
    answer = client.post(IMPORT, data)

    assert (answer.status_code, said in text_of(answer)) == (400, True)


def test_export_has_own_participants_alone(client: Client, own: Participant, hidden: Participant) -> None:
    address = f"{LIST}export/?pk__in={own.pk},{hidden.pk}"

    text = b"".join(client.post(address, {"format": "0", "resource": "0"}).streaming_content).decode()

    assert text.splitlines()[1:] == ["9930:DE1,Anna 1,,,,peppol,"]


def test_search_finds_own_participants_by_beginnings(client: Client, own: Participant, hidden: Participant) -> None:
    found = text_of(client.get("/search/?extended=1&s=anna"))

    assert f"{LIST}{own.pk}/change/" in found and "Participant 9930:DE1" in found
    assert f"{LIST}{own.pk}/change/" in text_of(client.get("/search/?extended=1&s=9930:de"))
    assert "No results" in text_of(client.get("/search/?extended=1&s=stranger"))


@pytest.mark.parametrize("path", ["change/", "delete/", "look-up-now/"])
def test_participant_of_another_tenant_is_out_of_reach(
    client: Client, world: World, hidden: Participant, path: str
) -> None:
    shown = client.get(f"{LIST}{hidden.pk}/{path}")
    answer = client.post(f"{LIST}{hidden.pk}/{path}", {**FORM, **SENT, "post": "yes"})

    assert answer.status_code in (302, 404) and "Stranger" not in text_of(shown)
    with scope(world.hidden.tenant.pk):
        assert Participant.objects.get().name == "Stranger 1"
    assert runs(world) == []


@pytest.mark.parametrize("role", ["viewer", "clerk"])
def test_only_managers_change_participants(world: World, sign_in: SignIn, own: Participant, role: str) -> None:
    client = sign_in(world.acting.tenant, role=role)

    page = text_of(client.get(f"{LIST}{own.pk}/change/"))
    listed = text_of(client.get(LIST))

    assert "9930:DE1" in page and 'name="endpoint"' not in page
    assert "Anna 1" in listed and IMPORT not in listed and "look-up" not in listed and "delete_selected" not in listed
    assert client.get(f"{LIST}export/").status_code == 200
    for path in ("add/", f"{own.pk}/change/", f"{own.pk}/delete/", f"{own.pk}/look-up-now/", "look-up-all/",
                 "look-up-chosen/", "import/"):  # fmt: skip
        assert client.post(f"{LIST}{path}", {**FORM, **SENT, "ids": str(own.pk)}).status_code == 403, path
    client.post(LIST, {"action": "look_up_selected", "_selected_action": [own.pk], "index": "0"})
    assert (runs(world), len(stored(world))) == ([], 1)

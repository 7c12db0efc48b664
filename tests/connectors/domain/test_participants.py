"""The directory of participants: who is in it, how they are reached, and whom a party of ours is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from arhub.tenancy.scope import scope
from connectors.domain import participants, removal
from connectors.domain.endpoints import endpoint_of
from connectors.domain.matching import matches
from connectors.domain.participants import NoRoute, NotAParticipant
from connectors.models import Connection, Participant
from tests.conftest import Tenants

ANNA = {"endpoint": "0184:12345674", "name": "Anna  A/S ", "country": "dk", "registration_number": "12 34-56.74"}


@pytest.fixture
def acting(tenants: Tenants) -> Any:
    """Within the tenant that acts; another one knows the same endpoint."""
    with scope(tenants[1].pk):
        participants.add({**ANNA, "name": "Hidden A/S", "route": "vans"})
    with scope(tenants[0].pk):
        yield tenants[0]


def test_participant_is_stored_in_one_way_of_writing(acting: Any) -> None:
    made = participants.add({**ANNA, "vat_number": "dk 12345674"})

    made.refresh_from_db()
    assert (made.endpoint, made.name, made.country, made.registration_number, made.vat_number, made.route) == (
        "0184:12345674", "Anna A/S", "DK", "12345674", "DK12345674", "peppol",
    )  # fmt: skip
    assert made.registered == "Not looked up"


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        (
            {"endpoint": "0184:1"},
            "endpoint",
            "a CVR number of 8 digits with the right check digit after 0184, found “1”.",
        ),
        ({"name": "  "}, "name", "a name of 1 to 255 characters, found none."),
        ({"name": "x" * 256}, "name", "a name of 1 to 255 characters, found 256 characters."),
        ({"name": "a\x00b"}, "name", "a name of 1 to 255 characters, found characters that cannot be shown."),
        ({"country": "DNK"}, "country", "a country of two letters such as DK, found “DNK”."),
        ({"vat_number": "1" * 41}, "vat_number", f"a VAT number of at most 40 characters, found “{'1' * 20}…”."),
        ({"route": "pigeon"}, "route", "one of the routes peppol, nemhandel, vans, hub, found “pigeon”."),
    ],
)
def test_what_makes_no_participant_says_why(acting: Any, given: dict[str, str], field: str, said: str) -> None:
    with pytest.raises(NotAParticipant) as problem:
        participants.add({**ANNA, **given})

    assert (problem.value.field, str(problem.value)) == (field, f"Expected {said}")
    assert not Participant.objects.exists()


def test_endpoint_is_known_once_by_a_route(acting: Any) -> None:
    first = participants.add(ANNA)
    second = participants.add({**ANNA, "route": "vans"})

    for act in (participants.add, lambda given: participants.change(second, {"route": given.get("route", "peppol")})):
        with pytest.raises(NotAParticipant, match="0184:12345674 is known already, reached by Peppol"):
            act(ANNA)

    assert list(Participant.objects.order_by("pk").values_list("pk", "route")) == [
        (first.pk, "peppol"), (second.pk, "vans"),
    ]  # fmt: skip


def test_way_has_to_deliver_and_is_not_to_network_itself(acting: Any) -> None:
    folder = Connection.objects.create(name="Out", kind="folder")
    books = Connection.objects.create(name="Books", kind="dinero")
    choosing = Connection.objects.create(name="Network", kind="network")
    made = participants.add({**ANNA, "connection": folder})

    for connection in (books, choosing):
        with pytest.raises(NotAParticipant, match=f"Expected a connection that delivers files, found {connection}"):
            participants.change(made, {"connection": connection})
    with pytest.raises(NotAParticipant, match="is reached without a connection"):
        participants.change(made, {"route": "hub"})

    assert participants.ways() == [folder]
    assert removal.obstacle(folder).startswith(f"The participant {made} is reached through it")


def test_look_up_is_forgotten_under_another_endpoint_alone(acting: Any) -> None:
    made = participants.add(ANNA)
    Participant.objects.update(
        is_registered=True, looked_up_at=timezone.now(), look_up_text="Yes.", document_types=["a"]
    )

    made.refresh_from_db()
    assert participants.change(made, {"name": "Anna Holding"}).registered == "Registered"
    participants.change(made, {"endpoint": "0088:5790000435951"})

    made.refresh_from_db()
    assert (made.registered, made.looked_up_at, made.look_up_text, made.document_types) == (
        "Not looked up",
        None,
        "",
        [],
    )


def test_route_is_the_nearest_of_those_known(acting: Any) -> None:
    for route in ("vans", "peppol", "nemhandel"):
        participants.add({**ANNA, "route": route})

    assert participants.route_of("0184:DK12345674").route == "peppol"
    participants.add({**ANNA, "route": "hub"})
    assert participants.route_of("0184:12345674").route == "hub"
    assert [one.route for one in participants.find("0184", "12345674")] == ["hub", "peppol", "nemhandel", "vans"]


def test_who_is_not_registered_is_still_reached(acting: Any) -> None:
    participants.add(ANNA)
    Participant.objects.update(is_registered=False)

    assert participants.route_of("0184:12345674").name == "Anna A/S"


@pytest.mark.parametrize(
    ("receiver", "said"),
    [
        ("0184:12345674", "Nobody is known under 0184:12345674. Add them under Connections, Participants."),
        ("Anna", "The receiver cannot be reached. Expected an endpoint such as 0184:12345674, found “Anna”."),
    ],
)
def test_receiver_whom_nobody_knows_has_no_route(acting: Any, receiver: str, said: str) -> None:
    with pytest.raises(NoRoute) as problem:
        participants.route_of(receiver)

    assert str(problem.value) == said


def test_removed_participant_is_gone(acting: Any) -> None:
    participants.remove(participants.add(ANNA))

    assert participants.find("0184", "12345674") == []


@pytest.mark.parametrize(
    "term", ["anna", "ANNA A", "0184:", "0184:1234", "123", "1234-56", "dk12", "0184:dk"]
)  # fmt: skip
def test_beginning_of_a_name_or_id_is_found(acting: Any, term: str) -> None:
    participants.add({**ANNA, "vat_number": "DK12345674"})
    participants.add({"endpoint": "0088:5790000435951", "name": "Bo ApS"})

    found = [one.name for one in Participant.objects.filter(participants.begins(term))]

    assert found == ([] if term == "0184:dk" else ["Anna A/S"])


@pytest.mark.parametrize("term", ["nna", "2345", ".", "-", "Hidden"])
def test_middle_of_a_name_or_id_is_not_found(acting: Any, term: str) -> None:
    participants.add(ANNA)

    assert not Participant.objects.filter(participants.begins(term)).exists()


def test_party_is_matched_by_the_surest_first(acting: Any) -> None:
    by_name = participants.add({"endpoint": "9930:DE1", "name": "anna a/s"})
    by_vat = participants.add({"endpoint": "9930:DE2", "name": "B", "vat_number": "DK12345674"})
    by_number = participants.add({"endpoint": "9930:DE3", "name": "C", "registration_number": "12345674"})
    by_endpoint = participants.add({**ANNA, "vat_number": "DK12345674"})
    participants.add({"endpoint": "9930:DE4", "name": "Anna A/S Holding"})

    with CaptureQueriesContext(database) as queries:
        found = matches(
            endpoints=[endpoint_of("0184:12345674")], registration_number="12 34 56 74", vat_number="DK-12345674",
            name=" Anna A/S",
        )  # fmt: skip

    assert [(match.participant, str(match.reason)) for match in found] == [
        (by_endpoint, "the same endpoint"), (by_number, "the same registration number"),
        (by_vat, "the same VAT number"), (by_name, "the same name"),
    ]  # fmt: skip
    assert len(queries) == 1


def test_party_of_whom_nothing_is_known_matches_nobody(acting: Any) -> None:
    participants.add({"endpoint": "9930:DE1", "name": "A"})

    assert matches() == []
    assert matches(registration_number=" ", vat_number="-", name="") == []


@pytest.mark.parametrize("way", ["endpoint", "registration", "vat", "name", "search"])
def test_every_way_to_find_one_has_an_index(acting: Any, way: str) -> None:
    rows = {
        "endpoint": Participant.objects.filter(scheme="0184", identifier="12345674"),
        "registration": Participant.objects.filter(registration_number="1"),
        "vat": Participant.objects.filter(vat_number="1"),
        "name": Participant.objects.filter(name_lower="anna"),
        "search": Participant.objects.filter(participants.begins("12")),
    }[way]
    with database.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")

    told = rows.order_by().explain()

    assert "Index Cond" in told and "Seq Scan" not in told
    assert any(name in told for name in ("identifier", "registration_number", "vat_number", "name_lower"))

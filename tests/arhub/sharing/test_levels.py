"""What people and programs may do with a thing, by how it is shared."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from arhub.domain import api_keys, members, shares
from arhub.domain.sharing import Actor, level_of, levels_of, may, visible
from arhub.domain.tenants import create_tenant
from arhub.models import ApiKey, Event, Grant, Level, Membership, Share, Team, TeamMember, Tenant
from arhub.tenancy.scope import scope
from connectors.models import Connection, Participant
from tests.arhub.sharing.conftest import Company, joined

EVERYBODY = ("viewer", "clerk", "manager", "administrator", "other")
V, O, E, A = Level.VIEW, Level.OPERATE, Level.EDIT, Level.ADMINISTER  # noqa: E741


def levels(company: Company, thing: Connection) -> list[Level | None]:
    """Of everybody, in their order; what is seen in a list must agree with it."""
    found = [level_of(company.asks(name), thing) for name in EVERYBODY]
    seen = [visible(company.asks(name), Connection.objects.all(), "connection").exists() for name in EVERYBODY]
    assert seen == [level is not None for level in found]
    return found


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ("all", [V, O, A, A, A]),
        ("owner", [None, None, A, A, None]),
        ("admins", [None, None, A, A, None]),
        ("chosen", [None, None, A, A, None]),
    ],
)
def test_level_of_each_role_by_audience(
    company: Company, thing: Connection, audience: str, expected: list[Level | None]
) -> None:
    shares.share(thing, audience)
    assert levels(company, thing) == expected


def test_thing_without_a_row_is_as_its_roles_say(company: Company, thing: Connection) -> None:
    assert levels(company, thing) == [V, O, A, A, A]


def test_lock_leaves_others_to_operate(company: Company, thing: Connection) -> None:
    shares.lock(thing, on=True)
    assert levels(company, thing) == [V, O, A, A, O]
    shares.lock(thing, on=False)
    assert levels(company, thing) == [V, O, A, A, A]


def test_grant_never_widens_a_role(company: Company, thing: Connection) -> None:
    shares.share(thing, "chosen")
    for name in ("viewer", "clerk", "other"):
        shares.grant(thing, company.people[name], "administer")
    assert levels(company, thing) == [V, O, A, A, A]


def test_grant_of_less_than_the_role_narrows_it(company: Company, thing: Connection) -> None:
    shares.share(thing, "chosen")
    shares.grant(thing, company.people["other"], "view")
    assert levels(company, thing) == [None, None, A, A, V]


def test_group_reaches_its_members_and_the_highest_grant_counts(
    company: Company, thing: Connection, team: Team
) -> None:
    TeamMember.objects.create(team=team, user=company.people["other"])
    shares.share(thing, "chosen")
    shares.grant(thing, team, "edit")
    shares.grant(thing, company.people["other"], "view")
    assert levels(company, thing) == [None, O, A, A, E]


def test_locked_thing_holds_whoever_was_granted_more(company: Company, thing: Connection) -> None:
    shares.share(thing, "chosen")
    shares.grant(thing, company.people["other"], "administer")
    shares.lock(thing, on=True)
    assert levels(company, thing) == [None, None, A, A, O]


def test_owner_of_a_low_role_may_no_more_than_it(company: Company, thing: Connection) -> None:
    shares.share(thing, "owner")
    shares.hand_over(thing, company.people["clerk"])
    assert levels(company, thing) == [None, O, None, A, None]


def test_grant_without_chosen_ones_counts_for_nothing(company: Company, thing: Connection) -> None:
    shares.grant(thing, company.people["other"], "administer")
    shares.share(thing, "owner")
    assert levels(company, thing) == [None, None, A, A, None]


def test_program_sees_what_is_for_all_and_what_it_was_granted(thing: Connection, key: ApiKey) -> None:
    reader = api_keys.make("Reader", ["read"])[0]
    assert [level_of(Actor.program(one), thing) for one in (key, reader)] == [A, V]
    shares.share(thing, "chosen")
    assert level_of(Actor.program(key), thing) is None
    shares.grant(thing, key, "operate")
    shares.grant(thing, reader, "edit")
    assert [level_of(Actor.program(one), thing) for one in (key, reader)] == [O, V]
    shares.share(thing, "owner")
    assert [level_of(Actor.program(one), thing) for one in (key, reader)] == [None, None]


def test_program_keeps_its_grant_when_its_key_is_rotated(thing: Connection, key: ApiKey) -> None:
    shares.share(thing, "chosen")
    shares.grant(thing, key, "operate")
    again = api_keys.rotate(key)[0]
    assert level_of(Actor.program(again), thing) == O
    shares.grant(thing, again, "edit")
    assert Grant.objects.count() == 1


def test_nobody_may_anything(thing: Connection) -> None:
    nobody = Actor(None)
    assert not may(nobody, thing, Level.VIEW)
    assert not visible(nobody, Connection.objects.all(), "connection").exists()


def test_row_that_hangs_on_nothing_stays_visible(company: Company, thing: Connection) -> None:
    shares.share(thing, "owner")
    for name, connection in (("A", None), ("B", thing)):
        Participant.objects.create(
            name=name, scheme="0184", identifier=name, route="peppol", connection=connection, name_lower=name.lower()
        )
    seen = visible(company.asks("clerk"), Participant.objects.all(), "connection", "connection")
    assert [one.name for one in seen] == ["A"]


def test_tenant_that_shares_nothing_otherwise_is_asked_once(company: Company, thing: Connection) -> None:
    asker = company.asks("clerk")
    with CaptureQueriesContext(database) as queries:
        for _ in range(3):
            level_of(asker, thing)
            str(visible(asker, Connection.objects.all(), "connection").query)
    assert len(queries) == 1


def test_levels_of_many_things_take_as_many_queries_as_of_one(company: Company, team: Team) -> None:
    things = Connection.objects.bulk_create(Connection(name=f"C{number}", kind="folder") for number in range(30))
    for one in things[:20]:
        shares.share(one, "chosen")
        shares.grant(one, team, "view")
    asker = company.asks("clerk")
    with CaptureQueriesContext(database) as queries:
        found = levels_of(asker, things)
    assert [found[one.pk] for one in things] == [V] * 20 + [O] * 10
    assert len(queries) == 3


def test_nobody_of_another_tenant_is_granted_anything(company: Company, thing: Connection) -> None:
    foreign = create_tenant("foreign", name="Foreign")
    stranger = joined(foreign, "stranger", "administrator")
    with scope(foreign.pk):
        team, (key, _) = Team.objects.create(name="Theirs"), api_keys.make("Theirs", ["write"])
    for one in (stranger, team, key):
        with pytest.raises(shares.CannotShare, match="does not belong to this company"):
            shares.grant(thing, one, "view")
    with pytest.raises(shares.CannotShare, match="does not belong to this company"):
        shares.hand_over(thing, stranger)
    assert not Grant.objects.exists()


def test_shares_of_another_tenant_are_not_seen(company: Company, thing: Connection, tenant: Tenant) -> None:
    shares.share(thing, "owner")
    foreign = create_tenant("foreign", name="Foreign")
    with scope(foreign.pk):
        assert [model.objects.count() for model in (Share, Grant, Team, TeamMember)] == [0, 0, 0, 0]


def test_who_leaves_is_granted_nothing_when_they_come_back(
    company: Company, thing: Connection, team: Team, tenant: Tenant
) -> None:
    clerk = company.people["clerk"]
    shares.share(thing, "chosen")
    shares.grant(thing, clerk, "operate")
    shares.grant(thing, team, "operate")
    members.remove(Membership.objects.get(user=clerk))
    Membership.objects.create(user=clerk, tenant=tenant, role="clerk")
    assert level_of(company.asks("clerk"), thing) is None


def test_each_change_is_told_once(company: Company, thing: Connection) -> None:
    user = company.people["manager"]
    shares.share(thing, "chosen", user)
    shares.share(thing, "chosen", user)
    shares.lock(thing, on=True, user=user)
    shares.hand_over(thing, company.people["other"], user)
    made = shares.grant(thing, company.people["clerk"], "operate", user)
    assert shares.take_away(thing, made.pk, user)
    assert not shares.take_away(thing, made.pk, user)
    told = Event.objects.filter(kind="sharing.changed").order_by("pk")
    assert [event.data["what"] for event in told] == [
        "shared with chosen groups or users", "locked", "handed over to Other", "Clerk: operate", "Clerk: nothing",
    ]  # fmt: skip
    assert {event.data["by"] for event in told} == {"Manager"}


def test_removed_thing_leaves_no_share(company: Company, thing: Connection) -> None:
    shares.grant(thing, company.people["clerk"], "view")
    shares.forget(thing)
    assert (Share.objects.count(), Grant.objects.count()) == (0, 0)

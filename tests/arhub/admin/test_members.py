"""Users and roles."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from arhub.domain import members
from arhub.models import Membership, Role, Tenant, User
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, text_of

SENT = {"_form_submitted": "on"}


@pytest.fixture
def client(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.acting.tenant)


def add(client: Client, email: str, role: str = "clerk") -> str:
    data = {**SENT, "email": email, "name": "Anna Holm", "role": role}
    return text_of(client.post("/arhub/membership/add-person/", data))


def link_in(page: str) -> str | None:
    found = re.search(r'value="http://testserver(/sign-in/[^"]+)"', page)
    return found[1] if found else None


def mine(client: Client) -> Membership:
    return Membership.objects.get(user=client.user)  # type: ignore[attr-defined]


def row(client: Client, membership: Membership, action: str, **data: str) -> Any:
    return client.post(f"/arhub/membership/{membership.pk}/{action}/", {**SENT, **data})


def test_days_are_those_of_the_company(client: Client, world: World) -> None:
    with scope(world.acting.tenant.pk):
        Tenant.objects.update(time_zone="Europe/Copenhagen")
    Membership.objects.filter(pk=mine(client).pk).update(created_at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    User.objects.filter(pk=mine(client).user_id).update(last_login=datetime(2026, 2, 27, 23, 30, tzinfo=UTC))

    page = text_of(client.get("/arhub/membership/"))

    assert re.findall(r"\d+ \w+ 2026", page) == ["1 Feb 2026", "28 Feb 2026"]


def test_added_person_signs_in_by_the_link_once(client: Client) -> None:
    path = link_in(add(client, "Anna@Example.com"))

    assert path is not None
    browser = Client()
    password = {"new_password1": "a-fine-secret-9", "new_password2": "a-fine-secret-9"}
    assert browser.get(path).status_code == 200
    assert browser.get(path).status_code == 200
    assert browser.post(path, password).url == "/"
    assert "Anna Holm" in text_of(browser.get("/"))
    assert Client().get(path).status_code == 410
    assert Client().post(path, password).status_code == 410


def test_link_is_shown_only_once(client: Client) -> None:
    path = link_in(add(client, "anna@example.com"))

    assert path not in text_of(client.get("/arhub/membership/"))


def test_bad_address_is_refused(client: Client) -> None:
    assert "valid email" in add(client, "anna")
    assert User.objects.filter(name="Anna Holm").count() == 0


def test_person_of_another_company_is_not_let_in_from_here(client: Client, world: World, sign_in: SignIn) -> None:
    """Whoever made the account elsewhere may know the way into it, and a link would open the other company too."""
    stranger = sign_in(world.hidden.tenant).user  # type: ignore[attr-defined]

    page = add(client, stranger.email)

    assert link_in(page) is None
    assert "in use for another company" in page
    assert not Membership.objects.filter(user=stranger, tenant=world.acting.tenant).exists()


def test_person_who_belongs_nowhere_any_more_starts_anew(client: Client, world: World) -> None:
    """Somebody else may have chosen the password of an account that lost its company."""
    left = User.objects.create_user("left@elsewhere.example", "a password somebody knows")

    page = add(client, left.email)

    left.refresh_from_db()
    assert link_in(page) is not None
    assert not left.has_usable_password()


def test_link_made_for_one_company_opens_no_other(client: Client, world: World) -> None:
    link = link_in(add(client, "new@acting.example"))
    person = User.objects.get(email="new@acting.example")
    assert link is not None

    Membership.objects.create(user=person, tenant=world.hidden.tenant, role="administrator")

    assert Client().get(link).status_code == 410


def test_new_link_for_own_person(client: Client, world: World, sign_in: SignIn) -> None:
    person = Membership.objects.get(user=sign_in(world.acting.tenant, role="viewer").user)  # type: ignore[attr-defined]

    assert link_in(text_of(row(client, person, "new-link"))) is not None


@pytest.mark.parametrize(("action", "data"), [("give-role", {"role": "viewer"}), ("remove", {})])
def test_last_administrator_stays(
    client: Client, world: World, sign_in: SignIn, action: str, data: dict[str, str]
) -> None:
    sign_in(world.acting.tenant, role="manager")
    sign_in(world.hidden.tenant)

    page = text_of(row(client, mine(client), action, **data))

    assert "last administrator" in page
    assert mine(client).role == Role.ADMINISTRATOR


def test_adding_oneself_in_a_lower_role_keeps_the_last_administrator(client: Client) -> None:
    assert "last administrator" in add(client, client.user.email, "viewer")  # type: ignore[attr-defined]
    assert mine(client).role == Role.ADMINISTRATOR


def test_one_of_two_administrators_may_go(client: Client, world: World, sign_in: SignIn) -> None:
    other = Membership.objects.get(user=sign_in(world.acting.tenant).user)  # type: ignore[attr-defined]

    assert row(client, other, "give-role", role="clerk").headers["HX-Redirect"] == "/arhub/membership/"
    other.refresh_from_db()
    assert other.role == "clerk"
    row(client, other, "remove")
    assert not Membership.objects.filter(pk=other.pk).exists()


def test_administrator_who_cannot_sign_in_does_not_count(client: Client, world: World, sign_in: SignIn) -> None:
    other = sign_in(world.acting.tenant).user  # type: ignore[attr-defined]
    User.objects.filter(pk=other.pk).update(is_active=False)

    with pytest.raises(members.LastAdministratorError):
        members.remove(mine(client))


def test_nothing_changes_by_looking(client: Client, world: World, sign_in: SignIn) -> None:
    person = Membership.objects.get(user=sign_in(world.acting.tenant, role="viewer").user)  # type: ignore[attr-defined]

    for action in ("give-role", "new-link", "remove"):
        page = client.get(f"/arhub/membership/{person.pk}/{action}/")
        assert page.status_code == 200
        assert link_in(text_of(page)) is None
    person.refresh_from_db()
    assert person.role == "viewer"

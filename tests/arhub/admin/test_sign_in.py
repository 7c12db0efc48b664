"""Signing in and out, and the tenant one works for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from arhub.models import Membership, User
from tests.arhub.admin.conftest import SignIn, World, text_of

PASSWORD = "a-long-password-7"


def log_in(email: str, password: str = PASSWORD, forwarded_for: str = "") -> tuple[Client, str]:
    client = Client(headers={"X-Forwarded-For": forwarded_for})
    return client, text_of(client.post("/login/?next=/", {"username": email, "password": password}, follow=True))


def test_member_signs_in_with_an_address_in_any_case(world: World, sign_in: SignIn) -> None:
    user = sign_in(world.acting.tenant).user  # type: ignore[attr-defined]

    _, page = log_in(user.email.upper())

    assert "What failed?" in page


def test_person_without_a_company_is_told_so(db: None) -> None:
    User.objects.create_user("lost@example.com", PASSWORD)

    _, page = log_in("lost@example.com")

    assert "You have no access to any company yet. Ask an administrator." in page


def test_person_who_lost_access_while_signed_in_is_told_so(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.acting.tenant)
    Membership.objects.all().delete()

    answer = client.get("/arhub/invoice/", follow=True)

    assert answer.redirect_chain == [("/login/?next=/arhub/invoice/", 302)]
    assert "You have no access to any company yet. Ask an administrator." in text_of(answer)


def test_too_many_attempts_end_as_a_sentence(world: World, sign_in: SignIn) -> None:
    user = sign_in(world.acting.tenant).user  # type: ignore[attr-defined]

    pages = [log_in(user.email, "wrong")[1] for _ in range(10)]

    assert "Please enter the correct" in pages[0]
    assert "The password was wrong too often." in pages[-1]


def test_right_password_does_not_open_a_locked_account(world: World, sign_in: SignIn) -> None:
    user, other = (sign_in(world.acting.tenant).user for _ in range(2))  # type: ignore[attr-defined]
    for name in (user.email.upper(), f" {user.email}") * 5:
        log_in(name, "wrong")

    locked, free = log_in(user.email, PASSWORD), log_in(other.email, PASSWORD)

    assert "The password was wrong too often." in locked[1]
    assert "The password was wrong too often." not in free[1]


def test_lock_behind_a_proxy_is_for_one_caller(world: World, sign_in: SignIn, settings: Any) -> None:
    user, settings.HTTPS = sign_in(world.acting.tenant).user, True  # type: ignore[attr-defined]
    for _ in range(10):
        log_in(user.email, "wrong", "192.0.2.7, 198.51.100.1")

    locked, free = (log_in(user.email, PASSWORD, given) for given in ("198.51.100.1", "198.51.100.1, 203.0.113.9"))

    assert "The password was wrong too often." in locked[1]
    assert "What failed?" in free[1]


@pytest.mark.parametrize("path", ["/sign-in/MQ/x/", "/sign-in/%C3%A6/x/", "/sign-in/OTk5OTk5OTk5OTk5OTk5OTk5OTk5/a-b/"])
def test_made_up_link_is_refused(db: None, path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 410
    assert "used up" in text_of(answer)


def test_password_change_and_sign_out(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.acting.tenant)
    data = {"old_password": PASSWORD, "new_password1": "another-secret-3", "new_password2": "another-secret-3"}

    assert client.post("/password_change/", data).url == "/password_change/done/"
    assert client.get("/password_change/done/").status_code == 200
    assert "logged out" in text_of(client.post("/logout/"))
    assert client.get("/").status_code == 302


def test_switch_shows_and_opens_the_other_company(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.acting.tenant, world.empty.tenant)
    page = text_of(client.get("/arhub/account/"))
    assert 'title="Company: Acting"' in page
    assert f'value="{world.empty.tenant.pk}">Empty</button>' in page
    assert "Hidden" not in page

    answer = client.post("/switch/", {"tenant": world.empty.tenant.pk}, follow=True)

    assert answer.redirect_chain == [("/", 302)]
    assert 'title="Company: Empty"' in text_of(answer)
    assert "Nothing here yet" in text_of(client.get("/arhub/account/"))


@pytest.mark.parametrize("wanted", ["hidden", "", "x", "-1"])
def test_switch_to_a_company_one_does_not_belong_to_is_refused(world: World, sign_in: SignIn, wanted: str) -> None:
    client = sign_in(world.acting.tenant, world.empty.tenant)
    tenant = str(world.hidden.tenant.pk) if wanted == "hidden" else wanted

    assert client.post("/switch/", {"tenant": tenant}).status_code == 403
    assert 'title="Company: Acting"' in text_of(client.get("/"))


def test_switch_is_no_link(world: World, sign_in: SignIn) -> None:
    assert sign_in(world.acting.tenant).get("/switch/").status_code == 405

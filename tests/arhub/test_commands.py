"""The operator's commands that make tenants and people."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory

from arhub.models import Ledger, Membership, Source, Tenant, User
from arhub.tenancy.scope import scope, scope_all

pytestmark = pytest.mark.django_db


def run(command: str, *words: str, **options: object) -> str:
    out = StringIO()
    call_command(command, *words, stdout=out, **options)
    return out.getvalue().strip()


def test_create_tenant_makes_its_ledger_and_source() -> None:
    run("create_tenant", "acme", name="Acme A/S", currency="dkk")

    with scope_all("look"):
        tenant = Tenant.objects.get(slug="acme")
    with scope(tenant.pk):
        assert (tenant.name, tenant.currency) == ("Acme A/S", "DKK")
        assert Ledger.objects.get().is_default
        assert Source.objects.get().ledger == Ledger.objects.get()


def test_create_tenant_twice_says_so() -> None:
    run("create_tenant", "acme")

    with pytest.raises(CommandError, match="There is a tenant acme already"):
        run("create_tenant", "acme")


def test_create_user_prints_a_link_that_lets_one_in() -> None:
    run("create_tenant", "acme")

    link = run("create_user", "anna@acme.example", tenant="acme", role="clerk", base_url="http://hub.example")

    assert link.startswith("http://hub.example/sign-in/")
    page = Client().get(link.removeprefix("http://hub.example"))
    assert page.status_code == 200
    assert Membership.objects.get(user__email="anna@acme.example").role == "clerk"


@pytest.mark.parametrize(
    ("words", "options", "sentence"),
    [
        (["anna@acme.example"], {"tenant": "nobody", "role": "clerk"}, "There is no tenant nobody"),
        (["anna"], {"tenant": "acme", "role": "clerk"}, "“anna” is not an e-mail address"),
    ],
)
def test_create_user_says_what_is_wrong(words: list[str], options: dict[str, str], sentence: str) -> None:
    run("create_tenant", "acme")

    with pytest.raises(CommandError, match=sentence):
        run("create_user", *words, **options)


def test_first_administrator_can_sign_in_with_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARHUB_EMAIL", "boss@acme.example")

    email, password = run("first_administrator").split(" ")

    user = authenticate(RequestFactory().post("/login/"), username=email, password=password)
    assert user == User.objects.get(email="boss@acme.example")
    assert Membership.objects.get(user=user).role == "administrator"

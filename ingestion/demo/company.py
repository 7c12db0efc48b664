"""The demo tenant itself: a pump maker in Aarhus, its bank accounts and its people."""

from __future__ import annotations

import secrets
from random import Random

from django.db import transaction

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import BankAccount, Membership, Role, Tenant, User
from arhub.tenancy.scope import scope
from ingestion.demo import numbers

SLUG, NAME = "demo", "Nordlys Pumper A/S"
_DOMAIN = "nordlys-pumper.example"
_PEOPLE = (
    ("anna.holm", "Anna Holm", Role.ADMINISTRATOR),
    ("mikkel.toft", "Mikkel Toft", Role.MANAGER),
    ("ida.krogh", "Ida Krogh", Role.CLERK),
    ("poul.friis", "Poul Friis", Role.VIEWER),
)


def make_company(random: Random) -> tuple[Tenant, dict[str, str]]:
    """The tenant with its bank accounts, and the facts it was made with."""
    vat, registration = numbers.identity("DK", random)
    facts = {
        "name": NAME, "legal_name": NAME, "currency": "DKK",
        "time_zone": "Europe/Copenhagen", "address_line1": "Værkstedsvej 14", "postal_code": "8000",
        "city": "Aarhus C", "country": "DK", "registration_number": registration, "vat_number": vat,
        "gln": numbers.gln(random), "email": f"bogholderi@{_DOMAIN}", "phone": "+45 86 00 12 34",
    }  # fmt: skip
    tenant = create_tenant(SLUG, **facts)
    with scope(tenant.pk):
        for place, (name, currency) in enumerate((("Drift", "DKK"), ("Euro", "EUR"), ("Dollar", "USD"))):
            account = str(random.randint(1_000_000, 9_999_999))
            BankAccount.objects.create(
                name=name, currency=currency, iban=numbers.danish_iban("9990", account), bic="NRLYDK22XXX",
                registration_number="9990", account_number=account, is_default=not place,
            )  # fmt: skip
    return tenant, facts


def make_people() -> dict[Role, User]:
    """Nobody belongs to the tenant yet: one without members is one that was never finished."""
    return {role: _person(f"{name}@{_DOMAIN}", full) for name, full, role in _PEOPLE}


def _person(email: str, name: str) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)


@transaction.atomic
def let_in(people: dict[Role, User], tenant: Tenant) -> tuple[str, str]:
    """Give everybody their role, and the administrator a password: (email, password)."""
    for role, user in people.items():
        add_member(user.email, tenant, role)
    administrator, password = people[Role.ADMINISTRATOR], secrets.token_urlsafe(12)
    administrator.set_password(password)
    administrator.save(update_fields=["password"])
    return administrator.email, password


def is_unfinished(tenant: Tenant) -> bool:
    """Whether this is the demo tenant of a start that was killed on the way."""
    return tenant.name == NAME and not Membership.objects.filter(tenant=tenant).exists()

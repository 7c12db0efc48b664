"""Passwords go nowhere but where they were entered for."""

from __future__ import annotations

import pytest

from arhub.models import Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


@pytest.mark.parametrize(
    "changed",
    [
        {"smtp_security": "none"}, {"smtp_port": 2525}, {"imap_security": "none"}, {"imap_port": 143},
        {"imap_host": "mine.example"},
    ],
)  # fmt: skip
def test_mail_password_is_asked_for_again_when_it_would_go_another_way(
    tenant: Tenant, changed: dict[str, object]
) -> None:
    values = {"smtp_host": "mail.example.com", "smtp_user": "hub", "from_address": "hub@example.com",
              "imap_host": "mail.example.com", "imap_user": "hub"}  # fmt: skip
    with scope(tenant.pk):
        secrets = {"smtp_password": "secret-7", "imap_password": "secret-8"}
        connection = connections.create("email", name="Mail", values={**values, **secrets})

        with pytest.raises(connections.WrongSettings) as caught:
            connections.change(connection, name="Mail", values={**connection.values, **changed}, user=None)

    assert sorted(caught.value.errors) == ["imap_password", "smtp_password"]

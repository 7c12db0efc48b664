"""Whether a connection works is noted beside what it does, and holds nobody up."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection as database

from arhub.tenancy.scope import scope
from connectors.domain.connections import health
from connectors.models import Connection

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])


def test_health_waits_for_nobody_who_notes_it(connection: Connection) -> None:
    def noted_meanwhile() -> None:
        with scope(connection.tenant_id):
            health(connection, "It did not answer.")
        database.close()

    with scope(connection.tenant_id):
        health(connection, "It is full.")  # not committed while the other one notes
        other = Thread(target=noted_meanwhile, daemon=True)
        other.start()
        other.join(30)
        is_waiting = other.is_alive()

    with scope(connection.tenant_id):
        assert (is_waiting, Connection.objects.get().last_error) == (False, "It is full.")

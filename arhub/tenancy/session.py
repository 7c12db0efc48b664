"""What a database session is told: the tenant, and the role it works as. Always for one transaction only,
since a setting of the session would leak to whoever gets the connection from a pool next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from arhub.database.roles import OWNER
from arhub.tenancy.context import ALL

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from arhub.tenancy.context import Choice

SETTING = "arhub.tenant"


class State(NamedTuple):
    tenant: str
    role: str


def state_for(choice: Choice) -> State:
    return State("", OWNER) if choice is ALL else State("" if choice is None else str(choice), "none")


def push(connection: BaseDatabaseWrapper, state: State) -> State:
    """Set the transaction's state and return the one before, in one round trip.

    It goes past Django's cursor: it is no query of the caller, and it must also work where Django refuses
    queries because the atomic block will be rolled back.
    """
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(
            "select current_setting(%s, true), current_setting('role'),"
            " set_config(%s, %s, true), set_config('role', %s, true)",
            [SETTING, SETTING, *state],
        )
        tenant, role, *_ = cursor.fetchone()
    return State(tenant or "", role)


def restore(connection: BaseDatabaseWrapper, state: State) -> None:
    """A failed transaction takes no statements and needs none: rolling it back restores the state."""
    raw: Any = connection.connection
    if raw is not None and not raw.closed and raw.info.transaction_status != TRANSACTION_STATUS_INERROR:
        push(connection, state)

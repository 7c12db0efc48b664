"""Open a tenant for a piece of work: the managers filter by it, and the database refuses every other row."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from arhub.tenancy.context import ALL, NoTenant, chosen, current_tenant_id
from arhub.tenancy.session import push, restore, state_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arhub.tenancy.context import Choice

__all__ = ["NoTenant", "current_tenant_id", "scope", "scope_all"]

logger = logging.getLogger(__name__)


@contextmanager
def scope(tenant_id: int | None, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Work for one tenant, in the transaction that is open on `using`, or in one of its own.

    None, as an unsaved row has it, raises TypeError. Iterate results inside: a server-side cursor reads the tenant
    anew at each fetch.
    """
    if not isinstance(tenant_id, int) or isinstance(tenant_id, bool):
        raise TypeError(f"scope() takes a tenant's id, not {tenant_id!r}")
    with _opened(tenant_id, using):
        yield


@contextmanager
def scope_all(reason: str, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Work on the rows of all tenants, as the owner role. For sweepers and the operator's commands, never for a
    tenant's request: list what is due here, then do it in scope(), tenant by tenant."""
    logger.debug("All tenants: %s", reason)
    with _opened(ALL, using):
        yield


@contextmanager
def _opened(choice: Choice, using: str) -> Iterator[None]:
    connection = connections[using]
    with ExitStack() as stack:
        stack.enter_context(chosen(choice))
        if not connection.in_atomic_block:
            stack.enter_context(transaction.atomic(using=using))  # the backend tells the session as it begins
        else:
            stack.callback(restore, connection, push(connection, state_for(choice)))
        yield

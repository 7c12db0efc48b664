"""Which tenant the running code works for. Knows no models, so that the database backend may read it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


class NoTenant(RuntimeError):
    """Tenant-owned rows were asked for without saying whose."""

    def __init__(self, wanted: str = "This") -> None:
        super().__init__(
            f"{wanted} needs a tenant: open arhub.tenancy.scope.scope(tenant_id) around it,"
            " or scope_all(reason) for work on all tenants."
        )


class _AllTenants:
    """Marks work on all tenants, which the owner role does."""

    def __repr__(self) -> str:
        return "all tenants"


ALL: Final = _AllTenants()
Choice = int | _AllTenants | None
_current: ContextVar[Choice] = ContextVar("arhub_tenant", default=None)


def current() -> Choice:
    return _current.get()


def current_tenant_id() -> int:
    """The tenant's id. Raises NoTenant outside a scope, and in scope_all, where there is no such single tenant."""
    choice = _current.get()
    if not isinstance(choice, int):
        raise NoTenant
    return choice


def tenant_id_or_none() -> int | None:
    """The default of a tenant-owned row's `tenant`, bulk_create included."""
    choice = _current.get()
    return choice if isinstance(choice, int) else None


@contextmanager
def chosen(choice: Choice) -> Iterator[None]:
    """Set without a token: a generator may be closed in another context than the one it began in."""
    before = _current.get()
    _current.set(choice)
    try:
        yield
    finally:
        _current.set(before)

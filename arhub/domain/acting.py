"""Who is at work: the person or program whose request is being answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from arhub.models import ApiKey, Membership


@dataclass(frozen=True, slots=True)
class Actor:
    """A person by their id; for a program the one who made its key. Neither for what the hub does by itself."""

    user_id: int | None = None
    api_key_id: int | None = None


NOBODY = Actor()
_current: ContextVar[Actor] = ContextVar("arhub_actor", default=NOBODY)


def actor() -> Actor:
    return _current.get()


@contextmanager
def acting(caller: Membership | ApiKey | None) -> Iterator[None]:
    """Whatever happens inside is done by this caller."""
    token = _current.set(_actor_of(caller))
    try:
        yield
    finally:
        _current.reset(token)


def _actor_of(caller: Membership | ApiKey | None) -> Actor:
    if isinstance(caller, ApiKey):
        return Actor(caller.created_by_id, caller.pk)
    return Actor(caller.user_id) if caller else Actor()

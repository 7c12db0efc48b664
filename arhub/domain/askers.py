"""Who asks in a request, as sharing knows them: the person who is signed in, or the program whose key came."""

from __future__ import annotations

from typing import Any

from arhub.domain.sharing import NOBODY, Actor


def asker_of(request: Any) -> Actor:
    """The same one for the whole of a request, Django's or REST framework's."""
    request = getattr(request, "_request", request)
    found: Actor | None = getattr(request, "asker", None)
    if found is None:
        found = request.asker = _asker(request)
    return found


def _asker(request: Any) -> Actor:
    key, membership = getattr(request, "api_key", None), getattr(request, "membership", None)
    if key is not None:
        return Actor.program(key)
    return Actor.person(membership) if membership is not None else NOBODY


def forget_asker(request: Any) -> None:
    """What was found out in a request holds no longer, since sharing was changed in it."""
    request.asker = None

"""Whether the person at hand may do something with an adaptor or a connection."""

from __future__ import annotations

from django.db import models
from django.http import HttpRequest

from arhub.domain.sharing import Level, level_of


def may(request: HttpRequest, thing: models.Model, needed: Level) -> bool:
    membership = getattr(request, "membership", None)
    level = level_of(membership, thing) if membership is not None else None
    return level is not None and level.includes(needed)

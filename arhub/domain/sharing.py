"""What people and programs may do with what a tenant shares among them: adaptors and connections.

A role, or a key's scopes, are the most that anybody may do; sharing narrows that and never widens it. Administrators
may do everything, so that nothing is lost when its owner leaves. How a thing is shared is changed in `shares`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from arhub.models import ApiKey, Grant, Level, Membership, Role, Share, TeamMember

__all__ = [
    "EVERYTHING", "MOST_OF_ROLE", "NOBODY", "Actor", "Level", "hidden", "level_of", "levels_of", "may", "not_for_all",
    "reachable", "visible",
]  # fmt: skip

Audience = Share.Audience
Rows = TypeVar("Rows", bound="QuerySet[Any]")
KINDS = {"sharing.changed": "How an adaptor or a connection is shared, locked or owned was changed."}

MOST_OF_ROLE = {
    Role.VIEWER: Level.VIEW,
    Role.CLERK: Level.OPERATE,
    Role.MANAGER: Level.ADMINISTER,
    Role.ADMINISTRATOR: Level.ADMINISTER,
}
"""What a role may do at most with anything."""


@dataclass(frozen=True)
class Actor:
    """A person or a program that asks, for the length of one request: what it found out is not asked again.

    `most` is what it may do with anything at all; None: nothing. `client` is the program of an API key.
    """

    most: Level | None
    user_id: int | None = None
    client: UUID | None = None
    is_administrator: bool = False
    known: dict[tuple[str, int], Level | None] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def person(cls, membership: Membership) -> Actor:
        role = Role(membership.role)
        return cls(MOST_OF_ROLE[role], user_id=membership.user_id, is_administrator=role is Role.ADMINISTRATOR)

    @classmethod
    def program(cls, key: ApiKey) -> Actor:
        """The scope of what it asks for is looked at before; here it counts whether it can write anything."""
        writes = any(scope.endswith("write") for scope in key.scopes)
        return cls(Level.ADMINISTER if writes else Level.VIEW, client=key.client)

    @cached_property
    def is_narrowed(self) -> bool:
        """Whether there is anything in the tenant that is shared otherwise than with all."""
        return self.most is not None and not self.is_administrator and Share.objects.exists()

    @property
    def grants(self) -> QuerySet[Grant]:
        """What was granted to it by name, or to its groups."""
        if self.client is not None:
            return Grant.objects.filter(api_key__client=self.client)
        teams = TeamMember.objects.filter(user=self.user_id).values("team")
        return Grant.objects.filter(Q(user=self.user_id) | Q(team__in=teams))


NOBODY = Actor(None)
EVERYTHING = Actor(Level.ADMINISTER, is_administrator=True)
"""The hub itself, for whom nothing is narrowed."""


def kind_of(thing: models.Model | type[models.Model]) -> str:
    """Under which name of settings.SHARED_THINGS this is shared. Raises ValueError for what is not."""
    label = thing._meta.label
    for kind, (model, _) in settings.SHARED_THINGS.items():
        if model == label:
            return str(kind)
    raise ValueError(f"{label} is not shared. SHARED_THINGS has: {', '.join(settings.SHARED_THINGS)}.")


def model_of(kind: str) -> type[models.Model]:
    return apps.get_model(settings.SHARED_THINGS[kind][0])


def level_of(actor: Actor, thing: models.Model) -> Level | None:
    """What an actor may do with a thing; None: not even see it."""
    return levels_of(actor, [thing])[thing.pk]


def may(actor: Actor, thing: models.Model, needed: Level) -> bool:
    level = level_of(actor, thing)
    return level is not None and level.includes(needed)


def levels_of(actor: Actor, things: Collection[models.Model]) -> dict[int, Level | None]:
    """By id, of things of one kind, in at most two queries however many they are."""
    if not things or actor.most is None or not actor.is_narrowed:
        return {thing.pk: actor.most for thing in things}
    kind = kind_of(next(iter(things)))
    ids = [thing.pk for thing in things]
    if asked := [pk for pk in ids if (kind, pk) not in actor.known]:
        actor.known.update({(kind, pk): level for pk, level in _found(actor, kind, asked).items()})
    return {pk: actor.known[kind, pk] for pk in ids}


def hidden(actor: Actor, kind: str, *, as_text: bool = False) -> QuerySet[Share, Any] | None:
    """The ids of what somebody may not see of a kind, for a condition; None: they see all. `as_text` for columns that
    hold ids as text."""
    if not actor.is_narrowed:
        return None
    granted = Q(audience=Audience.CHOSEN, pk__in=actor.grants.values("share"))
    own = Q(owner=actor.user_id) if actor.user_id is not None else Q(pk=None)
    rows = Share.objects.filter(kind=kind).exclude(audience=Audience.ALL).exclude(own).exclude(granted)
    return rows.values(shown=Cast("thing_id", CharField())) if as_text else rows.values("thing_id")


def not_for_all(kind: str) -> QuerySet[Share, int]:
    """The ids of what is shared with less than all, for what is written down for whoever reads it later."""
    return Share.objects.filter(kind=kind).exclude(audience=Audience.ALL).values_list("thing_id", flat=True)


def visible(actor: Actor, rows: Rows, kind: str, path: str = "pk", *, as_text: bool = False) -> Rows:
    """The rows that an actor may see, whose `path` is the id of a thing of that kind. Rows with none there stay."""
    if actor.most is None:
        return rows.none()
    unseen = hidden(actor, kind, as_text=as_text)
    return rows if unseen is None else rows.exclude(**{f"{path}__in": unseen})


def reachable(actor: Actor, rows: Rows, needed: Level) -> Rows:
    """Those of some things with which an actor may do so much, for a choice of them: they are read all at once."""
    if actor.most is None or not actor.most.includes(needed):
        return rows.none()
    if not actor.is_narrowed:
        return rows
    levels = levels_of(actor, list(rows))
    return rows.filter(pk__in=[pk for pk, level in levels.items() if level is not None and level.includes(needed)])


def _found(actor: Actor, kind: str, ids: Collection[int]) -> Mapping[int, Level | None]:
    shares = {row.thing_id: row for row in Share.objects.filter(kind=kind, thing_id__in=ids)}
    chosen = [row.pk for row in shares.values() if row.audience == Audience.CHOSEN]
    granted: dict[int, Level] = {}
    for share, word in actor.grants.filter(share__in=chosen).values_list("share", "level") if chosen else ():
        level = Level(word)
        granted[share] = level if share not in granted or level.includes(granted[share]) else granted[share]
    return {pk: _level(actor, shares.get(pk), granted) for pk in ids}


def _level(actor: Actor, share: Share | None, granted: Mapping[int, Level]) -> Level | None:
    if actor.most is None or share is None or (actor.user_id is not None and share.owner_id == actor.user_id):
        return actor.most
    if share.audience == Audience.ALL:
        level: Level | None = Level.ADMINISTER
    else:
        level = granted.get(share.pk) if share.audience == Audience.CHOSEN else None
    if level is None:
        return None
    return least(actor.most, level, Level.OPERATE if share.is_locked else Level.ADMINISTER)


def least(*levels: Level) -> Level:
    return min(levels, key=list(Level).index)

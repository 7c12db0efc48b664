"""How a thing is shared: with whom, who may do what, locked or not, and whose it is. Who asks is not looked at here:
all of this needs the level Administer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models, transaction

from arhub.domain import events
from arhub.domain.sharing import Audience, kind_of
from arhub.models import ApiKey, Grant, Level, Membership, Share, Team, TeamMember, User
from arhub.tenancy.scope import current_tenant_id

Grantee = User | Team | ApiKey


class CannotShare(ValueError):
    """What was asked for cannot be, in a sentence."""


@dataclass(frozen=True, slots=True)
class Shared:
    """How a thing is shared, for people to read."""

    owner: User | None
    audience: str = Audience.ALL
    is_locked: bool = False
    grants: list[Grant] = field(default_factory=list)

    @property
    def label(self) -> str:
        return str(Audience(self.audience).label)


def shared_of(thing: models.Model) -> Shared:
    row = _rows(thing).select_related("owner").first()
    if row is None:
        return Shared(natural_owner(thing))
    grants = row.grants.select_related("user", "team", "api_key").order_by("team__name", "user__email", "pk")
    return Shared(row.owner, row.audience, row.is_locked, list(grants))


def labels_of(things: list[Any]) -> dict[int, Share]:
    """By id, how those things of one kind are shared that are not just shared with all."""
    if not things:
        return {}
    rows = Share.objects.filter(kind=kind_of(things[0]), thing_id__in=[thing.pk for thing in things])
    return {row.thing_id: row for row in rows.select_related("owner")}


def natural_owner(thing: models.Model) -> User | None:
    """Whose it is as long as nobody said otherwise."""
    owner: User | None = getattr(thing, _owner_field(thing))
    return owner


@transaction.atomic
def share(thing: models.Model, audience: str, user: User | None = None) -> None:
    """Share it with these. Grants stay, and count again once it is shared with chosen ones. Raises `CannotShare`."""
    row = _row(thing)
    if audience == Audience.OWNER and row.owner_id is None:
        raise CannotShare("It has no owner, so nobody but administrators would see it: hand it over to somebody first.")
    if row.audience != audience:
        row.audience = Audience(audience)
        row.save(update_fields=["audience"])
        _tell(thing, f"shared with {row.get_audience_display().lower()}", user)


@transaction.atomic
def lock(thing: models.Model, *, on: bool, user: User | None = None) -> None:
    """Locked: others than its owner and the administrators use it and change nothing."""
    row = _row(thing)
    if row.is_locked != on:
        row.is_locked = on
        row.save(update_fields=["is_locked"])
        _tell(thing, "locked" if on else "unlocked", user)


@transaction.atomic
def hand_over(thing: models.Model, owner: User, user: User | None = None) -> None:
    """Make somebody of the tenant its owner. Raises `CannotShare`."""
    _check(owner)
    row = _row(thing)
    if row.owner_id == owner.pk:
        return
    row.owner = owner
    row.save(update_fields=["owner"])
    if _owner_field(thing) == "owner":
        type(thing)._default_manager.filter(pk=thing.pk).update(owner=owner)
        thing.owner = owner  # type: ignore[attr-defined]
    _tell(thing, f"handed over to {owner}", user)


def owner_changed(thing: models.Model) -> None:
    """Follow an owner that was chosen among the thing's own settings."""
    _rows(thing).update(owner=natural_owner(thing))


@transaction.atomic
def grant(thing: models.Model, to: Grantee, level: str, user: User | None = None) -> Grant:
    """Let a person, a group or a program do so much with it. Raises `CannotShare` for those of another tenant."""
    _check(to)
    row = _row(thing)
    made, _ = Grant.objects.update_or_create(share=row, **_named(to), defaults={"level": Level(level)})
    _tell(thing, f"{to}: {Level(level).label.lower()}", user)
    return made


@transaction.atomic
def take_away(thing: models.Model, pk: int, user: User | None = None) -> bool:
    """Take a grant back; false when there is none of that id for this thing."""
    found = Grant.objects.filter(share__in=_rows(thing), pk=pk).select_related("user", "team", "api_key").first()
    if found is None:
        return False
    found.delete()
    _tell(thing, f"{found.user or found.team or found.api_key}: nothing", user)
    return True


def forget(thing: models.Model) -> None:
    """A thing is being removed."""
    _rows(thing).delete()


def forget_person(user: User) -> None:
    """Somebody leaves the tenant in context: nothing is granted to them any more. What they own stays theirs, for the
    administrators to hand over."""
    Grant.objects.filter(user=user).delete()
    TeamMember.objects.filter(user=user).delete()


def _rows(thing: models.Model) -> Any:
    return Share.objects.filter(kind=kind_of(thing), thing_id=thing.pk)


def _row(thing: models.Model) -> Share:
    """The row to change, held against others who change it."""
    facts = {"kind": kind_of(thing), "thing_id": thing.pk}
    row, _ = Share.objects.select_for_update(of=("self",)).get_or_create(
        **facts, defaults={"owner": natural_owner(thing)}
    )
    return row


def _owner_field(thing: models.Model) -> str:
    return str(settings.SHARED_THINGS[kind_of(thing)][1])


def _named(to: Grantee) -> dict[str, Any]:
    """All three columns, so that a row of the same one is found."""
    key = ApiKey.objects.filter(client=to.client).order_by("pk").first() if isinstance(to, ApiKey) else None
    return {"user": to if isinstance(to, User) else None, "team": to if isinstance(to, Team) else None, "api_key": key}


def _check(to: Grantee) -> None:
    """Only who belongs to the tenant in context: row-level security does not see people."""
    tenant = current_tenant_id()
    own = (
        Membership.objects.filter(tenant=tenant, user=to).exists()
        if isinstance(to, User)
        else type(to)._default_manager.filter(pk=to.pk).exists()
    )
    if not own:
        raise CannotShare(f"{to} does not belong to this company.")


def _tell(thing: models.Model, what: str, user: User | None) -> None:
    data = {"kind": kind_of(thing), "id": thing.pk, "what": what, "by": str(user) if user else ""}
    events.emit("sharing.changed", data, subject=str(thing)[:120])

"""What an inbox is given: from where, what, and what becomes of a file afterwards. The form and the API ask here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from arhub.models import Source, User
from arhub.records import RECORD_TYPES
from connectors.base import Capability
from connectors.domain.connections import note
from connectors.models import Connection, Inbox
from connectors.registry import load
from ingestion.models import MappingProfile

FIELDS = (
    "name", "connection", "folder", "pattern", "order", "settle_seconds", "source", "contents", "record_type",
    "profile", "review", "afterwards", "move_to",
)  # fmt: skip
NEEDED = {Capability.LIST, Capability.RECEIVE}


class NotAnInbox(Exception):
    """What was given makes no inbox: a sentence for each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def connections() -> QuerySet[Connection]:
    """Gateways that can list files, or to which partners send."""
    able = [one.pk for one in Connection.objects.all() if NEEDED & load(one.kind).capabilities]
    return Connection.objects.filter(pk__in=able)


def sources() -> QuerySet[Source]:
    """Whose records files can be: not those of a connection, which brings its own."""
    return Source.objects.exclude(kind=Source.Kind.CONNECTION)


def profiles() -> QuerySet[MappingProfile]:
    return MappingProfile.objects.order_by("name", "-version")


def mistakes(given: Mapping[str, Any], inbox: Inbox) -> dict[str, str]:
    """What does not go together in the values of `FIELDS` for an inbox, by field; one that is wrong by itself may be
    absent."""
    found = {}
    if Inbox.objects.filter(name=given.get("name", "")).exclude(pk=inbox.pk).exists():
        found["name"] = "Another inbox is called so."
    if (connection := given.get("connection")) and (other := _other_receiver(connection, inbox)):
        found["connection"] = f"The inbox {other} takes what partners send there already."
    source, profile, record_type = given.get("source"), given.get("profile"), given.get("record_type")
    if given.get("contents") == Inbox.Contents.RECORDS and not record_type:
        found["record_type"] = "Say what the files hold, such as invoices."
    if profile and source and profile.source_id != source.pk:
        found["profile"] = f"This profile belongs to the source {profile.source}."
    elif profile and record_type and profile.record_type != record_type:
        found["profile"] = f"This profile reads {RECORD_TYPES[profile.record_type].plural.lower()}."
    if given.get("afterwards") == Inbox.Afterwards.MOVE and not str(given.get("move_to") or "").strip("/ "):
        found["move_to"] = "Name the folder into which files go that were taken."
    return found


def _other_receiver(connection: Connection, inbox: Inbox) -> Inbox | None:
    """Partners name no inbox: what they send through a connection that lists nothing is for one alone."""
    if Capability.LIST in load(connection.kind).capabilities:
        return None
    return Inbox.objects.filter(connection=connection).exclude(pk=inbox.pk).first()


def create(given: Mapping[str, Any], user: User | None) -> Inbox:
    """Make an inbox of values of `FIELDS`, among them name, connection and source. Raises `NotAnInbox`."""
    return _stored(Inbox(), given, user, "added")


def change(inbox: Inbox, given: Mapping[str, Any], user: User | None) -> Inbox:
    """Give fields other values. Raises `NotAnInbox`."""
    return _stored(inbox, given, user, "changed")


@transaction.atomic
def _stored(inbox: Inbox, given: Mapping[str, Any], user: User | None, what: str) -> Inbox:
    for name, value in given.items():
        setattr(inbox, name, value)
    errors = mistakes({field: getattr(inbox, field) for field in FIELDS}, inbox)
    if errors := errors | _wrong_alone(inbox, errors):
        raise NotAnInbox(errors)
    inbox.save(update_fields=list(given) if inbox.pk else None)  # a fetch may be at work, and notes what it does
    note(inbox.connection, f"Inbox {inbox} {what}.", user)
    return inbox


def _wrong_alone(inbox: Inbox, known: Collection[str]) -> dict[str, str]:
    """What the model does not allow, such as what is too long, besides the fields that are known to be wrong."""
    try:
        inbox.full_clean(exclude=known)
    except ValidationError as problem:
        return {name: sentences[0] for name, sentences in problem.message_dict.items()}
    return {}

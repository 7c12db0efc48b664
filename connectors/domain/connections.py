"""The life of a connection: made, changed, tested, switched off. Whatever happens to it stands in its log."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from arhub.domain import edits
from arhub.domain.sentences import tellable
from arhub.models import Ledger, Source, User
from arhub.network.errors import NetworkError
from arhub.tenancy.scope import scope
from connectors.base import PARCEL, Check, ErpConnector, Unconfirmed
from connectors.domain import receivers
from connectors.domain.carriers import ready
from connectors.domain.given import WrongSettings, checked
from connectors.domain.places import labels_of, marks_of
from connectors.domain.places import told as told_of
from connectors.domain.setup import secrets_of
from connectors.models import Connection, ConnectionEntry, ConnectionMemory
from connectors.registry import load

Level = ConnectionEntry.Level
OURS = "The hub made a mistake here; support finds it in the log."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """A step of *Test connection* that was made. `text` says what was found, or what to do about it; `confirms` is the
    setting, and its value, that a person may agree to."""

    label: str
    is_good: bool
    text: str
    confirms: tuple[str, str] | None = None


@transaction.atomic
def create(
    kind: str,
    *,
    name: str,
    values: Mapping[str, Any],
    user: User | None = None,
    ledger: Ledger | None = None,
) -> Connection:
    """Store a connection and, where it holds records, the source they will belong to: in `ledger`, or in one of its
    own. Raises `WrongSettings`."""
    given = valid(kind, name, values)
    connection = Connection(kind=kind, name=name, created_by=user)
    if issubclass(load(kind), ErpConnector):
        connection.source = _source(name, ledger)
    _store(connection, given, user)
    note(connection, f"Made, for {connection.kind_label}.", user)
    return connection


def _source(name: str, ledger: Ledger | None) -> Source:
    """What a connection brings is written plainly, and a record that comes twice counts as it came last."""
    free = _free_name(name)
    return Source.objects.create(
        name=free, kind=Source.Kind.CONNECTION, ledger=ledger or Ledger.objects.get_or_create(name=free)[0],
        decimal_sign=Source.DecimalSign.POINT, duplicate_keys=Source.DuplicateKeys.LAST,
        empty_cells=Source.EmptyCells.CLEAR,
    )  # fmt: skip


def _free_name(name: str) -> str:
    taken = set(Source.objects.values_list("name", flat=True))
    return next(one for one in (name, *(f"{name} ({number})" for number in range(2, 1000))) if one not in taken)


@transaction.atomic
def change(connection: Connection, *, name: str, values: Mapping[str, Any], user: User | None) -> None:
    """Change name and settings. A secret that is left empty stays as it is; None removes it. Raises `WrongSettings`."""
    settings = load(connection.kind).settings
    stored = connection.values | secrets_of(connection)
    given = valid(connection.kind, name, values, connection)
    changed = [s.label for s in settings if given.get(s.name) != stored.get(s.name, s.default)]
    connection.name = name
    _store(connection, given, user)
    if changed:
        forget(connection)
        note(connection, f"Changed: {', '.join(changed)}.", user)


def valid(kind: str, name: str, values: Mapping[str, Any], connection: Connection | None = None) -> dict[str, Any]:
    """The settings that a connection of this kind and name would have, cleaned: what is stored of `connection` already,
    with these values in its place. A secret that is stored goes to nobody but whom it was entered for: whoever changes
    an address does not learn it that way. Raises `WrongSettings`."""
    errors: dict[str, str] = {}
    if not name.strip():
        errors["name"] = "A connection needs a name."
    elif Connection.objects.filter(name=name).exclude(pk=connection and connection.pk).exists():
        errors["name"] = f"There is a connection called {name} already."
    settings = load(kind).settings
    known = {setting.name for setting in settings}
    stored = connection.values | secrets_of(connection) if connection else {}
    stored = {name: value for name, value in stored.items() if name in known}
    kept = {
        s.name: stored[s.name] for s in settings if s.is_secret and values.get(s.name, "") == "" and s.name in stored
    }
    places = [s.name for s in settings if s.is_place]
    if any(_origin(values.get(name, stored.get(name))) != _origin(stored.get(name)) for name in places):
        again = "enter it again, as the address has changed."
        errors |= {s.name: f"{s.label}: {again}" for s in settings if s.name in kept and not s.stays}
    given: dict[str, Any] = {}
    try:
        given = checked(settings, {**stored, **values, **kept})
    except WrongSettings as problem:
        errors |= problem.errors
    if errors:
        raise WrongSettings(errors)
    return given


def _origin(address: Any) -> str:
    """Whom an address leads to."""
    return "/".join(str(address or "").split("/")[:3]).lower()


def _store(connection: Connection, given: Mapping[str, Any], user: User | None) -> None:
    by_name = {setting.name: setting for setting in load(connection.kind).settings}
    before = secrets_of(connection)
    stored = connection.values | marks_of(connection.kind, before)
    secrets = {name: value for name, value in given.items() if by_name[name].is_secret and value}
    now = {"at": timezone.now().isoformat(), "by": str(user) if user else ""}
    replaced = {name: now for name in secrets if secrets[name] != before.get(name)}
    connection.values = {name: value for name, value in given.items() if not by_name[name].is_secret}
    connection.secrets = json.dumps(secrets) if secrets else ""
    connection.secrets_set = {name: connection.secrets_set.get(name, now) for name in secrets} | replaced
    connection.save()
    parts = {name: ("address", label) for name, label in labels_of(connection.kind).items()}
    now_stored = connection.values | marks_of(connection.kind, secrets)
    old, new = ({name: told_of(value) for name, value in one.items()} for one in (stored, now_stored))
    edits.note(edits.between(parts, f"connection {connection.pk}", old, new), user)
    receivers.keep_ids(connection)


def new_address(connection: Connection, user: User | None) -> str:
    """A new path under which partners bring files, told this once; the old one leads nowhere from now on."""
    note(connection, "A new address for incoming files was made.", user)
    return receivers.new_address(connection)


@transaction.atomic
def confirm(connection: Connection, setting: str, value: str, user: User | None) -> None:
    """Trust what the other side showed, such as its host key. Raises `WrongSettings`."""
    change(connection, name=connection.name, values={**connection.values, setting: value}, user=user)


def forget(connection: Connection) -> None:
    """Forget sessions and tokens: they were made with other settings. How far a parcel had come stays."""
    ConnectionMemory.objects.filter(connection=connection).exclude(name__startswith=PARCEL).delete()


def switch(connection: Connection, *, on: bool, user: User | None) -> bool:
    """Switch it on or off; false when it is so already. What is switched off neither pulls nor pushes."""
    if not Connection.objects.filter(pk=connection.pk, is_enabled=not on).update(is_enabled=on):
        return False
    note(connection, f"Switched {'on' if on else 'off'}.", user)
    return True


def test(connection: Connection, user: User | None) -> list[Tick]:
    """Make the steps of *Test connection* one after the other, up to the first that fails. Call it outside of any
    transaction, with the row's tenant in no scope."""
    with scope(connection.tenant_id):
        connector = ready(connection)
    ticks: list[Tick] = []
    for check in connector.checks():
        ticks.append(make(connection, check))
        if not ticks[-1].is_good:
            break
    told(connection, ticks, user)
    return ticks


def make(connection: Connection, check: Check) -> Tick:
    """One step. An error of ours becomes a step that failed, and stands in the log."""
    try:
        return Tick(check.label, True, tellable(check.run()))
    except Unconfirmed as shown:
        return Tick(check.label, False, tellable(str(shown)), (shown.setting, shown.value))
    except NetworkError as error:
        return Tick(check.label, False, tellable(str(error)))
    except Exception:
        logger.exception("Testing connection %s: %s", connection.pk, check.label)
        return Tick(check.label, False, OURS)


def told(connection: Connection, ticks: list[Tick], user: User | None) -> None:
    """Store what a test came to."""
    bad = next((tick for tick in ticks if not tick.is_good), None)
    with scope(connection.tenant_id):
        health(connection, "" if bad is None else f"{bad.label}: {bad.text}")
        text = f"Tested: {len(ticks)} steps passed." if bad is None else f"Tested: {bad.label} failed. {bad.text}"
        note(connection, text, user, Level.INFO if bad is None else Level.ERROR)


NOTED_AGAIN = timedelta(seconds=10)
"""How long that a connection works holds before it is noted again."""


def health(connection: Connection, error: str) -> None:
    """Keep whether what was tried last worked; an empty error says that it did. What works all the time is noted now
    and then. Waits for nobody: who notes it in this moment may want what the caller holds."""
    now = timezone.now()
    last = None if error or connection.is_failing else connection.last_success_at
    if last is not None and now - last < NOTED_AGAIN:
        return
    at = "last_error_at" if error else "last_success_at"
    row = Connection.objects.filter(pk=connection.pk)
    if row.select_for_update(skip_locked=True, no_key=True).values("pk").first():
        row.update(**{at: now, "last_error": tellable(error, 400)})


def note(connection: Connection, text: str, user: User | None = None, level: str = Level.INFO) -> None:
    ConnectionEntry.objects.create(connection=connection, text=tellable(text), user=user, level=level)

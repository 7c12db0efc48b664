"""The life of a connection: made, changed, tested, switched off. Whatever happens to it stands in its log."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from arhub.domain.sentences import tellable
from arhub.models import Ledger, Source, User
from arhub.network.errors import NetworkError
from arhub.tenancy.scope import scope
from connectors.base import Check, Setting
from connectors.domain.setup import connector_of, secrets_of
from connectors.models import Connection, ConnectionEntry, ConnectionMemory
from connectors.registry import load

Level = ConnectionEntry.Level
LARGEST, LONGEST = 1_000_000, 20_000
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
OURS = "The hub made a mistake here; support finds it in the log."

logger = logging.getLogger(__name__)


class WrongSettings(Exception):
    """Some settings are not as they should be; `errors` has a sentence for each, by name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Tick:
    """A step of *Test connection* that was made. `text` says what was found, or what to do about it."""

    label: str
    is_good: bool
    text: str


@transaction.atomic
def create(
    kind: str,
    *,
    name: str,
    values: Mapping[str, Any],
    user: User | None = None,
    ledger: Ledger | None = None,
) -> Connection:
    """Store a connection, and the source its records will belong to: in `ledger`, or in one of its own. Raises
    `WrongSettings`."""
    given = valid(kind, name, values)
    connection = Connection(kind=kind, name=name, created_by=user)
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
    """Change name and settings. A secret that is left empty stays as it is. Raises `WrongSettings`."""
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
    kept = {s.name: stored[s.name] for s in settings if s.is_secret and not values.get(s.name) and s.name in stored}
    places = [s.name for s in settings if s.kind == "url"]
    if any(_origin(values.get(name, stored.get(name))) != _origin(stored.get(name)) for name in places):
        again = "enter it again, as the address has changed."
        errors |= {s.name: f"{s.label}: {again}" for s in settings if s.name in kept}
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


def checked(settings: tuple[Setting, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a connector's settings, cleaned. Raises `WrongSettings`."""
    found: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for setting in settings:
        value = values.get(setting.name, setting.default)
        value = value.strip() if isinstance(value, str) and not setting.is_secret else value
        if value in ("", None) and setting.required:
            errors[setting.name] = f"{setting.label} is needed."
        elif problem := _problem(setting, value):
            errors[setting.name] = problem
        else:
            found[setting.name] = int(value) if setting.kind == "number" and value not in ("", None) else value
    if unknown := set(values) - {setting.name for setting in settings}:
        errors[min(unknown)] = f"Expected a setting of {', '.join(s.name for s in settings)}, found {min(unknown)}."
    if errors:
        raise WrongSettings(errors)
    return found


def _problem(setting: Setting, value: Any) -> str:
    wrong = f"{setting.label}: expected "
    match setting.kind:
        case "number" if value not in ("", None) and not (str(value).isascii() and str(value).isdigit()):
            return f"{wrong}a whole number, found “{value}”."
        case "number" if len(str(value or 0)) > 18 or int(value or 0) > LARGEST:
            return f"{wrong}at most {LARGEST:,}."
        case "choice" if value not in ("", None, *(known for known, _ in setting.choices)):
            return f"{wrong}{', '.join(dict(setting.choices))}, found “{value}”."
        case "bool" if not isinstance(value, bool):
            return f"{wrong}true or false, found “{value}”."
        case "text" | "secret" | "url" if not isinstance(value, str):
            return f"{wrong}a text."
        case "text" | "secret" | "url" if len(value) > LONGEST or NO_TEXT.search(value):
            return f"{wrong}a text of at most {LONGEST:,} characters, all of which can be seen."
        case "url" if value:
            return _wrong_address(setting, value)
    return ""


def _wrong_address(setting: Setting, value: str) -> str:
    """A user or password in an address would be shown with it."""
    if not value.startswith(("https://", "http://")):
        return f"{setting.label}: expected an address that begins with https://, found “{value}”."
    has_user = "@" in value.partition("://")[2].partition("/")[0]
    return f"{setting.label}: expected an address without a user or password in it." if has_user else ""


def _store(connection: Connection, given: Mapping[str, Any], user: User | None) -> None:
    by_name = {setting.name: setting for setting in load(connection.kind).settings}
    before = secrets_of(connection)
    secrets = {name: value for name, value in given.items() if by_name[name].is_secret and value}
    now = {"at": timezone.now().isoformat(), "by": str(user) if user else ""}
    replaced = {name: now for name in secrets if secrets[name] != before.get(name)}
    connection.values = {name: value for name, value in given.items() if not by_name[name].is_secret}
    connection.secrets = json.dumps(secrets) if secrets else ""
    connection.secrets_set = {name: connection.secrets_set.get(name, now) for name in secrets} | replaced
    connection.save()


def forget(connection: Connection) -> None:
    """Forget sessions and tokens: they were made with other settings."""
    ConnectionMemory.objects.filter(connection=connection).delete()


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
        connector = connector_of(connection)
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


def health(connection: Connection, error: str) -> None:
    """Keep whether what was tried last worked; an empty error says that it did."""
    now = timezone.now()
    at = "last_error_at" if error else "last_success_at"
    Connection.objects.filter(pk=connection.pk).update(**{at: now, "last_error": tellable(error, 400)})


def note(connection: Connection, text: str, user: User | None = None, level: str = Level.INFO) -> None:
    ConnectionEntry.objects.create(connection=connection, text=tellable(text), user=user, level=level)

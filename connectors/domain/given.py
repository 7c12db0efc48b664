"""What people gave for the settings of a connection: cleaned, or told what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.base import Setting
from connectors.gateways.templates import WrongTemplate, check
from connectors.models import Connection

LARGEST, LONGEST, LAST_PORT = 1_000_000, 20_000, 65_535
NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
HOST = re.compile(r"[^\s/@:]+|\[?[0-9a-fA-F:]+\]?")


class WrongSettings(Exception):
    """Some settings are not as they should be; `errors` has a sentence for each, by name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


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
            found[setting.name] = (
                int(value) if setting.kind in ("number", "port", "connection") and value not in ("", None) else value
            )
    if unknown := set(values) - {setting.name for setting in settings}:
        errors[min(unknown)] = f"Expected a setting of {', '.join(s.name for s in settings)}, found {min(unknown)}."
    if errors:
        raise WrongSettings(errors)
    return found


def _problem(setting: Setting, value: Any) -> str:
    if value is None:
        return ""
    wrong = f"{setting.label}: expected "
    match setting.kind:
        case "number" | "port" if value not in ("", None) and not (str(value).isascii() and str(value).isdigit()):
            return f"{wrong}a whole number, found “{value}”."
        case "number" if len(str(value or 0)) > 18 or int(value or 0) > LARGEST:
            return f"{wrong}at most {LARGEST:,}."
        case "port" if value not in ("", None) and not (len(str(value)) <= 5 and 1 <= int(value) <= LAST_PORT):
            return f"{wrong}a number from 1 to {LAST_PORT}, found {value}."
        case "choice" if value not in ("", None, *(known for known, _ in setting.choices)):
            return f"{wrong}{', '.join(dict(setting.choices))}, found “{value}”."
        case "bool" if not isinstance(value, bool):
            return f"{wrong}true or false, found “{value}”."
        case "connection" if value not in ("", None):
            return _wrong_carrier(setting, value)
        case "text" | "secret" | "url" | "host" | "template" if not isinstance(value, str):
            return f"{wrong}a text."
        case "text" | "secret" | "url" | "host" | "template" if len(value) > LONGEST or NO_TEXT.search(value):
            return f"{wrong}a text of at most {LONGEST:,} characters, all of which can be seen."
        case "url" if value:
            return _wrong_address(setting, value)
        case "host" if value and not HOST.fullmatch(value):
            return f"{wrong}the name of a host, such as sftp.example.com, found “{value}”."
        case "template":
            return _wrong_template(setting, value)
    return ""


def _wrong_carrier(setting: Setting, value: Any) -> str:
    kinds = dict(setting.choices)
    found = Connection.objects.filter(pk=value, kind__in=kinds).exists() if str(value).isdecimal() else False
    return (
        "" if found else f"{setting.label}: expected one of your connections of the kind {' or '.join(kinds.values())}."
    )


def _wrong_template(setting: Setting, value: str) -> str:
    try:
        check(value)
    except WrongTemplate as problem:
        return f"{setting.label}: {problem}"
    return ""


def _wrong_address(setting: Setting, value: str) -> str:
    """A user or password in an address would be shown with it."""
    if not value.startswith(("https://", "http://")):
        return f"{setting.label}: expected an address that begins with https://, found “{value}”."
    has_user = "@" in value.partition("://")[2].partition("/")[0]
    return f"{setting.label}: expected an address without a user or password in it." if has_user else ""

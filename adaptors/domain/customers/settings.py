"""The settings of an activation on its tab General: what may be changed, and what is wrong with what was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model

from adaptors.domain.choices import destinations_for
from adaptors.domain.names import take_turns
from adaptors.fields import BY_NAME
from adaptors.models import Activation
from adaptors.registry import FORMATS, label_of, load
from arhub.models import Membership, User
from arhub.records.documents import DOCUMENT_TYPES
from arhub.tenancy.scope import current_tenant_id
from connectors.base import Setting
from connectors.domain.given import WrongSettings, checked
from connectors.domain.publishing import CannotPublish, check_shop
from connectors.gateways.templates import EXAMPLE, WrongTemplate, check, file_name
from connectors.models import Connection

GENERAL = ("when_changed", "no_vat_category", "exemption_reason")
"""The fields of the group General that hold for all customers of an activation."""
LONGEST = 200
MOST_STATUSES = 50


def members() -> Any:
    """The people of the tenant at hand."""
    own = Membership.objects.filter(tenant=current_tenant_id()).values("user")
    return get_user_model().objects.filter(pk__in=own, is_active=True).order_by("name", "email")


def options_of(kind: str) -> tuple[Setting, ...]:
    """What a format asks for; nothing for none."""
    return load(kind).options if kind in FORMATS else ()


def valid(activation: Activation, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, cleaned, by the names of the activation's fields. `format_values`, `general` and `values` keep what
    is stored beside what is given; a format that is chosen anew keeps what it knows. Raises `WrongSettings` with a
    sentence for each that is wrong, by names such as general-language for those within one of these three."""
    found: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in values.items():
        try:
            found[name] = CHECKS[name](activation, value)
        except ValueError as problem:
            errors[name] = str(problem)
        except WrongSettings as problem:
            errors |= _within(name, problem)
    if "format" in found or "format_values" in values:
        try:
            chosen = found.get("format", activation.format)
            found["format_values"] = _options(activation, chosen, values.get("format_values", {}))
        except WrongSettings as problem:
            errors |= _within("format_values", problem)
    if errors:
        raise WrongSettings(errors)
    return found


def _within(name: str, problem: WrongSettings) -> dict[str, str]:
    return {f"{name}-{inner}": text for inner, text in problem.errors.items()}


def _name(activation: Activation, value: str) -> str:
    name = value.strip()
    if not name:
        raise ValueError("An adaptor needs a name.")
    if len(name) > 120:
        raise ValueError(f"Expected a name of at most 120 characters, found {len(name)}.")
    take_turns()
    if Activation.objects.filter(name=name).exclude(pk=activation.pk).exists():
        raise ValueError(f"There is an adaptor called {name} already.")
    return name


def _owner(activation: Activation, value: User | None) -> User | None:
    if value is not None and value != activation.owner and not members().filter(pk=value.pk).exists():
        raise ValueError("Expected one of the people of your company.")
    return value


def _destination(activation: Activation, value: Connection | None) -> Connection | None:
    entry = activation.entry
    if value is None or value == activation.destination or destinations_for(entry).filter(pk=value.pk).exists():
        return value
    raise ValueError(f"{value} carries nothing of {entry.label}, or is switched off.")


def _dated_from(activation: Activation, value: date) -> date:
    if not isinstance(value, date):
        raise ValueError(f"Expected a date, found “{value}”.")
    return value


def _document_types(activation: Activation, value: list[str]) -> list[str]:
    known = [name for name, _ in DOCUMENT_TYPES]
    if unknown := [one for one in value if one not in known]:
        raise ValueError(f"Expected {', '.join(known)}, found “{unknown[0]}”.")
    if not value:
        raise ValueError("Choose at least one type of document.")
    return [name for name in known if name in value]


def _statuses(activation: Activation, value: list[str]) -> list[str]:
    words = list(dict.fromkeys(word.strip() for word in value if word.strip()))
    if len(words) > MOST_STATUSES or any(len(word) > 60 for word in words):
        raise ValueError(f"Expected at most {MOST_STATUSES} words of at most 60 characters each.")
    if any("\x00" in word for word in words):
        raise ValueError("Expected words, found a NUL character.")
    return words


def _format(activation: Activation, value: str) -> str:
    offered = activation.entry.formats
    if value not in offered and (value or offered):
        known = ", ".join(label_of(kind) for kind in offered) or "none, as it has no formats"
        raise ValueError(f"Expected one of {known}, found “{value}”.")
    return value


def _file_name(activation: Activation, value: str) -> str:
    template = value.strip()
    if len(template) > LONGEST:
        raise ValueError(f"Expected at most {LONGEST} characters, found {len(template)}.")
    try:
        check(template)
        if template:
            file_name(template, EXAMPLE)
    except WrongTemplate as problem:
        raise ValueError(str(problem)) from None
    return template


def _general(activation: Activation, value: Mapping[str, str]) -> dict[str, str]:
    """An empty value leaves it to the data, or to the default."""
    for name, given in value.items():
        field = BY_NAME[name]
        if field.choices and given and given not in dict(field.choices):
            raise WrongSettings({name: f"{field.label}: expected {', '.join(dict(field.choices))}, found “{given}”."})
    return {name: given for name, given in {**activation.general, **value}.items() if given}


def _values(activation: Activation, value: Mapping[str, Any]) -> dict[str, Any]:
    found = checked(activation.entry.settings, {**activation.values, **value})
    if shop := found.get("shop"):
        try:
            check_shop(shop)
        except CannotPublish as problem:
            raise WrongSettings({"shop": str(problem)}) from None
    return found


def _options(activation: Activation, chosen: str, given: Mapping[str, Any]) -> dict[str, Any]:
    options = options_of(chosen)
    known = {option.name for option in options}
    kept = {name: value for name, value in activation.format_values.items() if name in known}
    return checked(options, {**kept, **given})


CHECKS: dict[str, Callable[[Activation, Any], Any]] = {
    "name": _name,
    "owner": _owner,
    "destination": _destination,
    "dated_from": _dated_from,
    "document_types": _document_types,
    "statuses": _statuses,
    "format": _format,
    "format_values": lambda activation, value: value,
    "file_name": _file_name,
    "general": _general,
    "values": _values,
}
"""What may be changed → a function that cleans it, or raises ValueError with what is wrong."""

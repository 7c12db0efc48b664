"""Sets of common settings for chosen customers: made, renamed, removed."""

from __future__ import annotations

from django.db import transaction

from adaptors.domain.customers.rules import CannotChange, choose_common
from adaptors.models import Activation, CommonSettings, ExportRule

LONGEST = 120


@transaction.atomic
def create(activation: Activation, name: str) -> CommonSettings:
    """An empty set. Raises `CannotChange`."""
    Activation.objects.select_for_update(of=("self",)).get(pk=activation.pk)
    return CommonSettings.objects.create(activation=activation, name=_free(activation, name))


def rename(chosen: CommonSettings, name: str) -> None:
    """Raises `CannotChange`."""
    chosen.name = _free(chosen.activation, name, chosen)
    chosen.save(update_fields=["name"])


@transaction.atomic
def remove(chosen: CommonSettings) -> int:
    """Delete a set; how many customers go back to the settings for all."""
    freed = choose_common(ExportRule.objects.filter(activation=chosen.activation, common=chosen), None)
    chosen.delete()
    return freed


def _free(activation: Activation, name: str, own: CommonSettings | None = None) -> str:
    text = " ".join(name.split())
    if not text:
        raise CannotChange("Common settings for chosen customers need a name, such as “Public sector”.", "name")
    if len(text) > LONGEST:
        raise CannotChange(f"Expected a name of at most {LONGEST} characters, found {len(text)}.", "name")
    others = CommonSettings.objects.filter(activation=activation, name=text)
    if (others.exclude(pk=own.pk) if own else others).exists():
        raise CannotChange(f"There are common settings called {text} already.", "name")
    return text

"""Whether the keys are the ones that the stored secrets were encrypted with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

from arhub.secrets.cipher import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@register(Tags.database)
def check_keys(
    app_configs: Sequence[Any] | None, databases: Iterable[str] | None, **options: Any
) -> list[CheckMessage]:
    """A canary stands in the database: a secret that everybody knows. What does not open it would open no other."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    canaries = apps.get_model("arhub.SecretCanary")
    if canaries._meta.db_table not in connections[DEFAULT_DB_ALIAS].introspection.table_names():
        return []  # its migration is yet to run
    try:
        for canary in canaries._default_manager.all():
            canary.value.reveal()
    except Unreadable as error:
        hint = "Set ARHUB_SECRET_KEYS to the keys the hub ran with before, or bring its file var/secret_keys back."
        return [Error(f"The keys for stored credentials are not the right ones. {error}", hint=hint, id="arhub.E004")]
    return []

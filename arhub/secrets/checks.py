"""Whether the keys are the ones that the stored secrets were encrypted with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connections

from arhub.secrets.cipher import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NO_CANARY = checks.Warning(
    "There is no canary yet, so keys that go missing would not be noticed.",
    hint="manage.py up makes it, and so does manage.py rotate_secrets.",
    id="arhub.W001",
)


@checks.register(checks.Tags.database)
def check_keys(
    app_configs: Sequence[Any] | None, databases: Iterable[str] | None, **options: Any
) -> list[checks.CheckMessage]:
    """A canary stands in the database: a secret that everybody knows. What does not open it would open no other."""
    canaries = apps.get_model("arhub.SecretCanary")
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    if canaries._meta.db_table not in connections[DEFAULT_DB_ALIAS].introspection.table_names():
        return []  # its migration is yet to run
    canary = canaries._default_manager.first()
    return _opened(canary) if canary else [NO_CANARY]


def _opened(canary: Any) -> list[checks.CheckMessage]:
    try:
        canary.value.reveal()
    except Unreadable as error:
        text = f"The keys for stored credentials are not the right ones. {error}"
        hint = "Set ARHUB_SECRET_KEYS to the keys the hub ran with before, or bring its file var/secret_keys back."
        return [checks.Error(text, hint=hint, id="arhub.E004")]
    return []

"""System checks: whether documents can be checked, and by which rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks

from adaptors.domain.documents.checking import NOT_INSTALLED, active_rules
from adaptors.validation.base import CannotCheck
from adaptors.validation.packages import HOW_TO_INSTALL, missing

HOW_TO_INSTALL_RULES = "manage.py install_rules takes their release; docs/validation.md tells where to get it."


@checks.register()
def check_packages(app_configs: Sequence[Any] | None, **options: Any) -> list[checks.CheckMessage]:
    """Documents are written without them, but cannot be checked."""
    if lacking := missing():
        text = f"Documents cannot be checked before they go out: {' and '.join(lacking)} missing."
        return [checks.Warning(text, hint=HOW_TO_INSTALL, id="adaptors.W001")]
    try:
        active_rules()
    except CannotCheck as error:
        return [checks.Error(str(error), hint=HOW_TO_INSTALL_RULES, id="adaptors.E001")]
    return []


@checks.register()
def check_mail(app_configs: Sequence[Any] | None, **options: Any) -> list[checks.CheckMessage]:
    """A mail server of the hub's own sends nothing without an address to send from."""
    if not settings.SMTP or "@" in settings.MAIL_FROM:
        return []
    text = "ARHUB_SMTP names a mail server, and ARHUB_MAIL_FROM no address that mails come from."
    return [checks.Error(text, hint="Set ARHUB_MAIL_FROM, such as hub@example.com.", id="adaptors.E002")]


@checks.register(deploy=True)
def tell_rules(app_configs: Sequence[Any] | None, **options: Any) -> list[checks.CheckMessage]:
    """For `check --deploy` alone: it is no trouble to lack a set that no partner asks for."""
    try:
        rules = [] if missing() else active_rules()
    except CannotCheck:
        return []  # told above
    active = [f"{label} {version}" for _, label, version in rules if version != NOT_INSTALLED]
    lacking = [label for _, label, version in rules if version == NOT_INSTALLED]
    told: list[checks.CheckMessage] = []
    if active:
        told.append(checks.Info(f"Documents are checked by {', '.join(active)}.", id="adaptors.I001"))
    if lacking:
        text = f"The rules of {' and '.join(lacking)} are not installed; documents are not checked by them."
        told.append(checks.Info(text, hint=HOW_TO_INSTALL_RULES, id="adaptors.I002"))
    return told

"""The tab *General* of an activation. Who may change it gets the form of `general_form`, anybody else its facts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from adaptors.admin.general_form import facts
from adaptors.catalogue import Work
from adaptors.models import Activation
from arhub.admin.base import allows
from arhub.models import Role
from connectors.admin.sending_files import fields


def shown(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    if not allows(request, Role.MANAGER):
        return {"facts": facts(activation)}
    return {"template_fields": fields() if activation.entry.work is Work.EXPORT else ()}

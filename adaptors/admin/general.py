"""The tab *General* of an activation. Who may change it gets the form of `general_form`, anybody else its facts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from adaptors.admin.general_form import IN_DESIGNER, facts
from adaptors.catalogue import Work
from adaptors.domain.customers.settings import options_of
from adaptors.models import Activation
from arhub.admin.base import allows
from arhub.models import Role
from connectors.admin.sending_files import fields


def shown(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    if not allows(request, Role.MANAGER):
        return {"facts": facts(activation)}
    has_columns = any(option.kind == IN_DESIGNER for option in options_of(activation.format))
    return {
        "template_fields": fields() if activation.entry.work is Work.EXPORT else (),
        "columns_url": reverse("admin:adaptors_columns", args=[activation.pk]) if has_columns else "",
    }

"""A filter by an adaptor or a connection."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.http import HttpRequest

from arhub.admin.sharing import visible
from arhub.domain.sharing import kind_of


class SharedFilter(RelatedFieldListFilter):
    """Offers those that the person sees."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        model = field.related_model
        return [(one.pk, str(one)) for one in visible(request, model.objects.order_by("name"), kind_of(model))]

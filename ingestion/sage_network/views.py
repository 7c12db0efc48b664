"""The one view of the Sage Network API: it finds what serves a path, and tells every error as an object."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from arhub.api.errors import ApiError, answer


@csrf_exempt
def dispatch(request: Any, path: str | None) -> HttpResponse:
    return answer(request, ApiError(404, "There is nothing at this address."))

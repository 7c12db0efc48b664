"""The doors of partners: files that they bring, and the receipts of what was sent to them."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from arhub.api import bodies
from arhub.api.errors import ApiError
from connectors.domain import receivers, receiving
from connectors.gateways.as2.gateway import As2Gateway

logger = logging.getLogger(__name__)


@csrf_exempt
@transaction.non_atomic_requests
def bring(request: Any, token: str) -> HttpResponse:
    """Files for the connection that has this address."""
    return _receive(request, f"token:{token}")


@csrf_exempt
@transaction.non_atomic_requests
def as2(request: Any) -> HttpResponse:
    """AS2 messages and MDNs: From and To say whose they are."""
    return _receive(request, f"as2:{As2Gateway.address_of(_headers(request))}")


def _receive(request: Any, what: str) -> HttpResponse:
    if request.method not in ("POST", "PUT"):
        return _said(405, "Send a file here by POST.", {"Allow": "POST, PUT"})
    candidates = receivers.find(what)
    if not candidates:
        return _said(404, "There is nobody here by that address.", {"Connection": "close"})
    try:
        with bodies.taken(request, settings.MOST_PARTNER_BYTES) as file:
            reply = receiving.receive(
                candidates, method=request.method, headers=_headers(request), query=request.GET.dict(), file=file
            )
    except ApiError as error:
        return _said(error.status, error.message, error.headers)
    except Exception:
        logger.exception("What a partner brought")
        return _said(500, "The hub made a mistake here; nothing was taken. Send it again later.", {})
    return HttpResponse(reply.body, status=reply.status, headers=dict(reply.headers))


def _headers(request: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _said(status: int, text: str, headers: Any) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=dict(headers))

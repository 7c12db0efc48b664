"""The same Idempotency-Key and request get the same answer, and what they ask for happens once.

The request's row is committed on the side connection before anything else, so that others see it. Whoever holds its
lock in the request's own transaction answers, and stores the answer there: it stands exactly if what it tells does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from arhub.api import bodies
from arhub.api.errors import ApiError, answer
from arhub.models import IdempotentRequest
from arhub.secrets.masking import mask
from arhub.tenancy.scope import scope, scope_all

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
WAIT_SECONDS = 10
KEPT_DAYS = 3
_KEPT_HEADERS = ("Content-Type", "Location")
_TRY_AGAIN = frozenset({409, 429})
Respond = Callable[[HttpRequest], Any]


def applies(request: Any) -> bool:
    return request.method in ("POST", "PATCH", "PUT", "DELETE") and HEADER in request.headers


def respond_once(request: Any, respond: Respond) -> Any:
    """The answer to a request with an Idempotency-Key, in the transaction that is open for it. One of 400 and above
    leaves nothing but itself."""
    try:
        asked = _register(request)
        first = _locked(asked)
    except ApiError as error:
        return answer(request, error)
    if first.status is not None:
        return _as_stored(first)
    with transaction.atomic():
        response = respond(request)
        if response.status_code >= 400:
            transaction.set_rollback(True)
    if response.status_code < 500 and response.status_code not in _TRY_AGAIN:
        _store(asked, response)
    return response


def forget_old() -> int:
    """Forget what nobody will ask again. Returns how many."""
    with scope_all("forget answered requests"):
        old = IdempotentRequest.objects.filter(received_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
        return old.delete()[0]


def _register(request: Any) -> IdempotentRequest:
    key, client = request.headers[HEADER], request.api_key.client if request.api_key else None
    if not client or not 0 < len(key) <= 255:
        raise ApiError(400, f"Expected 1 to 255 characters in {HEADER}, from a caller with an API key.")
    digest = bodies.digest(request)
    with scope(request.tenant.pk, using="side"):
        known = IdempotentRequest.objects.using("side")
        known.bulk_create([IdempotentRequest(client=client, key=key, digest=digest)], ignore_conflicts=True)
        asked = known.get(client=client, key=key)
    if asked.digest != digest:
        text = f"This {HEADER} came with another request before. Use a new one for each request."
        raise ApiError(422, text, code="idempotency_key_reused")
    return asked


def _locked(asked: IdempotentRequest) -> IdempotentRequest:
    """The row as it is once nobody else works on it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"set local lock_timeout = '{WAIT_SECONDS}s'")
            found = IdempotentRequest.objects.select_for_update().get(pk=asked.pk)
            cursor.execute("set local lock_timeout = default")
            return found
    except OperationalError as error:
        text = f"The first request with this {HEADER} is still at work. Ask again in a moment."
        headers = {"Retry-After": str(WAIT_SECONDS)}
        raise ApiError(409, text, code="idempotency_key_in_use", headers=headers) from error


def _store(asked: IdempotentRequest, response: Any) -> None:
    headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    values = {"status": response.status_code, "headers": headers, "body": _kept(response)}
    IdempotentRequest.objects.filter(pk=asked.pk).update(**values)


def _kept(response: HttpResponse) -> bytes:
    """The answer's body; one that shows a credential is kept without it."""
    content = bytes(response.content)
    return mask(content.decode()).encode() if "no-store" in response.get("Cache-Control", "") else content


def _as_stored(first: IdempotentRequest) -> HttpResponse:
    return HttpResponse(bytes(first.body), status=first.status, headers={**first.headers, REPLAYED: "true"})

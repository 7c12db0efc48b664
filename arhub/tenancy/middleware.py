"""Each request of somebody who is known works for one tenant, in one transaction."""

from __future__ import annotations

from contextlib import nullcontext
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from arhub.api import bodies, callers, idempotency
from arhub.api.errors import ApiError, answer, is_api
from arhub.domain.acting import acting
from arhub.models import ApiKey, Membership, Role
from arhub.tenancy.scope import scope
from arhub.views.errors import other_company

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest, HttpResponseBase

SESSION_KEY = "tenant_id"
FORM_BYTES = 256 * 1024


class TenantMiddleware:
    """Sets `request.tenant`, and `request.membership` of a person or `request.api_key` of a program; all are None when
    the caller is unknown or belongs to no tenant.

    The transaction is opened here rather than by ATOMIC_REQUESTS, which ends before a TemplateResponse is
    rendered, as the admin's are. It is rolled back on any answer of 400 and above.

    What partners call (PARTNER_PATHS) knows its tenant by other means, takes bodies itself and opens its transactions
    itself: a receipt is given when what it speaks of is stored.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        request.tenant = request.membership = request.api_key = request.key_refused = None
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address has a NUL character in it.")
        if request.path.startswith(tuple(settings.PARTNER_PATHS)):
            return self.get_response(request)
        caller = identify(request)
        if refusal := refuse_size(request, caller):
            return refusal
        try:
            bodies.spool(request)
        except ApiError as error:
            return answer(request, error)
        if caller is None:
            return self.get_response(request)
        tenant = caller.tenant_id
        assert tenant is not None
        with transaction.atomic(), scope(tenant), acting(caller):
            request.tenant = caller.tenant
            if request.membership and is_for_another(request, request.membership):
                return other_company(request)
            with timezone.override(request.tenant.zone) if not is_api(request.path) else nullcontext():
                response = self._respond(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = stream_in_scope(tenant, response.streaming_content)
        return response

    def _respond(self, request: Any) -> HttpResponseBase:
        if is_api(request.path) and idempotency.applies(request):
            return idempotency.respond_once(request, self.get_response)
        response = self.get_response(request)
        if response.status_code >= 400:
            transaction.set_rollback(True)
        return response


def identify(request: Any) -> Membership | ApiKey | None:
    """Whose tenant the request is for. A key that came and opens nothing is not made up for by a session."""
    if is_api(request.path):
        callers.identify(request)
        if request.api_key or request.key_refused:
            return request.api_key
    request.membership = choose_membership(request)
    return request.membership


def refuse_size(request: Any, caller: Membership | ApiKey | None) -> HttpResponse | None:
    """An answer to a body that is more than a form from somebody who may not upload, or more than anybody may. Looked
    at before anything reads it: the check for forged requests would already put its files on the disk."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    size = int(announced) if announced.isdecimal() else settings.MOST_BODY_BYTES + 1
    if size > settings.MOST_BODY_BYTES:
        return refuse(request, bodies.too_large())
    may_upload = callers.may_write(caller) if isinstance(caller, ApiKey) else caller and caller.allows(Role.CLERK)
    if may_upload or (size <= FORM_BYTES and not bodies.is_chunked(request)):
        return None
    headers = {"Connection": "close"}
    if is_api(request.path):
        refused = ApiError(401, "Only callers who may write send more than a form.", headers=headers)
        return answer(request, request.key_refused or refused)
    return refuse(request, ApiError(413, "Only clerks who are signed in may send files.", headers=headers))


def refuse(request: Any, error: ApiError) -> HttpResponse:
    if is_api(request.path):
        return answer(request, error)
    return HttpResponse(error.message, status=error.status, content_type="text/plain", headers=error.headers)


def is_for_another(request: Any, membership: Membership) -> bool:
    """Whether a form says it was filled in for another company than the one the person now works for: in another
    window they went to it after this form was opened."""
    if request.method in bodies.SAFE or request.content_type not in bodies.FORMS:
        return False
    return request.POST.get("for_tenant") not in (None, "", str(membership.tenant_id))


def choose_membership(request: Any) -> Membership | None:
    """The tenant the person chose, while they still belong to it; otherwise their first, but to look only: what a
    form was filled in for one company must not land in another. The tenants themselves cannot be read yet."""
    if not request.user.is_authenticated:
        return None
    memberships = Membership.objects.filter(user=request.user).order_by("pk")
    wanted = request.session.get(SESSION_KEY)
    membership = memberships.filter(tenant_id=wanted).first() if isinstance(wanted, int) else None
    if membership is None and isinstance(wanted, int) and request.method not in bodies.SAFE:
        return None
    membership = membership or memberships.first()
    if membership and membership.tenant_id != wanted:
        request.session[SESSION_KEY] = membership.tenant_id
    return membership


def stream_in_scope(tenant_id: int, content: Any) -> Iterator[bytes]:
    """A body that is made while it is sent, in one transaction of the tenant. In a context of its own, so that
    nothing that runs between two pieces finds itself in the tenant."""

    def pieces() -> Iterator[bytes]:
        with scope(tenant_id):
            yield from content

    context, iterator = copy_context(), pieces()
    try:
        while (piece := context.run(next, iterator, None)) is not None:
            yield piece
    finally:
        context.run(iterator.close)  # type: ignore[attr-defined]

"""Each signed-in request works for one tenant, in one transaction."""

from __future__ import annotations

import shutil
from contextvars import copy_context
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone

from arhub.models import Membership, Role
from arhub.tenancy.scope import scope
from arhub.views.errors import other_company

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest, HttpResponseBase

SESSION_KEY = "tenant_id"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MEMORY_BYTES = 1024 * 1024
FORM_BYTES = 256 * 1024
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TenantMiddleware:
    """Sets `request.tenant` and `request.membership`; None when nobody is signed in or they belong to no tenant.

    The transaction is opened here rather than by ATOMIC_REQUESTS, which ends before a TemplateResponse is
    rendered, as the admin's are. It is rolled back on any answer of 400 and above.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        membership = choose_membership(request)
        request.membership = membership
        request.tenant = None
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address has a NUL character in it.")
        if is_too_large(request, membership):
            sentence, headers = "Only clerks who are signed in may send files.", {"Connection": "close"}
            return HttpResponse(sentence, status=413, content_type="text/plain", headers=headers)
        if membership is None:
            return self.get_response(request)
        spool_body(request)
        with transaction.atomic(), scope(membership.tenant_id):
            request.tenant = membership.tenant
            if is_for_another(request, membership):
                return other_company(request)
            with timezone.override(request.tenant.zone):
                response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = stream_in_scope(membership.tenant_id, response.streaming_content)
        return response


def is_too_large(request: Any, membership: Membership | None) -> bool:
    """Whether a body is more than a form of somebody who may not upload. Looked at before anything reads it: the
    check for forged requests would already put its files on the disk."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    may_upload = membership is not None and membership.allows(Role.CLERK)
    return not may_upload and (not size.isdecimal() or int(size) > FORM_BYTES)


def is_for_another(request: Any, membership: Membership) -> bool:
    """Whether a form says it was filled in for another company than the one the person now works for: in another
    window they went to it after this form was opened."""
    if request.method in SAFE or request.content_type not in FORMS:
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
    if membership is None and isinstance(wanted, int) and request.method not in SAFE:
        return None
    membership = membership or memberships.first()
    if membership and membership.tenant_id != wanted:
        request.session[SESSION_KEY] = membership.tenant_id
    return membership


def spool_body(request: Any) -> None:
    """Take the whole body from the network before the transaction opens: a slow sender must hold no locks."""
    if request.method in SAFE:
        return
    if request.content_type in FORMS:
        request.POST  # noqa: B018  parses it, files into the upload directory
    elif not request._read_started:
        spool = SpooledTemporaryFile(max_size=MEMORY_BYTES, dir=str(settings.FILE_UPLOAD_TEMP_DIR))  # noqa: SIM115
        shutil.copyfileobj(request._stream, spool, MEMORY_BYTES)
        spool.seek(0)
        request._stream = spool


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

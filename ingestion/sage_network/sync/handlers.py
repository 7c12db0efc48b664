"""What answers under /api/v1/Sync, and at /api/v1/Status."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from arhub import __version__
from arhub.api import callers
from arhub.api.base import JsonParser
from arhub.api.errors import ApiError
from arhub.models import Source
from ingestion.domain import runs
from ingestion.models import Ingestion
from ingestion.sage_network.ids import Kind, id_of, uuid_of
from ingestion.sage_network.parameters import parameters
from ingestion.sage_network.read.properties import Context
from ingestion.sage_network.read.queries import query, retrieve
from ingestion.sage_network.sync import uploads
from ingestion.sage_network.sync.requests import SYNC

Dict = dict[str, Any]


def status(request: Any) -> Dict:
    """A ping: always an answer, and whether the caller is known."""
    key, tenant = request.api_key, request.tenant
    refused = request.key_refused
    if refused and refused.status == 429:
        raise refused
    may_write = bool(tenant) and any(scope.endswith("write") for scope in callers.scopes(request))
    return {
        "userName": key.name if key else None,
        "emailAddress": None,
        "userId": uuid_of(Kind.USER, 0) if tenant else None,
        "groupKey": uuid_of(Kind.GROUP, tenant.pk) if tenant else None,
        "loggedIn": bool(tenant),
        "errorMessage": None if tenant else refused.message if refused else "No API key was sent.",
        "roles": (["Member"] if may_write else ["Read-Only"]) if tenant else [],
        "lastLoggedIn": key.last_used_at if key else None,
        "apiKeyId": uuid_of(Kind.API_KEY, key.pk) if key else None,
        "userStatus": "Active" if tenant else None,
        "environment": "AR Hub",
        "version": __version__,
        "supportAccess": False,
        "magicLink": False,
        "isImpersonated": False,
        "userGroups": [],
        "dependencies": {},
        "accountName": tenant.name if tenant else None,
        "baseCurrencyCode": tenant.currency if tenant else None,
    }


def upload_zip(request: Any) -> Dict:
    callers.require(request, "ingestions", "write")
    return _told(request, uploads.upload_zip(request, parameters(request)))


def upload_batch(request: Any) -> Dict:
    callers.require(request, "ingestions", "write")
    return _told(request, uploads.upload_batch(request, parameters(request)))


def submit(request: Any) -> Dict:
    """Ask an enrollment to fetch. Those that take uploads have nothing to fetch from; settings.SOURCE_PULLER knows the
    others."""
    callers.require(request, "ingestions", "write")
    body = JsonParser().parse(request)
    given = {str(name).lower(): str(value) for name, value in body.items()} if isinstance(body, dict) else {}
    source = Source.objects.filter(pk=id_of(Kind.APP_ENROLLMENT, given.get("appenrollmentid", ""))).first()
    if source is None:
        raise ApiError(400, "Expected the appEnrollmentId of an AppEnrollment.")
    is_full = given.get("runfullsync", given.get("isfullsync", "")).lower() == "true"
    ingestion = import_string(settings.SOURCE_PULLER)(source, full=is_full)
    if ingestion is None:
        raise ApiError(400, f"The AppEnrollment {source.name} takes uploads; there is no connector that could be run.")
    return _told(request, ingestion)


def query_syncs(request: Any) -> Dict:
    callers.require(request, "ingestions", "read")
    return query(SYNC, request.tenant, parameters(request))


def retrieve_sync(request: Any, id: str) -> Dict:
    callers.require(request, "ingestions", "read")
    return retrieve(SYNC, request.tenant, id, parameters(request))


def cancel_sync(request: Any, id: str) -> Dict:
    """Cancel what has not landed; what has is told as it is."""
    callers.require(request, "ingestions", "write")
    ingestion = Ingestion.objects.filter(pk=id_of(Kind.SYNC_REQUEST, id)).first()
    if ingestion is None:
        raise ApiError(404, f"No SyncRequest has the id {id}.")
    runs.cancel(ingestion)
    return _told(request, ingestion)


def _told(request: Any, ingestion: Ingestion) -> Dict:
    record = SYNC.rows().get(pk=ingestion.pk)
    return SYNC.describe([record], Context(request.tenant))[0]

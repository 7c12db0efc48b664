"""API keys: made, rotated, revoked, and told from others when a request comes with one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from arhub.domain.api_scopes import known_scopes
from arhub.models import ApiKey, ApiKeyHash, Ledger, Source, User
from arhub.tenancy.scope import current_tenant_id, scope

API_SOURCE = "API"
ROTATION_DAYS = 7
_BEGINNING = "ARH-"
_LONGEST = 200


class KeyRefused(Exception):
    """The key does not open the hub now. `retry_after` seconds later it may; 0 means that waiting does not help."""

    def __init__(self, sentence: str, *, retry_after: int = 0) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NotAKey(ValueError):
    """What was asked for makes no key, in a sentence."""


def make(
    name: str,
    scopes: Collection[str],
    *,
    source: Source | None = None,
    networks: Collection[str] = (),
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
    user: User | None = None,
) -> tuple[ApiKey, str]:
    """A key of the tenant in context, and its text, which nobody can read again. Raises `NotAKey`."""
    checked = {"scopes": checked_scopes(scopes), "networks": checked_networks(networks)}
    limit = {"requests_per_minute": requests_per_minute} if requests_per_minute else {}
    key = ApiKey(name=name, source=source or api_source(), expires_at=expires_at, created_by=user, **checked, **limit)
    return _store(key)


@transaction.atomic
def rotate(key: ApiKey, *, days: int = ROTATION_DAYS, user: User | None = None) -> tuple[ApiKey, str]:
    """A second key of the same program; the first one goes on for so many days. Raises `NotAKey`."""
    others = ApiKey.objects.filter(client=key.client, revoked_at=None).exclude(pk=key.pk)
    if not key.is_valid or any(other.is_valid for other in others.select_for_update()):
        raise NotAKey("Two keys of a program are valid at once at most: revoke one of them first.")
    end = timezone.now() + timedelta(days=days)
    ApiKey.objects.filter(pk=key.pk).update(expires_at=min(key.expires_at or end, end))
    successor = ApiKey(
        name=key.name, client=key.client, source_id=key.source_id, scopes=key.scopes, networks=key.networks,
        requests_per_minute=key.requests_per_minute, created_by=user,
    )  # fmt: skip
    return _store(successor)


def revoke(key: ApiKey) -> bool:
    """From this moment the key opens nothing. False when it was revoked before."""
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()))


def authenticate(text: str, address: str) -> ApiKey:
    """The key with this text, used from this address. Counts the request. Raises `KeyRefused`.

    On the side connection, so that the count stands whatever becomes of the request.
    """
    found = ApiKeyHash.objects.using("side").filter(digest=_digest(text)).first()
    if found is None or len(text) > _LONGEST:
        raise KeyRefused("The API key is not known.")
    with scope(found.tenant, using="side"):
        key = _counted(found.key)
    if not key.is_valid:
        raise KeyRefused("The API key was revoked." if key.revoked_at else "The API key has expired.")
    if key.networks and not any(ip_address(address) in ip_network(network) for network in key.networks):
        raise KeyRefused(f"The API key may not be used from {address}.")
    if key.window_requests > key.requests_per_minute:
        wait = 60 - timezone.now().second
        raise KeyRefused(f"More than {key.requests_per_minute} requests in a minute.", retry_after=wait)
    return key


def checked_scopes(scopes: Collection[str]) -> list[str]:
    """The scopes in their usual order. Raises `NotAKey`."""
    known = known_scopes()
    if unknown := sorted(set(scopes) - set(known)):
        raise NotAKey(f"There is no scope “{unknown[0]}”. There are: {', '.join(known)}.")
    if not scopes:
        raise NotAKey("A key without a scope opens nothing: choose at least one.")
    return [name for name in known if name in scopes]


def checked_networks(networks: Collection[str]) -> list[str]:
    """Networks as they are written everywhere. Raises `NotAKey`."""
    try:
        return [str(ip_network(text.strip())) for text in networks if text.strip()]
    except ValueError as error:
        raise NotAKey(f"Expected networks such as 192.0.2.0/24 or 2001:db8::/32, found: {error}.") from error


def api_source() -> Source:
    """The source of what programs write to the tenant's default ledger."""
    ledger = Ledger.objects.get(is_default=True)
    facts = {"kind": Source.Kind.API, "ledger": ledger, "decimal_sign": Source.DecimalSign.POINT}
    source, _ = Source.objects.get_or_create(name=API_SOURCE, defaults=facts)
    return source


@transaction.atomic
def _store(key: ApiKey) -> tuple[ApiKey, str]:
    text = _BEGINNING + secrets.token_urlsafe(32)
    key.prefix = text[:10]
    key.save(force_insert=True)
    ApiKeyHash.objects.create(digest=_digest(text), tenant=current_tenant_id(), key=key.pk)
    return key, text


def _digest(text: str) -> str:
    """SHA-256: the key is random and long, so that nothing slower is needed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _counted(key_id: int) -> ApiKey:
    """The key, with this request added to those of its minute."""
    table: Any = ApiKey._meta.db_table
    with connections["side"].cursor() as cursor:
        cursor.execute("set local synchronous_commit = off")  # a crash may forget some requests of its last second
    rows = ApiKey.objects.using("side").raw(
        f"update {table} set last_used_at = now(), window_at = date_trunc('minute', now()), window_requests = "
        "case when window_at = date_trunc('minute', now()) then window_requests + 1 else 1 end "
        "where id = %s returning *",
        [key_id],
    )
    key: ApiKey = rows[0]
    key._state.db = DEFAULT_DB_ALIAS  # what it refers to is read in the request's own transaction
    return key

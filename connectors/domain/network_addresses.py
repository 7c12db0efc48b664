"""Network addresses: which company of this hub takes documents under an endpoint, and into which inbox.

An endpoint belongs to one company over all tenants. Only the operator may say to whom: a tenant that could would take
what is meant for others.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from arhub.tenancy.scope import scope_all
from connectors.domain.endpoints import Endpoint, checked
from connectors.models import Inbox, NetworkAddress


class Taken(Exception):
    """Another company, or another inbox, has the endpoint."""


def publish(endpoint: Endpoint, inbox: Inbox) -> NetworkAddress:
    """Let an inbox of the tenant in scope take what is sent to an endpoint; a second time changes nothing. Raises
    `Taken`."""
    if found := _of_inbox(endpoint, inbox).first():
        return found
    try:
        with transaction.atomic():
            return NetworkAddress.objects.create(scheme=endpoint.scheme, identifier=endpoint.identifier, inbox=inbox)
    except IntegrityError as error:
        raise Taken(f"{endpoint} belongs to {_owner(endpoint)}. Remove it there first.") from error


def withdraw(endpoint: Endpoint, inbox: Inbox) -> bool:
    """Take an endpoint from an inbox of the tenant in scope; false when it had none such."""
    return bool(_of_inbox(endpoint, inbox).delete()[0])


def tenant_of(scheme: str, identifier: str) -> tuple[int, int] | None:
    """(tenant id, inbox id) of the company that takes what is sent to an endpoint; None when none does. Raises
    `NotAnEndpoint`."""
    found = _address(checked(scheme, identifier))
    return (found.tenant_id, found.inbox_id) if found and found.tenant_id else None


def _of_inbox(endpoint: Endpoint, inbox: Inbox) -> QuerySet[NetworkAddress]:
    rows: QuerySet[NetworkAddress] = inbox.addresses.all()
    return rows.filter(scheme=endpoint.scheme, identifier=endpoint.identifier)


def _address(endpoint: Endpoint) -> NetworkAddress | None:
    with scope_all("find whom an endpoint belongs to"):
        rows = NetworkAddress.objects.filter(Exact(Lower("identifier"), endpoint.identifier.lower()))
        return rows.filter(scheme=endpoint.scheme).select_related("inbox", "tenant").first()


def _owner(endpoint: Endpoint) -> str:
    """For the operator, who may know all of them."""
    found = _address(endpoint)
    return f"the inbox {found.inbox} of {found.tenant.slug}" if found else "another company"

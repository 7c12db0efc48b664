"""The tenant at hand, and the switch to another one for people in several."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from arhub.models import Membership, Tenant
from arhub.requests import number_of
from arhub.tenancy.middleware import SESSION_KEY
from arhub.tenancy.scope import scope_all


def context(request: Any) -> dict[str, Any]:
    """`hub_tenant`, and in `hub_tenants` the others the person belongs to."""
    tenant = getattr(request, "tenant", None)
    return {"hub_tenant": tenant, "hub_tenants": _others(request) if tenant else []}


@require_POST
def switch(request: Any) -> HttpResponseRedirect:
    """Work for another tenant from now on. Refused for one the person does not belong to."""
    tenant_id = number_of(request.POST.get("tenant"))
    is_member = Membership.objects.filter(user=request.user, tenant_id=tenant_id).exists()
    if not is_member:
        raise PermissionDenied("You do not belong to this company.")
    request.session[SESSION_KEY] = tenant_id
    return HttpResponseRedirect(reverse("admin:index"))


def _others(request: Any) -> list[Tenant]:
    """Read past row-level security, which shows a tenant itself alone: only those of the person's memberships. Once a
    request."""
    if not hasattr(request, "other_tenants"):
        request.other_tenants = _found(request)
    found: list[Tenant] = request.other_tenants
    return found


def _found(request: Any) -> list[Tenant]:
    mine = Membership.objects.filter(user=request.user).order_by("pk")  # the default order joins the hidden tenants
    ids = mine.values_list("tenant_id", flat=True)
    others = [pk for pk in ids if pk != request.tenant.pk]
    if not others:
        return []
    with scope_all("tenant switch"):
        return list(Tenant.objects.filter(pk__in=others).order_by("name"))

"""Answering a query, and a request for one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone

from arhub.api.errors import ApiError
from arhub.models import Tenant
from ingestion.sage_network.ids import id_of
from ingestion.sage_network.read.includes import include
from ingestion.sage_network.read.properties import Context
from ingestion.sage_network.read.resources import Dict, Resource
from ingestion.sage_network.searchlight import (
    PageOf,
    condition,
    order_by,
    parse_filter,
    parse_include,
    parse_order,
    parse_page,
)


def query(resource: Resource, tenant: Tenant, parameters: Mapping[str, str]) -> Dict:
    """A FetchResult. `parameters` by lowered name. Raises SearchlightError."""
    page = parse_page(parameters.get("pagesize", ""), parameters.get("pagenumber", ""))
    names = parse_include(parameters.get("include", ""), resource.collections)
    sorts = order_by(parse_order(parameters.get("order", "")), resource.columns)
    found = condition(parse_filter(parameters.get("filter", "")), resource.columns, now_of(tenant))
    rows = resource.rows().filter(found).order_by(*sorts)

    ids = list(rows.values_list("pk", flat=True)[page.records])  # alone, so that what is skipped is not read
    by_id = {record.pk: record for record in resource.rows().filter(pk__in=ids)}
    records = [by_id[key] for key in ids if key in by_id]
    return fetch_result(_describe(resource, records, names, tenant), total(rows, page, len(ids)), page)


def retrieve(resource: Resource, tenant: Tenant, uuid: str, parameters: Mapping[str, str]) -> Dict:
    """The record of this uuid. Raises ApiError when there is none."""
    record_id = id_of(resource.kind, uuid)
    wanted = Q(pk__in=[] if record_id is None else [record_id])
    return one(resource, wanted, tenant, parameters, f"No {resource.name} has the id {uuid}.")


def one(resource: Resource, wanted: Q, tenant: Tenant, parameters: Mapping[str, str], otherwise: str) -> Dict:
    """The first record that is wanted; raises ApiError with the sentence when there is none."""
    names = parse_include(parameters.get("include", ""), resource.collections)
    records = list(resource.rows().filter(wanted).order_by("pk")[:1])
    if not records:
        raise ApiError(404, otherwise)
    return _describe(resource, records, names, tenant)[0]


def fetch_result(records: list[Dict], total_count: int, page: PageOf) -> Dict:
    return {"records": records, "totalCount": total_count, "pageSize": page.size, "pageNumber": page.number}


def total(rows: Any, page: PageOf, on_page: int) -> int:
    """How many records there are in all; a last page says so itself."""
    if 0 < on_page < page.size or (not on_page and page.number == 0):
        return page.number * page.size + on_page
    return int(rows.order_by().count())


def now_of(tenant: Tenant) -> Any:
    """The time where the tenant is, which decides when TODAY begins."""
    return timezone.now().astimezone(tenant.zone)


def _describe(resource: Resource, records: list[Any], names: frozenset[str], tenant: Tenant) -> list[Dict]:
    context = Context(tenant)
    found = resource.describe(records, context)
    include(resource, names, records, found, context)
    return found

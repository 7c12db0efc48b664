"""Answering a query, and a request for one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from arhub.api.errors import ApiError
from arhub.domain.kept import kept
from arhub.models import SourceRecord, Tenant
from ingestion.sage_network.ids import id_of
from ingestion.sage_network.read.includes import include
from ingestion.sage_network.read.patience import patience
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


@patience()
def query(resource: Resource, tenant: Tenant, parameters: Mapping[str, str]) -> Dict:
    """A FetchResult. `parameters` by lowered name. Raises SearchlightError and ApiError."""
    page = parse_page(parameters.get("pagesize", ""), parameters.get("pagenumber", ""))
    names = parse_include(parameters.get("include", ""), resource.collections)
    sorts = order_by(parse_order(parameters.get("order", "")), resource.columns)
    found = condition(parse_filter(parameters.get("filter", "")), resource.columns, now_of(tenant))
    every = resource.rows().filter(found)
    rows = every.order_by(*sorts)

    # The ids in a query of their own: of what is skipped no more is read, and no planner makes a join of the two.
    ids = list(rows.values_list("pk", flat=True)[page.records])
    by_id = resource.rows().in_bulk(ids)
    records = [by_id[key] for key in ids if key in by_id]
    count = total(every, page, len(ids), tenant, "" if parameters.get("filter") else resource.name)
    return fetch_result(_describe(resource, records, names, tenant), count, page)


def retrieve(resource: Resource, tenant: Tenant, uuid: str, parameters: Mapping[str, str]) -> Dict:
    """The record of this uuid. Raises ApiError when there is none."""
    record_id = id_of(resource.kind, uuid)
    wanted = Q(pk__in=[] if record_id is None else [record_id])
    return one(resource, wanted, tenant, parameters, f"No {resource.name} has the id {uuid}.")


@patience()
def one(resource: Resource, wanted: Q, tenant: Tenant, parameters: Mapping[str, str], otherwise: str) -> Dict:
    """The first record that is wanted; raises ApiError with the sentence when there is none."""
    names = parse_include(parameters.get("include", ""), resource.collections)
    records = list(resource.rows().filter(wanted).order_by("pk")[:1])
    if not records:
        raise ApiError(404, otherwise)
    return _describe(resource, records, names, tenant)[0]


def fetch_result(records: list[Dict], total_count: int, page: PageOf) -> Dict:
    return {"records": records, "totalCount": total_count, "pageSize": page.size, "pageNumber": page.number}


def total(every: QuerySet[Any, Any], page: PageOf, on_page: int, tenant: Tenant, all_of: str = "") -> int:
    """How many records there are in all; a last page says so itself. `all_of` names them when there is no filter: the
    number of everything that loads bring is kept until one writes, so that page after page need not count it."""
    if 0 < on_page < page.size or (not on_page and page.number == 0):
        return page.number * page.size + on_page
    if all_of and issubclass(every.model, SourceRecord):
        return kept(tenant, f"sage-network-{all_of}", every.count)
    return every.count()


def now_of(tenant: Tenant) -> Any:
    """The time where the tenant is, which decides when TODAY begins."""
    return timezone.now().astimezone(tenant.zone)


def _describe(resource: Resource, records: list[Any], names: frozenset[str], tenant: Tenant) -> list[Dict]:
    context = Context(tenant)
    found = resource.describe(records, context)
    include(resource, names, records, found, context)
    return found

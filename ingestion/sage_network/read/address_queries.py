"""Queries of addresses: one query over all the columns they stand in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, IntegerField, QuerySet, Value
from django.db.models.expressions import OrderBy

from arhub.api.errors import ApiError
from arhub.models import Tenant
from ingestion.sage_network.ids import id_of
from ingestion.sage_network.read.addresses import PLACES, Place
from ingestion.sage_network.read.patience import patience
from ingestion.sage_network.read.properties import Context
from ingestion.sage_network.read.queries import fetch_result, now_of, total
from ingestion.sage_network.read.resources import Dict
from ingestion.sage_network.searchlight import condition, order_by, parse_filter, parse_include, parse_order, parse_page
from ingestion.sage_network.searchlight.orders import Sort
from ingestion.sage_network.searchlight.syntax import Node

Found = tuple[int, int]
"""The number of a place in PLACES, and the id of the record there."""


@patience()
def query_addresses(tenant: Tenant, parameters: Mapping[str, str]) -> Dict:
    """A FetchResult. `parameters` by lowered name. Raises SearchlightError and ApiError."""
    page = parse_page(parameters.get("pagesize", ""), parameters.get("pagenumber", ""))
    parse_include(parameters.get("include", ""), ())
    sorts = parse_order(parameters.get("order", ""))
    node = parse_filter(parameters.get("filter", ""))

    rows = [_rows(number, place, node, sorts, tenant) for number, place in enumerate(PLACES)]
    first, *rest = (part.order_by(*_by_keys(sorts))[: page.records.stop] for part in rows)
    ordered = first.union(*rest, all=True).order_by(*_by_keys(sorts))
    found = [(row["place"], row["record"]) for row in ordered[page.records]]
    every = rows[0].union(*rows[1:], all=True)
    count = total(every, page, len(found), tenant, "" if node else "InvoiceAddress")
    return fetch_result(_describe(found, Context(tenant)), count, page)


def retrieve_address(tenant: Tenant, uuid: str, parameters: Mapping[str, str]) -> Dict:
    """The address of this uuid. Raises ApiError when there is none."""
    parse_include(parameters.get("include", ""), ())
    for place in PLACES:
        if (record_id := id_of(place.kind, uuid)) is not None:
            for record in place.rows().filter(pk=record_id):
                return place.describe(record, Context(tenant))
    raise ApiError(404, f"No InvoiceAddress has the id {uuid}.")


def _rows(number: int, place: Place, node: Node | None, sorts: Sequence[Sort], tenant: Tenant) -> QuerySet[Any, Any]:
    """The addresses of one place that the filter wants: where they are, and what they are ordered by."""
    keys = {f"key{index}": key.expression for index, key in enumerate(_keys(place, sorts))}
    rows = place.rows().filter(condition(node, place.columns, now_of(tenant)))
    placed = rows.annotate(**keys, place=Value(number, IntegerField()), record=F("pk"))
    return placed.order_by().values(*keys, "place", "record")


def _keys(place: Place, sorts: Sequence[Sort]) -> list[OrderBy]:
    return [key for key in order_by(sorts, place.columns) if key != "pk"]


def _by_keys(sorts: Sequence[Sort]) -> list[Any]:
    directions = [key.descending for key in _keys(PLACES[0], sorts)]
    keys = [F(f"key{index}").desc() if down else F(f"key{index}").asc() for index, down in enumerate(directions)]
    return [*keys, "record", "place"]


def _describe(found: Sequence[Found], context: Context) -> list[Dict]:
    """The records are read once per table."""
    wanted: dict[Any, set[int]] = defaultdict(set)
    for number, record_id in found:
        wanted[PLACES[number].model].add(record_id)
    records = {model: model.objects.in_bulk(list(ids)) for model, ids in wanted.items()}
    pairs = ((PLACES[number], records[PLACES[number].model].get(record_id)) for number, record_id in found)
    return [place.describe(record, context) for place, record in pairs if record]

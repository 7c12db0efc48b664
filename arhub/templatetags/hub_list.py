"""The table of a list, as the theme draws it. The theme works out its headers anew for every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django import template
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field
from django.db.models import DateField, ForeignKey, Model, TimeField
from django.utils.safestring import SafeString
from unfold.admin import checkbox
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, LINK_CLASSES, ROW_CLASSES, result_headers
from unfold.utils import display_for_field, display_for_label, display_for_value

register = template.Library()
CHECKBOX = "action_checkbox"
UNSORTED = "Sorts lists of up to 10,000 rows: narrow this one down by a filter or a search."


@dataclass(frozen=True, slots=True)
class Cell:
    classes: SafeString
    label: str
    text: Any
    url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    cells: list[Cell]
    actions: list[dict[str, Any]]


@register.inclusion_tag("arhub/list/rows.html", takes_context=True)
def ar_result_list(context: Any, changelist: Any) -> dict[str, Any]:
    """The table: headers once, and a row of cells for each record. A page may say by itself what its empty list is for,
    as `empty_text`, with `empty_links` to the next step."""
    headers = list(_headers(changelist))
    menu = _Menu(context["request"], changelist, context.get("actions_row") or [])
    return {
        "cl": changelist,
        "result_headers": headers,
        "num_sorted_fields": sum(1 for header in headers if header.get("sorted")),
        "has_checkbox": CHECKBOX in changelist.list_display,
        "checkbox_classes": " ".join(CHECKBOX_CLASSES),
        "tick_classes": checkbox.attrs["class"],
        "link_classes": " ".join(LINK_CLASSES),
        "rows": list(_rows(changelist, [header["text"] for header in headers], menu)),
        "actions_row": menu.actions,
        "empty_text": context.get("empty_text"),
        "empty_links": context.get("empty_links", ()),
        "has_add_permission": context.get("has_add_permission"),
    }


def _headers(changelist: Any) -> Iterator[dict[str, Any]]:
    for name, header in zip(changelist.list_display, result_headers(changelist), strict=True):
        yield {**header, "help": UNSORTED if name in changelist.unsorted_columns else ""}


def _rows(changelist: Any, labels: list[str], menu: _Menu) -> Iterator[Row]:
    columns = [
        _Column(changelist, name, label)
        for name, label in zip(changelist.list_display, labels, strict=True)
        if name != CHECKBOX
    ]
    address = _address(changelist)
    for record in changelist.result_list:
        yield Row(str(record.pk), [column.cell(record, address) for column in columns], menu.of(record))


class _Menu:
    """The actions of each row, those alone that make sense for it and that the person may do."""

    def __init__(self, request: Any, changelist: Any, actions: list[dict[str, Any]]) -> None:
        self.actions, self._request, self._admin = actions, request, changelist.model_admin
        self._prefix = f"{self._admin.admin_site.name}:{changelist.opts.app_label}_{changelist.opts.model_name}_"

    def of(self, record: Model) -> list[dict[str, Any]]:
        return [one for one in self.actions if self._admin.offers(self._request, record, self._name(one))]

    def _name(self, action: dict[str, Any]) -> str:
        return str(action["raw_path"]).removeprefix(self._prefix)


def _address(changelist: Any) -> Callable[[Model], str]:
    """What gives the address of a record's page. What it says of the list is the same for every row."""
    context = {"preserved_filters": changelist.preserved_filters, "opts": changelist.opts}
    kept: list[str] = []

    def address(record: Model) -> str:
        url: str = changelist.url_for_result(record)
        if not kept:
            kept.append(add_preserved_filters(context, url).removeprefix(url))
        return url + kept[0]

    return address


class _Column:
    """One column of a list: where its values come from is looked up once."""

    def __init__(self, changelist: Any, name: str, label: str) -> None:
        self._admin, self._name, self._label = changelist.model_admin, name, label
        self._empty = self._admin.get_empty_value_display()
        self._is_link = name in (changelist.list_display_links or ())
        is_field = any(field.name == name for field in changelist.opts.get_fields())
        self._method = None if is_field else getattr(self._admin, name, None)
        self._classes = SafeString(" ".join([f"field-{name}", *ROW_CLASSES]))

    def cell(self, record: Model, address: Callable[[Model], str]) -> Cell:
        text, is_nowrap = self._shown(record)
        classes = self._classes + SafeString(" nowrap") if is_nowrap else self._classes
        return Cell(classes, self._label, text, address(record) if self._is_link else "")

    def _shown(self, record: Model) -> tuple[Any, bool]:
        """What the cell says, and whether it stays in one line."""
        if self._method is not None:
            return self._displayed(self._method, self._method(record))
        field, attribute, value = lookup_field(self._name, record, self._admin)
        if field is None or field.auto_created:
            return self._displayed(attribute, value)
        is_nowrap = isinstance(field, DateField | TimeField | ForeignKey)
        if isinstance(field, ForeignKey):
            related = getattr(record, field.name)
            return (self._empty if related is None else related), is_nowrap
        return display_for_field(value, field, self._empty), is_nowrap

    def _displayed(self, source: Any, value: Any) -> tuple[Any, bool]:
        empty = getattr(source, "empty_value_display", self._empty)
        if label := getattr(source, "label", False):
            return display_for_label(value, empty, label), False
        return display_for_value(value, empty, getattr(source, "boolean", False)), isinstance(value, date | time)

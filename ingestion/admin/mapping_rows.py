"""What stands on the mapping page, row by row: fields, columns, open readings, words to explain."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import formats

from arhub.models import Source
from arhub.records import Field, Kind, RecordType
from ingestion.admin.guide import required
from ingestion.admin.mapping_form import CONSTANT, EMPTY, JOIN
from ingestion.coercion import Reading, coerce
from ingestion.domain.portrait import ColumnPortrait
from ingestion.domain.preview import Look, both_readings
from ingestion.domain.questions import decided, is_open, reads
from ingestion.domain.recipe import fold

JOINED = 3
_EXPLAINED = {Kind.CHOICE, Kind.CURRENCY, Kind.BOOL}
_LABELS = {"day": "Day first", "month": "Month first", ",": "Decimal comma", ".": "Decimal point"}
_CHOSEN: dict[Any, str] = {True: "day", False: "month", ",": ",", ".": "."}


def field_groups(record_type: RecordType, found: Look, pending: dict[str, str]) -> list[dict[str, Any]]:
    """Title, rows and whether they are shown at once: what every row needs, what is filled or likely, the rest."""
    suggested = {item.field: item for item in found.suggestions}
    headers = {name: header for header, name in found.recipe.columns.items()}
    labels = found.recipe.labels()
    groups: dict[str, list[dict[str, Any]]] = {"Needed": [], "Filled or likely": [], "Further fields": []}
    for item in record_type.fields:
        told = required(record_type, item)
        is_likely = item.name in labels or item.name in suggested or item.name in pending
        row = {
            "field": item,
            "required": told,
            "header": headers.get(item.name, ""),
            "control": _control(item, found, pending),
            "constant": found.recipe.constants.get(item.name, ""),
            "joined": _joined(found.recipe.joins.get(item.name, ())),
            "split": labels[item.name] if any(item.name in names for names in found.recipe.splits.values()) else "",
            "can_join": item.kind is Kind.TEXT,
            "is_filled": item.name in labels,
            "suggestion": suggested.get(item.name),
        }
        groups["Needed" if told else "Filled or likely" if is_likely else "Further fields"].append(row)
    return [{"title": title, "rows": rows, "open": title != "Further fields"} for title, rows in groups.items() if rows]


def _control(item: Field, found: Look, pending: dict[str, str]) -> str:
    if item.name in found.recipe.constants:
        return CONSTANT
    return JOIN if item.name in found.recipe.joins else pending.get(item.name, "")


def _joined(headers: tuple[str, ...]) -> list[str]:
    return [*headers, *[""] * (JOINED - len(headers))]


def column_rows(found: Look) -> list[dict[str, Any]]:
    """The file's columns in their order, with what they fill."""
    fields: dict[str, list[str]] = {header: [name] for header, name in found.recipe.columns.items()}
    fields |= {header: list(names) for header, names in found.recipe.splits.items()}
    for name, headers in found.recipe.joins.items():
        for header in headers:
            fields.setdefault(header, []).append(name)
    return [
        {
            "header": header,
            "samples": samples,
            "fields": fields.get(header, []),
            "is_ignored": header in found.recipe.ignored,
        }
        for header, samples in found.samples.items()
    ]


def open_readings(found: Look, source: Source) -> list[dict[str, Any]]:
    """The mapped columns with cells that can be read in two ways: the ways side by side, and the rows that decide."""
    shown = []
    for position, item in found.mapping.columns:
        header = found.mapping.header[position]
        column = found.portrait.columns[header]
        if column.is_open and reads(item.kind) == column.read_as:
            chosen = found.recipe.readings.get(item.name, Reading())
            by_itself = decided(column.reading, source)
            shown.append(
                {
                    "field": item.name,
                    "header": header,
                    "chosen": _choice(chosen),
                    "by_itself": _LABELS.get(_choice(by_itself), ""),
                    "must": is_open(by_itself, column.read_as),
                    "ways": _ways(item, column),
                    "contradicts": len(column.evidence.shown) > 1,
                }
            )
    return shown


def _choice(reading: Reading) -> str:
    return _CHOSEN.get(reading.day_first if reading.day_first is not None else reading.decimal_sign, "")


def _ways(item: Field, column: ColumnPortrait) -> list[dict[str, Any]]:
    """Each way to read the column: (line, text, what it is then) of open cells, and the rows that show it."""
    read = [(line, text, both_readings(item, text)) for line, text in column.evidence.open]
    shown = {_CHOSEN[value]: rows for value, rows in column.evidence.shown.items()}
    choices = ("day", "month") if column.read_as == "date" else (",", ".")
    return [
        {
            "choice": choice,
            "label": _LABELS[choice],
            "read": [(line, text, _shown(values[choice])) for line, text, values in read if choice in values],
            "shown": shown.get(choice, []),
        }
        for choice in choices
    ]


def _shown(value: str) -> str:
    """A date in words, a number as it is."""
    try:
        return formats.date_format(date.fromisoformat(value[:10]), "j F Y")
    except ValueError:
        return value


def value_maps(found: Look) -> list[dict[str, Any]]:
    """The different texts of columns that hold words of a list, and what each is taken for."""
    shown = []
    for position, item in found.mapping.columns:
        values = found.portrait.columns[found.mapping.header[position]].values
        if item.kind in _EXPLAINED and values:
            shown.append(
                {
                    "field": item.name,
                    "header": found.mapping.header[position],
                    "choices": _choices(item),
                    "rows": [_word(item, text, found.recipe.values.get(item.name, {})) for text in values],
                }
            )
    return shown


def _choices(item: Field) -> list[tuple[str, str]]:
    if item.kind is Kind.CHOICE:
        return [(value, value.replace("_", " ")) for value, _ in item.choices]
    return [("true", "yes"), ("false", "no")] if item.kind is Kind.BOOL else []


def _word(item: Field, text: str, table: dict[str, str]) -> dict[str, Any]:
    value = table.get(fold(text))
    understood, wrong = coerce(item, [text], Reading())
    meaning = {"t": "yes", "f": "no"}.get(understood[0] or "", (understood[0] or "").replace("_", " "))
    return {"text": text, "value": EMPTY if value == "" else value or "", "meaning": meaning, "is_known": not wrong}

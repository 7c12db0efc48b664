"""Loads as callers see them."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from arhub.api.columns import BOOL, ID, INTEGER, TEXT, RecordSerializer, Schema, Value, choice, time
from arhub.models import Source
from arhub.records import RECORD_TYPES
from ingestion.models import Ingestion, State, Task

TYPES = list(RECORD_TYPES)
NUMBERS = ("lines", "inserted", "updated", "unchanged", "invalid")


def _text(attribute: str, help_text: str, *, allow_null: bool = False) -> Value:
    return Value(attrgetter(attribute), TEXT, help_text=help_text, allow_null=allow_null)


def _number(attribute: str, help_text: str, schema: Schema = INTEGER, *, allow_null: bool = False) -> Value:
    return Value(attrgetter(attribute), schema, help_text=help_text, allow_null=allow_null)


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _texts(attribute: str, help_text: str) -> Value:
    return Value(attrgetter(attribute), _list(TEXT), help_text=help_text)


def _type(attribute: str) -> Value:
    return choice(attrgetter(attribute), TYPES, "What the records are.")


class CountSerializer(RecordSerializer):
    """What a file did to one kind of records. `lines` is the sum of the other four."""

    type = _text("type", "The kind of records, as on the screen Ingestion: INVOICE, ADJUSTMENT, ...")
    lines = _number("lines", "Rows of the file.")
    inserted = _number("inserted", "Records that are new.")
    updated = _number("updated", "Records that changed.")
    unchanged = _number("unchanged", "Rows that say what is stored already.")
    invalid = _number("invalid", "Rows that did not go in.")


class IngestionFileSerializer(RecordSerializer):
    """A file of a load."""

    id = _number("pk", "The hub's own id of the file.", ID)
    position = _number("position", "Its place in the load, from 0.")
    record_type = _type("record_type")
    name = _text("name", "Its name as it was sent.")
    member = _text("member", "Its name inside the archive it came in; else empty.")
    size = _number("size", "Bytes.")
    sha256 = _text("sha256", "The digest of its bytes, in hexadecimal.")
    encoding = _text("encoding", "The code page it was read in.")
    header = _texts("header", "Its columns, in their order.")
    mapping = Value(
        attrgetter("mapping"), {"type": "object", "additionalProperties": TEXT},
        help_text="Which column became which field of the record type.",
    )  # fmt: skip
    warnings = _texts("warnings", "What a person should know of how it was read.")
    error = _text("error", "Why the whole file was refused; empty when it was not.")
    counts = CountSerializer(many=True, read_only=True)


def _totals(ingestion: Ingestion) -> dict[str, int]:
    counts = [count for file in ingestion.files.all() for count in file.counts.all()]
    return {name: sum(getattr(count, name) for count in counts) for name in NUMBERS}


class IngestionSerializer(RecordSerializer):
    """A load: what it is doing or has done, file by file."""

    id = _number("pk", "The hub's own id of the load.", ID)
    source = _number("source_id", "The source its records belong to.", ID)
    source_name = _text("source.name", "The source's name.")
    origin = choice(attrgetter("origin"), Ingestion.Origin.values, "How it came to the hub.")
    state = choice(
        attrgetter("state"), State.values,
        "mapping and review wait for a person; committed, failed, cancelled and undone are the end.",
    )  # fmt: skip
    task = choice(attrgetter("task"), Task.values, "What a worker is to do with it, or did last.")
    review = Value(attrgetter("review"), BOOL, help_text="Whether a person looks at it before it is written.")
    rejects = choice(
        attrgetter("rejects"), Source.Rejects.values,
        "What bad rows do: they stay out alone, or the whole load does, or that above a share.",
    )  # fmt: skip
    reason = _text("reason", "Why it failed, in one sentence; else empty.")
    stage = _text("stage", "What it does now, in words.")
    rows_done = _number("rows_done", "How far the stage is.")
    rows_total = _number("rows_total", "How many rows the stage has to do; an estimate.", allow_null=True)
    created_at = time("created_at", "When it was made.", allow_null=False)
    started_at = time("started_at", "When a worker took it first.")
    finished_at = time("finished_at", "When it came to its end.")
    rows_written_at = time("rows_written_at", "When it wrote records.")
    undone_at = time("undone_at", "When it was undone.")
    totals = Value(_totals, _object(**dict.fromkeys(NUMBERS, INTEGER)), help_text="The counts of all files together.")
    files = IngestionFileSerializer(many=True, read_only=True)


_PROBLEM = _object(column=TEXT, expected=TEXT, found={**TEXT, "nullable": True})


class InvalidRowSerializer(RecordSerializer):
    """A row that did not go in, as it stood in its file, and what is wrong with it."""

    id = _number("pk", "The hub's own id of the row.", ID)
    file = _number("file_id", "The id of the file it stands in.", ID)
    type = _text("type", "The kind of record it was to be.")
    line = _number("line", "Its line in the file.")
    cells = Value(
        attrgetter("cells"), _list({**TEXT, "nullable": True}), allow_null=True,
        help_text="Its cells, in the order of the file's header.",
    )  # fmt: skip
    problems = Value(
        attrgetter("problems"), _list(_PROBLEM), help_text="What was expected and what was found, by column."
    )  # fmt: skip
    cause = _text("cause", "The first problem without what was found: what rows share.")


class ResultSerializer(RecordSerializer):
    """What became of a row."""

    file = _number("file", "The id of the file it stands in.", ID)
    row = _number("row", "Its line in the file; of JSON records, its number in its list.")
    result = choice(attrgetter("result"), ["inserted", "updated", "unchanged", "invalid"], "What became of it.")
    record = _number("record", "The hub's own id of the record it made or changed.", ID, allow_null=True)
    problems = Value(attrgetter("problems"), _list(_PROBLEM), help_text="What is wrong with it, by column.")


class ChangeSerializer(RecordSerializer):
    """One field of one record that a load changed."""

    id = _number("pk", "The hub's own id of the change.", ID)
    file = _number("file", "The id of the file that changed it.", ID)
    line = _number("line", "The line that changed it; 0 when no line did.")
    record_type = _type("record_type")
    record = _number("record", "The hub's own id of the record.", ID)
    field = _text("field", "The column of the record.")
    old = _text("old", "What it held.", allow_null=True)
    new = _text("new", "What it holds since.", allow_null=True)
    changed_at = time("changed_at", "When.", allow_null=False)


class LogEntrySerializer(RecordSerializer):
    """A line of a load's story."""

    id = _number("pk", "The hub's own id of the line.", ID)
    written_at = time("written_at", "When.", allow_null=False)
    text = _text("text", "What happened, in words.")


__all__: list[Any] = [
    "ChangeSerializer", "IngestionSerializer", "InvalidRowSerializer", "LogEntrySerializer", "ResultSerializer",
]  # fmt: skip

"""The mapping form as it comes back: a recipe, how the file is opened, and a name.

A field's control holds "h:" and a header, "=" for a fixed value or "+" for several columns joined.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.http import QueryDict

from arhub.records import RecordType
from ingestion.coercion import Reading
from ingestion.domain.portrait import LONGEST_VALUE, MOST_VALUES
from ingestion.domain.recipe import Recipe, fold

COLUMN, CONSTANT, JOIN = "h:", "=", "+"
EMPTY = "(empty)"
NAMES = ("first_name", "last_name")
_LONGEST_OPTION = 255
_READINGS = {
    "day": Reading(day_first=True),
    "month": Reading(day_first=False),
    ",": Reading(decimal_sign=","),
    ".": Reading(decimal_sign="."),
}


@dataclass(slots=True)
class Answer:
    """`pending` is field → control of those that were chosen and are not complete; `problems` say so."""

    recipe: Recipe
    options: dict[str, Any]
    name: str
    pending: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def splittable(record_type: RecordType) -> bool:
    return set(NAMES) <= set(record_type.by_name)


def read(post: QueryDict, record_type: RecordType) -> Answer:
    """What was sent. A suggestion that is accepted with it is set."""
    post = _storable(post)
    answer = Answer(Recipe(ignored=tuple(post.getlist("ignore"))), _options(post), post.get("name", "").strip()[:120])
    for item in record_type.fields:
        _read_field(post, item.name, answer)
    recipe = answer.recipe
    name, _, header = post.get("accept", "").partition("|")
    if name in record_type.by_name and header:
        recipe.columns[header] = name
        answer.pending.pop(name, None)
    split = post.get("split", "")
    if split and splittable(record_type):
        recipe.splits[split] = NAMES
    for filled in recipe.fields():
        _read_meaning(post, filled, recipe)
    return answer


def _storable(post: QueryDict) -> QueryDict:
    """The same without what the database holds in no text."""
    kept = QueryDict(mutable=True)
    for name, texts in post.lists():
        kept.setlist(name, [text.replace("\0", "\ufffd") for text in texts])
    return kept


def _read_field(post: QueryDict, name: str, answer: Answer) -> None:
    control, recipe = post.get(f"field-{name}", ""), answer.recipe
    if control.startswith(COLUMN):
        header = control.removeprefix(COLUMN)
        other = recipe.columns.setdefault(header, name)
        if other != name:
            answer.problems.append(f"“{header}” is chosen for {other} and for {name}: one column fills one field.")
    elif control == CONSTANT:
        text = post.get(f"constant-{name}", "").strip()
        if text:
            recipe.constants[name] = text
        else:
            answer.pending[name] = CONSTANT
            answer.problems.append(f"Enter the fixed value of {name}.")
    elif control == JOIN:
        headers = tuple(dict.fromkeys(filter(None, post.getlist(f"join-{name}"))))
        if headers:
            recipe.joins[name] = headers
        else:
            answer.pending[name] = JOIN
            answer.problems.append(f"Choose the columns that make up {name}.")


def _read_meaning(post: QueryDict, name: str, recipe: Recipe) -> None:
    """How a field's open forms are read, and what its texts mean."""
    reading = _READINGS.get(post.get(f"reading-{name}", ""))
    if reading:
        recipe.readings[name] = reading
    pairs = zip(post.getlist(f"text-{name}"), post.getlist(f"value-{name}"), strict=False)
    offered = [pair for pair in islice(pairs, MOST_VALUES) if max(map(len, pair)) <= LONGEST_VALUE]
    table = {fold(text): "" if value == EMPTY else value.strip() for text, value in offered if value.strip()}
    if table:
        recipe.values[name] = table


def _options(post: QueryDict) -> dict[str, Any]:
    """How the file is to be opened; what stands at "as found" is left to the file."""
    given = {name: post.get(name, "") for name in ("encoding", "delimiter", "sheet")}
    found: dict[str, Any] = {name: text for name, text in given.items() if 0 < len(text) <= _LONGEST_OPTION}
    line = post.get("header_line", "")
    if line.isdecimal() and 0 < int(line[:9]) < 10_000:
        found["header_line"] = int(line)
    return found

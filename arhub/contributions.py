"""What upper packages add to the hub's pages, through dotted paths in the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django.http import HttpRequest

    from arhub.models import Source, SourceRecord


def functions(paths: Sequence[str]) -> Iterator[Callable[..., Any]]:
    """The functions behind dotted paths, in their order."""
    for path in paths:
        yield import_string(path)


def undo_blockers(ingestion: Any) -> Iterator[tuple[str, int, str]]:
    """What must not be undone, from the functions in UNDO_BLOCKERS: (model label, record id, reason in a sentence).

    Each takes the ingestion and names only records that have left the hub, such as documents already sent; it may
    name more than this load wrote. They run in the undo's transaction."""
    for blockers in functions(settings.UNDO_BLOCKERS):
        yield from blockers(ingestion)


@dataclass(frozen=True, slots=True)
class Origin:
    """What set a field: the load, the line of its file, how that was read, the person. `line_url` shows the line."""

    load: str = ""
    load_url: str = ""
    file: str = ""
    line: int | None = None
    line_url: str = ""
    mapping: str = ""
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of one field. `undone` says by whom and when, should it have been."""

    field: str
    old: str | None
    new: str | None
    origin: Origin
    undone: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Who and what made a record, set each of its fields last (by attribute), and changed it, newest first."""

    made: Origin | None = None
    fields: Mapping[str, Origin] = field(default_factory=dict)
    changes: Sequence[Changed] = ()

    def origin_of(self, attribute: str) -> Origin | None:
        """What set the field last: its last change that stands, else the line that made the record."""
        return self.fields.get(attribute, self.made)


def history_of(record_type: str, record: SourceRecord) -> History:
    """The record's history, from the function in RECORD_HISTORY."""
    path = getattr(settings, "RECORD_HISTORY", "")
    found: History = import_string(path)(record_type, record) if path else History()
    return found


@dataclass(frozen=True, slots=True)
class Panel:
    """A section of a record's page: its template gets what is `shown` as `panel.shown`."""

    title: str
    template: str
    shown: Mapping[str, Any]


def panels_of(request: HttpRequest, record: SourceRecord) -> list[Panel]:
    """The sections that upper packages add to the page of a record, from the functions in RECORD_PANELS."""
    found = (panel(request, record) for panel in functions(settings.RECORD_PANELS))
    return [panel for panel in found if panel is not None]


def source_panels(request: HttpRequest, source: Source) -> list[Panel]:
    """The sections that upper packages add to the page of a source, from the functions in SOURCE_PANELS."""
    found = (panel(request, source) for panel in functions(settings.SOURCE_PANELS))
    return [panel for panel in found if panel is not None]


def record_actions(request: HttpRequest, record_types: Sequence[str]) -> Iterator[tuple[Callable[..., Any], str, str]]:
    """What upper packages let people do with the ticked records of a list, from the functions in RECORD_ACTIONS: each
    gives Django's (action, name, description), for the person at hand and the record types of the list."""
    for actions in functions(settings.RECORD_ACTIONS):
        yield from actions(request, record_types)


def origins_of(records: Sequence[SourceRecord]) -> Mapping[int, Origin]:
    """By id, the line that made each record, as far as it is known, from the function in RECORD_ORIGINS."""
    path = getattr(settings, "RECORD_ORIGINS", "")
    found: Mapping[int, Origin] = import_string(path)(records) if path else {}
    return found

"""How a load comes to be: its row, and its files as they came."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files import File
from django.utils import timezone

from arhub.models import Source, User
from ingestion.domain import archive
from ingestion.domain.policies import Policies
from ingestion.errors import Unreadable
from ingestion.models import Ingestion, IngestionFile, LogEntry, MappingProfile, State


@dataclass(frozen=True, slots=True)
class Part:
    """One of the several requests a load comes in, counted from 1."""

    number: int
    of: int


def create(
    source: Source,
    files: Sequence[tuple[str, str, Any]],
    *,
    origin: str = Ingestion.Origin.UPLOAD,
    user: User | None = None,
    review: bool = True,
    controls: dict[str, dict[str, Any]] | None = None,
    policies: Policies | None = None,
    skipped: Mapping[str, dict[str, Any]] | None = None,
    without: Collection[str] = (),
    part: Part | None = None,
    profile: MappingProfile | None = None,
) -> Ingestion:
    """Store a load and its files, given as (record type, name, binary file). The caller rings for a worker.

    The type `archive.ARCHIVE` stands for a ZIP of several files; each but those `without` becomes a file of the load,
    and they share what is stored. Raises `Unreadable` when an archive cannot be taken apart; nothing is stored then.
    `controls` are the totals given with files: record type → {"count": 12, "sums": {"DKK": "1.00"}, "field": name}.
    `policies` are those of the source unless told. `skipped` is what came and is not kept. The first `part` of a load
    waits for the others. `profile` is tried first on files of its record type.
    """
    taken = [(name, content, _members(record_type, content, without)) for record_type, name, content in files]
    policies = policies or Policies.of(source)
    ingestion = Ingestion.objects.create(
        source=source, origin=origin, created_by=user, review=review, reference=secrets.token_hex(4),
        policies=policies.to_store(), rejects=policies.rejects, skipped=dict(skipped or {}),
    )  # fmt: skip
    made = _store_files(ingestion, taken, controls or {}, profile)
    text = f"{ingestion.get_origin_display()} with {_files(made)}."
    if part is not None and part.of > 1:
        ingestion.parts, ingestion.state = {"expected": part.of, "arrived": [part.number]}, State.RECEIVING
        text = f"Part {part.number} of {part.of}: {text}"
    elif not made:
        ingestion.state, ingestion.finished_at = State.COMMITTED, timezone.now()
    ingestion.save()
    LogEntry.objects.create(ingestion=ingestion, text=text)
    _log_skipped(ingestion, ingestion.skipped)
    return ingestion


def announce(source: Source, *, origin: str, policies: Policies | None = None) -> Ingestion:
    """A load whose files come later, as its only part."""
    ingestion = create(source, [], origin=origin, review=False, policies=policies)
    ingestion.parts, ingestion.state, ingestion.finished_at = {"expected": 1, "arrived": []}, State.RECEIVING, None
    ingestion.save()
    return ingestion


def add_part(
    ingestion_id: int,
    files: Sequence[tuple[str, str, Any]],
    part: Part,
    *,
    skipped: Mapping[str, dict[str, Any]],
    without: Collection[str] = (),
) -> Ingestion:
    """Add a further part to a load that waits for it; with the last one it is queued. Raises Ingestion.DoesNotExist
    when nothing waits, and `Unreadable`."""
    ingestion = Ingestion.objects.select_for_update().select_related("source").get(
        pk=ingestion_id, state=State.RECEIVING
    )  # fmt: skip
    expected, arrived = ingestion.parts["expected"], ingestion.parts["arrived"]
    if part.of != expected or not 1 <= part.number <= expected or part.number in arrived:
        raise Unreadable(f"Expected another part of {expected}, found part {part.number} of {part.of}.")
    taken = [(name, content, _members(record_type, content, without)) for record_type, name, content in files]
    made = _store_files(ingestion, taken, {})
    ingestion.parts["arrived"] = sorted([*arrived, part.number])
    for name, facts in skipped.items():
        before = ingestion.skipped.get(name, {}).get("rows", 0)
        ingestion.skipped[name] = {**facts, "rows": before + facts["rows"]}
    if len(ingestion.parts["arrived"]) == expected:
        has_files = ingestion.files.exists()
        ingestion.state = State.QUEUED if has_files else State.COMMITTED
        ingestion.next_attempt_at = timezone.now()
        ingestion.finished_at = None if has_files else timezone.now()
    ingestion.save()
    LogEntry.objects.create(ingestion=ingestion, text=f"Part {part.number} of {expected} with {_files(made)}.")
    _log_skipped(ingestion, skipped)
    return ingestion


def _store_files(
    ingestion: Ingestion,
    taken: list[tuple[str, Any, list[tuple[str, str]]]],
    controls: Mapping[str, dict[str, Any]],
    profile: MappingProfile | None = None,
) -> int:
    """Store (name, content, its members) as the load's next files; returns how many."""
    first = ingestion.files.count()
    made = 0
    for name, content, members in taken:
        if not members:
            continue
        shared = IngestionFile()
        shared.sha256, shared.size = digest(content)
        shared.content.save(stored_name(name), content if isinstance(content, File) else File(content), save=False)
        for record_type, member in members:
            known = profile if profile and profile.record_type == record_type else None
            IngestionFile.objects.create(
                ingestion=ingestion, record_type=record_type, position=first + made, member=member,
                name=(archive.base_name(member) or name)[:255],
                control=controls.get(record_type, {}), profile=known, options=known.options if known else {},
                sha256=shared.sha256, size=shared.size, content=shared.content.name,
            )  # fmt: skip
            made += 1
    return made


def _log_skipped(ingestion: Ingestion, skipped: Mapping[str, dict[str, Any]]) -> None:
    for name, facts in skipped.items():
        LogEntry.objects.create(
            ingestion=ingestion, text=f"Skipped {facts['rows']:,} rows of {name}: {facts['reason']}"
        )


def _files(number: int) -> str:
    return "1 file" if number == 1 else f"{number} files"


def _members(record_type: str, content: Any, without: Collection[str]) -> list[tuple[str, str]]:
    """(record type, name inside) of what an uploaded file holds; the name is empty where it is no archive."""
    if record_type == archive.ARCHIVE:
        return archive.files_in(content, without=without)
    return [(record_type, archive.only_file(content))]


def stored_name(name: str) -> str:
    """The end of a file's name, short enough for any disk: they count bytes. Of a name of signs alone nothing is left
    that a disk is given."""
    end = name.replace("\\", "/").rpartition("/")[2].encode(errors="ignore")[-100:].decode(errors="ignore")
    return end if re.search(r"\w", end) else "file"


def digest(content: Any) -> tuple[str, int]:
    """SHA-256 and size of a binary file, which is left at its beginning."""
    content.seek(0)
    found, size = hashlib.sha256(), 0
    while block := content.read(1 << 20):
        found.update(block)
        size += len(block)
    content.seek(0)
    return found.hexdigest(), size

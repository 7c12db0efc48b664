"""Loads that a client sends: a ZIP of files, or one JSON body of lists; either may come in several requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from arhub.api.errors import ApiError
from arhub.domain.api_keys import api_source
from arhub.models import Source
from ingestion.content import ARCHIVE_MAGIC, Member, StoredFile
from ingestion.domain import archive, batches, making
from ingestion.domain.policies import Policies
from ingestion.errors import Unreadable
from ingestion.models import Ingestion
from ingestion.registry import reader_for
from ingestion.sage_network.ids import Kind, id_of
from ingestion.sage_network.sync.multipart import first_part
from ingestion.sage_network.sync.names import NOT_KEPT, SKIPPED, skipped_model, type_of_list
from ingestion.tasks import ring

Asked = Mapping[str, str]
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


def upload_zip(request: Any, asked: Asked) -> Ingestion:
    """Take in the ZIP of a request; the first file counts, whatever its part is called. Raises ApiError."""
    file = _file_of(request)
    try:
        skips = {name: model for name in archive.members_of(file) if (model := skipped_model(archive.told_by(name)))}
        rows: dict[str, int] = {}
        for member, model in skips.items():
            rows[model] = rows.get(model, 0) + _rows_in(file, member)
        return _take_in(request, asked, file, rows, skips)
    except Unreadable as problem:
        raise ApiError(400, str(problem)) from problem


def upload_batch(request: Any, asked: Asked) -> Ingestion:
    """Take in a BatchSyncModel, whatever the case of its names. Raises ApiError."""
    try:
        batch = batches.pack(request._stream, _member_of)
    except Unreadable as problem:
        raise ApiError(400, str(problem)) from problem
    try:
        rows = {SKIPPED[name]: size for name, size in batch.sizes.items() if name in SKIPPED}
        given = {name.lower(): str(value) for name, value in batch.values.items() if value is not None}
        if not batch.sizes:
            raise Unreadable("Expected lists of records such as companies or invoices, found none that has any.")
        return _take_in(request, {**given, **asked}, batch.archive, rows, [f"{name}.jsonl" for name in SKIPPED])
    except Unreadable as problem:
        raise ApiError(400, str(problem)) from problem
    finally:
        batch.close()


def flag(asked: Asked, name: str) -> bool:
    text = asked.get(name.lower(), "").lower()
    if text not in _TRUE | _FALSE:
        raise ApiError(400, f"Expected true or false in {name}, found {text[:40]!r}.")
    return text in _TRUE


def source_of(request: Any, asked: Asked) -> Source:
    """The enrollment that is named; else what feeds the default ledger: the key's own source if it does."""
    if text := asked.get("appenrollmentid", ""):
        found = Source.objects.filter(pk=id_of(Kind.APP_ENROLLMENT, text)).first()
        if found is None:
            raise ApiError(400, f"No AppEnrollment has the id {text[:60]}.")
        return found
    own = request.api_key and request.api_key.source
    return own if own and own.ledger.is_default else api_source()


def _take_in(request: Any, asked: Asked, file: Any, rows: Mapping[str, int], without: Collection[str]) -> Ingestion:
    part, parent = _part_of(asked), asked.get("parentsyncrequestid", "")
    files = [(archive.ARCHIVE, "sync.zip", file)]
    skipped = {model: {"rows": size, "reason": NOT_KEPT} for model, size in rows.items()}
    if _is_empty(file, without):
        files = []
    if parent:
        ingestion = _add(parent, files, part, skipped, without)
    else:
        source = source_of(request, asked)
        extent = Source.Extent.SNAPSHOT if flag(asked, "isFullSync") else Source.Extent.INCREMENTAL
        ingestion = making.create(
            source, files, origin=Ingestion.Origin.API, user=_person(request), review=False, skipped=skipped,
            policies=Policies.chosen(source, {"extent": extent}), without=without, part=part,
        )  # fmt: skip
    ring()
    return ingestion


def _add(parent: str, files: Any, part: making.Part | None, skipped: Any, without: Collection[str]) -> Ingestion:
    if part is None:
        raise ApiError(400, "Expected currentBatch and totalBatches beside parentSyncRequestId.")
    try:
        return making.add_part(id_of(Kind.SYNC_REQUEST, parent) or 0, files, part, skipped=skipped, without=without)
    except Ingestion.DoesNotExist:
        raise ApiError(409, f"No SyncRequest {parent[:60]} waits for another batch.") from None


def _part_of(asked: Asked) -> making.Part | None:
    number, of = (asked.get(name, "") for name in ("currentbatch", "totalbatches"))
    if not number and not of:
        return None
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number[:5]) <= int(of[:5]) <= _MOST_PARTS):
        raise ApiError(
            400, f"Expected currentBatch from 1 to totalBatches, at most {_MOST_PARTS}, found {number!r} of {of!r}."
        )
    return making.Part(int(number), int(of))


_MOST_PARTS = 1_000


def _file_of(request: Any) -> Any:
    """The first file of the form; the parts of one that has no boundary are looked for in the body itself."""
    file = next(iter(request.FILES.values()), None) if request.content_type == "multipart/form-data" else None
    if file is None and request.content_type != "multipart/form-data":
        file = first_part(request._stream)
    if file is None:
        raise ApiError(400, "Expected one ZIP file as multipart/form-data, found no file.")
    magic = file.read(4)
    file.seek(0)
    if magic not in ARCHIVE_MAGIC:
        raise ApiError(400, "Expected a ZIP of CSV or JSON Lines files, found a file that is no ZIP.")
    return file


def _member_of(name: str) -> str:
    if found := type_of_list(name):
        return found
    if model := skipped_model(name.lower()):
        return model.lower()
    raise Unreadable(f"There is no list “{name[:60]}” in a batch.")


def _rows_in(file: Any, member: str) -> int:
    content = Member(StoredFile(Path(_path_of(file))), member)
    table = reader_for(content).open(content)
    return sum(len(chunk.lines) + len(chunk.problems) for chunk in table.chunks())


def _path_of(file: Any) -> str:
    return str(file.temporary_file_path() if hasattr(file, "temporary_file_path") else file.name)


def _is_empty(file: Any, without: Collection[str]) -> bool:
    return not set(archive.members_of(file)) - set(without)


def _person(request: Any) -> Any:
    return request.user if request.api_key is None else None

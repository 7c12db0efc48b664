"""What a request brings: taken from the network before its transaction opens, and known by a digest."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO

from django.conf import settings

from arhub.api.errors import ApiError, is_api

MULTIPART = "multipart/form-data"
FORMS = (MULTIPART, "application/x-www-form-urlencoded")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MEMORY_BYTES = 1024 * 1024
_BLOCK = 1 << 20


def spool(request: Any) -> None:
    """Take the whole body, so that a slow sender holds no locks. An API has no forms but those with files."""
    if request.method in SAFE:
        return
    is_form = request.content_type == MULTIPART or (request.content_type in FORMS and not is_api(request.path))
    if is_chunked(request) or not (is_form or request._read_started):
        _keep(request)
    if is_form:
        request.POST  # noqa: B018  parses it, files into the upload directory


def is_chunked(request: Any) -> bool:
    """Whether the body comes without its length, from a server that knows where it ends."""
    is_told = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    return is_told and bool(request.META.get("wsgi.input_terminated"))


def _keep(request: Any) -> None:
    kept = taken(request)
    request.META["CONTENT_LENGTH"] = str(kept.tell())
    kept.seek(0)
    request._stream = kept


def taken(request: Any, most: int | None = None) -> Any:
    """The body in a temporary file of its own, which stands at its end. Raises `ApiError` beyond `most` bytes."""
    source = request.META["wsgi.input"] if is_chunked(request) else request._stream
    kept = SpooledTemporaryFile(max_size=MEMORY_BYTES, dir=str(settings.FILE_UPLOAD_TEMP_DIR))  # noqa: SIM115
    shutil.copyfileobj(_Bounded(source, most or settings.MOST_BODY_BYTES), kept, _BLOCK)
    return kept


class _Bounded:
    """A body whose length nobody announced ends where the limit is."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream, self._most, self._left = stream, most, most

    def read(self, size: int = -1, /) -> bytes:
        block = self._stream.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise too_large(self._most)
        return block


def too_large(most: int | None = None) -> ApiError:
    most = (most or settings.MOST_BODY_BYTES) >> 20
    return ApiError(413, f"The request is larger than {most:,} MB.", headers={"Connection": "close"})


def digest(request: Any) -> str:
    """SHA-256 of what a request asks for. A form's boundary is no part of that: each sending has another one."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == MULTIPART:
        found.update(json.dumps(sorted(request.POST.lists())).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                found.update(json.dumps([name, file.name, _digest_of(file)]).encode())
    else:
        found.update(_digest_of(request._stream).encode())
    return found.hexdigest()


def _digest_of(file: Any) -> str:
    found = hashlib.sha256()
    for block in _blocks(file):
        found.update(block)
    file.seek(0)
    return found.hexdigest()


def _blocks(file: Any) -> Iterable[bytes]:
    file.seek(0)
    return iter(lambda: file.read(_BLOCK), b"")

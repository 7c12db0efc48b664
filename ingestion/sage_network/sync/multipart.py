"""An upload whose request does not say where its parts end, as the TypeScript client sends it."""

from __future__ import annotations

import tempfile
from typing import Any, BinaryIO

from django.conf import settings

_LONGEST_HEAD = 16 * 1024
_BLOCK = 1 << 20


def first_part(body: BinaryIO) -> Any:
    """A named temporary file with the content of the first part, by the boundary in the first line of the body; None
    when it has none."""
    body.seek(0)
    head = body.read(_LONGEST_HEAD)
    boundary, _, rest = head.partition(b"\r\n")
    begin = head.find(b"\r\n\r\n")
    if not boundary.startswith(b"--") or not rest or begin < 0:
        return None
    body.seek(begin + 4)
    part = tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115
    if not _copy_until(body, part, b"\r\n" + boundary):
        part.close()
        return None
    part.flush()
    part.seek(0)
    return part


def _copy_until(source: BinaryIO, target: Any, end: bytes) -> bool:
    """Copy what stands before `end`; false when that never comes."""
    kept = b""
    while block := source.read(_BLOCK):
        kept += block
        if (place := kept.find(end)) >= 0:
            target.write(kept[:place])
            return True
        target.write(kept[: -len(end)])
        kept = kept[-len(end) :]
    return False

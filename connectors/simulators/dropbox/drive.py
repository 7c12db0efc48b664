"""Files and folders as Dropbox keeps them: case makes no other name, and folders appear with what is put into them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

BLOCK = 4 << 20
LONGEST_NAME = 255
PATTERN = re.compile(r"(/(.|[\r\n])*)?")


class Refusal(Exception):
    """`tags` from the outside in, such as path, conflict, file; `more` stands beside the last one."""

    def __init__(self, *tags: str, status: int = 409, **more: Any) -> None:
        super().__init__("/".join(tags))
        self.tags, self.status, self.more = tags, status, more

    def body(self) -> Mapping[str, Any]:
        error: dict[str, Any] = {".tag": self.tags[-1], **self.more}
        for tag in reversed(self.tags[:-1]):
            error = {".tag": tag, tag: error}
        return {"error_summary": f"{'/'.join(self.tags)}/..", "error": error}


class UploadRefusal(Refusal):
    """A content that came could not get its path: `upload` alone wraps that so."""

    def body(self) -> Mapping[str, Any]:
        plain = super().body()
        return {**plain, "error": {".tag": "path", "reason": plain["error"]["path"], "upload_session_id": "pid:none"}}


class Malformed(Exception):
    """A request that is none: answered in plain text, with 400."""


@dataclass
class File:
    path: str
    content: bytes
    rev: str
    modified_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def row(self) -> dict[str, Any]:
        at = self.modified_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            ".tag": "file", "name": self.path.rpartition("/")[2], "path_lower": self.path.lower(),
            "path_display": self.path, "id": _id(self.rev),
            "client_modified": at, "server_modified": at, "rev": self.rev, "size": len(self.content),
            "is_downloadable": True, "content_hash": content_hash(self.content),
        }  # fmt: skip


class Drive:
    def __init__(self, space: int) -> None:
        self.space = space
        self.files: dict[str, File] = {}
        self.folders: dict[str, str] = {}
        self._revisions = 0x15F000000

    def check(self, path: Any, where: str = "path") -> str:
        """Raises Refusal, Malformed."""
        if not isinstance(path, str) or not PATTERN.fullmatch(path):
            raise Malformed(f"path: {path!r} did not match pattern '(/(.|[\\r\\n])*)?'")
        parts = path.split("/")[1:]
        if any(part in ("", ".", "..") or "\\" in part or len(part) > LONGEST_NAME for part in parts):
            raise Refusal(where, "malformed_path")
        return path

    def row(self, path: str) -> dict[str, Any] | None:
        if found := self.files.get(path.lower()):
            return found.row()
        if path.lower() in self.folders:
            shown = self.folders[path.lower()]
            return {
                ".tag": "folder", "name": shown.rpartition("/")[2], "path_lower": path.lower(), "path_display": shown,
                "id": _id(path.lower()),
            }  # fmt: skip
        return None

    def make_folder(self, path: str) -> dict[str, Any]:
        self._free(path, "path")
        self._make_parents(path, "path")
        self.folders[path.lower()] = path
        return self.row(path) or {}

    def store(self, path: str, content: bytes, mode: str) -> dict[str, Any]:
        """`mode` is add or overwrite; to add what lies there already with the same content is no conflict."""
        before = self.files.get(path.lower())
        if path.lower() in self.folders:
            raise Refusal("path", "conflict", "folder")
        if before and mode == "add" and before.content != content:
            raise Refusal("path", "conflict", "file")
        if before and before.content == content:
            return before.row()
        used = sum(len(one.content) for one in self.files.values()) - (len(before.content) if before else 0)
        if used + len(content) > self.space:
            raise Refusal("path", "insufficient_space")
        self._make_parents(path, "path")
        self._revisions += 1
        self.files[path.lower()] = File(before.path if before else path, content, f"{self._revisions:x}")
        return self.files[path.lower()].row()

    def read(self, path: str) -> File:
        if path.lower() in self.folders:
            raise Refusal("path", "not_file")
        if path.lower() not in self.files:
            raise Refusal("path", "not_found")
        return self.files[path.lower()]

    def move(self, path: str, to: str) -> dict[str, Any]:
        """A file or a folder with all that is in it. Raises Refusal where the name is taken."""
        if self.row(path) is None:
            raise Refusal("from_lookup", "not_found")
        self._free(to, "to")
        self._make_parents(to, "to")
        for key in [one for one in self.folders if _is_below(one, path)]:
            shown = self.folders.pop(key)
            self.folders[(to + shown[len(path) :]).lower()] = to + shown[len(path) :]
        for key in [one for one in self.files if _is_below(one, path)]:
            file = self.files.pop(key)
            file.path = to + file.path[len(path) :]
            self.files[file.path.lower()] = file
        return self.row(to) or {}

    def delete(self, path: str) -> dict[str, Any]:
        row = self.row(path)
        if row is None:
            raise Refusal("path_lookup", "not_found")
        for kept in (self.files, self.folders):
            for key in [one for one in kept if _is_below(one, path)]:
                del kept[key]  # type: ignore[attr-defined]
        return row

    def list(self, path: str) -> Iterator[dict[str, Any]]:
        """What lies in a folder itself. Raises Refusal."""
        if path and path.lower() not in self.folders:
            raise Refusal("path", "not_folder" if path.lower() in self.files else "not_found")
        keys = [key for key in (*self.folders, *self.files) if key.rpartition("/")[0] == path.lower()]
        return (row for key in sorted(keys) if (row := self.row(key)))

    def _free(self, path: str, where: str) -> None:
        if row := self.row(path):
            raise Refusal(where, "conflict", row[".tag"])

    def _make_parents(self, path: str, where: str) -> None:
        parts = path.split("/")[1:-1]
        for count in range(1, len(parts) + 1):
            parent = "/" + "/".join(parts[:count])
            if parent.lower() in self.files:
                raise Refusal(where, "conflict", "file_ancestor")
            self.folders.setdefault(parent.lower(), parent)


def content_hash(content: bytes) -> str:
    """https://www.dropbox.com/developers/reference/content-hash"""
    blocks = (content[start : start + BLOCK] for start in range(0, len(content), BLOCK))
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


def _id(of: str) -> str:
    return f"id:{hashlib.sha256(of.encode()).hexdigest()[:22]}"


def _is_below(key: str, path: str) -> bool:
    return key == path.lower() or key.startswith(f"{path.lower()}/")

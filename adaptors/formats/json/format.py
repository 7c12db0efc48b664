"""A document in JSON, complete: `schema.json` beside says what stands where."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from adaptors.formats.base import Format, Rendered
from adaptors.formats.document import Attachment, OutgoingDocument
from connectors.base import Setting

FORMAT, VERSION = "arhub.document", 1
_RENAMED = {"kind": "document_type"}


class JsonFormat(Format):
    kind = "json"
    label = "JSON"
    summary = "The whole document for programs: every field, amounts with all their digits."
    ending, media_type = "json", "application/json"
    options: ClassVar[tuple[Setting, ...]] = (
        Setting("attachments", "Attachments", "Their content goes along, in base64.", kind="bool", default=True,
                required=False),
        Setting("indented", "Indented, for people", kind="bool", default=False, required=False),
    )  # fmt: skip

    def render(self, document: OutgoingDocument) -> Rendered:
        told = {"format": FORMAT, "version": VERSION, "type_code": document.kind.code, **self._members(document)}
        if self.values["indented"]:
            text = json.dumps(told, ensure_ascii=False, indent=2)
        else:
            text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        return Rendered(f"{text}\n".encode(), self.media_type, self.ending)

    def _members(self, value: Any) -> dict[str, Any]:
        """By name, in their order; what is empty is left out."""
        members = {_RENAMED.get(one.name, one.name): getattr(value, one.name) for one in fields(value)}
        told = {name: self._told(member) for name, member in members.items()}
        if isinstance(value, Attachment):
            told |= self._file(value)
        return {name: member for name, member in told.items() if member not in (None, "", [], {})}

    def _told(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, date):
            return value.isoformat()
        if is_dataclass(value):
            return self._members(value)
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return [self._told(one) for one in value]
        return value

    def _file(self, attachment: Attachment) -> Mapping[str, Any]:
        content = base64.b64encode(attachment.content).decode() if self.values["attachments"] else ""
        return {"content": content, "size": len(attachment.content) or None}

"""Which parts of a mail are files, told from its BODYSTRUCTURE: nothing of them has to be fetched for that."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import collapse_rfc2231_value, decode_params, unquote
from typing import Any

SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
BOUNCE = "multipart/report"
_FIELDS = {"text": 8, "message/rfc822": 10}  # where the extensions begin; 7 for any other part
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Part:
    """`number` is how IMAP names it, such as 1.2; empty for the whole mail. `size` counts bytes as they are encoded."""

    number: str
    media_type: str
    parameters: Mapping[str, str]
    disposition: str
    encoding: str
    size: int
    is_related: bool = False

    @property
    def given_name(self) -> str:
        """Without folders, whatever the mail says, and of a long one the end."""
        name = self.parameters.get("filename") or self.parameters.get("name") or ""
        return _NOT_IN_NAMES.sub("", name.replace("\\", "/").rpartition("/")[2]).strip()[-LONGEST_NAME:]

    @property
    def name(self) -> str:
        return self.given_name or f"part-{self.number}{mimetypes.guess_extension(self.media_type) or '.bin'}"

    @property
    def is_file(self) -> bool:
        """Neither the text that people read, nor a picture within it, nor a signature."""
        if self.media_type in SIGNATURES:
            return False
        if self.media_type.startswith("image/") and (self.is_related or self.disposition == "inline"):
            return False
        if self.disposition == "attachment" or self.given_name:
            return True
        return not self.media_type.startswith(("text/", "message/"))


def files(structure: Any) -> list[Part]:
    return [part for part in _leaves(structure, "", is_related=False) if part.is_file]


def is_bounce(structure: Any) -> bool:
    """RFC 6522 with RFC 3464: a report that a mail could not be delivered."""
    if not _is_multipart(structure):
        return False
    kinds = [item for item in structure if not isinstance(item, list)]
    rest = structure[len(_children(structure)) + 1 :]
    report = _parameters(rest[0] if rest else None).get("report-type", "").lower()
    return bool(kinds) and _text(kinds[0]).lower() == "report" and report == "delivery-status"


def _leaves(node: Any, number: str, *, is_related: bool) -> Iterator[Part]:
    """Mails within mails are looked into: what is attached to what was forwarded counts too."""
    if not isinstance(node, list) or not node:
        return
    if _is_multipart(node):
        children = _children(node)
        is_related = _text(_at(node, len(children))).lower() == "related"
        for place, child in enumerate(children, 1):
            yield from _leaves(child, f"{number}.{place}".lstrip("."), is_related=is_related and place > 1)
        return
    number = number or "1"
    if _media_type(node) == "message/rfc822" and isinstance(inner := _at(node, 8), list):
        yield from _leaves(inner, number if _is_multipart(inner) else f"{number}.1", is_related=False)
        return
    yield _part(node, number, is_related=is_related)


def _part(node: list[Any], number: str, *, is_related: bool) -> Part:
    media_type = _media_type(node)
    start = _FIELDS.get(media_type, _FIELDS.get(media_type.partition("/")[0], 7))
    disposition = _at(node, start + 1)
    disposition = disposition if isinstance(disposition, list) else [None, None]
    octets = _text(_at(node, 6))
    return Part(
        number, media_type, _parameters(_at(node, 2)) | _parameters(_at(disposition, 1)),
        _text(_at(disposition, 0)).lower(), _text(_at(node, 5)).lower(), int(octets) if octets.isdecimal() else 0,
        is_related,
    )  # fmt: skip


def _parameters(given: Any) -> dict[str, str]:
    """By name in small letters, put together and decoded (RFC 2231; RFC 2047, which does not belong here, too)."""
    if not isinstance(given, list):
        return {}
    pairs = [(_text(name).lower(), _text(value)) for name, value in zip(given[::2], given[1::2], strict=False)]
    try:
        decoded = decode_params([("", ""), *pairs])[1:]
        return {name: _words(unquote(collapse_rfc2231_value(value))) for name, value in decoded}
    except (ValueError, LookupError, TypeError):
        return dict(pairs)


def _words(text: str) -> str:
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, ValueError, LookupError):
        return text


def _is_multipart(node: Any) -> bool:
    return isinstance(node, list) and bool(node) and isinstance(node[0], list)


def _children(node: list[Any]) -> list[Any]:
    end = next((place for place, item in enumerate(node) if not isinstance(item, list)), len(node))
    return node[:end]


def _media_type(node: list[Any]) -> str:
    return f"{_text(_at(node, 0))}/{_text(_at(node, 1))}".lower()


def _at(node: list[Any], place: int) -> Any:
    return node[place] if place < len(node) else None


def _text(value: Any) -> str:
    if not isinstance(value, bytes):
        return ""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")

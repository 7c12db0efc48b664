"""MIME as signatures need it: bytes in and out, none of them changed. The standard library's parser reads headers only,
since it does not give back the very bytes of a part."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value
from urllib.parse import quote

from connectors.gateways.as2.problems import As2Problem, reading

LINE_END = b"\r\n"
MOST_HEADER_BYTES = 64 * 1024
LONGEST_NAME = 200
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ufffd\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entity:
    """Headers and what follows them, as they came: a message, or a part of one."""

    headers: Message
    body: bytes

    @classmethod
    def of_http(cls, headers: Mapping[str, str], body: bytes) -> Entity:
        """A request or an answer. HTTP gives headers as Latin-1, and partners write UTF-8."""
        message = Message(policy=policy.compat32)
        for name, value in headers.items():
            message[name] = _as_utf8(value)
        return cls(message, body)

    @classmethod
    def of(cls, raw: bytes) -> Entity:
        """Raises As2Problem."""
        if raw.startswith((b"\r\n", b"\n")):
            return cls(Message(), raw.partition(b"\n")[2])
        blank = _BLANK_LINE.search(raw, 0, MOST_HEADER_BYTES)
        if not blank:
            raise As2Problem("Expected a MIME part with headers and an empty line after them, found neither.")
        return cls(parse_headers(raw[: blank.start()]), raw[blank.end() :])

    @property
    def media_type(self) -> str:
        """In small letters, without parameters."""
        return self.headers.get_content_type()

    def parameter(self, name: str) -> str:
        with reading("the header Content-Type"):
            return collapse_rfc2231_value(self.headers.get_param(name) or "")  # type: ignore[arg-type]

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding. Raises As2Problem."""
        encoding = str(self.headers.get("content-transfer-encoding", "")).strip().lower()
        if encoding == "base64":
            return from_base64(self.body)
        return quopri.decodestring(self.body) if encoding == "quoted-printable" else self.body

    @property
    def file_name(self) -> str:
        """What Content-Disposition or Content-Type call the file, without folders; empty where they call it nothing."""
        with reading("the name of a file"):
            found = _parameter(self.headers, "content-disposition", "filename")
            name = _decoded(found or _parameter(self.headers, "content-type", "name"))
            return _CONTROLS.sub("", re.split(r"[/\\]", name)[-1]).strip().strip(".")[:LONGEST_NAME]

    def parts(self) -> list[bytes]:
        """Those of a multipart, each to the last byte before the line end that belongs to the boundary."""
        boundary = self.parameter("boundary").encode("utf-8", "replace")
        if not boundary:
            raise As2Problem(f"Expected a boundary in the header Content-Type of {self.media_type}, found none.")
        line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
        found: list[bytes] = []
        start = None
        for match in line.finditer(self.body):
            if start is not None:
                found.append(self.body[start : match.start()])
            if match[1]:
                return found
            start = _after_line_end(self.body, match.end())
        raise As2Problem(f"The {self.media_type} ends in the middle: its last boundary is missing.")


def parse_headers(raw: bytes) -> Message:
    with reading("headers"):
        return HeaderParser(policy=policy.compat32).parsestr(_text(raw), headersonly=True)


def head(headers: Mapping[str, str]) -> bytes:
    """Headers as bytes, with the empty line after them. What a partner wrote may stand in one: it stays one line."""
    lines = (f"{name}: {' '.join(value.splitlines())}\r\n" for name, value in headers.items())
    return "".join(lines).encode(errors="replace") + LINE_END


def as_base64(content: bytes) -> bytes:
    """In lines, each ending as MIME wants it: nothing on the way has a reason to change them."""
    return base64.encodebytes(content).replace(b"\n", LINE_END)


def from_base64(body: bytes) -> bytes:
    try:
        return base64.b64decode(body.translate(None, b" \t\r\n"), validate=True)
    except (binascii.Error, ValueError):
        raise As2Problem("Expected base64, found bytes that are none.") from None


def with_line_ends(raw: bytes) -> bytes:
    """Every line ends in CR LF: the canonical form of text (RFC 5751, 3.1.1)."""
    return re.sub(rb"\r?\n", LINE_END, raw)


def disposition(name: str) -> str:
    """Content-Disposition of a file: the name in ASCII for those who read nothing else, and as RFC 2231 writes it."""
    plain = _CONTROLS.sub("", name)
    readable = re.sub(r'[^ -~]|["\\]', "_", plain)
    if readable == plain:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{readable}\"; filename*=UTF-8''{quote(plain, safe='')}"


def _after_line_end(body: bytes, at: int) -> int:
    return at + (2 if body[at : at + 2] == LINE_END else 1)


def _parameter(headers: Message, header: str, name: str) -> str:
    """RFC 2231's form of a parameter wins over the plain one (RFC 6266, 4.3)."""
    found = [value for key, value in headers.get_params([], header) if key.lower() == name]  # type: ignore[misc]
    found.sort(key=lambda value: isinstance(value, str))
    return collapse_rfc2231_value(found[0]) if found else ""


def _decoded(name: str) -> str:
    """Mail programs write =?utf-8?B?...?= where RFC 2231 does not let them."""
    if "=?" not in name:
        return name
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return name


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _as_utf8(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value

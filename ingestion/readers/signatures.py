"""Formats known by their first bytes, and what to tell someone who sends one that is not a table."""

from __future__ import annotations

import re

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
"""The first member of an OpenDocument spreadsheet holds nothing else."""

EMPTY_FILE = "The file is empty."
PROTECTED = "This workbook is protected with a password. Remove the password in Excel, save it and upload it again."
OLD_WORKBOOK = "This is an Excel 97–2003 workbook (.xls). Save it as .xlsx or .csv and upload it again."

_BINARY = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"{\\rtf", "a rich text document"),
)
_ARCHIVES = ("a gzip archive", "a bzip2 archive", "an xz archive", "a 7-Zip archive", "a RAR archive")
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")


def is_binary(head: bytes) -> bool:
    """Whether the bytes are full of what no text contains. A single stray NUL does not make a file binary."""
    controls = len(head) - len(head.translate(None, _CONTROL))
    return controls > 4 and controls * 100 > len(head)


def utf16_without_mark(head: bytes) -> str:
    """The UTF-16 flavour of a file without a byte order mark, told by the NUL half of its Latin letters."""
    pairs = len(head) // 2
    if pairs < 8:
        return ""
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if odd > pairs * 0.8 and not even:
        return "utf-16-le"
    if even > pairs * 0.8 and not odd:
        return "utf-16-be"
    return ""


def refusal(head: bytes) -> str:
    """Why a file that starts like this is no table, or "" when nothing speaks against reading it as text."""
    if head.startswith(OLE_MAGIC):
        return OLD_WORKBOOK
    for magic, noun in _BINARY:
        if head.startswith(magic) and _believable(magic, head):
            return _sentence(noun)
    return _text_refusal(head)


def first_text(head: bytes) -> bytes:
    """The start of a text without its mark and the blanks before it; UTF-16 as UTF-8."""
    if head.startswith(UTF16_MARKS):
        head = head[: len(head) // 2 * 2].decode("utf-16", "ignore").encode("utf-8", "ignore")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def is_xml(head: bytes) -> bool:
    return re.match(rb"<(\?xml\s|!--|!DOCTYPE\b|[A-Za-z_:][\w:.-]*[\s/>])", first_text(head)) is not None


def is_json(head: bytes) -> bool:
    """Whether a text starts as a JSON object or as an array of objects or arrays."""
    return re.match(rb'(\{\s*("[^"]*"\s*:|\}\s*$)|\[\s*[{\[\]])', first_text(head)) is not None


def _believable(magic: bytes, head: bytes) -> bool:
    """Two or three letters can start a column name; a real binary has unprintable bytes soon after."""
    return len(magic) > 4 or is_binary(head[:512])


def _sentence(noun: str) -> str:
    if noun in _ARCHIVES:
        return f"This is {noun}. Unpack it and upload the file inside."
    return f"This is {noun}, not a table. Upload a .csv or .xlsx file."


def _text_refusal(head: bytes) -> str:
    if re.match(rb"<(!doctype\s+html|html)\b", first_text(head), re.IGNORECASE):
        return "This is a web page, not a table. Save the table as .csv or .xlsx and upload it again."
    if is_binary(head) and not head.startswith(UTF16_MARKS) and not utf16_without_mark(head):
        return "This is a binary file, not text. Upload a .csv or .xlsx file."
    return ""

"""Reading a document to be checked. It is read as hostile: without entities, files or network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
KINDS = {f"{{{UBL}Invoice-2}}Invoice": "Invoice", f"{{{UBL}CreditNote-2}}CreditNote": "CreditNote"}
_DECLARED = re.compile(r"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)")


class NotReadable(Exception):
    """It is no XML that may be read; the text says what was expected, what found and where."""


@dataclass(frozen=True, slots=True)
class Document:
    """`text` has no byte order mark, which the XSLT engine does not take."""

    text: str
    root: Any

    @property
    def kind(self) -> str:
        """Invoice or CreditNote; empty for anything else."""
        return KINDS.get(self.root.tag, "")


def read(content: bytes) -> Document:
    """Raises `NotReadable`. Attachments stand in the text, so it may be large."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotReadable(f"The document is expected in UTF-8; byte {error.start + 1:,} is not.") from error
    declared = _DECLARED.match(text)
    if declared and declared[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise NotReadable(f"The document is expected in UTF-8; it says that it is in {declared[1][:40]}.")
    return Document(text, parsed(text.encode()))


def parsed(content: bytes) -> Any:
    """The root of XML in UTF-8. Without a document type there are no entities to expand and nothing to fetch; it is
    looked for in the bytes, before anything is parsed."""
    if b"<!DOCTYPE" in content:
        raise NotReadable("The document has a document type (<!DOCTYPE), which may bring entities; it is not read.")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_pis=True
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise NotReadable(f"The document is no well-formed XML: {error.msg}.") from error

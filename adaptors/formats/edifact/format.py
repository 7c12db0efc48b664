"""EDIFACT INVOIC D.96A: the format.

README.md beside this tells what it covers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import blake2s
from typing import Any

from adaptors.formats import lacks
from adaptors.formats.base import Format, Problem, Rendered, Unsayable
from adaptors.formats.document import OutgoingDocument, Party, Payment
from adaptors.formats.edifact import header, lines, parties, summary
from adaptors.formats.edifact.characters import CHARACTER_SETS
from adaptors.formats.edifact.options import OPTIONS, ends_of, profile_of
from adaptors.formats.edifact.writer import UNA, Writer, joined

_MOST_SEGMENTS = 999_997
"""UNT counts them with UNH and itself, in six digits."""
_PREPARED = re.compile(r"\d{6}:\d{4}")


class EdifactFormat(Format):
    kind = "edifact"
    label = "EDIFACT INVOIC D.96A"
    summary = "The invoice message of UN/EDIFACT, as EANCOM 1997 or plain, for retail chains and VANS operators."
    ending = "edi"
    media_type = "application/EDIFACT"
    options = OPTIONS
    rules = ("edifact",)

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        self.profile = profile_of(self.values)

    def lacks(self, seller: Party, buyer: Party, payment: Payment, buyer_reference: str) -> Iterable[Problem]:
        return parties.lacking(seller, buyer, payment, self.profile, self.values)

    def render(self, document: OutgoingDocument) -> Rendered:
        writer = Writer(
            CHARACTER_SETS[self.profile.characters],
            replaces=self.values["unknown_characters"] == "replace",
            cuts=self.values["long_texts"] == "cut",
        )
        writer.problems += parties.unidentified(document.seller, document.buyer, self.profile, self.values)
        writer.problems += lacks.vat_numbers(document)
        self._attachments(writer, document)
        header.write(writer, document, self.profile)
        lines.write(writer, document, self.profile)
        summary.write(writer, document, self.profile)
        interchange, reference = self._interchange(writer, document)
        if writer.problems:
            raise Unsayable(*dict.fromkeys(writer.problems))
        end = f"'{ends_of(self.values)}"
        text = "".join([segment + end for segment in interchange])
        return Rendered(text.encode(writer.characters.encoding), self.media_type, self.ending, reference=reference)

    def _attachments(self, writer: Writer, document: OutgoingDocument) -> None:
        if self.values["attachments"] == "refuse":
            for one in document.attachments:
                if one.content:
                    writer.refuse(f"EDIFACT carries no files, and {one.name} is attached.", "attachments")

    def _interchange(self, writer: Writer, document: OutgoingDocument) -> tuple[list[str], str]:
        """The message in its envelope, and the reference of that. It comes from the document's number and content: the
        same again for the same, another one for a document that was changed."""
        body = "'".join(writer.segments)
        writer.segments, message = [], writer.segments
        if len(message) > _MOST_SEGMENTS:
            writer.refuse(f"Expected at most {_MOST_SEGMENTS} segments, found {len(message)}.", "lines")
        digest = blake2s(body.encode(), digest_size=4).hexdigest().upper()
        reference = re.sub("[^A-Z0-9]", "", document.number.upper())[-6:] + digest
        if self.values["una"]:
            writer.segments.append(UNA)
        writer.put(
            "UNB", f"{writer.characters.code}:3",
            parties.interchange_address(writer, document.seller, parties.SUPPLIER, self.values),
            parties.interchange_address(writer, document.buyer, parties.CUSTOMER, self.values),
            self._prepared(writer, document.issue_date), reference, "",
            writer.code(self.values["application_reference"], 14, "application_reference"), "",
            "1" if self.values["acknowledge"] else "", writer.code(self.profile.agreement, 35, "agreement"),
            "1" if self.values["test"] else "",
        )  # fmt: skip
        writer.put("UNH", "1", joined("INVOIC", "D", "96A", "UN", self.profile.association))
        return [*writer.segments, *message, f"UNT+{len(message) + 2}+1", f"UNZ+1+{reference}"], reference

    def _prepared(self, writer: Writer, issued: date) -> str:
        given = self.values["prepared_at"]
        if given and not _PREPARED.fullmatch(given):
            writer.refuse(f"Expected the time of preparation as YYMMDD:HHMM, found {given}.", "prepared_at")
        return given or f"{issued:%y%m%d}:0000"

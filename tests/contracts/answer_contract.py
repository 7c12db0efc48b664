"""What every kind of answer must do, whatever its messages look like: run it with a `Sample` or two of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

import pytest

from adaptors.answer_kinds import ANSWERS, kind_of, load_answer
from adaptors.answers.base import HEAD_BYTES, LARGEST, AnswerKind, Said, Unreadable

ORDINARY = (
    b"", b"\n", b"\x00" * 100, b"PK\x03\x04" + b"\x00" * 60, b"Account ID;Name\r\n10042;Nordic Pumps\r\n", b"[{}]",
    b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
    b"UNB+UNOC:3+5790000000005:14+5790000000012:14+261123:1015+1'UNH+1+INVOIC:D:96A:UN'UNT+2+1'UNZ+1+1'",
    b"From: ada@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n", b"%PDF-1.7\n",
    b"<ApplicationResponse", b"<ApplicationResponse><ID>1</ID></ApplicationResponse>",
    b"UNA", b"UNB", b"UNA:+.? '", b"content-type: multipart/report\r\n\r\n",
)  # fmt: skip
"""Files that come in every day and are no answers, and some that begin like one and end."""


@dataclass(frozen=True)
class Sample:
    content: bytes
    expected: Sequence[Said]


class AnswerContract(ABC):
    kind: str

    @abstractmethod
    def samples(self) -> list[Sample]: ...

    @property
    def reader(self) -> AnswerKind:
        return load_answer(self.kind)

    def test_is_in_the_registry_under_its_own_name(self) -> None:
        assert (self.reader.kind, self.reader.label) == (self.kind, ANSWERS[self.kind][0])

    def test_samples_say_what_is_expected(self) -> None:
        for sample in self.samples():
            assert self.reader.read(sample.content) == list(sample.expected)

    def test_samples_are_known_by_their_beginning_and_by_no_other_kind(self) -> None:
        for sample in self.samples():
            head = sample.content[:HEAD_BYTES]
            assert [kind for kind in ANSWERS if load_answer(kind).recognises(head)] == [self.kind]

    def test_times_are_aware_and_texts_are_there(self) -> None:
        for said in (one for sample in self.samples() for one in self.reader.read(sample.content)):
            assert said.said_at is None or said.said_at.tzinfo == UTC
            assert said.text.endswith(".")

    @pytest.mark.parametrize("content", ORDINARY)
    def test_ordinary_files_are_not_taken(self, content: bytes) -> None:
        assert kind_of(content) is None

    def test_one_that_is_cut_off_anywhere_is_read_or_refused(self) -> None:
        for sample in self.samples():
            for end in range(0, len(sample.content), max(1, len(sample.content) // 97)):
                self.try_to_read(sample.content[:end])

    def test_one_with_odd_bytes_anywhere_is_read_or_refused(self) -> None:
        for sample in self.samples():
            step = max(1, len(sample.content) // 61)
            for place in range(0, len(sample.content), step):
                for odd in (b"\x00", b"\xff", b"'", b"?", b"<", b"\n\n", b""):
                    self.try_to_read(sample.content[:place] + odd + sample.content[place + 1 :])

    def test_one_that_is_too_large_is_refused(self) -> None:
        content = self.samples()[0].content
        with pytest.raises(Unreadable, match="expected at most 1,048,576 bytes"):
            self.reader.read(content + b" " * (LARGEST + 1 - len(content)))

    def try_to_read(self, content: bytes) -> None:
        try:
            assert self.reader.read(content)
        except Unreadable as refusal:
            assert str(refusal).startswith((self.reader.label, "Expected", "CONTRL", "Byte"))

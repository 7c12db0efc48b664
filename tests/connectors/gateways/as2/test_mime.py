"""MIME as partners write it: names of files, line ends, parts."""

from __future__ import annotations

import pytest

from connectors.gateways.as2.mime import Entity, as_base64, disposition, from_base64, head, with_line_ends
from connectors.gateways.as2.problems import As2Problem
from tests.contracts.gateway_contract import ODD_NAMES


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ('Content-Disposition: attachment; filename="a b.xml"', "a b.xml"),
        ("Content-Disposition: attachment; filename=a.xml", "a.xml"),
        ("Content-Disposition: attachment; filename*=UTF-8''%C3%A6%20%E4%B8%96.xml", "æ 世.xml"),
        ("Content-Disposition: attachment; filename=\"x.xml\"; filename*=utf-8'da'%C3%A6.xml", "æ.xml"),
        ("Content-Disposition: attachment; filename*0=\"long\"; filename*1=\" name.xml\"", "long name.xml"),
        ("Content-Disposition: attachment; filename*0*=iso-8859-1''%E6; filename*1*=%F8.xml", "æø.xml"),
        ('Content-Disposition: attachment; filename="=?utf-8?B?w6YueG1s?="', "æ.xml"),
        ('Content-Disposition: attachment; filename="æ.xml"', "æ.xml"),
        ('Content-Type: application/xml; name="b.xml"', "b.xml"),
        ("Content-Disposition: attachment;\r\n\tfilename=\"folded.xml\"", "folded.xml"),
        ('Content-Disposition: attachment; filename="..\\\\..\\\\etc\\\\a.xml"', "a.xml"),
        ('Content-Disposition: attachment; filename="../../etc/passwd"', "passwd"),
        ('Content-Disposition: attachment; filename=".."', ""),
        ("Content-Disposition: attachment; filename*=nonsense''%ff", "ÿ"),
        ("Content-Disposition: attachment; filename*=utf-7''a+2AA-.xml", "a.xml"),
        ("Content-Type: text/plain", ""),
    ],
)  # fmt: skip
def test_name_of_a_file_is_read_as_it_was_meant(headers: str, name: str) -> None:
    assert Entity.of(f"{headers}\r\n\r\nx".encode()).file_name == name


@pytest.mark.parametrize("name", ODD_NAMES)
def test_name_of_a_file_comes_back_as_it_was_given(name: str) -> None:
    entity = Entity.of(head({"Content-Disposition": disposition(name)}))

    assert entity.file_name == name
    assert disposition(name).isascii()


def test_header_cannot_be_slipped_in() -> None:
    made = head({"Subject": "a\r\nBcc: b", "Content-Disposition": disposition('a"\r\nX: y.xml')})

    assert sorted(Entity.of(made).headers.keys()) == ["Content-Disposition", "Subject"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_parts_come_byte_for_byte(end: str) -> None:
    lines = ["Content-Type: multipart/mixed; boundary=b", "", "before", "--b", "A: 1", "", "one", "", "--b  ", "", "",
             "--bad", "--b--", "after"]  # fmt: skip

    parts = Entity.of(end.join(lines).encode()).parts()

    assert parts == [f"A: 1{end}{end}one{end}".encode(), f"{end}{end}--bad".encode()]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx",
         "The multipart/mixed ends in the middle: its last boundary is missing."),
        (b"Content-Type: multipart/mixed\n\n--b--",
         "Expected a boundary in the header Content-Type of multipart/mixed, found none."),
        (b"no headers at all", "Expected a MIME part with headers and an empty line after them, found neither."),
        (b"A: " + b"x" * 70_000 + b"\n\n",
         "Expected a MIME part with headers and an empty line after them, found neither."),
    ],
    ids=["no end", "no boundary", "no headers", "too much"],
)  # fmt: skip
def test_what_is_no_mime_is_told(raw: bytes, text: str) -> None:
    with pytest.raises(As2Problem) as caught:
        Entity.of(raw).parts()

    assert str(caught.value) == text


def test_base64_is_read_with_any_line_ends_and_nothing_else() -> None:
    content = bytes(range(256)) * 3

    assert from_base64(as_base64(content).replace(b"\r\n", b"\n \t")) == content
    assert max(map(len, as_base64(content).split(b"\r\n"))) == 76
    with pytest.raises(As2Problem):
        from_base64(b"AAA*")


def test_lines_end_as_in_mail() -> None:
    assert with_line_ends(b"a\nb\r\nc\r") == b"a\r\nb\r\nc\r"

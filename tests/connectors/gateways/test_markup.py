"""Looking into XML that may be hostile."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from connectors.gateways.base import Bytes
from connectors.gateways.markup import Name, NotXml, Outline
from connectors.gateways.pieces import Joined, Pieced

MEGABYTE = 1 << 20


class Repeated(Pieced):
    """A block, over and over."""

    def __init__(self, before: bytes, block: bytes, times: int, after: bytes) -> None:
        self._parts = (before, block, times, after)

    @property
    def size(self) -> int:
        before, block, times, after = self._parts
        return len(before) + len(block) * times + len(after)

    def blocks(self, start: int) -> Iterator[bytes]:
        before, block, times, after = self._parts
        yield before
        for _ in range(times):
            yield block
        yield after


def test_root_is_found_behind_what_stands_before_it() -> None:
    begin = b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r\n<!-- \xc3\xa6 <a> -->\n<?pi x?>\n'

    found = Outline.of(Bytes(begin + b'<p:a xmlns:p="urn:a"><b/></p:a>\n<!-- end -->'))

    assert (found.root, found.start, found.encoding) == (Name("urn:a", "a"), len(begin), "")


def test_document_is_put_into_another_byte_by_byte() -> None:
    latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe6\r\n&#10;</a>"

    with Outline.of(Bytes(latin)).between("<x n='€'>", "</x>").open() as source:
        found = source.read()

    assert found == b'<?xml version="1.0" encoding="iso-8859-1"?>\n<x n=\'&#8364;\'><a>\xe6\r\n&#10;</a></x>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Expected XML, found no element found in line 1, column 1"),
        (b"<a>\n<b></a>", "Expected XML, found mismatched tag in line 2, column 6"),
        (b"<a/><a/>", "Expected XML, found junk after document element"),
        (b"<a>&b;</a>", "Expected XML, found undefined entity"),
        (b"<a>\xff</a>", "Expected XML, found not well-formed"),
        (b"<!DOCTYPE a><a/>", "Expected XML without a document type, found one"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'><!ENTITY z '&x;&x;'>]><a>&z;</a>", "Expected XML without a document type"),
        ("<a/>".encode("utf-16"), "Expected XML in UTF-8, found UTF-16"),
        ("<a/>".encode("utf-16-le"), "Expected XML in UTF-8, found UTF-16"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "Expected XML in UTF-8, found 'klingon'"),
        (b"<a>" * 501, "Expected XML of a usual depth, found more than 500 elements"),
    ],
)
def test_what_is_no_xml_or_more_than_that_is_told(content: bytes, sentence: str) -> None:
    with pytest.raises(NotXml, match=sentence):
        Outline.of(Bytes(content))


@pytest.mark.parametrize(
    ("before", "block", "after"),
    [(b"<a b='", b"x", b"'/>"), (b"<a><!--", b"x", b"--></a>"), (b"<?a ", b"x", b"?><a/>"), (b"<", b"x", b"/>")],
    ids=["attribute", "comment", "instruction", "name"],
)
def test_what_must_be_read_as_one_has_an_end(before: bytes, block: bytes, after: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(NotXml, match="Expected XML of tags and comments below 8 MB, found a longer one"):
        Outline.of(Repeated(before, block * MEGABYTE, 40, after))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 32 * MEGABYTE


@pytest.mark.parametrize("block", [b"x", b"\n", b"<b c='1'/>"])
def test_large_document_needs_no_memory(block: bytes) -> None:
    large = Repeated(b"<a>", block * (MEGABYTE // len(block)), 5, b"</a>")
    tracemalloc.start()
    found = Outline.of(large)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (found.root, Joined(b"", large).size) == (Name("", "a"), large.size)
    assert peak < 3 * MEGABYTE

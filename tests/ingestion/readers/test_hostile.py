"""Files made to fill the memory or to read what they may not: each refused in a sentence, in little memory."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ingestion.readers.attempt import attempt
from tests.ingestion.readers.whole import written

MOST_MB = 300
DOCTYPE = '<?xml version="1.0"?><!DOCTYPE a [{}]><a><b><c>{}</c></b></a>'


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def gzip_bomb(megabytes: int, head: bytes = b"a,b\n") -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    pieces = [packer.compress(head), *(packer.compress(bytes([10]) * (1 << 20)) for _ in range(megabytes))]
    return b"".join([*pieces, packer.flush()])


def zip_bomb(megabytes: int, *, told: int | None = None) -> bytes:
    """A member of blank lines. `told` is the size the directory and the header tell instead of the true one."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("accounts.csv", "w", force_zip64=True) as member,
    ):
        member.write(b"a,b\n")
        for _ in range(megabytes):
            member.write(b"\n" * (1 << 20))
    content = bytearray(out.getvalue())
    if told is not None:
        entry = content.rindex(b"PK\x01\x02")
        content[entry + 24 : entry + 28] = struct.pack("<I", told)
    return bytes(content)


def many_entries(count: int) -> Iterator[bytes]:
    """An archive of empty files, written without zipfile, which would take minutes."""
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"a"
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    yield local
    yield entry * count
    yield struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65_535, 65_535, len(entry) * count, len(local), 0)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("bomb.csv.gz", lambda: gzip_bomb(400), "The archive unpacks to far more than its size; it is not read."),
        ("bomb.json.gz", lambda: gzip_bomb(400, b"[\n"), "The archive unpacks to far more than its size; it is not "
         "read."),
        ("bomb.zip", lambda: zip_bomb(400), "The archive unpacks to far more than its size; it is not read."),
        ("lying.zip", lambda: zip_bomb(400, told=1_000), "The archive is damaged or was cut off on its way. Pack the "
         "file again and upload it."),
        ("nested.zip", zipped(a_zip=zipped(accounts_csv=b"a,b\n")), "The archive holds another archive, a.zip; "
         "unpack that first."),
        ("hidden.zip", zipped(accounts_csv=zipped(accounts_csv=b"a,b\n")), "This is a zip archive. Unpack it and "
         "upload the file inside."),
        ("hidden.gz", gzip.compress(zipped(accounts_csv=b"a,b\n")), "This is a zip archive. Unpack it and "
         "upload the file inside."),
        ("twice.csv.gz", gzip.compress(gzip.compress(b"a,b\n" * 99)), "This is a gzip archive. Unpack it and upload "
         "the file inside."),
        ("inside.zip", zipped(accounts_csv=gzip.compress(b"a,b\n" * 99)), "This is a gzip archive. Unpack it and "
         "upload the file inside."),
        ("cut.csv.gz", gzip.compress(bytes(range(32, 128)) * 500)[:200], "The archive is damaged or was cut off on its "
         "way. Pack the file again and upload it."),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and " " not in value else "",
)  # fmt: skip
def test_hostile_archive_is_refused(
    tmp_path: Path, name: str, content: bytes | Callable[[], bytes], sentence: str
) -> None:
    """A bomb is made when it is needed: a second each, and every process of the tests reads the list."""
    done = attempt(written(tmp_path / name, content() if callable(content) else content))

    assert done.sentence == sentence
    assert done.peak_mb < MOST_MB


def test_archive_of_a_million_entries_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "million.zip"
    with path.open("wb") as file:
        file.writelines(many_entries(1_000_000))

    done = attempt(path)

    assert done.sentence == "The archive holds more than 10,000 files; it is not read."
    assert done.peak_mb < MOST_MB


def test_overlapping_members_count_together(tmp_path: Path) -> None:
    """Every entry of the directory points at the same bytes, so that each unpacks them again."""
    content = bytearray(zip_bomb(40))
    start = content.rindex(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    entry, tail = bytes(content[start:end]), bytearray(content[end:])
    tail[8:16] = struct.pack("<HHI", 500, 500, len(entry) * 500)

    done = attempt(written(tmp_path / "overlap.zip", bytes(content[:start]) + entry * 500 + bytes(tail)))

    assert done.sentence == "The archive unpacks to far more than its size; it is not read."


def laughs() -> str:
    texts = ["ha" * 10, *(f"&l{number};" * 10 for number in range(11))]
    entities = "".join(f'<!ENTITY l{number} "{text}">' for number, text in enumerate(texts))
    return DOCTYPE.format(entities, "&l11;")


@pytest.mark.parametrize(
    "content",
    [
        laughs(),
        DOCTYPE.format('<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;"),
        DOCTYPE.format('<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;', "x"),
        DOCTYPE.format(f'<!ENTITY q "{"x" * 500_000}">', "&q;" * 20_000),
        laughs().replace("<a>", '<a x="&l11;">'),
        "<!--" + "x" * 100_000 + "-->" + laughs().removeprefix('<?xml version="1.0"?>'),
        laughs().encode("utf-16"),
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a><b><c>1</c></b></a>',
    ],
    ids=["laughs", "local file", "network", "quadratic", "attribute", "after a comment", "utf-16", "external"],
)
def test_declarations_in_xml_are_refused(tmp_path: Path, content: str | bytes) -> None:
    done = attempt(written(tmp_path / "file.xml", content))

    assert done.sentence in (
        "The XML holds a document type declaration, as no export needs one; it is not read.",
        "The file is not valid XML: see line 1.",
    )
    assert done.peak_mb < MOST_MB


@pytest.mark.parametrize(
    ("name", "head", "body", "sentence"),
    [
        ("row.xml", b"<a><b>", b"<c>1</c>" * 4_000, "An element of the XML has more than 2,000 parts"),
        ("text.xml", b"<a><b><c>1</c>", b" " * 32_000, "The XML has a text of more than 10 MB, see line 1"),
        ("comments.xml", b"<a>", b"<!--" + b"x" * 32_000 + b"-->", "The XML has an element of more than 16 MB"),
        ("depth.xml", b"", b"<a>" * 8_000, "The XML is nested deeper than 8 levels"),
        ("names.jsonl", b"", b'{"a": [' + b"[" * 30_000 + b"\n", "The file has no objects with names and values"),
        ("depth.json", b"[", b"[" * 32_000, "The JSON from line 1 on is nested far too deep"),
        ("text.json", b'[{"a": "', b"x" * 32_000, "The file is not valid JSON"),
    ],
)
def test_endless_structure_is_refused(tmp_path: Path, name: str, head: bytes, body: bytes, sentence: str) -> None:
    done = attempt(written(tmp_path / name, head + body * 1_500))

    assert done.sentence.startswith(sentence)
    assert done.peak_mb < MOST_MB


@pytest.mark.parametrize("member", ["../../accounts.csv", "/etc/accounts.csv", "C:\\Windows\\accounts.csv"])
def test_path_of_a_member_is_only_a_name(tmp_path: Path, member: str) -> None:
    path = tmp_path / "paths.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "a,b\n1,2\n")

    before = sorted(tmp_path.rglob("*"))
    done = attempt(path)

    assert (done.rows, done.sentence) == (1, "")
    assert sorted(tmp_path.rglob("*")) == before


def test_archive_with_a_password_is_named_as_such(tmp_path: Path) -> None:
    content = bytearray(zipped(accounts_csv=b"a,b\n1,2\n"))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + offset] |= 1

    done = attempt(written(tmp_path / "secret.zip", bytes(content)))

    assert done.sentence == (
        "The archive is protected with a password. Pack the files without one and upload it again."
    )

"""What was sent, as a person reads it."""

from __future__ import annotations

import io
import zipfile

import pytest

from arhub.admin.readable import MOST_CHARACTERS, readable


def archive(*names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name in names:
            made.writestr(name, "abc")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b'{"a": [1, "\xc3\xa6"]}', '{\n  "a": [\n    1,\n    "æ"\n  ]\n}'),
        (b"<a><b>1</b></a>", "<a>\n  <b>1</b>\n</a>\n"),
        (b"<a><b>", "<a><b>"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "&x;</a>\n"),
        (b"plain; text", "plain; text"),
        (b"\xff\xfe\x00", "3 bytes that are no text."),
        (archive("Company.csv", "Invoice.csv"), "Company.csv  3 bytes\nInvoice.csv  3 bytes"),
        (b"PK\x03\x04 torn", "An archive of 9 bytes that cannot be opened."),
        (b"", ""),
    ],
)
def test_content_is_set_out(content: bytes, shown: str) -> None:
    assert readable(content).endswith(shown)
    assert "root:" not in readable(content)


def test_secrets_are_masked_however_they_are_written() -> None:
    secret = 'p"&<ä-key'

    shown = "\n".join(
        readable(content, [secret])
        for content in (
            b'{"key": "p\\"&<\xc3\xa4-key"}',
            "<k>p&quot;&amp;&lt;ä-key</k>".encode(),
            f"key={secret}".encode(),
        )
    )

    assert shown.count("••••••") == 3
    assert "-key" not in shown


def test_long_content_is_cut() -> None:
    shown = readable(b"x" * (MOST_CHARACTERS + 7))

    assert shown.endswith("… and 200,007 in all.")

"""What an IMAP server writes, read; and what nobody should write, refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arhub.network.errors import BadAnswer
from connectors.gateways.email.decoding import decoded
from connectors.gateways.email.parts import files, is_bounce
from connectors.gateways.email.syntax import MOST_DEPTH, fetched, folder_name


def test_items_are_read_with_literals_and_quotes() -> None:
    answered = [
        (b'7 (UID 12 BODYSTRUCTURE ("text" "plain" ("name" {5}', b'a"b(c'),
        (rb') NIL "q\"\\" 7BIT) BODY[1.2]<0> {3}', b"\0)\xff"),
        b")",
        b"8 (UID 13)",
    ]

    assert list(fetched(answered)) == [
        {
            "UID": b"12",
            "BODYSTRUCTURE": [b"text", b"plain", [b"name", b'a"b(c'], None, b'q"\\', b"7BIT"],
            "BODY[1.2]<0>": b"\0)\xff",
        },
        {"UID": b"13"},
    ]


@pytest.mark.parametrize("answered", [b"1 (UID 2", b"1 UID 2)", b'1 (UID "2)', b"1 (UID \0"])
def test_answers_that_are_broken_are_refused(answered: bytes) -> None:
    with pytest.raises(BadAnswer):
        list(fetched([answered]))


def test_parts_without_end_within_each_other_are_refused() -> None:
    with pytest.raises(BadAnswer, match="at most 100 parts within each other"):
        list(fetched([b"1 " + b"(" * (MOST_DEPTH + 1) + b")" * (MOST_DEPTH + 1)]))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("INBOX", '"INBOX"'), ("a b", '"a b"'), ("Gelöscht", '"Gel&APY-scht"'), ("A & B", '"A &- B"'),
        ("日本語", '"&ZeVnLIqe-"'), ('q"\\', r'"q\"\\"'), ("a\r\nb", '"a&AA0ACg-b"'), ("æ&ø", '"&AOY-&-&APg-"'),
    ],
)  # fmt: skip
def test_folders_are_written_as_servers_know_them(name: str, written: str) -> None:
    assert folder_name(name) == written


@given(st.binary(max_size=200))
def test_no_answer_is_more_than_refused(answered: bytes) -> None:
    try:
        for items in fetched([b"1 (UID 1 BODYSTRUCTURE " + answered + b")"]):
            structure = items.get("BODYSTRUCTURE")
            assert all(part.name for part in files(structure))
            assert is_bounce(structure) in (True, False)
    except BadAnswer:
        pass


NODES: st.SearchStrategy[object] = st.recursive(
    st.none()
    | st.sampled_from([b"text", b"message", b"rfc822", b"multipart", b"report", b"7"])
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=12),
    max_leaves=40,
)


@given(NODES)
def test_no_structure_is_too_odd_to_be_looked_through(structure: object) -> None:
    assert all(part.name for part in files(structure))
    assert is_bounce(structure) in (True, False)


@given(st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit"]), st.lists(st.binary(max_size=100)))
def test_no_content_is_too_broken_to_be_read_as_far_as_it_goes(encoding: str, pieces: list[bytes]) -> None:
    together = b"".join(decoded(encoding, [b"".join(pieces)]))

    assert b"".join(decoded(encoding, pieces)) == together

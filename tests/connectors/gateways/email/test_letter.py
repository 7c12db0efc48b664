"""A parcel as a mail: what stands in its headers, and what cannot."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest

from arhub.network.errors import ConfigError, PermanentError
from connectors.gateways.base import Bytes, Parcel
from connectors.gateways.email import letter
from connectors.gateways.email.settings import SETTINGS
from tests.contracts.gateway_contract import ODD_CONTENTS, ODD_NAMES, parcel

VALUES = {one.name: one.default for one in SETTINGS} | {"from_address": "hub@example.com"}


def mail(sent: Parcel, **given: Any) -> Any:
    values = {**VALUES, **given}
    return message_from_bytes(letter.compose(values, sent, letter.recipients(values, sent)), policy=SMTP)


def facts(**given: str) -> Parcel:
    return parcel(facts={**parcel().facts, **given})


def test_mail_says_who_sends_what_to_whom() -> None:
    made = mail(
        facts(email="Ada <ada@example.com>; bo@example.com"), from_name="Æ/S, \"Nord\"", reply_to="ar@example.com",
        cc="cc@example.com", bcc="secret@example.com", subject="{number} til {account_name}",
    )  # fmt: skip

    assert {name: made[name] for name in ("From", "To", "Cc", "Reply-To", "Subject", "Bcc")} == {
        "From": '"Æ/S, \\"Nord\\"" <hub@example.com>',
        "To": "Ada <ada@example.com>, bo@example.com",
        "Cc": "cc@example.com",
        "Reply-To": "ar@example.com",
        "Subject": "INV-2026-1001 til Nordic Pumps A/S",
        "Bcc": None,
    }
    assert made["Auto-Submitted"] == "auto-generated"


def test_text_is_filled_from_the_document() -> None:
    made = mail(facts(account_name="Nordic\u00a0Pumps\0"), body="Dear {account_name},\r\n.\n\næøå {number}")

    assert made.get_body().get_content() == "Dear Nordic\u00a0Pumps,\r\n.\r\n\r\næøå INV-2026-1001\r\n"


def test_mail_is_the_same_at_every_attempt_but_for_its_date() -> None:
    def lines() -> list[bytes]:
        values, sent = VALUES, parcel()
        made = letter.compose(values, sent, letter.recipients(values, sent)).split(b"\r\n")
        return [line for line in made if not line.startswith(b"Date:")]

    assert lines() == lines()
    assert mail(parcel())["Message-ID"] == mail(parcel())["Message-ID"]
    assert mail(parcel(identity="a"))["Message-ID"] != mail(parcel(identity="b"))["Message-ID"]


ODDER_NAMES = (
    "two  blanks.xml",
    "hard\u00a0blank.xml",
    "soft\u00adhyphen.xml",
    "joined 👩\u200d💻.xml",
    'a"quote\\.xml',
)


@pytest.mark.parametrize("name", (*ODD_NAMES, *ODDER_NAMES))
@pytest.mark.parametrize("content", ODD_CONTENTS[:3])
def test_odd_names_and_contents_stand_in_it_byte_for_byte(name: str, content: bytes) -> None:
    [part] = mail(parcel(content, name=name)).iter_attachments()

    assert (part.get_filename(), part.get_payload(decode=True)) == (name, content)


@pytest.mark.parametrize(
    "media_type", ["application/xml", "text/plain", "message/rfc822", "multipart/mixed", "x\r\nBcc: a", ""]
)
def test_content_of_any_kind_stays_as_it_is(media_type: str) -> None:
    [part] = mail(parcel(b"a\nb\r\n.\r\n\xff", media_type=media_type)).iter_attachments()

    assert part.get_payload(decode=True) == b"a\nb\r\n.\r\n\xff"


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"])
def test_no_header_begins_in_what_came_from_a_document(breaks: str) -> None:
    evil = f"x{breaks}Bcc: eve@example.com{breaks}{breaks}<b>"
    sent = Parcel(
        "p-1", f"a{breaks}X: y.xml", Bytes(b"a"), facts={"number": evil, "email": "ada@example.com", "company": evil}
    )

    made = mail(sent, from_name=f"Hub{breaks}X-Evil: 1")

    assert sorted({name.lower() for name in made}) == [
        "auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to",
    ]  # fmt: skip
    assert made["Subject"] == "x Bcc: eve@example.com <b> from x Bcc: eve@example.com <b>"


@pytest.mark.parametrize(
    "address",
    [
        "ada", "ada@", "@example.com", "a b@example.com", "ada@exa mple.com", "ada@-.com", "<ada@example.com",
        "ad\0a@x.com", "ada@example.com>\nRCPT TO:<eve@example.com", "a@b@example.com", "ø@example.com",
        ".a@example.com", "x" * 65 + "@a.b",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(PermanentError, match=r"Expected an address such as name@example\.com, found"):
        letter.recipients(VALUES, facts(email=address))


def test_domain_goes_out_as_names_of_hosts_are_written() -> None:
    found = letter.recipients(VALUES, facts(email="ada@blåbær.dk"))

    assert found.everyone == ["ada@xn--blbr-roah.dk"]


def test_each_recipient_is_named_once() -> None:
    values = {**VALUES, "cc": "ADA@example.com, bo@example.com", "bcc": "bo@example.com"}

    assert letter.recipients(values, facts(email="ada@example.com")).everyone == ["ada@example.com", "bo@example.com"]


def test_document_without_an_address_is_refused() -> None:
    with pytest.raises(PermanentError, match="found no e-mail address for this document"):
        letter.recipients(VALUES, facts(email=" "))


def test_hundred_and_one_recipients_are_refused() -> None:
    with pytest.raises(PermanentError, match="Expected at most 100 addresses, found 101"):
        letter.recipients(VALUES, facts(email=",".join(f"a{number}@example.com" for number in range(101))))


def test_mail_to_blind_copies_alone_names_nobody() -> None:
    assert mail(facts(email=""), bcc="secret@example.com")["To"] == "undisclosed-recipients:;"


def test_from_that_is_no_address_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="The From address: Expected an address"):
        mail(parcel(), from_address="")


def test_file_that_no_server_takes_is_refused_before_it_is_read() -> None:
    class Huge(Bytes):
        size = letter.LARGEST_FILE + 1

    with pytest.raises(PermanentError, match=r"at most 52,428,800 bytes to send by e-mail, found 52,428,801 in a\.xml"):
        mail(Parcel("p-1", "a.xml", Huge(b""), facts={"email": "ada@example.com"}))

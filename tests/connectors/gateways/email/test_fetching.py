"""What is taken out of a mailbox, on a real IMAP server."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from arhub.network.errors import ConfigError, NotTrusted, PermanentError, RetryableError
from connectors.gateways.base import Gone, Listed
from connectors.gateways.email import imap as conversation
from connectors.gateways.email import inbox
from connectors.gateways.email.gateway import EmailGateway
from tests.arhub.network.servers import made_for
from tests.connectors.gateways.email.places import imap_values, make
from tests.contracts.connector_contract import Remembered
from tests.contracts.gateway_contract import fetched
from tests.servers.imap import DOTTED, OLDEST, WITHOUT_MOVE, ImapServer, imap_server, letter

BOUNCE = b"""From: MAILER-DAEMON@example.com\r
To: hub@example.com\r
Subject: Undelivered\r
Message-ID: <bounce@example.com>\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
\r
It did not work.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; example.com\r
\r
Final-Recipient: rfc822; ada@example.com\r
Action: failed\r
Status: 5.1.1\r
--b\r
Content-Type: message/rfc822\r
\r
Subject: Invoice\r
Content-Type: application/xml; name="INV-1.xml"\r
\r
<a/>\r
--b--\r
"""


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.fixture
def server(running: ImapServer) -> ImapServer:
    running.empty()
    return running


@pytest.fixture
def gateway(server: ImapServer) -> Iterator[EmailGateway]:
    with make(imap_values(server)) as gateway:
        yield gateway


def names(gateway: EmailGateway, folder: str = "") -> list[str]:
    return sorted(one.name for one in gateway.list(folder))


def contents(gateway: EmailGateway) -> dict[str, bytes]:
    return {one.name: fetched(gateway, one) for one in gateway.list("")}


# --- What is a file ---------------------------------------------------------------------------------------------------


def test_file_is_listed_with_what_names_it_for_good(server: ImapServer, gateway: EmailGateway) -> None:
    server.append(letter(("a.xml", b"<a/>"), Message_ID="<one@example.com>"))

    [found] = gateway.list("")
    again = next(iter(gateway.list("")))

    assert (found.name, found.folder, found.size, found.is_whole, found.kind) == ("a.xml", "INBOX", None, True, "file")
    assert found.version.endswith("/2 <one@example.com>")
    assert found.modified_at is not None
    assert again == found


def test_same_name_in_one_mail_and_in_two_are_different_files(server: ImapServer, gateway: EmailGateway) -> None:
    server.append(letter(("a.xml", b"1"), ("a.xml", b"2")))
    server.append(letter(("a.xml", b"3")))

    found = list(gateway.list(""))

    assert sorted(fetched(gateway, one) for one in found) == [b"1", b"2", b"3"]
    assert len({one.version for one in found}) == 3


def test_text_pictures_in_it_and_signatures_are_left_alone(server: ImapServer, gateway: EmailGateway) -> None:
    message = letter(("a.xml", b"<a/>"))
    message.get_body().add_alternative("<p>See <img src='cid:logo'></p>", subtype="html")  # type: ignore[union-attr]
    html = message.get_body(("html",))
    assert html is not None
    html.add_related(b"PNG", "image", "png", cid="<logo>", filename="logo.png")
    message.add_attachment(b"PNG", "image", "png", filename="inline.png", disposition="inline")
    message.add_attachment(b"sig", "application", "pkcs7-signature", filename="smime.p7s")
    message.add_attachment(b"JPG", "image", "jpeg", filename="scan.jpg")
    server.append(message)

    assert contents(gateway) == {"a.xml": b"<a/>", "scan.jpg": b"JPG"}


def test_files_of_a_mail_within_a_mail_are_found(server: ImapServer, gateway: EmailGateway) -> None:
    inner, bare = letter(("deep.xml", b"deep")), EmailMessage(policy=SMTP)
    bare["Subject"] = "Nothing but a file"
    bare.set_content(b"%PDF", "application", "pdf", filename="bare.pdf")
    outer = letter(("top.xml", b"top"))
    outer.add_attachment(inner)
    outer.add_attachment(bare)
    server.append(outer)

    assert contents(gateway) == {"top.xml": b"top", "deep.xml": b"deep", "bare.pdf": b"%PDF"}


def test_mail_that_is_nothing_but_a_file_is_one(server: ImapServer, gateway: EmailGateway) -> None:
    message = EmailMessage(policy=SMTP)
    message.set_content(b"%PDF", "application", "pdf")
    server.append(message)

    assert contents(gateway) == {"part-1.pdf": b"%PDF"}


ODD = {
    "upper.bin": ("BASE64", b"AAEC\r\nAwQ=\r\n", b"\0\1\2\3\4"),
    "footer.bin": ("base64", b"AAECAwQ=\r\n", b"\0\1\2\3\4"),
    "unpadded.bin": ("base64", b"AAECAwQ", b"\0\1\2\3\4"),
    "quoted.txt": ("quoted-printable", b"a=3Db=\r\nc =C3=A6\r\nd", b"a=bc \xc3\xa6\r\nd"),
    "seven.txt": ("7bit", b"a\r\nb", b"a\r\nb"),
    "eight.txt": ("8bit", b"\xc3\xa6\r\nb", b"\xc3\xa6\r\nb"),
    "uu.bin": ("x-uuencode", b"begin 644 x\r\n#0V%T\r\n`\r\nend\r\n", b"Cat"),
    "unknown.bin": ("x-nobody", b"as it is", b"as it is"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_encodings_are_read(server: ImapServer, gateway: EmailGateway, name: str) -> None:
    encoding, encoded, expected = ODD[name]
    server.append(
        f'Content-Type: application/octet-stream; name="{name}"\r\nContent-Transfer-Encoding: {encoding}\r\n'
        "MIME-Version: 1.0\r\n\r\n".encode()
        + encoded
    )

    assert contents(gateway) == {name: expected}


NAMES = {
    'attachment; filename="=?utf-8?B?w6YueG1s?="': "æ.xml",
    'attachment; filename="=?iso-8859-1?Q?=E6?= b.xml"': "æ b.xml",
    "attachment; filename*0*=utf-8''%C3%A6; filename*1=.xml": "æ.xml",
    "attachment; filename*=no-such-code''%C3%A6.xml": "Ã¦.xml",
    'attachment; filename="../../etc/passwd"': "passwd",
    f'attachment; filename="{"a" * 600}.xml"': f"{'a' * 196}.xml",
    "attachment; filename*=utf-7''+2AA-.xml": ".xml",
    'attachment; filename="C:\\\\mails\\\\a.xml"': "a.xml",
    "attachment; filename=a.xml": "a.xml",
    'attachment; filename="a;b(c).xml"': "a;b(c).xml",
    'attachment; filename="with \\"quotes\\".xml"': 'with "quotes".xml',
    "attachment": "part-1.xml",
}


@pytest.mark.parametrize("given", NAMES)
def test_names_are_read_however_they_are_written(server: ImapServer, gateway: EmailGateway, given: str) -> None:
    server.append(f"Content-Type: text/xml\r\nContent-Disposition: {given}\r\nMIME-Version: 1.0\r\n\r\n<a/>".encode())

    assert names(gateway) == [NAMES[given]]


def test_bounce_is_one_and_comes_whole(server: ImapServer, gateway: EmailGateway) -> None:
    server.append(BOUNCE)

    [found] = gateway.list("")

    assert (found.kind, found.name.startswith("bounce-"), found.is_whole) == ("bounce", True, True)
    assert fetched(gateway, found) == BOUNCE


# --- What happens to mails --------------------------------------------------------------------------------------------


def test_nothing_is_marked_as_read(server: ImapServer, gateway: EmailGateway) -> None:
    server.append(letter(("a.xml", b"<a/>")))

    contents(gateway)

    assert [r"\Seen" in flags for flags in server.flags()] == [False]


def test_only_unread_mails_when_the_connection_says_so(server: ImapServer) -> None:
    server.append(letter(("read.xml", b"1")))
    with server.person() as imap:
        imap.store("1", "+FLAGS", r"(\Seen)")
    server.append(letter(("unread.xml", b"2")))

    with make(imap_values(server, takes="unseen")) as gateway:
        assert names(gateway) == ["unread.xml"]


def test_deleted_mails_are_not_there(server: ImapServer, gateway: EmailGateway) -> None:
    server.append(letter(("a.xml", b"1")))
    [before] = gateway.list("")
    with server.person() as imap:
        imap.store("1", "+FLAGS", r"(\Deleted)")

    assert names(gateway) == []
    with pytest.raises(Gone):
        gateway.fetch(before, io.BytesIO())


def test_mail_moves_when_all_its_files_were_taken(server: ImapServer) -> None:
    store = Remembered()
    server.append(letter(("a.xml", b"1"), ("b.xml", b"2")))
    with make(imap_values(server), store) as gateway:
        first, second = gateway.list("")
        gateway.move(first, "Æ & done/2026")
        stays = names(gateway)
    with make(imap_values(server), store) as gateway:  # another process
        gateway.move(second, "Æ & done/2026")
        gateway.move(second, "Æ & done/2026")  # what has gone is no error

        assert (stays, names(gateway)) == (["a.xml", "b.xml"], [])
        assert names(gateway, "Æ & done/2026") == ["a.xml", "b.xml"]
    assert store == {}


def test_folder_made_anew_has_other_mails(server: ImapServer, gateway: EmailGateway) -> None:
    with server.person() as imap:
        imap.create("Invoices")
    server.append(letter(("a.xml", b"1")), "Invoices")
    [before] = gateway.list("Invoices")
    gateway.close()
    with server.person() as imap:
        imap.delete("Invoices")
        imap.create("Invoices")
    server.append(letter(("a.xml", b"2")), "Invoices")

    with pytest.raises(Gone, match=r"The mail with a\.xml is not in Invoices any more"):
        gateway.fetch(before, io.BytesIO())
    gateway.move(before, "done")

    assert names(gateway, "Invoices") == ["a.xml"]


def test_folder_that_is_not_there_is_a_wrong_setting(server: ImapServer) -> None:
    gateway = make(imap_values(server, mailbox="Nowhere"))

    with gateway, pytest.raises(ConfigError, match="There is no folder Nowhere in the mailbox"):
        gateway.checks()[-1].run()


def test_thousand_mails_are_listed_in_some_batches(
    server: ImapServer, gateway: EmailGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "AT_ONCE", 7)
    for number in range(20):
        server.append(letter((f"{number:02}.xml", b"<a/>")))

    assert names(gateway) == [f"{number:02}.xml" for number in range(20)]


def test_large_file_comes_in_pieces(server: ImapServer, gateway: EmailGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "PIECE", 1_000)
    content = bytes(range(256)) * 30
    server.append(letter(("large.bin", content)))

    assert contents(gateway) == {"large.bin": content}


def test_file_larger_than_the_limit_is_refused_in_a_sentence(
    server: ImapServer, gateway: EmailGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "LARGEST_PART", 1_000)
    server.append(letter(("large.bin", bytes(1_000))))

    with pytest.raises(PermanentError, match=r"at most 1,000 bytes in a mail, found 1,\d\d\d in large\.bin"):
        contents(gateway)


# --- Servers of another kind ------------------------------------------------------------------------------------------


@contextmanager
def on(**options: Any) -> Iterator[tuple[ImapServer, EmailGateway]]:
    with imap_server(**options) as server, make(imap_values(server)) as gateway:
        yield server, gateway


@pytest.mark.parametrize("more", [WITHOUT_MOVE, OLDEST])
def test_server_without_move_gets_a_copy_and_a_deletion(more: str) -> None:
    with on(more=more) as (server, gateway):
        server.append(letter(("stays.xml", b"0")))
        server.append(letter(("a.xml", b"1")))
        with server.person() as imap:
            imap.store("1", "+FLAGS", r"(\Deleted)")  # by a person who may change his mind
        [found] = gateway.list("")
        gateway.move(found, "done")
        left = len(server.flags())

        assert (names(gateway), names(gateway, "done")) == ([], ["a.xml"])
    assert left == (1 if more == WITHOUT_MOVE else 2)


def test_server_that_keeps_all_below_the_inbox_is_served() -> None:
    with on(more=DOTTED) as (server, gateway):
        server.append(letter(("a.xml", b"1")))
        gateway.move(next(iter(gateway.list(""))), "done/2026")
        with server.person("INBOX.done.2026") as imap:
            count = len(imap.search(None, "ALL")[1][0].split())

        assert (names(gateway, "done/2026"), names(gateway, "INBOX/done/2026"), count) == (["a.xml"], ["a.xml"], 1)


def test_tls_from_the_beginning_works(server: ImapServer) -> None:
    server.append(letter(("a.xml", b"1")))

    with make(imap_values(server, imap_security="tls", imap_port=server.secure_port)) as gateway:
        assert names(gateway) == ["a.xml"]


def test_server_without_starttls_hears_no_password() -> None:
    with on(offers_tls=False) as (_, gateway), pytest.raises(ConfigError, match="does not offer STARTTLS"):
        next(gateway.list(""))


def test_expired_certificate_is_not_trusted() -> None:
    expired = made_for("127.0.0.1", is_expired=True)

    with on(identity=expired) as (_, gateway), pytest.raises(NotTrusted, match="certificate has expired"):
        next(gateway.list(""))


def test_wrong_password_is_a_wrong_setting(server: ImapServer) -> None:
    gateway, said = make(imap_values(server, imap_password="wrong")), r"the user and password: \[AUTHENTICATIONFAILED\]"

    with gateway, pytest.raises(ConfigError, match=said):
        next(gateway.list(""))


def test_server_that_ended_meanwhile_is_told_and_found_again() -> None:
    with imap_server() as server:
        gateway = make(imap_values(server))
        server.append(letter(("a.xml", b"1")))
        [found] = gateway.list("")
        server.stop()
        with pytest.raises(RetryableError):
            gateway.fetch(found, io.BytesIO())
        server.start()

        assert fetched(gateway, found) == b"1"
        gateway.close()


def test_version_of_another_gateway_is_no_mail(gateway: EmailGateway) -> None:
    with pytest.raises(Gone):
        gateway.fetch(Listed("a.xml", version="17"), io.BytesIO())


def test_checks_say_what_they_found(server: ImapServer, gateway: EmailGateway) -> None:
    server.append(letter(("a.xml", b"1")))

    said = [check.run() for check in gateway.checks()]

    assert said == [
        "No server is set for sending: this connection only fetches.",
        f"127.0.0.1, port {server.port}, answers over a secure connection.",
        "Signed in as hub.",
        "Mails in INBOX: 1.",
    ]

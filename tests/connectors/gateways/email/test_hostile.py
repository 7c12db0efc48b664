"""Mail servers that say what no server should."""

from __future__ import annotations

import io
from typing import Any

import pytest

from arhub.network.errors import BadAnswer, ConfigError, NetworkError, PermanentError, RetryableError, Uncertain
from connectors.gateways.email import imap, smtp
from tests.connectors.gateways.email.places import make
from tests.contracts.gateway_contract import parcel
from tests.servers.lines import HANG_UP, lines_server

READY = b"* OK ready\r\n"
OK = b"{tag} OK done\r\n"
IMAP = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n" + OK,
    "EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] Fine\r\n" + OK,
    "SEARCH": b"* SEARCH 1\r\n" + OK,
    "BODYSTRUCTURE": b"* 1 FETCH (UID 1 RFC822.SIZE 9 BODYSTRUCTURE "
    b'("application" "xml" ("name" "a.xml") NIL NIL "7bit" 4))\r\n' + OK,
    "BODY.PEEK[1]": b"* 1 FETCH (UID 1 BODY[1]<0> {4}\r\n<a/>)\r\n" + OK,
}
SMTP = {"EHLO": b"250 fine\r\n", "DATA\r\n": b"354 Go on\r\n", "RSET\r\n": b"250 OK\r\n", "QUIT\r\n": b"221 Bye\r\n"}


def fetch(answers: dict[str, bytes], greeting: bytes = READY, **given: Any) -> bytes:
    into = io.BytesIO()
    with lines_server(greeting, {**answers, **{name: IMAP[name] for name in IMAP if name not in answers}}, OK) as port:
        values = {"imap_host": "127.0.0.1", "imap_port": port, "imap_security": "none", "imap_user": "u", **given}
        with make(values) as gateway:
            for one in gateway.list(""):
                gateway.fetch(one, into)
    return into.getvalue()


def test_server_of_these_tests_is_understood() -> None:
    assert fetch({}) == b"<a/>"


@pytest.mark.parametrize(
    "answers",
    [
        {"EXAMINE": b"* OK [UIDVALIDITY many] Fine\r\n" + OK},
        {"EXAMINE": b"* 1 EXISTS\r\n" + OK},
        {"SEARCH": b"* SEARCH 1 two\r\n" + OK},
        {"SEARCH": b"{tag} NO not now\r\n"},
        {"SEARCH": b"{tag} BAD what?\r\n"},
        {"SEARCH": b"* BYE I go\r\n"},
        {"SEARCH": b"\xff\xfe rubbish\r\n"},
        {"BODYSTRUCTURE": b"* 1 FETCH (UID x RFC822.SIZE 1 BODYSTRUCTURE (\"a\" \"b\"))\r\n" + OK},
        {"BODYSTRUCTURE": b"* 1 FETCH (UID 1 BODYSTRUCTURE (((((\r\n" + OK},
        {"BODY.PEEK[1]": b"* 1 FETCH (UID 1)\r\n" + OK},
        {"BODY.PEEK[1]": b"* 1 FETCH (UID 1 BODY[1]<0> (a b))\r\n" + OK},
        {"BODY.PEEK[1]": b"* 1 FETCH (UID 1 BODY[1]<0> {4}\r\n<a" + HANG_UP},
        {"BODY.PEEK[1]": HANG_UP},
        {"BODY.PEEK[1]": b"* 1 FETCH (UID 1 BODY[1]<0> {99999999999}\r\n<a/>" + HANG_UP},
        {"LOGIN": b"{tag} NO [UNAVAILABLE] later\r\n"},
        {"LOGIN": b"* CAPABILITY \xff\r\n{tag} OK\r\n", "CAPABILITY": b"* CAPABILITY \xff\r\n" + OK},
        {"NAMESPACE": b"* NAMESPACE what\r\n" + OK, "CAPABILITY": b"* CAPABILITY IMAP4rev1 NAMESPACE\r\n{tag} NO\r\n"},
    ],
)  # fmt: skip
def test_what_no_imap_server_should_say_is_an_error_of_the_network(answers: dict[str, bytes]) -> None:
    with pytest.raises(NetworkError):
        fetch(answers)


def test_answer_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "ANSWER_BYTES", 10_000)

    with pytest.raises(BadAnswer, match="more than 10,000 bytes"):
        fetch({"SEARCH": b"* SEARCH" + b" 1\r\n* SEARCH" * 2_000})


@pytest.mark.parametrize("structure", [b"(" * 200 + b")" * 200, b'("text" "xml" ("name" "%s"))' % (b"a" * 20_000)])
def test_mail_that_cannot_be_read_hides_no_other(monkeypatch: pytest.MonkeyPatch, structure: bytes) -> None:
    monkeypatch.setattr(imap, "ANSWER_BYTES", 10_000)
    bad = b"* 1 FETCH (UID 1 RFC822.SIZE 9 BODYSTRUCTURE " + structure + b")\r\n"
    answers = {
        "SEARCH": b"* SEARCH 1 2\r\n" + OK, "FETCH 1,2 ": bad + IMAP["BODYSTRUCTURE"], "FETCH 1 ": bad + OK,
        "FETCH 2 ": IMAP["BODYSTRUCTURE"].replace(b"UID 1", b"UID 2"),
    }  # fmt: skip
    rest = {name: IMAP[name] for name in IMAP if name not in answers}
    values = {"imap_host": "127.0.0.1", "imap_security": "none", "imap_user": "u"}
    with lines_server(READY, {**answers, **rest}, OK) as port, make({**values, "imap_port": port}) as gateway:
        unreadable, other = gateway.list("")
        with pytest.raises(PermanentError):
            gateway.fetch(unreadable, io.BytesIO())

    assert [(one.name, one.kind) for one in (unreadable, other)] == [("mail-1.eml", "bounce"), ("a.xml", "file")]


def test_answer_that_never_comes_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "WORK_SECONDS", 0.2)

    with pytest.raises(RetryableError, match=r"0\.2 seconds have passed without an end"):
        fetch({"SEARCH": b"* SEARCH 1\r\n"})


def test_greeting_of_somebody_signed_in_already_avoids_no_starttls() -> None:
    with pytest.raises(ConfigError, match="does not offer STARTTLS"):
        fetch(
            {"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n" + OK},
            b"* PREAUTH hello\r\n",
            imap_security="starttls",
        )


def send(answers: dict[str, bytes], greeting: bytes = b"220 ready\r\n") -> Any:
    with lines_server(greeting, {**answers, **{name: SMTP[name] for name in SMTP if name not in answers}}, b"") as port:
        values = {
            "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "from_address": "hub@example.com",
            "to": "ada@example.com", "body": "",
        }  # fmt: skip
        return make(values).deliver(parcel(b"", name="a"))


POLITE = {"MAIL FROM": b"250 OK\r\n", "RCPT TO": b"250 OK\r\n", ".\r\n": b"250 taken\r\n"}


def test_smtp_server_of_these_tests_is_understood() -> None:
    assert send(POLITE).text == "127.0.0.1 took it for ada@example.com: 250 taken."


@pytest.mark.parametrize(
    "answers",
    [
        {"EHLO": b"rubbish\r\n", "HELO": b"rubbish\r\n"},
        {"MAIL FROM": b"\xff\xfe\r\n"},
        {"MAIL FROM": HANG_UP},
        {"RCPT TO": b"999 odd\r\n"},
        {"RCPT TO": b"354 odd\r\n"},
        {"DATA\r\n": b"250 odd\r\n"},
        {"DATA\r\n": HANG_UP},
        {"EHLO": b"250-" + b"x" * 20_000 + b"\r\n250 y\r\n", "HELO": HANG_UP},
    ],
)
def test_what_no_smtp_server_should_say_is_tried_again(answers: dict[str, bytes]) -> None:
    with pytest.raises(RetryableError):
        send({**answers, **{name: POLITE[name] for name in POLITE if name not in answers}})


@pytest.mark.parametrize("end", [b"rubbish\r\n", b"354 go on\r\n", b"999 odd\r\n", HANG_UP, b"250-taken" + HANG_UP])
def test_odd_answer_to_a_mail_is_uncertain(end: bytes) -> None:
    with pytest.raises(Uncertain):
        send({**POLITE, ".\r\n": end})


def test_smtp_answer_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "ANSWER_BYTES", 10_000)

    with pytest.raises(RetryableError):
        send({"EHLO": b"250-line\r\n" * 2_000, "HELO": HANG_UP})


def test_greeting_that_refuses_is_tried_again() -> None:
    with pytest.raises(RetryableError, match="takes no mail now: 554 Go away"):
        send(POLITE, b"554 Go away\r\n")

"""What may go wrong between the hub and a mail server, and who has got what afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from arhub.network.errors import ConfigError, NotTrusted, PermanentError, RetryableError, Uncertain, Unreachable
from connectors.base import Unsupported
from tests.arhub.network.servers import made_for, refusing_port
from tests.connectors.gateways.email.places import make, smtp_values
from tests.contracts.connector_contract import Remembered
from tests.contracts.gateway_contract import parcel
from tests.servers.smtp import MailServer, mail_server

THREE = "ada@example.com, bo@example.com; cy@example.com"
SENT = parcel(b"<Invoice/>", name="INV-1.xml", identity="inv-1")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as running:
        yield running


@pytest.fixture
def store() -> Remembered:
    return Remembered()


def deliver(server: MailServer, store: Remembered | None = None, **given: object) -> object:
    with make(smtp_values(server, **{"to": THREE, **given}), store) as gateway:
        return gateway.deliver(SENT)


def who(server: MailServer) -> list[tuple[str, ...]]:
    return [taken.recipients for taken in server.taken]


def test_receipt_is_the_servers_answer(server: MailServer) -> None:
    with make(smtp_values(server, to="ada@example.com")) as gateway:
        receipt = gateway.deliver(SENT)

    assert (receipt.kind, receipt.reference, receipt.warning) == ("answer", "Q0001", "")
    assert receipt.text == "127.0.0.1 took it for ada@example.com: 250 2.0.0 Ok: queued as Q0001."
    assert receipt.content == b"ada@example.com: 250 2.0.0 Ok: queued as Q0001\n"
    assert server.taken[0].sender == "hub@example.com"


def test_line_serves_several_mails(server: MailServer) -> None:
    with make(smtp_values(server, to="ada@example.com")) as gateway:
        for number in range(3):
            gateway.deliver(parcel(identity=f"p-{number}"))

    assert len({taken.message["Message-ID"] for taken in server.taken}) == 3


def test_line_that_was_hung_up_meanwhile_is_opened_again(server: MailServer) -> None:
    with make(smtp_values(server, to="ada@example.com")) as gateway:
        gateway.deliver(parcel(identity="p-1"))
        server.hang_up()
        gateway.deliver(parcel(identity="p-2"))

    assert len(server.taken) == 2


# --- Each recipient is on his own -------------------------------------------------------------------------------------


def test_one_of_three_refused_for_good_is_a_warning(server: MailServer, store: Remembered) -> None:
    server.manners.recipients["bo@example.com"] = ["550 5.1.1 No such user"]

    with make(smtp_values(server, to=THREE), store) as gateway:
        receipt = gateway.deliver(SENT)

    assert receipt.warning == "127.0.0.1 refused it for bo@example.com (550 5.1.1 No such user)."
    assert who(server) == [("ada@example.com", "cy@example.com")]
    assert store == {}


def test_one_of_three_asked_to_wait_gets_it_alone_later(server: MailServer, store: Remembered) -> None:
    server.manners.recipients["bo@example.com"] = ["451 4.7.1 Greylisted, try again"]

    with pytest.raises(RetryableError) as caught:
        deliver(server, store)
    deliver(server, store)

    assert str(caught.value) == (
        "127.0.0.1 asks to wait: bo@example.com (451 4.7.1 Greylisted, try again). "
        "Already taken for ada@example.com, cy@example.com."
    )
    assert who(server) == [("ada@example.com", "cy@example.com"), ("bo@example.com",)]
    assert len({taken.message["Message-ID"] for taken in server.taken}) == 1
    assert server.taken[1].message["To"] == "ada@example.com, bo@example.com, cy@example.com"
    assert store == {}


def test_refused_and_asked_to_wait_at_once_are_told_at_the_end(server: MailServer, store: Remembered) -> None:
    server.manners.recipients |= {"ada@example.com": ["553 Not here"], "bo@example.com": ["450 Busy"]}

    with pytest.raises(RetryableError):
        deliver(server, store)
    with make(smtp_values(server, to=THREE), store) as gateway:
        receipt = gateway.deliver(SENT)

    assert receipt.warning == "127.0.0.1 refused it for ada@example.com (553 Not here)."
    assert who(server) == [("cy@example.com",), ("bo@example.com",)]


def test_all_asked_to_wait_is_tried_again(server: MailServer, store: Remembered) -> None:
    server.manners.recipients |= {name: ["450 4.2.0 Greylisted"] for name in THREE.replace(";", ",").split(", ")}

    with pytest.raises(RetryableError, match="asks to wait: ada@"):
        deliver(server, store)
    deliver(server, store)

    assert who(server) == [("ada@example.com", "bo@example.com", "cy@example.com")]


def test_all_refused_for_good_fails_with_the_servers_words(server: MailServer, store: Remembered) -> None:
    server.manners.recipients |= {
        "ada@example.com": ["550 5.1.1 Unknown"], "bo@example.com": ["552 5.2.2 Mailbox full"],
        "cy@example.com": ["554 5.7.1 Blocked"],
    }  # fmt: skip

    with pytest.raises(PermanentError) as caught:
        deliver(server, store)

    assert str(caught.value) == (
        "127.0.0.1 refused it: ada@example.com (550 5.1.1 Unknown); bo@example.com (552 5.2.2 Mailbox full); "
        "cy@example.com (554 5.7.1 Blocked)."
    )
    assert server.taken == []
    assert store == {}


@pytest.mark.parametrize(
    ("end", "error"),
    [
        ("552 5.2.2 Mailbox full", PermanentError),
        ("554 5.7.1 Looks like spam", PermanentError),
        ("451 4.3.0 Try again", RetryableError),
        ("452 4.3.1 Disk full", RetryableError),
    ],
)
def test_answer_to_the_mail_counts_for_all(server: MailServer, end: str, error: type[Exception]) -> None:
    server.manners.ends = [end]

    with pytest.raises(error, match=end):
        deliver(server)

    assert server.taken == []


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("451 4.7.1 Slow down", RetryableError),
        ("553 5.7.1 Not your address", PermanentError),
        ("530 5.7.0 Authentication required", ConfigError),
    ],
)
def test_sender_may_be_refused(server: MailServer, said: str, error: type[Exception]) -> None:
    server.manners.senders = [said]

    with pytest.raises(error, match=said):
        deliver(server)


# --- What the line does -----------------------------------------------------------------------------------------------


def test_mail_that_was_cut_in_the_middle_is_sent_again(server: MailServer) -> None:
    server.manners.cuts_data = 1
    large = parcel(bytes(6 << 20), name="large.bin")  # more than lies in buffers on the way

    with make(smtp_values(server, to="ada@example.com")) as gateway:
        with pytest.raises(RetryableError, match="the connection ended"):
            gateway.deliver(large)
        gateway.deliver(large)

    assert [taken.attachments for taken in server.taken] == [[("large.bin", bytes(6 << 20))]]


def test_lost_answer_to_a_mail_is_uncertain_and_nobody_can_be_asked(server: MailServer, store: Remembered) -> None:
    server.manners.recipients["bo@example.com"] = ["451 Later"]
    server.manners.ends = ["hang up"]

    with make(smtp_values(server, to=THREE), store) as gateway:
        with pytest.raises(Uncertain) as caught:
            gateway.deliver(SENT)
        with pytest.raises(Unsupported):
            gateway.look_up(SENT)

    assert str(caught.value) == (
        "The mail for ada@example.com, cy@example.com went to 127.0.0.1 whole, "
        "and no answer came: the connection ended."
    )
    assert len(server.taken) == 1


def test_mail_larger_than_the_server_says_is_refused_before_it_goes(tmp_path: Path) -> None:
    with mail_server(tmp_path, most_bytes=2_000) as server:
        large, gateway = parcel(b"x" * 2_000), make(smtp_values(server, to=THREE))
        with gateway, pytest.raises(PermanentError, match=r"takes mails of at most 2,000 bytes, and this one has"):
            gateway.deliver(large)
        deliver(server)

    assert len(server.taken) == 1


def test_nobody_there_is_told(store: Remembered) -> None:
    with refusing_port() as port, pytest.raises(Unreachable, match="cannot be reached"):
        make({"smtp_host": "127.0.0.1", "smtp_port": port, "from_address": "hub@example.com"}, store).deliver(SENT)


def test_wrong_password_is_a_wrong_setting(server: MailServer) -> None:
    with pytest.raises(ConfigError, match="does not take the user and password: 535"):
        deliver(server, smtp_password="wrong")

    assert server.taken == []


def test_server_without_starttls_gets_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path, starttls=False) as server, pytest.raises(ConfigError, match="does not offer STARTTLS"):
        deliver(server)

    assert server.begun == 0


def test_server_without_any_security_is_served_when_chosen(tmp_path: Path) -> None:
    with mail_server(tmp_path, starttls=False) as server:
        deliver(server, smtp_security="none", smtp_user="", smtp_password="")

    assert len(server.taken) == 1


def test_expired_certificate_is_not_trusted(tmp_path: Path) -> None:
    with mail_server(tmp_path, made_for("127.0.0.1", is_expired=True)) as server:
        with pytest.raises(NotTrusted, match="certificate has expired"):
            deliver(server)

        assert server.begun == 0


def test_certificate_of_another_host_is_not_trusted(tmp_path: Path) -> None:
    with (
        mail_server(tmp_path, made_for("mail.example.com")) as server,
        pytest.raises(NotTrusted, match="not valid for"),
    ):
        deliver(server)


def test_certificate_of_nobody_known_is_not_trusted(server: MailServer) -> None:
    with pytest.raises(NotTrusted, match="self-signed certificate"):
        deliver(server, smtp_authorities="")


def test_tls_from_the_beginning_works(tmp_path: Path) -> None:
    with mail_server(tmp_path, implicit=True) as server:
        deliver(server, smtp_security="tls")

    assert len(server.taken) == 1


def test_tls_to_a_port_that_speaks_without_is_told(server: MailServer) -> None:
    with pytest.raises(NotTrusted, match="No secure connection to"):
        deliver(server, smtp_security="tls")


def test_connection_without_servers_says_so() -> None:
    with make({}) as gateway:
        with pytest.raises(ConfigError, match=r"Expected a server under Sending \(SMTP\) or Fetching \(IMAP\)"):
            gateway.checks()[0].run()
        with pytest.raises(ConfigError, match="Nothing can be sent"):
            gateway.deliver(SENT)
        with pytest.raises(ConfigError, match="Nothing can be fetched"):
            gateway.list("")


def test_connection_that_only_sends_says_so(server: MailServer) -> None:
    with make(smtp_values(server)) as gateway:
        said = [check.run() for check in gateway.checks()]

    assert said[1:] == [
        "Signed in as hub@example.com.",
        "127.0.0.1 takes mail from hub@example.com.",
        "No server is set for fetching: this connection only sends.",
    ]

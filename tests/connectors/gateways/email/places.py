"""Where the e-mail gateway is tried: aiosmtpd for sending, Dovecot for fetching."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.base import Setup
from connectors.gateways.email.gateway import EmailGateway
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import Place
from tests.servers import imap, smtp


@dataclass
class Post:
    smtp: smtp.MailServer
    imap: imap.ImapServer
    is_there: bool = True


def smtp_values(server: smtp.MailServer, **given: Any) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_user": smtp.USER, "smtp_password": smtp.PASSWORD,
        "smtp_authorities": server.identity.certificate, "from_address": "hub@example.com", **given,
    }  # fmt: skip


def imap_values(server: imap.ImapServer, **given: Any) -> dict[str, Any]:
    return {
        "imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "starttls", "imap_user": imap.USER,
        "imap_password": imap.PASSWORD, "imap_authorities": server.identity.certificate, **given,
    }  # fmt: skip


def make(values: Mapping[str, Any], store: Remembered | None = None) -> EmailGateway:
    every = {one.name: one.default for one in EmailGateway.settings} | dict(values)
    return EmailGateway(Setup(every, Remembered() if store is None else store, Counted()))


class EmailPlace(Place):
    gateway = EmailGateway
    wrong = {"smtp_password": "not-the-password"}
    knows_taken_names = False

    @contextmanager
    def run(self, folder: Path) -> Iterator[Post]:
        with smtp.mail_server(folder) as sending, imap.imap_server() as fetching:
            yield Post(sending, fetching)

    def values(self, server: Post) -> Mapping[str, Any]:
        return {**smtp_values(server.smtp), **imap_values(server.imap)}

    def stored(self, server: Post) -> list[tuple[str, bytes]]:
        return [one for taken in server.smtp.taken for one in taken.attachments]

    def put(self, server: Post, name: str, content: bytes) -> None:
        server.imap.append(imap.letter((name, content)))

    def stop(self, server: Post) -> None:
        server.smtp.stop()
        server.imap.stop()

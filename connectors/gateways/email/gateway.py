"""E-mail: files go out as attachments, and come in as such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, ClassVar

from arhub.network.errors import ConfigError, NetworkError
from connectors.base import Capability, Check, Setting, Setup
from connectors.gateways.base import Gateway, Listed, Parcel, Receipt
from connectors.gateways.email import delivery, inbox
from connectors.gateways.email.imap import Mailboxes
from connectors.gateways.email.letter import sender
from connectors.gateways.email.settings import FETCHING, SENDING, SETTINGS, Server
from connectors.gateways.email.smtp import SENDING_SECONDS, Outgoing


class EmailGateway(Gateway):
    kind: ClassVar[str] = "email"
    label: ClassVar[str] = "E-mail"
    summary: ClassVar[str] = "Sends files as attachments of mails, and takes in what is attached to mails in a mailbox."
    capabilities = frozenset({Capability.DELIVER, Capability.FETCH, Capability.LIST})
    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    done_within_seconds: ClassVar[int] = int(SENDING_SECONDS)
    is_open: ClassVar[bool] = True

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        sends, fetches = (Server.of(setup.values, prefix) for prefix in ("smtp", "imap"))
        self._outgoing = Outgoing(sends) if sends else None
        self._mailboxes = Mailboxes(fetches) if fetches else None

    def close(self) -> None:
        for line in (self._outgoing, self._mailboxes):
            if line:
                with suppress(NetworkError, OSError):
                    line.close()

    def checks(self) -> Sequence[Check]:
        if not self._outgoing and not self._mailboxes:
            return (Check("Servers", self._refuse_nothing),)
        return (*self._checks_of_sending(), *self._checks_of_fetching())

    def deliver(self, parcel: Parcel) -> Receipt:
        if not self._outgoing:
            raise ConfigError(f"Nothing can be sent: no server is set under {SENDING}.")
        self.setup.pace.wait()
        return delivery.deliver(self._outgoing, self.setup.store, self.setup.values, parcel)

    def list(self, folder: str) -> Iterator[Listed]:
        criteria = ("UNSEEN",) if self.setup.values.get("takes") == "unseen" else ()
        return inbox.listed(self._open_mailboxes(), folder or self._folder, *criteria)

    def fetch(self, listed: Listed, into: BinaryIO) -> None:
        inbox.fetch(self._open_mailboxes(), listed, into)

    def move(self, listed: Listed, folder: str) -> None:
        inbox.move(self._open_mailboxes(), self.setup.store, listed, folder)

    @property
    def _folder(self) -> str:
        return str(self.setup.values.get("mailbox") or "").strip() or "INBOX"

    def _open_mailboxes(self) -> Mailboxes:
        if not self._mailboxes:
            raise ConfigError(f"Nothing can be fetched: no server is set under {FETCHING}.")
        return self._mailboxes

    def _checks_of_sending(self) -> tuple[Check, ...]:
        if not (outgoing := self._outgoing):
            return (Check("Sending", lambda: "No server is set for sending: this connection only fetches."),)
        return (
            Check("Server for sending", outgoing.reach),
            Check("Sign-in for sending", outgoing.sign_in),
            Check("From address", lambda: outgoing.try_sender(sender(self.setup.values).addr_spec)),
        )

    def _checks_of_fetching(self) -> tuple[Check, ...]:
        if not (mailboxes := self._mailboxes):
            return (Check("Fetching", lambda: "No server is set for fetching: this connection only sends."),)
        return (
            Check("Server for fetching", mailboxes.reach),
            Check("Sign-in for fetching", mailboxes.sign_in),
            Check("Folder", self._count_mails),
        )

    def _count_mails(self) -> str:
        mailboxes = self._open_mailboxes()
        mailboxes.open(self._folder)
        return f"Mails in {self._folder}: {len(mailboxes.search('UNDELETED')):,}."

    def _refuse_nothing(self) -> str:
        raise ConfigError(f"Expected a server under {SENDING} or {FETCHING}, found none.")

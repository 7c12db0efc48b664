"""A mailbox at a VANS: files lie in folders of it, and another connection brings them there and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, ClassVar

from arhub.network.errors import ConfigError, PermanentError
from connectors.base import Capability, Check, Setting
from connectors.gateways.base import FILE_NAME, FOLDER, Gateway, Listed, Parcel, Receipt
from connectors.gateways.vans.interchange import HEAD_BYTES, envelope_of

CARRIERS = (("sftp", "SFTP"), ("ftp", "FTP and FTPS"), ("as2", "AS2"))


class VansGateway(Gateway):
    kind: ClassVar[str] = "vans"
    label: ClassVar[str] = "VANS"
    summary: ClassVar[str] = "Leaves documents in an EDI mailbox at a VANS, and takes in what arrives there."
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.DELIVER, Capability.LOOK_UP, Capability.FETCH, Capability.LIST}
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "carrier", "Carried by", kind="connection", choices=CARRIERS, group="Mailbox",
            help="The connection by which the VANS is reached. Add that one first, and test it.",
        ),
        Setting(
            "mailbox", "Own mailbox id", required=False, group="Mailbox",
            help="Your identification there, often a GLN. An EDIFACT file whose sender is another is not sent.",
        ),
        replace(FOLDER, help="The folder of the mailbox for what goes out, such as out. Empty: where one arrives."),
        FILE_NAME,
    )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        return tuple(replace(check, label=f"Carrier: {check.label}") for check in self._carrier().checks())

    def close(self) -> None:
        self._carrier().close()

    def deliver(self, parcel: Parcel) -> Receipt:
        self._check_sender(parcel)
        return self._carrier().deliver(parcel)

    def look_up(self, parcel: Parcel) -> Receipt | None:
        return self._carrier().look_up(parcel)

    def list(self, folder: str) -> Iterator[Listed]:
        return self._carrier().list(folder)

    def fetch(self, listed: Listed, into: BinaryIO) -> None:
        self._carrier().fetch(listed, into)

    def move(self, listed: Listed, folder: str) -> None:
        self._carrier().move(listed, folder)

    def _carrier(self) -> Gateway:
        carrier = self.setup.carrier
        if not isinstance(carrier, Gateway):
            raise ConfigError("The connection that carries for this mailbox is gone: choose another.")
        return carrier

    def _check_sender(self, parcel: Parcel) -> None:
        mailbox = str(self.setup.values.get("mailbox") or "")
        with parcel.content.open() as file:
            envelope = envelope_of(file.read(HEAD_BYTES))
        if mailbox and envelope and envelope.sender != mailbox:
            raise PermanentError(
                f"Expected an interchange from {mailbox}, found one from {envelope.sender[:40]} in {parcel.name}."
            )

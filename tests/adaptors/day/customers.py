"""Seven customers, each behind a real server or a simulator of its own: what came to them, and what they say of it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from django.utils import timezone

from connectors.gateways.ftp.settings import EXPLICIT
from connectors.simulators.access_point.simulator import AccessPointSimulator
from connectors.simulators.as2_partner.partner import Sending
from connectors.simulators.as2_partner.simulator import As2PartnerSimulator
from connectors.simulators.dropbox.simulator import DropboxSimulator
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from tests.adaptors.answers.samples import bounce, contrl
from tests.connectors.gateways.as2 import place as as2
from tests.connectors.gateways.dropbox import places as dropbox
from tests.connectors.gateways.email.places import imap_values
from tests.servers.imap import ImapServer, imap_server
from tests.servers.programs import free_port
from tests.servers.smtp import MailServer
from tests.servers.sshd import Sshd, sshd
from tests.servers.vsftpd import vsftpd

OUT, IN = "invoices", "answers"
"""Folders at those who have some: of what comes there, and of what they say."""
ACCEPTED, REJECTED = "accepted", "rejected"


class Came(NamedTuple):
    """A file that came, called so, and under which message id: either is empty where its way does not tell it."""

    name: str
    content: bytes
    message_id: str = ""


class Customer(AbstractContextManager["Customer"], ABC):
    """`kind` is that of the gateway that leads here, `format` that of what is sent, `own` the settings of its rule;
    `tells` what of a file comes here besides its bytes."""

    kind: ClassVar[str]
    format: ClassVar[str] = "bis3"
    name: ClassVar[str]
    registration_number: ClassVar[str]
    gln: ClassVar[str] = ""
    invoices: ClassVar[int]
    own: ClassVar[Mapping[str, str]] = {}
    tells: ClassVar[Collection[str]] = ("name",)

    def __init__(self, folder: Path) -> None:
        self.folder, self.stack = folder, ExitStack()
        self.said: list[tuple[datetime, str, str]] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stack.close()

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def values(self, hub: str) -> Mapping[str, Any]:
        """The settings of the connection; `hub` is the address at which the hub is called back."""

    @abstractmethod
    def came(self) -> Sequence[Came]: ...

    def says(self, verdict: str, number: str, at: datetime | None = None) -> None:
        """Write into its own book what it says of a document, and when."""
        self.said.append((at or timezone.now(), number, verdict))

    def verdicts(self) -> Counter[str]:
        """What it said of its documents, the last word of each day counts."""
        last = {(at.date(), number): verdict for at, number, verdict in sorted(self.said)}
        return Counter(last.values())


class Harbour(Customer):
    """SFTP, to a real sshd; acknowledges EDIFACT with CONTRL."""

    kind, format, name, invoices = "sftp", "edifact", "Havnens Grossist A/S", 2
    registration_number, gln = "25313771", "5790000000036"
    own = {"supplier_gln": "5790000000012", "customer_number": "10042"}

    def start(self) -> None:
        self.server: Sshd = self.stack.enter_context(sshd(self.folder))
        (self.server.files / IN).mkdir()

    def values(self, hub: str) -> Mapping[str, Any]:
        return self.server.values(folder=OUT)

    def came(self) -> Sequence[Came]:
        return [Came(name.removeprefix(f"{OUT}/"), content) for name, content in self.server.stored() if OUT in name]

    def acknowledge(self, number: str, reference: str) -> None:
        """Its EDI program takes an interchange."""
        self.says(ACCEPTED, number)
        (self.server.files / IN / f"{reference}.edi").write_bytes(contrl(reference, "7"))


class Library(Customer):
    """FTPS, to a real vsftpd; answers OIOUBL with application responses."""

    kind, format, name, invoices = "ftp", "oioubl", "Biblioteket", 3
    registration_number, gln = "25313798", "5790000000043"

    def start(self) -> None:
        self.server = self.stack.enter_context(vsftpd(EXPLICIT))
        for name in (IN, OUT):
            (self.server.files / name).mkdir()
            (self.server.files / name).chmod(0o777)
        self.others: dict[str, bytes] = {}

    def values(self, hub: str) -> Mapping[str, Any]:
        return self.server.values(folder=OUT)

    def came(self) -> Sequence[Came]:
        found = [(name.removeprefix(f"{OUT}/"), content) for name, content in self.server.stored() if OUT in name]
        return [Came(name, content) for name, content in found if self.others.get(name) != content]

    def has_already(self, name: str) -> None:
        """A file of somebody else lies there under a name that ours will have."""
        self.others[name] = b"of somebody else"
        (self.server.files / OUT / name).write_bytes(self.others[name])

    def tidies_up(self) -> None:
        for name in self.others:
            (self.server.files / OUT / name).unlink()

    def answer(self, name: str, content: bytes) -> None:
        (self.server.files / IN / name).write_bytes(content)


class Shop(Customer):
    """HTTP; its server does not run in the morning. It posts what it says to the hub."""

    kind, name, invoices = "http", "Netbutikken ApS", 5
    tells = ("name", "message_id")
    registration_number = "25313801"

    def start(self) -> None:
        self.receiver, self.port = HttpReceiver(), free_port()

    def opens(self) -> None:
        self.stack.enter_context(RunningSimulator(self.receiver, self.port))

    def values(self, hub: str) -> Mapping[str, Any]:
        return {
            "url": f"http://127.0.0.1:{self.port}/in", "receiver_user": "shop", "receiver_password": "s3cret",
            "path": "/{name}",
        }  # fmt: skip

    def came(self) -> Sequence[Came]:
        kept = self.receiver.kept
        return [Came(one.path.rpartition("/")[2], one.body, one.headers["idempotency-key"]) for one in kept]


class SlowPartner(As2PartnerSimulator):
    """Keeps its receipts until it is told to give them."""

    def reset(self) -> None:
        super().reset()
        self.given = threading.Condition()
        self.receipts_kept: list[tuple[str, Sending]] = []

    def _call_later(self, url: str, sending: Sending) -> None:
        with self.given:
            self.receipts_kept.append((url, sending))
            self.given.notify_all()

    def give(self, identity: str) -> int:
        """Call back with the receipt of a message; the status that is answered."""
        with self.given:
            assert self.given.wait_for(lambda: self._of(identity), timeout=30)
        [receipt] = self._of(identity)
        return self._call(*receipt)[0]

    def _of(self, identity: str) -> list[tuple[str, Sending]]:
        return [one for one in self.receipts_kept if identity.encode() in one[1].body]


class Factory(Customer):
    """AS2 with receipts that come later."""

    kind, name, invoices = "as2", "Fabrikken A/S", 3
    tells = ("name", "message_id")
    registration_number = "25313828"

    def start(self) -> None:
        self.partner = SlowPartner()
        self.running = self.stack.enter_context(RunningSimulator(self.partner))

    def values(self, hub: str) -> Mapping[str, Any]:
        return as2.values(self.running.url, mdn="async", mdn_url=f"{hub}/as2")

    def came(self) -> Sequence[Came]:
        return [Came(name, content, identity_in(key)) for key, (name, content) in self.partner.messages.items()]

    def give_receipt(self, number: str, identity: str) -> int:
        self.says(ACCEPTED, number)
        return self.partner.give(identity)


class Dentist(Customer):
    """E-mail; one of the mails comes back."""

    kind, format, name, invoices = "email", "pdf", "Tandklinikken", 2
    tells = ("name", "message_id")
    registration_number = "25313836"
    address = "faktura@tandklinik.example"

    def __init__(self, folder: Path, post: MailServer) -> None:
        super().__init__(folder)
        self.post = post

    def start(self) -> None:
        self.mailbox: ImapServer = self.stack.enter_context(imap_server())

    def values(self, hub: str) -> Mapping[str, Any]:
        sending = {
            "smtp_host": "127.0.0.1", "smtp_port": self.post.port, "smtp_security": "none",
            "from_address": "faktura@example.com",
        }  # fmt: skip
        return {**sending, **imap_values(self.mailbox)}

    def came(self) -> Sequence[Came]:
        return [
            Came(name, content, identity_in(str(mail["Message-ID"])))
            for mail in self._mails() for name, content in attached(mail)
        ]  # fmt: skip

    def send_back(self, number: str, name: str) -> None:
        """The server behind the first one knows no such person after all."""
        self.says(REJECTED, number)
        [mail] = [one for one in self._mails() if attached(one)[0][0] == name]
        self.mailbox.append(bounce(str(mail["Message-ID"]), recipient=self.address, name=name))

    def _mails(self) -> list[EmailMessage]:
        return [one.message for one in self.post.taken if one.recipients == (self.address,)]


class Council(Customer):
    """An access point, whose partner is slow to answer it."""

    kind, name, invoices = "access_point", "Kommunen", 2
    tells = ("message_id",)
    registration_number, gln = "25313844", "5790000000050"

    def start(self) -> None:
        self.network = AccessPointSimulator()
        participant = f"0088:{self.gln}"
        self.network.configure({"participants": participant, "silent": participant})
        self.running = self.stack.enter_context(RunningSimulator(self.network))

    def values(self, hub: str) -> Mapping[str, Any]:
        return {"url": self.running.url, "token": "token-1", "shape": "phoss"}

    def came(self) -> Sequence[Came]:
        found = self.network.transmissions.values()
        return [Came("", one.body, identity_in(one.instance)) for one in found if one.status == "sent"]

    def answers(self, numbers: Sequence[str]) -> None:
        """What the access point tried again has gone through."""
        for number in numbers:
            self.says(ACCEPTED, number)
        for instance, one in self.network.transmissions.items():
            self.network.transmissions[instance] = replace(one, status="sent", error="")


class Architect(Customer):
    """Dropbox; is to answer within a day."""

    kind, format, name, invoices = "dropbox", "csv", "Tegnestuen", 2
    registration_number = "25313852"
    own = {"answer_days": "1"}

    def start(self) -> None:
        self.running = self.stack.enter_context(RunningSimulator(DropboxSimulator()))
        for name in (OUT, IN):
            self.drive.make_folder(f"/{dropbox.START}/{name}")

    @property
    def drive(self) -> Any:
        return dropbox.drive(self.running)

    def values(self, hub: str) -> Mapping[str, Any]:
        return dropbox.values(self.running, folder=OUT)

    def came(self) -> Sequence[Came]:
        found = dropbox.stored(self.running).items()
        return [Came(name.removeprefix(f"{OUT}/"), content) for name, content in found if name.startswith(OUT)]

    def answer(self, name: str, content: bytes) -> None:
        self.drive.store(f"/{dropbox.START}/{IN}/{name}", content, "add")


def attached(mail: EmailMessage) -> list[tuple[str, bytes]]:
    return [(part.get_filename() or "", part.get_content()) for part in mail.iter_attachments()]


def identity_in(message_id: str) -> str:
    """Of what the hub made it."""
    return message_id.strip("<>").partition("@")[0].replace("-", "")

"""Customers' ends of the gateways, different in kind: some can be asked what they have, some know a repeat again, some
do neither. Each counts what it got, and misbehaves until it is told to calm down."""

from __future__ import annotations

import hashlib
import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from connectors.domain.connections import create
from connectors.models import Connection
from connectors.simulators.http_receiver.simulator import HttpReceiver
from connectors.simulators.server import RunningSimulator
from tests.chaos.haste import LATE_SECONDS
from tests.servers.smtp import MailServer, mail_server

FORMATS = ("json", "csv", "bis3")
"""In one of which each gets its documents."""
MOST_FAULTS = 3
"""That wait for their file at a time."""
MOST_ATTEMPTS = 4


class Copy(NamedTuple):
    """A file that came: under which identity, and the digest of its bytes."""

    identity: str
    sha256: str


class Partner(AbstractContextManager["Partner"], ABC):
    """`kind` is that of the gateway that leads here."""

    kind: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.faults: Counter[str] = Counter()
        self._folder, self._stack = folder, ExitStack()

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def connect(self) -> Connection:
        """A connection that leads here, in the tenant's scope."""
        made = create(self.kind, name=f"To {type(self).__name__}", values=self.values())
        made.most_attempts = MOST_ATTEMPTS
        made.save(update_fields=["most_attempts"])
        return made

    @abstractmethod
    def values(self) -> Mapping[str, Any]:
        """The settings of the connection."""

    @abstractmethod
    def misbehave(self, chance: random.Random) -> None: ...

    @abstractmethod
    def calm(self) -> None: ...

    @abstractmethod
    def copies(self) -> Sequence[Copy]:
        """Everything that came, in any order."""


class Web(Partner):
    """Takes files that are posted, and cannot say what it has."""

    kind = "http"
    troubles: ClassVar[tuple[dict[str, Any], ...]] = (
        {"kind": "refuse"}, {"kind": "cut"}, {"kind": "drop"}, {"kind": "garbage"},
        {"kind": "status", "status": 503}, {"kind": "status", "status": 429}, {"kind": "status", "status": 422},
        {"kind": "stored_status", "status": 502}, {"kind": "slow", "seconds": LATE_SECONDS},
        {"kind": "late", "seconds": LATE_SECONDS},
    )  # fmt: skip
    limits: ClassVar[Mapping[str, Any]] = {}

    def __enter__(self) -> Self:
        self.receiver = HttpReceiver()
        self.receiver.configure(self.limits)
        self.running = self._stack.enter_context(RunningSimulator(self.receiver))
        return self

    def values(self) -> Mapping[str, Any]:
        return {"url": f"{self.running.url}/in"}

    def misbehave(self, chance: random.Random) -> None:
        if len(self.receiver.faults) < MOST_FAULTS:
            self.running.misbehave(**chance.choice(self.troubles))

    def calm(self) -> None:
        self.receiver.faults.clear()
        self.faults = Counter({name: n for name, n in self.receiver.counts.items() if name.startswith("fault ")})

    def copies(self) -> Sequence[Copy]:
        return [
            Copy(one.headers["idempotency-key"], hashlib.sha256(one.body).hexdigest()) for one in self.receiver.kept
        ]


class KnowingWeb(Web):
    """Knows again what comes twice, so that a repeat does no harm; some of its requests it gets twice in any case."""

    troubles = (
        *(one for one in Web.troubles if one.get("status") != 422),  # no such partner refuses what it has
        {"kind": "duplicate"}, {"kind": "stored_status", "status": 503},
    )  # fmt: skip
    limits = {"knows_keys": True}

    def values(self) -> Mapping[str, Any]:
        return {**super().values(), "repeats_are_harmless": True}


class Shelves(Web):
    """Has an address for each file, at which one can look for it."""

    def values(self) -> Mapping[str, Any]:
        return {**super().values(), "method": "PUT", "path": "/{identity}"}


class Share(Partner):
    """A folder that the partner empties whenever he likes, and that is not mounted now and then."""

    kind = "folder"

    def __enter__(self) -> Self:
        self._place, self._away = self._folder / "share", self._folder / "away"
        self._place.mkdir(parents=True)
        self._got: list[Copy] = []
        return self

    def values(self) -> Mapping[str, Any]:
        return {"start": "share", "file_name": "{identity}-{name}"}

    def misbehave(self, chance: random.Random) -> None:
        if self._away.exists():
            self._away.rename(self._place)
        elif chance.random() < 0.1:
            self.faults["fault away"] += 1
            self._place.rename(self._away)
        elif chance.random() < 0.3:
            self.faults["fault emptied"] += self._empty()

    def calm(self) -> None:
        if self._away.exists():
            self._away.rename(self._place)

    def copies(self) -> Sequence[Copy]:
        self._empty()
        return self._got

    def _empty(self) -> int:
        """Take what lies there under its own name; how many."""
        whole = [one for one in self._place.iterdir() if one.suffix != ".part"]
        for file in whole:
            self._got.append(Copy(file.name.partition("-")[0], hashlib.sha256(file.read_bytes()).hexdigest()))
            file.unlink()
        return len(whole)


class Post(Partner):
    """A mail server: what it was given is out of reach for ever."""

    kind = "email"
    troubles: ClassVar[tuple[str, ...]] = ("hang up", "451 4.3.0 Later", "554 5.7.1 No", "cut", "421 4.7.0 Too many")

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.server: MailServer = self._stack.enter_context(mail_server(self._folder, starttls=False))
        return self

    def values(self) -> Mapping[str, Any]:
        return {
            "smtp_host": "127.0.0.1", "smtp_port": self.server.port, "smtp_security": "none",
            "from_address": "faktura@example.com", "to": "ap@example.com", "subject": "{identity}",
        }  # fmt: skip

    def misbehave(self, chance: random.Random) -> None:
        manners = self.server.manners
        if len(manners.ends) + len(manners.senders) + manners.cuts_data >= MOST_FAULTS:
            return
        trouble = chance.choice(self.troubles)
        self.faults[f"fault {trouble.split()[0]}"] += 1
        if trouble == "cut":
            manners.cuts_data += 1
        elif trouble.startswith("421"):
            manners.senders.append(trouble)
        else:
            manners.ends.append(trouble)

    def calm(self) -> None:
        manners = self.server.manners
        manners.ends.clear()
        manners.senders.clear()
        manners.cuts_data = 0

    def copies(self) -> Sequence[Copy]:
        return [
            Copy(str(one.message["Subject"]), hashlib.sha256(content).hexdigest())
            for one in self.server.taken
            for _, content in one.attachments
        ]


PARTNERS: tuple[type[Partner], ...] = (Web, KnowingWeb, Shelves, Share, Post)

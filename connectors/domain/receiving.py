"""What partners bring by themselves: taken apart by the gateway, stored, and only then answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from django.db import transaction

from arhub.domain import outbound
from arhub.domain.sentences import tellable
from arhub.network.errors import NetworkError
from arhub.tenancy.scope import scope
from connectors.domain import intake
from connectors.domain.answering import Arrived, NotReadable, offer
from connectors.domain.carriers import ready
from connectors.domain.connections import Level, health, note
from connectors.domain.deliveries import Meaning, receipt_came
from connectors.domain.later_channel import ADDRESS, CHANNEL
from connectors.gateways.base import Gateway, Incoming, NotForUs, Received, ReceivedFile, Reply
from connectors.models import Connection, Inbox, InboxFile
from ingestion.domain.making import digest

NOBODY = Reply(404, b"There is nobody here by that address.\n", {"Content-Type": "text/plain"})
CONTESTED = (
    "Another company of this hub names the same ids. What comes is taken by the one that it is encrypted for, and what "
    "is not encrypted by neither: agree on encryption, or on ids that are yours alone."
)
NO_INBOX = "Something was sent here, and no inbox takes it: make one for this connection."


class Body:
    """`Content` of a request, in a temporary file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256, self.size = digest(file)

    def open(self) -> Any:
        self._file.seek(0)
        return _Kept(self._file)


class _Kept:
    """A file that stays open when a reader is done."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell

    def __enter__(self) -> _Kept:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """The file belongs to the request."""


def receive(
    candidates: Sequence[tuple[int, int]], *, method: str, headers: Mapping[str, str], query: Mapping[str, str],
    file: BinaryIO,
) -> Reply:  # fmt: skip
    """Take a request for one of some (tenant, connection), and say what to answer. What it brought is stored when this
    returns. Of several companies that name the same ids it is for the one that can open it. Call it outside of any
    transaction."""
    body, reply = Body(file), NOBODY
    is_contested = len({tenant_id for tenant_id, _ in candidates}) > 1
    for tenant_id, connection_id in candidates:
        try:
            reply, is_ours = _receive(tenant_id, connection_id, method, headers, query, body, is_contested=is_contested)
        except NotForUs as stranger:
            reply = _sign_in(stranger.challenge) if stranger.challenge else reply
            continue
        if is_ours:
            break
    return reply


def _sign_in(challenge: str) -> Reply:
    headers = {"Content-Type": "text/plain", "WWW-Authenticate": challenge}
    return Reply(401, b"Sign in as was agreed for this address.\n", headers)


def _receive(
    tenant_id: int, connection_id: int, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: Body,
    *, is_contested: bool,
) -> tuple[Reply, bool]:  # fmt: skip
    """The reply, and whether the request was meant for this connection beyond doubt."""
    with scope(tenant_id):
        connection = Connection.objects.filter(pk=connection_id, is_enabled=True).first()
        inbox = Inbox.objects.filter(connection=connection_id, is_enabled=True).select_related("source").first()
        if connection is None:
            raise NotForUs("The connection is switched off.")
        gateway = ready(connection)
    assert isinstance(gateway, Gateway)

    def is_known(message_id: str) -> bool:
        with scope(tenant_id):
            return InboxFile.objects.filter(inbox__connection=connection_id, message_id=message_id[:500]).exists()

    try:
        received = gateway.receive(Incoming(method, headers, query, body, is_known))
    except NotForUs:
        raise
    except NetworkError as error:
        with scope(tenant_id):
            note(connection, f"What a partner sent could not be read: {error}", level=Level.WARNING)
        return Reply(400, f"{tellable(str(error))}\n".encode(), {"Content-Type": "text/plain"}), True
    if is_contested and not (received.is_sealed or (received.receipt and not received.is_doubted)):
        _tell_contested(connection, received)
        raise NotForUs(CONTESTED)
    with scope(tenant_id):
        if received.files and inbox is None and (problem := _answers_only(connection, received)):
            note(connection, problem, level=Level.ERROR)
            health(connection, problem)
            return Reply(503, b"Nobody takes files here now.\n", {"Content-Type": "text/plain"}), True
        _keep(connection, inbox, received)
    return received.reply, bool(received.files or received.receipt or received.message_id)


def _tell_contested(connection: Connection, received: Received) -> None:
    """Of a message that may be somebody else's nothing is told but that it could have been read."""
    if received.files:
        with scope(connection.tenant_id):
            note(connection, CONTESTED, level=Level.ERROR)
            health(connection, CONTESTED)


def _answers_only(connection: Connection, received: Received) -> str:
    """Have the files read as answers to what was sent, for which no inbox is needed: all of them, or none. Returns why
    they cannot be; empty when they were."""
    try:
        with transaction.atomic():
            for one in received.files:
                with one.content.open() as file:
                    if not (said := offer(Arrived(one.name[:500], file, one.content.sha256, connection))):
                        raise NotReadable(NO_INBOX)
                    note(connection, f"{one.name}: {said}")
    except NotReadable as problem:
        return str(problem)
    return ""


def _keep(connection: Connection, inbox: Inbox | None, received: Received) -> None:
    """Store what came, in one transaction."""
    for name, one in _named(received.files) if inbox else ():
        with one.content.open() as file:
            message_id = received.message_id or f"sha256:{one.content.sha256}"
            intake.take_sent(inbox, name, file, message_id=message_id[:500])  # type: ignore[arg-type]
    if received.receipt:
        refused = Meaning.REFUSED if received.is_refused else Meaning.TAKEN
        meaning = Meaning.NOTHING if received.is_doubted else refused
        found = receipt_came(connection, received.receipt_of, received.receipt, meaning)
        if found is None:
            note(
                connection,
                f"A receipt of nothing that was sent from here: {received.receipt.text}",
                level=Level.WARNING,
            )
    if received.later:
        outbound.put(
            CHANNEL, str(connection.pk), identity=hashlib.sha256(received.later.body).hexdigest(),
            subject=f"Answer to {received.message_id}", content=received.later.body,
            content_type="",  # it stands among the headers, whole
            headers={**received.later.headers, ADDRESS: received.later.url},
        )  # fmt: skip
    note(connection, received.text)


def _named(files: Sequence[ReceivedFile]) -> list[tuple[str, ReceivedFile]]:
    """Each with a name of its own."""
    found: dict[str, ReceivedFile] = {}
    for one in files:
        name, number = one.name, 2
        while name in found:
            name, number = f"{one.name} ({number})", number + 1
        found[name] = one
    return list(found.items())

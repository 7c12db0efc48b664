"""Files that go out through a gateway: stored with their name and bytes before the first call, each delivered once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from arhub.contributions import functions
from arhub.domain import outbound as sending
from arhub.domain import outbound_by_hand as by_hand
from arhub.domain.sentences import tellable
from arhub.models import Attempt, Outbound, Tenant, User
from arhub.network.errors import ConfigError
from arhub.secrets.masking import mask
from connectors.base import Capability
from connectors.domain.carriers import Carriage
from connectors.gateways import templates
from connectors.gateways.base import Content, Parcel, Receipt
from connectors.models import Connection, Delivery, DeliveryReceipt
from connectors.registry import load
from ingestion.domain.making import digest

CHANNEL = "delivery"
BINARY = "application/octet-stream"
LONGEST_RECEIPT = 1 << 20
MOST_DOUBTED = 20
"""How many receipts are kept of a delivery before one that settles nothing is not: anybody may send those."""
PROGRAMS = uuid.UUID("0f0c3b0e-7c0f-4b43-9d0c-5b1b7a6f2e51")
"""The namespace of identities that programs choose."""
MEDIA_TYPE = re.compile(r"(?=.{1,120}\Z)[\w.+-]+/[\w.+-]+(;[ -~]*)?", re.ASCII)
Verdict = Delivery.Verdict
State = Outbound.State


def can_deliver(connection: Connection) -> bool:
    return Capability.DELIVER in load(connection.kind).capabilities


@transaction.atomic
def send(
    connection: Connection,
    content: BinaryIO | bytes,
    *,
    name: str,
    media_type: str = BINARY,
    facts: Mapping[str, str] | None = None,
    folder: str | None = None,
    identity: str = "",
    subject: str = "",
    user: User | None = None,
) -> Delivery:
    """Store a file that a gateway is to deliver, in the caller's transaction. What it is called there, and in which
    folder it goes, say the connection's templates, unless `folder` is told. The same identity again is the delivery
    that was stored first. Raises ConfigError for a connection that takes no files, and for a name that comes out
    empty."""
    if not can_deliver(connection):
        raise ConfigError(f"{connection} takes no files.")
    media_type = media_type if MEDIA_TYPE.fullmatch(media_type) else BINARY
    identity = identity or uuid.uuid4().hex
    if found := find(connection, identity):
        return found
    known = facts_for(_company(connection), name, identity, facts or {})
    file = ContentFile(content) if isinstance(content, bytes) else File(content)
    sha256, size = digest(file)
    there, where = place_of(connection, known, folder)
    sending.put(CHANNEL, str(connection.pk), identity=identity, subject=subject or name, content_type=media_type)
    if found := find(connection, identity):  # somebody else stored it in this moment
        return found
    outbound = Outbound.objects.get(channel=CHANNEL, destination=str(connection.pk), identity=identity)
    Outbound.objects.filter(pk=outbound.pk).update(digest=sha256)
    delivery = Delivery(
        connection=connection, outbound=outbound, size=size, sha256=sha256, name=there, folder=where,
        media_type=media_type, facts=known, created_by=user,
    )  # fmt: skip
    delivery.content.save(identity, file, save=False)
    delivery.save()
    return delivery


@dataclass(frozen=True, slots=True)
class Consignment:
    """A file that is stored already and is to be delivered: where it lies in storage, what it is called here, the
    fields of its document, and what it is for people."""

    stored: str
    size: int
    sha256: str
    name: str
    media_type: str
    facts: Mapping[str, str]
    subject: str


def send_all(connection: Connection, files: Sequence[Consignment], user: User | None = None) -> list[Delivery]:
    """Have a gateway deliver some files, in their order, in the caller's transaction: each under an identity of its
    own, in a number of statements that does not depend on how many there are. Raises ConfigError as `send` does."""
    if not can_deliver(connection):
        raise ConfigError(f"{connection} takes no files.")
    company, made = _company(connection), []
    for one in files:
        identity = uuid.uuid4().hex
        known = facts_for(company, one.name, identity, one.facts)
        there, where = place_of(connection, known)
        outbound = Outbound(
            channel=CHANNEL, destination=str(connection.pk), identity=identity, subject=one.subject[:255],
            digest=one.sha256, content_type=one.media_type,
        )  # fmt: skip
        made.append(Delivery(
            connection=connection, outbound=outbound, size=one.size, sha256=one.sha256, name=there, folder=where,
            media_type=one.media_type, facts=known, created_by=user, content=one.stored,
        ))  # fmt: skip
    Outbound.objects.bulk_create([one.outbound for one in made])
    for delivery in made:
        delivery.outbound_id = delivery.outbound.pk
    found: list[Delivery] = Delivery.objects.bulk_create(made)
    transaction.on_commit(sending.ring, robust=True)
    return found


def find(connection: Connection, identity: str) -> Delivery | None:
    """The delivery that was stored under an identity."""
    rows = Delivery.objects.select_related("outbound")
    return rows.filter(
        outbound__channel=CHANNEL, outbound__destination=str(connection.pk), outbound__identity=identity
    ).first()  # fmt: skip


def of_identity(name: str) -> Q:
    """What is sent under an identity, or is called so by the program that sent it. The destinations are named, since
    that is how the index begins."""
    known = list(Connection.objects.all())
    identities = [name, name.lower(), *(identity_of(connection, name) for connection in known)]
    return Q(channel=CHANNEL, destination__in=[str(one.pk) for one in known], identity__in=identities)


def identity_of(connection: Connection, name: str) -> str:
    """The identity of what a program calls so: unique over all hubs as any other, and always the same."""
    place = f"{connection.tenant_id}/{connection.pk}/{connection.created_at.isoformat()}"
    return uuid.uuid5(PROGRAMS, f"{place}/{name}").hex


def _company(connection: Connection) -> str:
    return Tenant.objects.get(pk=connection.tenant_id or 0).name


def facts_for(company: str, name: str, identity: str, facts: Mapping[str, str]) -> dict[str, str]:
    """What templates may use: what is given, and what is known of any file."""
    stem, _, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
    now = timezone.now()
    always = {
        "name": name, "stem": stem, "ending": ending, "identity": identity, "company": company,
        "timestamp": now.strftime("%Y%m%dT%H%M%SZ"),
    }  # fmt: skip
    date = facts.get("date", "") or now.date().isoformat()
    parts = dict(zip(("year", "month", "day"), date.split("-"), strict=False))
    return {**parts, **always, **{field: value for field, value in facts.items() if field in templates.FACTS}}


def place_of(connection: Connection, facts: Mapping[str, str], folder: str | None = None) -> tuple[str, str]:
    """The name and the folder that a file gets there. Raises ConfigError."""
    values = {setting.name: setting.default for setting in load(connection.kind).settings} | connection.values
    try:
        name = templates.file_name(str(values.get("file_name") or "{name}"), facts)
        where = templates.folder(str(values.get("folder") or "") if folder is None else folder, facts)
    except templates.WrongTemplate as problem:
        raise ConfigError(str(problem)) from None
    return name, where


def give_way(delivery: Delivery, carriage: Carriage) -> None:
    """Note what is about to carry a file. On a route that the directory led to, the route's templates name it. Raises
    ConfigError when nothing is left of its name."""
    if (delivery.route, delivery.through) == (carriage.route, carriage.through):
        return
    delivery.route, delivery.through = carriage.route, carriage.through
    if carriage.route is not None:
        delivery.name, delivery.folder = place_of(carriage.route, delivery.facts)
    delivery.save(update_fields=["route", "through", "name", "folder"])


class Stored:
    """`Content` of a file in storage."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery

    @property
    def size(self) -> int:
        return self._delivery.size

    @property
    def sha256(self) -> str:
        return self._delivery.sha256

    def open(self) -> BinaryIO:
        opened: Any = self._delivery.content.storage.open(str(self._delivery.content.name))
        return opened  # type: ignore[no-any-return]


def parcel_of(delivery: Delivery) -> Parcel:
    stored: Content = Stored(delivery)
    return Parcel(
        delivery.outbound.identity, delivery.name, stored, delivery.folder, delivery.media_type, delivery.facts
    )  # fmt: skip


class Meaning(Enum):
    """What a receipt says of its file."""

    TAKEN = "taken"
    REFUSED = "refused"
    NOTHING = "nothing"


def keep_receipt(delivery: Delivery, receipt: Receipt, meaning: Meaning) -> None:
    """Keep what the other side said, with the bytes and the digest it speaks of; the same once. In the caller's
    transaction."""
    attempts = last_attempts([delivery])
    DeliveryReceipt.objects.bulk_create([_kept(delivery, receipt, meaning, attempts)], ignore_conflicts=True)
    _judge(delivery, receipt, meaning)


def keep_receipts(taken: Sequence[tuple[Delivery, Receipt]]) -> None:
    """The same for some that were taken, each with its own."""
    attempts = last_attempts([delivery for delivery, _ in taken])
    rows = [_kept(delivery, receipt, Meaning.TAKEN, attempts) for delivery, receipt in taken]
    DeliveryReceipt.objects.bulk_create(rows, ignore_conflicts=True)
    for delivery, receipt in taken:
        _judge(delivery, receipt, Meaning.TAKEN)


def last_attempt(delivery: Delivery) -> int | None:
    return last_attempts([delivery]).get(delivery.outbound_id)


def last_attempts(deliveries: Sequence[Delivery]) -> dict[int, int]:
    """By outbound, the attempt that what comes back now belongs to: the last one."""
    rows = Attempt.objects.filter(outbound__in=[one.outbound_id for one in deliveries], is_look_up=False)
    return dict(rows.order_by().values_list("outbound_id").annotate(Max("pk")))


def _kept(delivery: Delivery, receipt: Receipt, meaning: Meaning, attempts: Mapping[int, int]) -> DeliveryReceipt:
    content = _shown(receipt)[:LONGEST_RECEIPT]
    return DeliveryReceipt(
        delivery=delivery, attempt=attempts.get(delivery.outbound_id), kind=receipt.kind, text=tellable(receipt.text),
        warning=tellable(receipt.warning), is_refusal=meaning == Meaning.REFUSED, content=content,
        sha256=sending.digest_of(content), media_type=receipt.media_type[:120],
        reference=tellable(receipt.reference, 255), speaks_of=tellable(receipt.speaks_of, 200),
        file_sha256=delivery.sha256,
    )  # fmt: skip


def _judge(delivery: Delivery, receipt: Receipt, meaning: Meaning) -> None:
    if meaning != Meaning.NOTHING and (delivery.verdict or _verdict(receipt, meaning)):
        judged = Q(verdict=Verdict.NONE) if receipt.awaits else Q()  # nor does it undo what came before it
        Delivery.objects.filter(judged, pk=delivery.pk).update(verdict=_verdict(receipt, meaning))


def tell_moved(ids: Sequence[int]) -> None:
    """Tell those in settings.DELIVERY_LISTENERS that the state of some deliveries, here by their outbounds, or what
    receipts say of them, is another one. In the transaction that changed it."""
    found = list(Delivery.objects.filter(outbound__in=ids).order_by("pk").values_list("pk", flat=True))
    for listener in functions(settings.DELIVERY_LISTENERS):
        listener(found)


def forget_what_was_said(ids: Sequence[int]) -> None:
    """Receipts that came speak of what went before: some deliveries, here by their outbounds, wait for their own from
    now on. So do those in settings.DELIVERY_FORGETTERS."""
    rows = Delivery.objects.filter(outbound__in=ids)
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.update(verdict=Verdict.NONE)
    for forget in functions(settings.DELIVERY_FORGETTERS):
        forget(found)


def let_go_all(waits_for: str) -> None:
    """Let the deliveries that are held for something look again, now."""
    held = Outbound.objects.filter(channel=CHANNEL, state=State.HELD, waits_for=waits_for)
    if held.update(next_attempt_at=timezone.now()):
        transaction.on_commit(sending.ring, robust=True)


def _shown(receipt: Receipt) -> bytes:
    """Its bytes, without credentials that a server has repeated. A receipt that is signed has none, and stays whole."""
    if receipt.kind == "mdn":
        return receipt.content
    return mask(receipt.content.decode(errors="surrogateescape")).encode(errors="surrogateescape")


def receipt_came(connection: Connection, identity: str, receipt: Receipt, meaning: Meaning) -> Delivery | None:
    """Keep a receipt that came by itself, and settle what was uncertain; None when there is no such delivery."""
    delivery = Delivery.objects.filter(outbound__identity=identity).filter(_of(connection)).first()
    if delivery is None:
        return None
    if meaning == Meaning.NOTHING and delivery.receipts.count() >= MOST_DOUBTED:
        return delivery
    keep_receipt(delivery, receipt, meaning)
    if meaning == Meaning.TAKEN:
        by_hand.arrived(delivery.outbound, None, receipt)
    tell_moved([delivery.outbound_id])
    return delivery


def _of(connection: Connection) -> Q:
    return Q(connection=connection) | Q(through=connection)


def _verdict(receipt: Receipt, meaning: Meaning) -> str:
    if meaning == Meaning.REFUSED:
        return Verdict.REFUSED
    if receipt.awaits:
        return Verdict.AWAITED
    return Verdict.NONE if receipt.kind == "answer" else Verdict.ACCEPTED

"""How a file travels: once, through its gateway, looked up whenever nobody knows, with every receipt kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from arhub.domain.channels import MOST_ATTEMPTS, Answer, Channel, Held, NotWanted, Outcome
from arhub.models import Outbound
from arhub.network.errors import ConfigError, NetworkError
from connectors.base import Capability
from connectors.domain import answers, guards, pausing
from connectors.domain.carriers import Carriage, carriage_before, carriage_for
from connectors.domain.connections import health
from connectors.domain.deliveries import (
    Meaning,
    Verdict,
    forget_what_was_said,
    give_way,
    keep_receipt,
    keep_receipts,
    parcel_of,
    tell_moved,
)
from connectors.domain.participants import NETWORK
from connectors.domain.setup import forget_steps
from connectors.gateways.base import Doubtful, Gateway, Parcel, Receipt, Rejected, TakesRepeats
from connectors.models import Connection, Delivery
from connectors.registry import load

GROUP = 10


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that may go, and through which gateway."""

    delivery: Delivery
    gateway: Gateway
    parcel: Parcel


class DeliveryChannel(Channel):
    looks_up = True
    pauses = True
    lease_seconds = 360  # the queue ends a task after 300

    def most_attempts(self, outbound: Outbound) -> int:
        found = Connection.objects.filter(pk=int(outbound.destination)).values_list("most_attempts", flat=True).first()
        return found or MOST_ATTEMPTS

    def prepare(self, outbound: Outbound) -> Ready:
        delivery = _of(outbound)
        if delivery is None:
            raise NotWanted("The file was removed from the hub.")
        if not delivery.connection.is_enabled:
            raise Held(f"{delivery.connection} is switched off.")
        if outbound.state == Outbound.State.LOOKING:
            return Ready(delivery, carriage_before(delivery).gateway, parcel_of(delivery))
        carriage = carriage_for(delivery.connection, delivery.facts)
        guards.look([delivery], carriage.route or delivery.connection)
        return _ready(delivery, carriage)

    def group(self, destination: str) -> int:
        """What can be looked up goes in groups. Where the directory leads each file is found out for itself."""
        kind = Connection.objects.filter(pk=int(destination)).values_list("kind", flat=True).first()
        if kind is None or kind == NETWORK or Capability.LOOK_UP not in load(kind).capabilities:
            return 1
        return GROUP

    def prepare_all(self, outbounds: Sequence[Outbound]) -> list[tuple[Outbound, Ready]]:
        rows = Delivery.objects.filter(outbound__in=outbounds).select_related("connection", "route", "through")
        found = {one.outbound_id: one for one in rows}
        for outbound in outbounds:
            if outbound.pk in found:
                found[outbound.pk].outbound = outbound
        first = found[outbounds[0].pk]
        if not first.connection.is_enabled:
            raise Held(f"{first.connection} is switched off.")
        carriage = carriage_for(first.connection, first.facts)
        guards.look(list(found.values()), carriage.route or first.connection)
        return [(outbound, _ready(found[outbound.pk], carriage)) for outbound in outbounds]

    def send(self, outbound: Outbound, destination: Ready) -> Answer:
        try:
            return _taken(Outcome.DELIVERED, destination.gateway.deliver(destination.parcel))
        except Rejected as refusal:
            return _taken(Outcome.REFUSED, refusal.receipt)
        except Doubtful as doubt:
            return _taken(Outcome.UNKNOWN, doubt.receipt)
        except NetworkError as error:
            return answers.of_attempt(error)

    def go_on(self, before: Ready, destination: Ready) -> Ready | None:
        if _place(before.delivery) != _place(destination.delivery):
            return None
        return replace(destination, gateway=before.gateway)

    def leave(self, destination: Ready) -> None:
        destination.gateway.__exit__(None, None, None)

    def look_up(self, outbound: Outbound, destination: Ready) -> Answer:
        """A receipt that came by itself says it all."""
        match destination.delivery.verdict:
            case Verdict.ACCEPTED:
                return Answer(Outcome.FOUND, "Its receipt has come.")
            case Verdict.REFUSED:
                return Answer(Outcome.REFUSED, "Its receipt has come, and refuses it.")
        try:
            found = destination.gateway.look_up(destination.parcel)
        except TakesRepeats as repeats:
            return answers.of_nothing_found(outbound, destination.gateway, repeats=repeats)
        except NetworkError as error:
            return answers.of_look_up(error)
        if found is not None:
            return _taken(Outcome.FOUND, found)
        return answers.of_nothing_found(outbound, destination.gateway)

    def settle(self, outbound: Outbound, answer: Answer) -> None:
        delivery = outbound.delivery if Outbound.delivery.is_cached(outbound) else _of(outbound)
        if delivery is None:
            return
        if isinstance(answer.data, Receipt):
            keep_receipt(delivery, answer.data, _meaning_of(answer))
        if answer.outcome == Outcome.HELD and answer.data:
            guards.held(delivery, answer.data)
        if answer.outcome in (Outcome.DELIVERED, Outcome.FOUND):
            forget_steps([delivery])
        for connection in filter(None, (delivery.connection, delivery.through)):
            _judge(connection, answer)

    def settle_all(self, answered: Sequence[tuple[Outbound, Answer]]) -> None:
        """Those that their gateway took; what it answered belongs to the last attempt of each."""
        keep_receipts([(outbound.delivery, answer.data) for outbound, answer in answered])
        forget_steps([outbound.delivery for outbound, _ in answered])
        outbound, answer = answered[-1]
        for connection in filter(None, (outbound.delivery.connection, outbound.delivery.through)):
            _judge(connection, answer)

    def moved(self, ids: Sequence[int]) -> None:
        tell_moved(ids)

    def again(self, ids: Sequence[int]) -> None:
        forget_what_was_said(ids)

    def paused(self, destination: str, text: str) -> None:
        pausing.paused(int(destination), text)

    def resumed(self, destination: str) -> None:
        pausing.resumed(int(destination))


def _ready(delivery: Delivery, carriage: Carriage) -> Ready:
    if delivery.verdict == Verdict.REFUSED:  # of an attempt before this one, after which a person had it sent again
        Delivery.objects.filter(pk=delivery.pk).update(verdict=Verdict.NONE)
    try:
        give_way(delivery, carriage)
    except ConfigError as problem:
        raise Held(str(problem)) from None
    return Ready(delivery, carriage.gateway, parcel_of(delivery))


def _of(outbound: Outbound) -> Delivery | None:
    found = Delivery.objects.filter(outbound=outbound).select_related("connection", "route", "through").first()
    if found is not None:
        found.outbound = outbound
    return found


def _place(delivery: Delivery) -> tuple[object, ...]:
    """What decides which line a file goes on: the connections on its way, as they are set now."""
    way = (delivery.connection, delivery.route, delivery.through)
    return tuple((one.pk, one.values, one.secrets_set) for one in way if one is not None)


def _meaning_of(answer: Answer) -> Meaning:
    match answer.outcome:
        case Outcome.REFUSED:
            return Meaning.REFUSED
        case Outcome.UNKNOWN:
            return Meaning.NOTHING
    return Meaning.TAKEN


def _taken(outcome: Outcome, receipt: Receipt) -> Answer:
    text = f"{receipt.text} {receipt.warning}".strip()
    excerpt = receipt.content[:500].decode(errors="replace")
    return Answer(outcome, text, excerpt=excerpt, data=receipt)


def _judge(connection: Connection, answer: Answer) -> None:
    """That a document was refused says nothing against the connection."""
    match answer.outcome:
        case Outcome.DELIVERED | Outcome.FOUND:
            health(connection, "")
        case Outcome.NOT_TAKEN | Outcome.UNKNOWN:
            health(connection, answer.text)

"""How a file travels: once, through its gateway, looked up whenever nobody knows, with every receipt kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arhub.domain.channels import MOST_ATTEMPTS, Answer, Channel, Held, NotWanted, Outcome
from arhub.models import Outbound
from arhub.network.errors import ConfigError, NetworkError
from connectors.domain import answers, pausing
from connectors.domain.carriers import carriage_before, carriage_for
from connectors.domain.connections import health
from connectors.domain.deliveries import Meaning, Verdict, give_way, keep_receipt, parcel_of, tell_moved
from connectors.domain.setup import forget_step
from connectors.gateways.base import Doubtful, Gateway, Parcel, Receipt, Rejected
from connectors.models import Connection, Delivery


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
        delivery = Delivery.objects.filter(outbound=outbound).select_related("connection", "route", "outbound").first()
        if delivery is None:
            raise NotWanted("The file was removed from the hub.")
        if not delivery.connection.is_enabled:
            raise Held(f"{delivery.connection} is switched off.")
        if outbound.state == Outbound.State.LOOKING:
            return Ready(delivery, carriage_before(delivery).gateway, parcel_of(delivery))
        if delivery.verdict == Verdict.REFUSED:  # of an attempt before this one, after which a person had it sent again
            Delivery.objects.filter(pk=delivery.pk).update(verdict=Verdict.NONE)
        carriage = carriage_for(delivery.connection, delivery.facts)
        try:
            give_way(delivery, carriage)
        except ConfigError as problem:
            raise Held(str(problem)) from None
        return Ready(delivery, carriage.gateway, parcel_of(delivery))

    def send(self, outbound: Outbound, destination: Ready) -> Answer:
        try:
            with destination.gateway as gateway:
                return _taken(Outcome.DELIVERED, gateway.deliver(destination.parcel))
        except Rejected as refusal:
            return _taken(Outcome.REFUSED, refusal.receipt)
        except Doubtful as doubt:
            return _taken(Outcome.UNKNOWN, doubt.receipt)
        except NetworkError as error:
            return answers.of_attempt(error)

    def look_up(self, outbound: Outbound, destination: Ready) -> Answer:
        """A receipt that came by itself says it all."""
        match destination.delivery.verdict:
            case Verdict.ACCEPTED:
                return Answer(Outcome.FOUND, "Its receipt has come.")
            case Verdict.REFUSED:
                return Answer(Outcome.REFUSED, "Its receipt has come, and refuses it.")
        try:
            with destination.gateway as gateway:
                found = gateway.look_up(destination.parcel)
        except NetworkError as error:
            return answers.of_look_up(error)
        if found is not None:
            return _taken(Outcome.FOUND, found)
        return answers.of_nothing_found(outbound, destination.gateway)

    def settle(self, outbound: Outbound, answer: Answer) -> None:
        delivery = Delivery.objects.filter(outbound=outbound).select_related("connection", "through").first()
        if delivery is None:
            return
        if isinstance(answer.data, Receipt):
            keep_receipt(delivery, answer.data, _meaning_of(answer))
        if answer.outcome in (Outcome.DELIVERED, Outcome.FOUND):
            forget_step(delivery)
        for connection in filter(None, (delivery.connection, delivery.through)):
            _judge(connection, answer)

    def moved(self, ids: Sequence[int]) -> None:
        tell_moved(ids)

    def paused(self, destination: str, text: str) -> None:
        pausing.paused(int(destination), text)

    def resumed(self, destination: str) -> None:
        pausing.resumed(int(destination))


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

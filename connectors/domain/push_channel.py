"""How a push travels: composed when what it refers to is there, sent once, looked up whenever nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from arhub.domain import outbound as sending
from arhub.domain.channels import Answer, Channel, Held, NotWanted, Outcome
from arhub.domain.sentences import tellable
from arhub.models import Outbound, SourceRecord
from arhub.network.errors import NetworkError, PermanentError
from arhub.tenancy.scope import scope
from connectors.base import ErpConnector, Message, RecordKey, Result, Subject, Waits
from connectors.domain import answers, write_backs
from connectors.domain.connections import health
from connectors.domain.pushes import older_of, waiting_for
from connectors.domain.setup import connector_of
from connectors.domain.subjects import mapped_subjects, model_of, referred, subjects_of
from connectors.models import Connection, Push


@dataclass(frozen=True, slots=True)
class Ready:
    """A push that may go: through which connector, and about what. `others` are the records it refers to."""

    connection: Connection
    connector: ErpConnector
    subjects: Sequence[Subject]
    others: dict[RecordKey, tuple[str, int]]


class PushChannel(Channel):
    looks_up = True
    lease_seconds = 360  # the queue ends a task after 300
    composes = True

    def prepare(self, outbound: Outbound) -> Ready:
        connection = Connection.objects.filter(pk=int(outbound.destination)).select_related("source").first()
        if connection is None:
            raise NotWanted("The connection was deleted.")
        if not connection.is_enabled:
            raise Held(f"{connection.name} is switched off.")
        record_type, ids = _what(outbound)
        others = referred(record_type, ids)
        if outbound.content:
            subjects = subjects_of(connection, record_type, ids)
        else:
            _hold_for(connection, others)
            _hold_for_older(outbound, record_type, ids)
            subjects = mapped_subjects(connection, record_type, ids)
        connector = connector_of(connection)
        assert isinstance(connector, ErpConnector)
        places = {(write_backs.type_of(one), one.erp_key): (write_backs.type_of(one), one.pk) for one in others}
        return Ready(connection, connector, subjects, places)

    def send(self, outbound: Outbound, destination: Ready) -> Answer:
        try:
            message = _composed(outbound, destination)
            return _taken(destination.connector.push(message))
        except Waits as waits:
            raise Held(str(waits)) from waits
        except NetworkError as error:
            return answers.of_attempt(error)

    def look_up(self, outbound: Outbound, destination: Ready) -> Answer:
        """What has no content yet cannot have gone out."""
        if not outbound.content:
            return Answer(Outcome.NOT_FOUND, "It had not gone out.")
        message = Message(outbound.identity, bytes(outbound.content), destination.subjects)
        try:
            found = destination.connector.look_up(message)
        except NetworkError as error:
            return answers.of_look_up(error)
        if found is not None:
            return Answer(Outcome.FOUND, found.text or "Found there.", data=found)
        return answers.of_nothing_found(outbound, destination.connector)

    def settle(self, outbound: Outbound, answer: Answer) -> None:
        connection = Connection.objects.filter(pk=int(outbound.destination)).first()
        if connection is None:
            return
        match answer.outcome:
            case Outcome.DELIVERED | Outcome.FOUND:
                _write_back(connection, outbound, answer.data)
                health(connection, "")
            case Outcome.REFUSED:
                Push.objects.filter(outbound=outbound).update(refusal=tellable(answer.text, 400))
            case Outcome.NOT_TAKEN | Outcome.UNKNOWN:
                health(connection, answer.text)


def _what(outbound: Outbound) -> tuple[str, list[int]]:
    """The record type, and the ids, of what a push carries and is still in the hub. Raises `NotWanted` when nothing
    of it is."""
    rows = list(Push.objects.filter(outbound=outbound).values_list("record_type", "record_id"))
    left = (
        list(model_of(rows[0][0]).objects.filter(pk__in=[pk for _, pk in rows]).values_list("pk", flat=True))
        if rows
        else []
    )
    if not left:
        raise NotWanted("The record was removed from the hub.")
    return rows[0][0], left


def _hold_for(connection: Connection, others: list[SourceRecord]) -> None:
    """Raises `Held` while a record it refers to is on its way there itself."""
    first = waiting_for(connection, others)
    if first is None:
        return
    if first.refusal:
        raise Held(f"Waits for {first.outbound.subject}, which was refused: {first.refusal}", first.outbound.identity)
    raise Held(f"Waits for {first.outbound.subject}, which is {_state_of(first)}.", first.outbound.identity)


def _hold_for_older(outbound: Outbound, record_type: str, ids: Sequence[int]) -> None:
    """Raises `Held` while an older state of a record is on its way: it would come last, and stay."""
    if (older := older_of(outbound, record_type, ids)) is not None:
        raise Held(f"Waits for an older state of it, which is {_state_of(older)}.", older.outbound.identity)


def _state_of(push: Push) -> str:
    return push.outbound.get_state_display().lower()


def _composed(outbound: Outbound, ready: Ready) -> Message:
    """The message; its bytes are made and stored, once and for all, before the first call that sends them."""
    if outbound.content:
        return Message(outbound.identity, bytes(outbound.content), ready.subjects)
    subjects = list(ready.subjects)
    while True:
        try:
            message = ready.connector.compose(outbound.identity, subjects)
            break
        except Waits as waits:
            keys = _found_there(ready, waits)
            subjects = [replace(one, keys={**one.keys, waits.key: keys}) for one in subjects]
    with scope(outbound.tenant_id):
        sending.compose(outbound, message.content)
    return message


def _found_there(ready: Ready, waits: Waits) -> dict[str, str]:
    """The keys of a record that was never sent from here, but is there. Raises `Waits` when it is not."""
    place = ready.others.get(waits.key)
    if place is None:
        raise waits
    record_type, pk = place
    try:
        with scope(ready.connection.tenant_id):
            subjects = mapped_subjects(ready.connection, record_type, [pk])
        found = ready.connector.look_up(ready.connector.compose("look-up", subjects))
    except (Held, Waits, PermanentError):
        raise waits from None
    keys = dict(found.keys.get(waits.key, {})) if found else {}
    if not keys or keys.items() <= subjects[0].keys.get(waits.key, {}).items():
        raise waits
    with scope(ready.connection.tenant_id):
        write_backs.store(ready.connection, record_type, pk, keys)
    return keys


def _taken(result: Result) -> Answer:
    text = result.text or "Taken."
    if result.refused:
        text = f"{text} {len(result.refused):,} were refused."
    return Answer(Outcome.DELIVERED, text, data=result)


def _write_back(connection: Connection, outbound: Outbound, data: Any) -> None:
    """Keys and refusals of what has arrived. `data` is a `Result`, or the keys that a person has seen there."""
    record_type, ids = _what(outbound)
    rows = model_of(record_type).objects.filter(pk__in=ids).values_list("erp_key", "pk")
    places = {(record_type, erp_key): pk for erp_key, pk in rows}
    result = data if isinstance(data, Result) else Result(keys={key: dict(data or {}) for key in places})
    Push.objects.filter(outbound=outbound).update(refusal="")
    for key, keys in result.keys.items():
        if key in places:
            write_backs.store(connection, record_type, places[key], keys)
    for key, text in result.refused.items():
        Push.objects.filter(outbound=outbound, record_id=places.get(key)).update(refusal=tellable(text, 400))

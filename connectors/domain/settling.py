"""What a person can do about a push or a delivery, and why not what they cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arhub.domain import outbound_by_hand as by_hand
from arhub.domain.channels import channel_of
from arhub.models import Outbound, User
from connectors.base import Capability, Connector, ErpConnector
from connectors.domain.connections import note
from connectors.models import Connection, Push
from connectors.registry import load

State = Outbound.State
RESTING = (State.WAITING, State.HELD)
GIVEN_UP = (State.FAILED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a person may want to do. `meaning` says what it does; `obstacle` why it cannot be done now, and is
    empty when it can."""

    name: str
    label: str
    meaning: str
    obstacle: str = ""


def choices_of(outbound: Outbound) -> list[Choice]:
    """Everything that can be done about anything that is sent, in a fixed order."""
    uncertain = (
        ""
        if outbound.state == State.UNCERTAIN
        else f"It is not uncertain whether it arrived: its state is {_said(outbound)}."
    )
    resting = "" if outbound.state in RESTING else _why_not_resting(outbound)
    return [
        Choice("look_up", "Look up at partner", "Asks the other side now whether it is there.",
               uncertain or _nobody_to_ask(outbound)),
        Choice("arrived", "It arrived", "You have seen it there. It is delivered, and never sent again.", uncertain),
        Choice("did_not_arrive", "It did not arrive", "You have seen that it is not there. The same content is sent "
               "again.", uncertain),
        Choice("send_again", "Send again", _again(outbound), _why_not_again(outbound)),
        Choice("send_now", "Send now", "It is tried at once instead of later.", resting),
        Choice("cancel", "Cancel", "It is not sent. It can be sent again from here.",
               resting or _why_not_cancel(outbound)),
    ]  # fmt: skip


def look_up(outbound: Outbound, user: User | None) -> bool:
    """Have what is uncertain looked up at once. Like all of these, false when it was settled or moved on meanwhile."""
    return _noted(outbound, user, "looked up at once", by_hand.look_up_now(outbound))


def arrived(outbound: Outbound, user: User | None, keys: Mapping[str, str]) -> bool:
    """`keys` are what a person has seen there, by name; empty ones count as not seen."""
    seen = {name: value for name, value in keys.items() if value}
    return _noted(outbound, user, "seen to have arrived", by_hand.arrived(outbound, user, seen))


def did_not_arrive(outbound: Outbound, user: User | None) -> bool:
    return _noted(outbound, user, "seen not to have arrived", by_hand.did_not_arrive(outbound, user))


def send_again(outbound: Outbound, user: User | None) -> bool:
    rows = Outbound.objects.filter(pk=outbound.pk, state__in=GIVEN_UP)
    return _noted(outbound, user, "sent again", bool(by_hand.replay(outbound.channel, rows)))


def send_now(outbound: Outbound, user: User | None) -> bool:
    return _noted(outbound, user, "tried at once", by_hand.send_now(outbound))


def cancel(outbound: Outbound, user: User | None) -> bool:
    rows = Outbound.objects.filter(pk=outbound.pk)
    return _noted(
        outbound, user, "cancelled", bool(by_hand.cancel(outbound.channel, rows, f"Cancelled by {user or 'the hub'}."))
    )


def _noted(outbound: Outbound, user: User | None, what: str, is_done: bool) -> bool:
    """Write down in the connection's log what somebody did; gives back whether it was done."""
    connection = Connection.objects.filter(pk=int(outbound.destination)).first() if is_done else None
    if connection is not None:
        note(connection, f"{outbound.subject}: {what}.", user)
    return is_done


def key_names(outbound: Outbound) -> Sequence[str]:
    """The names of the keys that a person may have seen there: of one record, for those of several differ."""
    types = list(Push.objects.filter(outbound=outbound).values_list("record_type", flat=True)[:2])
    connector = _connector_of(outbound)
    if connector is None or not issubclass(connector, ErpConnector) or len(types) != 1:
        return ()
    return connector.key_names.get(types[0], ())


def _connector_of(outbound: Outbound) -> type[Connector] | None:
    kind = Connection.objects.filter(pk=int(outbound.destination)).values_list("kind", flat=True).first()
    return load(kind) if kind else None


def _again(outbound: Outbound) -> str:
    if channel_of(outbound.channel).composes:
        return "It is made anew from the record as it is now, and sent."
    return "The same file is sent, under the same id."


def _nobody_to_ask(outbound: Outbound) -> str:
    connector = _connector_of(outbound)
    if connector is None:
        return "The connection was deleted."
    return "" if Capability.LOOK_UP in connector.capabilities else f"{connector.label} cannot be asked."


def _why_not_again(outbound: Outbound) -> str:
    match outbound.state:
        case State.FAILED | State.CANCELLED:
            return ""
        case State.DELIVERED:
            return "It arrived: what was taken never goes a second time."
        case State.UNCERTAIN | State.LOOKING:
            return "It may have arrived: say first whether it did."
    return f"It is {_said(outbound)}, and goes by itself."


def _why_not_resting(outbound: Outbound) -> str:
    if outbound.state in (State.UNCERTAIN, State.LOOKING):
        return "It has gone out, and may have arrived."
    return f"It is {_said(outbound)}."


def _why_not_cancel(outbound: Outbound) -> str:
    return "An attempt may have arrived already: it is sent until that is known." if outbound.uncertain_at else ""


def _said(outbound: Outbound) -> str:
    words = {State.SENDING: "being sent", State.LOOKING: "being looked up"}
    return words.get(State(outbound.state), outbound.get_state_display().lower())

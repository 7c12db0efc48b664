"""Every function that the gateway knows here."""

from __future__ import annotations

from collections.abc import Callable

from connectors.simulators.intacct import generic, legacy, reading
from connectors.simulators.intacct.call import Call, Partly
from connectors.simulators.intacct.errors import Error, wrong
from connectors.simulators.intacct.xml import Element, add, make, text

Function = Callable[[Call, Element], "Element | Partly | None"]

_RECORDS = {
    "create_invoice": "Invoice", "create_aradjustment": "Adjustment", "create_arpayment": "Payment",
}  # fmt: skip


def get_api_session(call: Call, element: Element) -> Element:
    """A session to go on with, for this entity or another."""
    if not call.is_alone:
        raise wrong("getAPISession must be the only function of its request.", "Send it in a request of its own.")
    asked = element.find("locationid")
    session = call.sessions.keep(call.session, None if asked is None else text(element, "locationid"))
    data = make("data")
    api = add(data, "api")
    for name, value in (("sessionid", session.id), ("endpoint", call.endpoint), ("locationid", session.entity)):
        add(api, name, value)
    return data


def generic_error(name: str) -> tuple[Error, ...]:
    """What comes last in the errors of this function."""
    return (Error("BL01001973", f"Could not create {_RECORDS[name]} record!"),) if name in _RECORDS else ()


FUNCTIONS: dict[str, Function] = {
    "getAPISession": get_api_session, **legacy.FUNCTIONS, **generic.FUNCTIONS, **reading.FUNCTIONS,
}  # fmt: skip

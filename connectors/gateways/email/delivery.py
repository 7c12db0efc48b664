"""Bringing a mail to each of its recipients once, however many attempts that takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from arhub.network.errors import PermanentError, RetryableError, Uncertain
from connectors.base import PARCEL, Store
from connectors.gateways.base import Parcel, Receipt
from connectors.gateways.email.letter import compose, message_id, recipients, sender
from connectors.gateways.email.smtp import Outgoing

QUEUED = re.compile(r"(?:queued as|\bid=?|\bqueue id)[ :<]*([A-Za-z0-9][\w.@-]{3,})", re.IGNORECASE)


class Progress:
    """Who has got a mail, and who never will, by address, in the server's words: kept between attempts."""

    def __init__(self, store: Store, parcel: Parcel) -> None:
        self.store, self.name = store, f"{PARCEL}{parcel.identity}"[:80]
        known = store.get(self.name) or {}
        self.got: dict[str, str] = known.get("got", {})
        self.refused: dict[str, str] = known.get("refused", {})

    def keep(self) -> None:
        self.store.put(self.name, {"got": self.got, "refused": self.refused})

    def forget(self) -> None:
        self.store.put(self.name, None)


def deliver(outgoing: Outgoing, store: Store, values: Mapping[str, Any], parcel: Parcel) -> Receipt:
    """Send to those who have not got it yet. Raises RetryableError while some are asked to wait, PermanentError when
    all are refused, Uncertain."""
    to, progress = recipients(values, parcel), Progress(store, parcel)
    left = [one for one in to.everyone if one not in progress.got and one not in progress.refused]
    later: dict[str, str] = {}
    if left:
        later = _attempt(outgoing, progress, sender(values).addr_spec, left, compose(values, parcel, to))
    host = outgoing.server.host
    if later:
        raise RetryableError(f"{host} asks to wait: {_each(later)}.{_so_far(progress)}")
    progress.forget()
    if not progress.got:
        raise PermanentError(f"{host} refused it: {_each(progress.refused)}.")
    return _receipt(host, progress, message_id(values, parcel))


def _attempt(
    outgoing: Outgoing, progress: Progress, from_address: str, left: Sequence[str], mail: bytes
) -> dict[str, str]:
    """Sort the recipients by what became of them. Returns those who have to wait."""
    try:
        replies = outgoing.send(from_address, left, mail)
    except Uncertain as error:
        raise Uncertain(f"{error}{_so_far(progress)}") from None
    progress.got |= {one: str(reply) for one, reply in replies.items() if reply.is_good}
    progress.refused |= {one: str(reply) for one, reply in replies.items() if reply.is_final}
    progress.keep()
    return {one: str(reply) for one, reply in replies.items() if not (reply.is_good or reply.is_final)}


def _receipt(host: str, progress: Progress, mail_id: str) -> Receipt:
    answers = list(dict.fromkeys(progress.got.values()))
    found = QUEUED.search(answers[-1])
    warning = f"{host} refused it for {_each(progress.refused)}." if progress.refused else ""
    return Receipt(
        f"{host} took it for {', '.join(progress.got)}: {'; '.join(answers)}.",
        content="".join(f"{one}: {said}\n" for one, said in (progress.got | progress.refused).items()).encode(),
        reference=found[1] if found else mail_id,
        warning=warning,
    )


def _each(said: Mapping[str, str]) -> str:
    return "; ".join(f"{one} ({reply})" for one, reply in said.items())


def _so_far(progress: Progress) -> str:
    return f" Already taken for {', '.join(progress.got)}." if progress.got else ""

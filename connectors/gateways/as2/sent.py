"""What is remembered of a message that was sent, so that another process can tell what a receipt is worth."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.base import PARCEL, Store
from connectors.gateways.base import Receipt


@dataclass(frozen=True, slots=True)
class Sent:
    """`mics` are those of every attempt, as sha256:…; `receipt` is what settled it, and `doubt` what the partner gave
    instead of a receipt that convinces."""

    message_id: str
    sha256: str
    mics: tuple[str, ...]
    is_signed: bool
    receipt: Receipt | None = None
    is_refused: bool = False
    doubt: str = ""

    def again(self, before: Sent | None) -> Sent:
        """As another attempt: settings may have changed the integrity check since the last one."""
        return replace(self, mics=tuple(dict.fromkeys((*before.mics, *self.mics)))) if before else self


def recall(store: Store, identity: str) -> Sent | None:
    found: Mapping[str, Any] | None = store.get(_name(identity))
    if not found:
        return None
    receipt = found["receipt"]
    if receipt:
        receipt = Receipt(**{**receipt, "content": base64.b64decode(receipt["content"])})
    return Sent(**{**found, "mics": tuple(found["mics"]), "receipt": receipt})


def remember(store: Store, identity: str, sent: Sent) -> None:
    found = asdict(sent)
    if sent.receipt:
        found["receipt"]["content"] = base64.b64encode(sent.receipt.content).decode()
    store.put(_name(identity), found)


def identity_of(message_id: str) -> str:
    """What `Agreement.message_id` made a Message-ID of."""
    return message_id.strip().removeprefix("<").partition("@")[0]


def _name(identity: str) -> str:
    return f"{PARCEL}{identity}"[:80]

"""What a receipt is worth: whether it is the partner's, for this message, and over the bytes that were sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from connectors.base import Store
from connectors.gateways.as2 import message, mime
from connectors.gateways.as2 import sent as sending
from connectors.gateways.as2.agreement import Agreement
from connectors.gateways.as2.mdn import Notification, parse
from connectors.gateways.as2.problems import As2Problem, Modifier
from connectors.gateways.as2.sent import Sent
from connectors.gateways.base import Doubtful, Receipt, Rejected

LONGEST_QUOTE = 200
MEANINGS = {
    Modifier.AUTHENTICATION: "it could not tell that the message is from you; it may have another certificate of yours",
    Modifier.DECOMPRESSION: "it could not unpack the message",
    Modifier.DECRYPTION: "it could not decrypt the message; it may have another certificate than the one you have",
    Modifier.INTEGRITY: "the content it got is not what was signed",
    Modifier.SECURITY: "it wants messages signed or encrypted otherwise",
    Modifier.UNEXPECTED: "something went wrong there",
    Modifier.PARTNER: "it does not know your AS2 id, or not together with its own",
}


class Unconvincing(Doubtful):
    """The partner answered, but not with what would settle it. `is_final` says that it would give the same again."""

    def __init__(self, receipt: Receipt, *, is_final: bool) -> None:
        super().__init__(receipt)
        self.is_final = is_final


def settle(
    identity: str, entity: mime.Entity, *, store: Store, agreement: Agreement, at: datetime, is_answer: bool
) -> Receipt:
    """Judge a receipt for a parcel that was sent, and remember what came of it: once it has convinced, no other counts.
    Raises Rejected, Unconvincing."""
    known = sending.recall(store, identity)
    assert known
    if known.receipt and not known.is_refused:
        return known.receipt
    keys, must_be_signed = agreement.keys(at), agreement.wants_signed_mdn
    try:
        receipt = judge(entity, known, keys, must_be_signed=must_be_signed, is_answer=is_answer)
    except Rejected as refusal:
        sending.remember(store, identity, replace(known, receipt=refusal.receipt, is_refused=True))
        raise
    except Unconvincing as doubt:
        if doubt.is_final and is_answer:
            sending.remember(store, identity, replace(known, doubt=str(doubt)))
        raise
    sending.remember(store, identity, replace(known, receipt=receipt))
    return receipt


def judge(entity: mime.Entity, sent: Sent, keys: message.Keys, *, must_be_signed: bool, is_answer: bool) -> Receipt:
    """The receipt, when it settles that the message arrived. `is_answer` tells that it came on the connection we had
    opened, and not from somebody who called. Raises Rejected, Unconvincing."""
    came = partial(_as_came, entity)
    try:
        found = parse(entity, keys)
    except As2Problem as problem:
        is_receipt = entity.media_type.startswith("multipart/")
        raise Unconvincing(came(f"It may have arrived. {problem}"), is_final=is_receipt) from None
    if found.original_message_id != sent.message_id:
        text = f"The receipt is for another message, {found.original_message_id[:100] or 'which it does not name'}."
        raise Unconvincing(came(f"It may have arrived. {text}"), is_final=True)
    if must_be_signed and not found.is_signed and (found.is_positive or not is_answer):
        text = "A signed receipt was asked for, and the one that came is not signed: it proves nothing."
        raise Unconvincing(came(f"It may have arrived. {text}"), is_final=True)
    if not found.is_positive:
        raise Rejected(came(_refusal(found), found))
    return _confirmed(found, sent, came)


def _confirmed(found: Notification, sent: Sent, came: Callable[..., Receipt]) -> Receipt:
    mics = [mic for mic in sent.mics if mic.startswith(f"{found.digest}:")]
    kind = "signed" if found.is_signed else "unsigned"
    if found.mic and not mics:
        text = f"It may have arrived. The receipt names its check by {found.digest[:20]!r}, which cannot be compared."
        raise Unconvincing(came(text, found), is_final=True)
    if found.mic and f"{found.digest}:{found.mic}" not in mics:
        text = (
            f"The partner took other bytes than were sent: expected the check (MIC) {mics[-1]}, found "
            f"{found.digest}:{found.mic[:100]}."
        )
        raise Rejected(came(text, found))
    if found.is_duplicate:
        return came(f"The partner had it already; its {kind} receipt says so.", found)
    if not found.mic and sent.is_signed:
        text = "It may have arrived. The receipt does not say which bytes it is for: its check (MIC) is missing."
        raise Unconvincing(came(text), is_final=True)
    warning = f"The partner warns: {found.reason[:LONGEST_QUOTE]}." if found.reason else ""
    if not found.mic:
        warning = f"{warning} The receipt does not say which bytes it is for.".strip()
        return came(f"The partner took it; its {kind} receipt has no check (MIC).", found, warning)
    return came(f"The partner took it; its {kind} receipt confirms the very bytes.", found, warning)


def _refusal(found: Notification) -> str:
    meaning = next((text for modifier, text in MEANINGS.items() if modifier in found.reason), "")
    quote = " ".join(found.text.split())[:LONGEST_QUOTE]
    text = f"The partner did not take it ({found.disposition[:100]})" + (f": {meaning}." if meaning else ".")
    return f"{text} It says: “{quote}”" if quote else text


def _as_came(entity: mime.Entity, text: str, found: Notification | None = None, warning: str = "") -> Receipt:
    """With the header that a boundary stands in: whoever has the certificate can check it again."""
    kind = {"Content-Type": " ".join(str(entity.headers.get("content-type", "")).split())}
    return Receipt(
        text, kind="mdn", content=mime.head(kind) + entity.body, media_type=entity.media_type,
        reference=str(entity.headers.get("message-id", ""))[:255],
        speaks_of=f"{found.digest}:{found.mic}" if found and found.mic else "", warning=warning,
    )  # fmt: skip

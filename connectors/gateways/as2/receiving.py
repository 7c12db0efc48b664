"""Taking in what a partner sends: whether it may be taken, and the receipt that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.gateways.as2 import digests, mdn, message, mime
from connectors.gateways.as2.mdn import Notification
from connectors.gateways.as2.problems import As2Problem, Modifier

LONGEST_MESSAGE_ID = 255
THANKS = "The message was taken. This does not say that what it holds was understood."
KNOWN = "A message with this Message-ID was taken before; this one was left."


@dataclass(frozen=True, slots=True)
class Taken:
    """What a message came to: `opened` is None when it could not be, for the reason in `problem`. A message that is
    `known` was taken before."""

    message_id: str
    opened: message.Opened | None = None
    problem: As2Problem | None = None
    is_known: bool = False

    @property
    def is_authentic(self) -> bool:
        return self.opened is not None and bool(self.opened.digest)


@dataclass(frozen=True, slots=True)
class Wish:
    """The receipt that a sender asks for. `url` is where it is to go; empty for the answer itself."""

    is_wanted: bool
    is_signed: bool
    digest: str
    url: str

    @classmethod
    def of(cls, entity: mime.Entity, taken: Taken) -> Wish:
        """A signature's own digest is that of the check too; without one it is the first known of those that are asked
        for, or SHA-1 (RFC 4130, 7.4.3)."""
        headers = entity.headers
        options = str(headers.get("disposition-notification-options", "")).lower()
        names = [option.partition("=")[2].split(",") for option in options.split(";") if "micalg" in option]
        asked = digests.first_known((name for some in names for name in some), "sha1")
        digest = (taken.opened and taken.opened.digest) or asked
        url = str(headers.get("receipt-delivery-option", "")).strip()
        is_called_back = urlsplit(url).scheme in ("http", "https") if url.isprintable() else False
        return cls(
            "disposition-notification-to" in headers, "signed-receipt-protocol" in options, digest,
            url if is_called_back else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What a message must be."""

    is_signed: bool
    is_encrypted: bool


def take(entity: mime.Entity, keys: message.Keys, terms: Terms, is_known: Callable[[str], bool]) -> Taken:
    message_id = str(entity.headers.get("message-id", "")).strip()
    try:
        if not 0 < len(message_id) <= LONGEST_MESSAGE_ID:
            raise As2Problem(f"Expected a Message-ID of at most {LONGEST_MESSAGE_ID} characters.")
        opened = message.unwrap(entity, keys)
        _ = opened.entity.content, opened.entity.file_name
        if terms.is_signed and not opened.digest:
            raise As2Problem("It is not signed, and from this partner it must be.", Modifier.SECURITY)
        if terms.is_encrypted and not opened.is_encrypted:
            raise As2Problem("It is not encrypted, and from this partner it must be.", Modifier.SECURITY)
    except As2Problem as problem:
        return Taken(message_id, problem=problem)
    return Taken(message_id, opened, is_known=is_known(message_id))


def notification(taken: Taken, recipient: str, digest: str) -> Notification:
    """What the sender is told. The check is named only for what could be opened: nothing else is known to be his."""
    if taken.problem:
        told = f"processed/error: {taken.problem.modifier}"
        return Notification(taken.message_id, told, recipient, text=str(taken.problem))
    assert taken.opened
    disposition = mdn.DUPLICATE if taken.is_known else "processed"
    return Notification(
        taken.message_id, disposition, recipient, taken.opened.mic(digest), digest, KNOWN if taken.is_known else THANKS
    )

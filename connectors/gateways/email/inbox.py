"""The files in a mailbox: what is attached to its mails, and the mails that say another could not be delivered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from arhub.network.errors import BadAnswer, PermanentError
from connectors.base import PARCEL, Store
from connectors.gateways.base import Gone, Listed
from connectors.gateways.email.decoding import decoded
from connectors.gateways.email.imap import Mailboxes
from connectors.gateways.email.line import words
from connectors.gateways.email.parts import Part, files, is_bounce
from connectors.gateways.email.syntax import number

LARGEST_PART = 50 << 20
LONGEST_ID = 200
AT_ONCE = 100
ITEMS = ("INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
VERSION = re.compile(r"(?P<validity>\d+)/(?P<uid>\d+)/(?P<part>[\d.]*)( .*)?")


@dataclass(frozen=True, slots=True)
class Mail:
    uid: int
    message_id: str
    arrived_at: datetime | None
    is_bounce: bool
    files: tuple[Part, ...]

    @classmethod
    def of(cls, items: dict[str, Any]) -> Mail:
        """Raises BadAnswer."""
        structure, uid = items.get("BODYSTRUCTURE"), number(items.get("UID"))
        bounce = is_bounce(structure)
        whole = Part("", "message/rfc822", {"name": f"bounce-{uid}.eml"}, "", "", number(items.get("RFC822.SIZE")))
        return cls(
            uid, _message_id(items.get("ENVELOPE")), _moment(items.get("INTERNALDATE")), bounce,
            (whole,) if bounce else tuple(files(structure)),
        )  # fmt: skip


def listed(mailboxes: Mailboxes, folder: str, *criteria: str) -> Iterator[Listed]:
    """`version` is UIDVALIDITY/UID/part and the Message-ID: together they name a file for good. No size is told: the
    server counts what is encoded, and not every server counts well."""
    validity = mailboxes.open(folder)
    for numbers in _batches(mailboxes.search("UNDELETED", *criteria)):
        for mail in _mails(mailboxes, folder, numbers):
            for part in mail.files:
                yield Listed(
                    part.name, folder, modified_at=mail.arrived_at,
                    version=f"{validity}/{mail.uid}/{part.number} {mail.message_id}".strip(), is_whole=True,
                    kind="bounce" if mail.is_bounce else "file",
                )  # fmt: skip


def fetch(mailboxes: Mailboxes, listed: Listed, into: BinaryIO) -> None:
    mail, wanted = _found(mailboxes, listed)
    part = next((one for one in mail.files if one.number == wanted), None) if mail else None
    if mail is None or part is None:
        raise Gone(f"The mail with {listed.name} is not in {listed.folder} any more.")
    if part.size > LARGEST_PART:
        raise PermanentError(f"Expected at most {LARGEST_PART:,} bytes in a mail, found {part.size:,} in {part.name}.")
    for block in decoded(part.encoding, mailboxes.pieces(mail.uid, part.number)):
        into.write(block)


def move(mailboxes: Mailboxes, store: Store, listed: Listed, folder: str) -> None:
    """The mail goes when all of its files were asked to go."""
    mail, taken = _found(mailboxes, listed, for_changes=True)
    name = f"{PARCEL}moving {hashlib.sha256(f'{listed.folder} {_key(listed)}'.encode()).hexdigest()[:32]}"
    if mail:
        asked = {taken, *(store.get(name) or ())}
        if not asked >= {part.number for part in mail.files}:
            store.put(name, sorted(asked))
            return
        mailboxes.move(mail.uid, folder)
    store.put(name, None)


def _mails(mailboxes: Mailboxes, folder: str, numbers: list[int]) -> list[Mail]:
    """Anybody may send a mail whose structure is too large or too deep to be read: it hides none of the others, and is
    shown as one whose file cannot be fetched."""
    mailboxes.open(folder)
    try:
        return [Mail.of(items) for items in mailboxes.facts(numbers, *ITEMS) if "BODYSTRUCTURE" in items]
    except BadAnswer:
        if len(numbers) == 1:
            whole = Part("", "message/rfc822", {"name": f"mail-{numbers[0]}.eml"}, "", "", 0)
            return [Mail(numbers[0], "", None, True, (whole,))]
    half = len(numbers) // 2
    return [*_mails(mailboxes, folder, numbers[:half]), *_mails(mailboxes, folder, numbers[half:])]


def _found(mailboxes: Mailboxes, listed: Listed, *, for_changes: bool = False) -> tuple[Mail | None, str]:
    """The mail as it is there now, None when it has gone; and the part."""
    version = VERSION.fullmatch(listed.version)
    if version is None:
        raise Gone(f"{listed.name} is not a file of a mail.")
    uid = int(version["uid"])
    if mailboxes.open(listed.folder, for_changes=for_changes) != version["validity"]:
        return None, version["part"]
    if not mailboxes.search("UNDELETED", "UID", str(uid)):
        return None, version["part"]
    mails = [Mail.of(items) for items in mailboxes.facts([uid], *ITEMS) if "BODYSTRUCTURE" in items]
    return next((mail for mail in mails if mail.uid == uid), None), version["part"]


def _key(listed: Listed) -> str:
    """UIDVALIDITY and UID: the mail among all of its folder."""
    return listed.version.partition(" ")[0].rpartition("/")[0]


def _message_id(envelope: Any) -> str:
    """The last of its fields."""
    found = envelope[9] if isinstance(envelope, list) and len(envelope) > 9 else None
    return words(found)[:LONGEST_ID] if isinstance(found, bytes) else ""


def _moment(value: Any) -> datetime | None:
    """RFC 9051: 23-Nov-2026 10:15:00 +0000."""
    try:
        return datetime.strptime(words(value or b""), "%d-%b-%Y %H:%M:%S %z") if isinstance(value, bytes) else None
    except ValueError:
        return None


def _batches(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield numbers[start : start + AT_ONCE]

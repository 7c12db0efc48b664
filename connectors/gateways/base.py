"""What a gateway is: it carries files to another place, and brings files from there. It knows nothing of what they say.

What holds for every connector (connectors/base.py) holds here: frozen settings, a store of its own, the same errors.
docs/connectors.md tells how to add one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from types import TracebackType
from typing import BinaryIO, ClassVar, Protocol, Self

from arhub.network.errors import NetworkError, PermanentError, Uncertain
from connectors.base import Connector, Setting, Unsupported


class Content(Protocol):
    """The bytes of a file, wherever they lie. `sha256` is 64 hexadecimal digits."""

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def open(self) -> BinaryIO:
        """Read from the beginning. May be called again; the caller closes."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file to be delivered: the same at every attempt, to the last byte.

    `identity` is unique over all tenants, in letters, digits and hyphens: what has a message id derives it from this.
    `name` is what the file is called there, and `folder` where it goes, as the connection's templates made them; empty
    means the folder in which one arrives. `facts` are the fields of the document by the names of
    `connectors.gateways.templates.FACTS`; what is unknown is left out.
    """

    identity: str
    name: str
    content: Content
    folder: str = ""
    media_type: str = "application/octet-stream"
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side said of a parcel, as it came. `text` is a sentence for people.

    `kind` is answer, mdn or report; `reference` the id it gave; `speaks_of` the digest of the content that it confirms,
    such as sha256:… or the MIC of an MDN, where it names one. `warning` tells what was not quite right although it was
    taken, such as one of three recipients who was refused. `awaits` says that a further receipt comes later.
    """

    text: str
    kind: str = "answer"
    content: bytes = b""
    media_type: str = "text/plain"
    reference: str = ""
    speaks_of: str = ""
    warning: str = ""
    awaits: bool = False


class NameTaken(PermanentError):
    """Another file has the name already, and the connection does not say that it may be replaced."""


class Doubtful(Uncertain):
    """The other side gave a receipt that settles nothing: unsigned, by somebody else, about something else."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.text)
        self.receipt = receipt


class Rejected(PermanentError):
    """The other side refused it, and gave a receipt that says so."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.text)
        self.receipt = receipt


class TakesRepeats(NetworkError):
    """Nobody can say whether a parcel is there, and the other side knows a repeat again: the same is sent once more."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} cannot be asked, and knows the same again: it is sent once more.")


class Gone(PermanentError):
    """A file that was listed is not there any more."""


class NotForUs(PermanentError):
    """A request whose sender is not who the connection expects; nothing of it is kept. `challenge` is how one may sign
    in, as the header WWW-Authenticate has it; without one the answer is that nobody is here."""

    def __init__(self, text: str, challenge: str = "") -> None:
        super().__init__(text)
        self.challenge = challenge


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that lies there. `size` is in bytes, None when only fetching tells. `version` differs for other content
    under the same name, as far as the other side tells. `is_whole` says that it cannot be half-written. `kind` is file,
    or bounce for a mail that says another could not be delivered."""

    name: str
    folder: str = ""
    size: int | None = None
    modified_at: datetime | None = None
    version: str = ""
    is_whole: bool = False
    kind: str = "file"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request that a partner made to the hub. Header names are lower-case. `is_known` tells whether a message of this
    id has been taken in already."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Content
    is_known: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    name: str
    content: Content
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the partner is answered."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Later:
    """What is to be sent to an address after the answer, such as an asynchronous MDN. It may be repeated."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Received:
    """What a request came to: files to keep before `reply` is given, or the receipt of a parcel that was delivered.

    `message_id` is how the partner would name it when it repeats it; empty where there is none. `receipt_of` is the
    identity of the parcel that `receipt` speaks of; `is_refused` says that the partner did not take it, `is_doubted`
    that the receipt is not believed, and settles nothing.
    `is_sealed` says that nobody but this connection could have opened it.
    """

    reply: Reply
    text: str
    files: Sequence[ReceivedFile] = ()
    message_id: str = ""
    later: Later | None = None
    receipt: Receipt | None = None
    receipt_of: str = ""
    is_refused: bool = False
    is_doubted: bool = False
    is_sealed: bool = False


class Gateway(Connector):
    """A way for files. It connects at the first need, and keeps the line until `close`: use it as a context manager for
    several files. `needs` are the facts that it cannot do without, by the names of `templates.FACTS`.
    `is_open` says that anybody may bring files to it, whoever they say they are."""

    needs: ClassVar[tuple[str, ...]] = ()
    is_open: ClassVar[bool] = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(NetworkError, OSError):
            self.close()

    def close(self) -> None:
        """Hang up. Whatever is called afterwards connects anew."""

    def deliver(self, parcel: Parcel) -> Receipt:
        """Bring it there once: afterwards it lies there whole under its name, or nothing does. Raises `Uncertain` when
        it may have arrived, `NameTaken`, `Rejected` and `PermanentError` when it was refused for good."""
        raise Unsupported(f"{self.label} takes no files.")

    def look_up(self, parcel: Parcel) -> Receipt | None:
        """Ask after a parcel that may have arrived. None says that it is not there: the same is sent once more. Raises
        `NeverThere`, `TakesRepeats`, and `Unsupported` when nobody can be asked; any other error says that it could not
        be found out now."""
        raise Unsupported(f"{self.label} cannot be asked.")

    def list(self, folder: str) -> Iterator[Listed]:
        """The files of a folder, in no order, without those below it. Folders are not listed."""
        raise Unsupported(f"Files cannot be fetched from {self.label}.")

    def fetch(self, listed: Listed, into: BinaryIO) -> None:
        """Write a file's bytes. Raises `Gone` when it is not there any more."""
        raise Unsupported(f"Files cannot be fetched from {self.label}.")

    def move(self, listed: Listed, folder: str) -> None:
        """Put a file that was taken into another folder, which is made when it is missing. A name that exists there
        gets a number. What has gone already is no error."""
        raise Unsupported(f"Files cannot be moved at {self.label}.")

    def call_back(self, later: Later) -> None:
        """Send what `receive` wanted to be sent later. It may be repeated. Raises NetworkError in its kinds."""
        raise Unsupported(f"{self.label} is not called back.")

    def receive(self, incoming: Incoming) -> Received:
        """Take a request of the partner apart. Raises `NotForUs` when it does not come from there; any other thing that
        is wrong with it is told in the reply."""
        raise Unsupported(f"{self.label} calls nobody.")

    def expiries(self) -> Sequence[tuple[str, datetime]]:
        """What among the settings ends some day, such as a certificate, and when. What cannot be read is left out."""
        return ()

    @classmethod
    def address(cls, setup_values: Mapping[str, object]) -> str:
        """By what a request is known to be for this connection, beside the address with its token: empty for most."""
        return ""


FOLDER = Setting(
    "folder", "Folder", required=False, kind="template", group="Where files go",
    help="Below the folder to start in, such as invoices/{year}. Empty: that folder itself.",
)  # fmt: skip
FILE_NAME = Setting(
    "file_name", "File name", kind="template", default="{name}", group="Where files go",
    help="What a file is called there. {name} is the name it has here, {number} the document's number.",
)  # fmt: skip
OVERWRITE = Setting(
    "overwrite", "Replace a file of the same name", kind="bool", default=False, required=False, group="Where files go",
    help="Otherwise a delivery whose name is taken fails, and what lies there stays.",
)  # fmt: skip

WHERE = (FOLDER, FILE_NAME, OVERWRITE)
"""The settings of gateways that put files into folders."""


class Bytes:
    """`Content` of bytes at hand."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size(self) -> int:
        return len(self._content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self._content).hexdigest()

    def open(self) -> BinaryIO:
        return BytesIO(self._content)

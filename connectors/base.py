"""What a connector is: it knows one other system, and nothing of the hub's tables.

A connector sees this module, the record types, the errors of `arhub.network` and the guarded HTTP client. Its settings
come frozen and decrypted in a `Setup`; what it has to remember between calls it keeps in the setup's `store`. Every
method may raise the errors of `arhub.network.errors`: `ConfigError` (somebody has to change a setting),
`PermanentError` (the other side refuses this), `RetryableError` (later), `Uncertain` (the request had gone out and its
answer never came). Anything else is a mistake of ours. docs/connectors.md tells how to add one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol

from arhub.network.errors import ConfigError, NetworkError, PermanentError

RecordKey = tuple[str, str]
"""A record by the name of its type in `arhub.records.RECORD_TYPES` ("account", "invoice", "payment"; a credit memo is
an "adjustment") and its erp_key."""


class Capability(StrEnum):
    """What a connector can do. The first three are of systems that hold records, the others of gateways for files."""

    PULL = "pull"
    PUSH = "push"
    LOOK_UP = "look up"
    DELIVER = "deliver"
    FETCH = "fetch"
    LIST = "list"
    RECEIVE = "receive"


PARCEL = "parcel "
"""What is stored under names that begin so tells how far something had come that must go out once: it stays when the
settings change."""
STEP = f"{PARCEL}step "
"""And under these, what nobody asks after once the hub has stored where it is."""


class Unconfirmed(ConfigError):
    """What the other side shows has to be seen by a person before it is trusted: `value` becomes the setting called
    `setting` when one agrees, such as the host key whose fingerprint stands in the text."""

    def __init__(self, text: str, *, setting: str, value: str) -> None:
        super().__init__(text)
        self.setting, self.value = setting, value


class Unsupported(PermanentError):
    """This connector does not do that."""


class NeverThere(PermanentError):
    """What was looked up is not there and the same can never get there: it was refused, or something else stands in its
    place. Any other error of a look-up says only that it could not be asked."""


class Waits(NetworkError):
    """What is to be sent refers to a record that the other side has given no key yet."""

    def __init__(self, key: RecordKey, label: str) -> None:
        super().__init__(f"Waits for {label}, which has no key there yet.")
        self.key = key


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of a connector's settings form.

    `kind` is text, secret, url, host, port, number, choice (`choices` are value and label), bool, template (text with
    fields in braces, see connectors/gateways/templates.py) or connection (another connection of the kinds in
    `choices`, which carries for this one). A secret is encrypted, never shown again, and given to nobody but the
    connector, and to no other address than it was entered for.

    `help` says where to find the value. `group` is the heading under which the form has it; `lines` asks for a text of
    several lines, such as a certificate. `stays` says of a secret that it never leaves the hub, as private keys do: it
    need not be entered again when an address changes. `when` names another setting and the values of it with which this
    one matters; the form hides it otherwise. `leads` says that it decides to whom secrets go, as every address does.
    `decides` says of a secret that it alone may decide who gets what is carried, as the token of an account does.
    """

    name: str
    label: str
    help: str = ""
    kind: str = "text"
    default: Any = ""
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    group: str = ""
    lines: bool = False
    stays: bool = False
    when: tuple[str, tuple[str, ...]] | None = None
    leads: bool = False
    decides: bool = False

    @property
    def is_place(self) -> bool:
        return self.leads or self.kind in ("url", "host")

    @property
    def is_secret(self) -> bool:
        return self.kind == "secret"


class Store(Protocol):
    """What a connector remembers between calls and processes, encrypted: sessions, tokens, ids it has seen."""

    def get(self, name: str) -> Any:
        """A JSON value, or None."""

    def put(self, name: str, value: Any) -> None:
        """Remember a JSON value; None forgets it. At once, whatever becomes of the caller's work."""


class Pace(Protocol):
    """Keeps the other side's limit over all processes that use the connection."""

    def wait(self) -> None:
        """Return when the next request may go out. Call it before each."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A connection as its connector sees it: `values` by the names of the settings, secrets as text.

    `home` is a folder of this machine that is the tenant's own. `carrier` is the connector that a setting of the kind
    connection names.
    """

    values: Mapping[str, Any]
    store: Store
    pace: Pace
    home: Path = Path("/nonexistent")
    carrier: Connector | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One step of *Test connection*. `run` returns a sentence that says what was found, or raises a NetworkError."""

    label: str
    run: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Stream:
    """Records that are pulled together and share a cursor, such as sales or customers."""

    name: str
    label: str
    record_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a pull has come.

    `since` is, by stream, the time the other side was seen up to, as the other side writes it; a stream that is
    missing is read from the beginning. `at` is where a pull that was interrupted goes on, and empty between pulls; it
    must be JSON and small.
    """

    since: Mapping[str, str] = field(default_factory=dict)
    at: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Records by record type, each with the fields of its type by name, and the cursor that goes on after them.

    Values are texts, Decimals (never floats), dates, aware times, bools or None. A record may come again on a later
    page; the last one counts. `total` is how many records the stream has in all, where that is known.
    """

    records: Mapping[str, Sequence[Mapping[str, Any]]]
    cursor: Cursor
    total: int | None = None

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.records.values())


@dataclass(frozen=True, slots=True)
class Target:
    """A field of the other system that a field mapping may fill.

    `kind` is text, date, amount (two decimals), number or choice (one of `choices`). `part` says with what of the
    record it repeats; empty: once. Without a mapping the connector fills it from the first of `feeds` that has
    something, then from the connection's `setting`; `default` says in words what it works out by itself.
    """

    name: str
    label: str
    help: str = ""
    kind: str = "text"
    part: str = ""
    required: bool = False
    feeds: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetObject:
    """What records of a type become there, with its fields in the order of its documentation. `parts` are what
    repeats in it, each by what of ours it is made of: line, application or contact."""

    name: str
    label: str
    record_type: str
    targets: tuple[Target, ...]
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that is to be sent, as it stands in the hub.

    `values` are the fields of its type by name; a reference is the erp_key it points at. `lines` are those of a
    document; `applications` what a payment or credit memo was applied to, each with `document` (a RecordKey), `number`,
    `amount` and `applied_date`; `account` are the values of the account of a document or payment, and `contacts` those
    of an account. `keys` are what the other side calls the record and those it refers to, where it said so. `mapped`
    are values by the names of targets that take the place of what the connector would send by itself: by part one
    mapping for each row of `ErpConnector.rows`.
    """

    record_type: str
    values: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]] = ()
    applications: Sequence[Mapping[str, Any]] = ()
    account: Mapping[str, Any] = field(default_factory=dict)
    contacts: Sequence[Mapping[str, Any]] = ()
    keys: Mapping[RecordKey, Mapping[str, str]] = field(default_factory=dict)
    mapped: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def key(self) -> RecordKey:
        return self.record_type, str(self.values["erp_key"])

    def mapped_rows(self, part: str, rows: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """What is mapped for each of the rows of a part; nothing where there is no mapping."""
        return self.mapped.get(part) or [{}] * len(rows)

    @property
    def header(self) -> Mapping[str, Any]:
        """What is mapped once for the whole record."""
        return self.mapped_rows("", [self])[0]

    def key_of(self, record: RecordKey, name: str, label: str) -> str:
        """What the other side calls a record under a name. Raises `Waits`."""
        found = self.keys.get(record, {}).get(name)
        if not found:
            raise Waits(record, label)
        return found


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent for some subjects: `identity` is the same at every attempt, and so is every byte of `content`."""

    identity: str
    content: bytes
    subjects: Sequence[Subject]


@dataclass(frozen=True, slots=True)
class Result:
    """What the other side made of a message: the keys it gave, to be written back, and what it refused, in a sentence
    each. `text` is a sentence for people about the whole."""

    keys: Mapping[RecordKey, Mapping[str, str]] = field(default_factory=dict)
    refused: Mapping[RecordKey, str] = field(default_factory=dict)
    text: str = ""


class Connector(ABC):
    """A system that a tenant may connect to."""

    kind: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    """What it does, in a sentence for the page where people choose."""
    settings: ClassVar[tuple[Setting, ...]]
    capabilities: ClassVar[frozenset[Capability]]
    done_within_seconds: ClassVar[int] = 60
    """How long after a request went out without an answer it may still be carried out."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    @abstractmethod
    def checks(self) -> Sequence[Check]:
        """The steps of *Test connection*, in their order. None of them changes anything at the other side."""

    def missing(self) -> str:
        """What its settings name on the hub's own machine and is not there, in a sentence that is told as they are
        saved; empty for nothing. Calls nobody."""
        return ""

    @classmethod
    def requests_per_minute(cls, values: Mapping[str, Any]) -> int:
        """The most requests a minute that the other side takes; 0 when it names no limit."""
        return 0


class ErpConnector(Connector):
    """A system that holds records of our types."""

    streams: ClassVar[tuple[Stream, ...]] = ()
    full_is_complete: ClassVar[bool] = False
    """Whether a pull without a cursor brings every record there is, so that what it leaves out is gone there."""
    pushes: ClassVar[Mapping[str, str]] = {}
    """The record types that can be sent, and what each becomes there."""
    key_names: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """By record type, the names under which it writes keys back, for a person who looks them up there."""
    returns_as: ClassVar[Mapping[str, str]] = {}
    """By record type, the key written back under which a record that was sent comes back in a pull; "erp_key" when
    that is our own. The hub has those records, and leaves them out."""
    updates: ClassVar[frozenset[str]] = frozenset()
    """The record types of which a changed record is sent again; any other goes once."""
    batch: ClassVar[int] = 1
    """The most records that go in one message."""
    objects: ClassVar[tuple[TargetObject, ...]] = ()
    """What records become there, for a field mapping; nothing when it takes none."""

    @classmethod
    def object_of(cls, subject: Subject) -> TargetObject | None:
        """What a record becomes there."""
        return next((one for one in cls.objects if one.record_type == subject.record_type), None)

    @classmethod
    def rows(cls, subject: Subject) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """What the targets of each part are filled from, by part: the record itself under the empty name."""
        return {"": [subject.values], "line": subject.lines, "application": subject.applications}

    def told(self, message: Message) -> Mapping[str, Sequence[str]]:
        """What a message says of the targets that it works out by itself, by their names, for a person who looks."""
        return {}

    def pull(self, cursor: Cursor) -> Iterator[Page]:
        """Pages of what was added or changed since the cursor, each with the cursor to go on from.

        It may be left after any page and begun again with that page's cursor, by another process too. The cursor of
        the last page has nothing in `at`, and is where the next pull begins.
        """
        raise Unsupported(f"{self.label} brings no records.")

    def compose(self, identity: str, subjects: Sequence[Subject]) -> Message:
        """The exact bytes for some records of one type. Asks nobody. Raises `Waits`, and `PermanentError` when a
        record cannot be told there, with a sentence that says what is missing."""
        raise Unsupported(f"{self.label} takes no records.")

    def push(self, message: Message) -> Result:
        """Send it once. Raises `Uncertain` when it may have arrived, `PermanentError` when it was refused for good."""
        raise Unsupported(f"{self.label} takes no records.")

    def look_up(self, message: Message) -> Result | None:
        """What is there already of a message, by its identity or the records' own numbers; None when nothing is.
        Raises `NeverThere` when it is of no use to send the same again."""
        raise Unsupported(f"{self.label} cannot be asked.")

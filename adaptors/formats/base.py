"""What a format is: it turns a document into the bytes of one file. It knows no models, no settings and no other
format.

docs/formats.md tells how to add one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from adaptors.formats.document import Kind, OutgoingDocument, Party, Payment
from connectors.base import Setting


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file as it goes out. `ending` is of its name, without the point; `name` is the whole of it where the format's
    own rules ask for one, else empty. `facts` are for gateways, by the names of
    `connectors.gateways.templates.FACTS`: such as document_type_id and process_id, which access points ask for.
    `reference` is what its envelope is called, by which an answer may name it."""

    content: bytes
    media_type: str
    ending: str
    facts: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way, in a sentence, and where to mend it: `field` is the name of a setting
    (`adaptors/fields.py`), such as customer_endpoint_id, or of a field of the document or its lines, such as
    invoice_date; `line` the line's number."""

    text: str
    field: str = ""
    line: str = ""

    def __str__(self) -> str:
        return f"Line {self.line}: {self.text}" if self.line else self.text


class Unsayable(Exception):
    """The document cannot be told in this format; `problems` say why, each in a sentence."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems


class Format(ABC):
    """A format with its options: the values of `options` by name, a default for each that is not given.

    `rules` names the rule sets that check what it writes (`adaptors/validation`), in their order. One instance writes
    any number of documents, in any thread.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    """What it is, in a sentence for the page where people choose."""
    ending: ClassVar[str]
    media_type: ClassVar[str]
    document_kinds: ClassVar[frozenset[Kind]] = frozenset(Kind)
    options: ClassVar[tuple[Setting, ...]] = ()
    """What one may choose. Besides the kinds of settings there is columns, which `formats/table/README.md` tells."""
    rules: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        """Raises ValueError with a sentence for a value that its option does not take."""
        given = options or {}
        self.values = {option.name: given.get(option.name, option.default) for option in self.options}
        for option in self.options:
            _check(option, self.values[option.name])

    @property
    def takes_along(self) -> str:
        """The kind of the format whose file of the same document goes along, as the first of its attachments and with
        `is_alternative`; empty when none does."""
        return str(self.values.get("attach") or "")

    def lacks(self, seller: Party, buyer: Party, payment: Payment, buyer_reference: str) -> Iterable[Problem]:
        """What is missing of the parties before any of their documents can go out. `buyer_reference` is the customer's
        own; a document may bring another. Fields are named supplier_… and customer_…, as in `adaptors/fields.py`."""
        return ()

    @abstractmethod
    def render(self, document: OutgoingDocument) -> Rendered:
        """The document's bytes: the same for the same document and options. Raises `Unsayable`."""


def _check(option: Setting, value: Any) -> None:
    if option.kind == "choice" and value not in [name for name, _ in option.choices]:
        known = ", ".join(name or "nothing" for name, _ in option.choices)
        raise ValueError(f"{option.label}: expected one of {known}, found {str(value)[:60]!r}.")
    if option.kind == "bool" and not isinstance(value, bool):
        raise ValueError(f"{option.label}: expected true or false, found {str(value)[:60]!r}.")
    if option.kind in ("text", "template") and not isinstance(value, str):
        raise ValueError(f"{option.label}: expected a text, found {str(value)[:60]!r}.")

"""The words record types are declared with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """What a field holds, and so how a cell is read, staged, compared, shown and exported."""

    TEXT = "text"
    MONEY = "money"  # an amount in the row's currency, at most 6 decimals, 28 digits in all
    NUMBER = "number"  # a quantity, price or rate: all its digits are kept, 28 at most
    INTEGER = "integer"
    COORDINATE = "coordinate"  # degrees, 9 digits of which 6 decimals
    DATE = "date"
    DATETIME = "datetime"  # stored in UTC; without a zone it is read as UTC
    BOOL = "bool"
    CURRENCY = "currency"  # ISO 4217, three letters
    COUNTRY = "country"  # ISO 3166, two letters, or the name as given
    CHOICE = "choice"  # one of `choices`, by any of its spellings
    REFERENCE = "reference"  # the key or number of another record
    JSON = "json"  # a JSON object or list in a cell


@dataclass(frozen=True)
class Field:
    """One column of an upload, of the table behind it and of every export.

    `name` is the header we write; `synonyms` are further headers that map to it (any case and punctuation);
    `sage` is its name in the Sage Network sync model; `column` the model field when that differs from `name`.
    `choices` maps a stored value to its spellings; `references` names the record type a REFERENCE points at.
    `default` is a SQL expression over the staged row `s`, used only when a record is inserted without a value;
    in it "{account}" stands for the id of the row's account, "{tenant}" for the tenant's.
    """

    name: str
    kind: Kind = Kind.TEXT
    help: str = ""
    example: str = ""
    required: bool = False
    max_length: int = 255
    synonyms: tuple[str, ...] = ()
    sage: str = ""
    column: str = ""
    choices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    references: str = ""
    default: str = ""
    signed: bool = False  # follows the sign of a credit memo: stored positive, given back as given

    @cached_property
    def attribute(self) -> str:
        """The model field's name."""
        return self.column or self.name

    @cached_property
    def headers(self) -> frozenset[str]:
        """Every normalised header that means this field."""
        return frozenset(map(normalise, filter(None, (self.name, self.sage, *self.synonyms))))


@dataclass(frozen=True)
class RecordType:
    """A kind of record the hub takes in: one upload type, one table, one guide page.

    `name` is the TYPE of the command line, `code` the Type of the Ingestion tab, `model` the model's label.
    `key` names the fields a record is known by when the file has no `erp_key`; of a group in a nested tuple
    the first one given counts. `key_defaults` are those of them a row may leave out, and what counts then. `needs` lists groups of fields of which each row must fill at least one.
    `constants` are columns every record of the type carries, part of its identity.
    """

    name: str
    code: str
    label: str
    plural: str
    help: str
    model: str
    fields: tuple[Field, ...]
    key: tuple[str | tuple[str, ...], ...]
    sage: str = ""
    key_defaults: tuple[tuple[str, str], ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    version: int = 1

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def optional_in_key(self) -> frozenset[str]:
        """Fields of the key that a row may leave out: what the file is for, or a default, says them."""
        return frozenset({"document_type", *dict(self.key_defaults)})

    @cached_property
    def by_header(self) -> dict[str, Field]:
        """Normalised header → field. A header two fields claim belongs to the first one declared."""
        found: dict[str, Field] = {}
        for field in self.fields:
            for header in sorted(field.headers):
                found.setdefault(header, field)
        return found


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORDS = {"nr": "no", "nbr": "no", "num": "no", "number": "no", "#": "no"}


def normalise(header: str) -> str:
    """A header reduced to what it says: "Customer #", "customerNumber" and "CUSTOMER_NO" are one."""
    text = _CAMEL.sub(" ", header.replace("\ufeff", "").strip().strip("\"'*"))
    text = re.sub(r"[_\-./:*()\\]+", " ", text.replace("#", " # ")).lower()
    return " ".join(_WORDS.get(word, word) for word in text.split())

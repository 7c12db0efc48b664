"""How a source wants its files taken in. Frozen when a load is made, so that what was reviewed is what is done."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError

from arhub.models import Source

VERSION = 1
"""Raise it when a policy comes to mean something else: rows are then compared anew instead of by their digest."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The choices of `arhub.models.Source`, by the same names."""

    empty_cells: str = Source.EmptyCells.KEEP
    unknown_accounts: str = Source.UnknownAccounts.REJECT
    duplicate_keys: str = Source.DuplicateKeys.FIRST
    rejects: str = Source.Rejects.ROWS
    reject_above_percent: int = 5
    extent: str = Source.Extent.INCREMENTAL
    stop_above_percent: int = 20

    @classmethod
    def of(cls, source: Source) -> Policies:
        return cls(**{name: getattr(source, name) for name in cls.__dataclass_fields__})

    @classmethod
    def chosen(cls, source: Source, choices: Mapping[str, Any]) -> Policies:
        """Those of the source but for the choices, which are told by the source's own names and values. Raises
        ValueError with a sentence for one that is none."""
        source = copy(source)
        for name, value in choices.items():
            if name not in cls.__dataclass_fields__:
                raise ValueError(f"Expected a policy of {', '.join(cls.__dataclass_fields__)}, found “{name}”.")
            field: Any = Source._meta.get_field(name)
            try:
                setattr(source, name, field.clean(value, source))
            except ValidationError as error:
                known = ", ".join(str(value) for value, _ in field.flatchoices) or "a whole number"
                raise ValueError(f"{name}: expected {known}, found “{value}”.") from error
        return cls.of(source)

    @classmethod
    def stored(cls, values: dict[str, Any]) -> Policies:
        """As a load keeps them; what it does not name is the default."""
        return cls(**{name: value for name, value in values.items() if name in cls.__dataclass_fields__})

    def to_store(self) -> dict[str, Any]:
        return asdict(self)

    def salt(self) -> bytes:
        """The part of it that decides what a row's cells mean: rows read under another one are compared anew."""
        return f"{VERSION}:{self.empty_cells}".encode()

    @property
    def clears(self) -> bool:
        return self.empty_cells == Source.EmptyCells.CLEAR

    @property
    def creates_accounts(self) -> bool:
        return self.unknown_accounts == Source.UnknownAccounts.CREATE

    @property
    def last_wins(self) -> bool:
        return self.duplicate_keys == Source.DuplicateKeys.LAST

    @property
    def is_snapshot(self) -> bool:
        return self.extent == Source.Extent.SNAPSHOT

"""A credential in memory."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn

from arhub.secrets.cipher import Place, key_ids, key_of, seal, unseal
from arhub.secrets.masking import MASK, remember


class Secret:
    """A text that shows itself to nobody but who calls reveal(). Empty ones are false; it is never changed."""

    __slots__ = ("_place", "_sealed", "_text")

    def __init__(self, text: str) -> None:
        self._text: str | None = text
        self._sealed = ""
        self._place: Place | None = None

    @classmethod
    def stored(cls, sealed: str) -> Secret:
        """As it comes from the database. It opens once it is known where it stands."""
        made = cls("")
        if sealed:
            made._text, made._sealed = None, sealed
        return made

    def at(self, place: Place | None) -> Secret:
        """The same as standing there, or on a row that has no tenant yet. One that another row gave away is new."""
        moves = self._sealed and self._place not in (None, place)
        made = Secret(self.reveal() if moves else self._text or "")
        made._place = place
        if self._sealed and not moves:
            made._text, made._sealed = None, self._sealed
        return made

    def reveal(self) -> str:
        """The text. From now on this process masks it in its logs. Raises arhub.secrets.Unreadable."""
        if self._text is None:
            if self._place is None:
                raise ValueError("A stored secret opens only as the attribute of its row.")
            text = unseal(self._sealed, self._place)
        else:
            text = self._text
        remember(text)
        return text

    def sealed(self) -> str:
        """What to store. Raises ValueError when its place is unknown: then it did not come from a row's attribute."""
        if self._text is None:
            return self._sealed
        if not self._text:
            return ""
        if self._place is None:
            raise ValueError("A secret is bound to its row's tenant: set it on a row that has one, and save that.")
        return seal(self._text, self._place)

    def resealed(self) -> str | None:
        """What to store instead, with the newest key; None when it was encrypted with that one. Raises Unreadable."""
        if not self._sealed or not self._place or key_of(self._sealed) == key_ids()[0]:
            return None
        return seal(unseal(self._sealed, self._place), self._place)

    def __bool__(self) -> bool:
        return bool(self._text or self._sealed)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return MASK if self else ""

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return str(self)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not written anywhere but into its own field.")

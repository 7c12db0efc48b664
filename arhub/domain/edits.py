"""Who put which value where money or documents go: noted as it is done, found again by the value.

Nobody approves what they have put there themselves, however often others changed something else since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from arhub.domain.acting import actor
from arhub.models import SensitiveEdit, User

COMPANY = "company"
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Edit:
    """A value that was put somewhere: what `part` it belongs to, of which `subject`. Empty `after`: taken away."""

    part: str
    subject: str
    label: str
    before: str
    after: str


def note(edits: Iterable[Edit], user: User | None = None) -> None:
    """Note what was put there by `user`, or by whoever is at work: one statement."""
    by, now = actor(), timezone.now()
    SensitiveEdit.objects.bulk_create(
        SensitiveEdit(
            part=one.part, subject=one.subject, label=one.label[:120], value_digest=digest_of(one.after),
            before=one.before[:LONGEST], after=one.after[:LONGEST], at=now,
            user_id=by.user_id if user is None else user.pk, api_key_id=by.api_key_id,
        )
        for one in edits
    )  # fmt: skip


def between(
    part_of: Mapping[str, tuple[str, str]], subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Edit]:
    """The edits that lead from one set of values to another; `part_of` says of each name that matters its part and
    its label."""
    found = []
    for name, (part, label) in part_of.items():
        old, new = str(before.get(name) or ""), str(after.get(name) or "")
        if old != new:
            found.append(Edit(part, subject, label, old, new))
    return found


def digest_of(value: str) -> str:
    """The same however a number is grouped or an address is written; empty for nothing."""
    plain = "".join(value.split()).casefold()
    return hashlib.sha256(plain.encode()).hexdigest() if plain else ""


@dataclass(frozen=True, slots=True)
class Trail:
    """By what authors are found: everybody who ever put one of `values` there; whoever changed one of the subjects
    `own` after `since`; whoever took a value away from one of the subjects `wide` after it."""

    part: str
    values: Collection[str]
    own: Sequence[str] = ()
    wide: Sequence[str] = ()
    since: datetime | None = None

    @property
    def stored(self) -> dict[str, Any]:
        return {
            "part": self.part, "values": [digest_of(one) for one in self.values if one], "own": list(self.own),
            "wide": list(self.wide), "since": self.since.isoformat() if self.since else "",
        }  # fmt: skip


def authors_of(trails: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Who is found by the trails, as they are stored: user, name, when and what, the last first."""
    if not trails:
        return []
    wanted = Q()
    for trail in trails:
        later = Q(at__gt=datetime.fromisoformat(trail["since"])) if trail["since"] else Q()
        places = Q(subject__in=trail["own"]) | Q(subject__in=trail["wide"], value_digest="")
        wanted |= Q(part=trail["part"]) & (Q(value_digest__in=trail["values"]) | (places & later))
    rows = SensitiveEdit.objects.filter(wanted).select_related("user", "api_key").order_by("-id")
    return [{"user": row.user_id, "name": _name(row), "at": row.at.isoformat(), "what": row.label} for row in rows]


def _name(row: SensitiveEdit) -> str:
    person = str(row.user or "a program")
    return f"{person}, by the API key {row.api_key}" if row.api_key else person

"""Who is signed in. A session lasts as long as it is used, and belongs to one entity or to the top level."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.simulators.intacct.books import Record
from connectors.simulators.intacct.company import Company
from connectors.simulators.intacct.errors import Error, SignInFailure
from connectors.simulators.intacct.kinds import Kind


@dataclass(frozen=True, slots=True)
class Results:
    """What readMore goes on with."""

    kind: Kind
    fields: tuple[str, ...]
    records: Sequence[Record]
    page_size: int
    at: int


@dataclass(slots=True)
class Session:
    entity: str
    used_at: datetime
    until: datetime
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    results: dict[str, Results] = field(default_factory=dict)
    """By result id."""


class Sessions:
    def __init__(self, company: Company) -> None:
        self.company = company
        self.minutes: float = 120
        self.old_errors = False
        """Refuse a login as the gateway used to: status 200, XL03000006."""
        self._open: dict[str, Session] = {}

    def log_in(self, user: str, company: str, password: str, entity: str, now: datetime) -> Session:
        """For this request only, until it is kept."""
        if (user, company, password) != (self.company.user, self.company.id, self.company.password):
            raise self._refused()
        if entity and entity not in self.company.entities:
            raise self._refused()
        return Session(entity, now, now + timedelta(minutes=self.minutes))

    def resume(self, session_id: str, now: datetime) -> Session:
        session = self._open.get(session_id)
        if session is None or session.until <= now:
            self._open.pop(session_id, None)
            text = "Invalid session: it is unknown or has timed out."
            raise SignInFailure(Error("XL03000006", text, "Sign in again."))
        session.used_at, session.until = now, now + timedelta(minutes=self.minutes)
        return session

    def keep(self, session: Session, entity: str | None) -> Session:
        """What getAPISession does. `entity` switches, with "" for the top level and None for no change."""
        wanted = session.entity if entity is None else entity
        if wanted and wanted not in self.company.entities:
            raise self._refused()
        if session.id in self._open and wanted == session.entity:
            return session
        kept = Session(wanted, session.used_at, session.until)
        self._open[kept.id] = kept
        return kept

    def expire(self) -> None:
        """End all of them."""
        self._open.clear()

    def __len__(self) -> int:
        return len(self._open)

    def _refused(self) -> SignInFailure:
        text, advice = "Sign-in information is incorrect", "Check the company ID, the user ID and the password."
        if self.old_errors:
            return SignInFailure(Error("XL03000006", text, advice))
        return SignInFailure(Error("XMLGW_JPP0002", text, advice), status=401)

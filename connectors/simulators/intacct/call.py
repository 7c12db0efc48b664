"""What a function gets to work with."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.simulators.intacct.books import Books
from connectors.simulators.intacct.errors import Error
from connectors.simulators.intacct.sessions import Session, Sessions
from connectors.simulators.intacct.xml import Element


@dataclass(slots=True)
class Call:
    books: Books
    sessions: Sessions
    session: Session
    endpoint: str
    is_alone: bool
    """The only function of its request."""


@dataclass(frozen=True, slots=True)
class Partly:
    """Some of the objects of one function were done, others not."""

    data: Element
    errors: tuple[Error, ...] = field(default=())

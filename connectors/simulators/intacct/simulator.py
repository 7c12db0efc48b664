"""The simulator of Sage Intacct's gateway, and how it is steered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

from connectors.simulators.intacct.books import Books
from connectors.simulators.intacct.company import Company
from connectors.simulators.intacct.errors import Error
from connectors.simulators.intacct.gateway import Gateway, unique_ids
from connectors.simulators.intacct.seed import seed
from connectors.simulators.intacct.sessions import Sessions
from connectors.simulators.server import Request, Response, Simulator

CONTENT_TYPE = 'text/xml; encoding="UTF-8"'  # without a charset, as there
TOO_MANY = Error("GW-0010", "Too many requests: the limit has been reached.", "Try again later.")
BAD = Error("GW-0011", "The request is not valid.", "POST an XML document.")
MOST_DOCUMENTS = 1000


class IntacctSimulator(Simulator):
    kind = "intacct"
    path = "/ia/xml/xmlgw.phtml"
    welcome = (
        "Sender sender-1 with sender-secret, company COMPANY1, user xml_gateway with user-secret. "
        "GL account 4000, term N30, bank BOFA1435, currency USD."
    )

    def __init__(self) -> None:
        self._admission = threading.Lock()
        self._working: dict[str, Request] = {}
        self._at_work = 0
        super().__init__()

    def reset(self) -> None:
        company = Company()
        self.parallel = 0
        self.gateway = Gateway(Books(company), Sessions(company))

    def answer(self, request: Request) -> Response:
        if request.path != self.path:
            return Response(404, b"Not found", "text/plain")
        if request.method != "POST" or not request.body:
            return self._failing(400, BAD)
        with self._admission:
            concurrent = frozenset(key for key, other in self._working.items() if other is not request)
        status, body = self.gateway.answer(request.body, request.base_url + self.path, concurrent)
        return Response(status, body, CONTENT_TYPE)

    def too_many(self) -> Response:
        return self._failing(429, TOO_MANY)

    @contextmanager
    def admit(self, request: Request) -> Iterator[Response | None]:
        """Count the requests at work, and remember who is at work on which control id."""
        with self._admission:
            is_above = bool(self.parallel) and self._at_work >= self.parallel
            if not is_above:
                self._at_work += 1
                taken = [key for key in unique_ids(request.body) if key not in self._working]
                self._working |= dict.fromkeys(taken, request)
        if is_above:
            self.counts["above the parallel limit"] += 1
            yield self.too_many()
            return
        try:
            yield None
        finally:
            with self._admission:
                self._at_work -= 1
                for key in taken:
                    self._working.pop(key, None)

    def state(self) -> Mapping[str, Any]:
        tables = self.gateway.books.tables
        made = (
            record for name in ("ARINVOICE", "ARADJUSTMENT", "ARADVANCE", "ARPYMT")
            for record in tables[name].values() if record.control_id
        )  # fmt: skip
        return {
            **{name: len(table) for name, table in tables.items()},
            "sessions": len(self.gateway.sessions),
            "functions": dict(self.gateway.done),
            "documents": [
                {
                    "object": record.kind.name, "recordno": record.number, "control_id": record.control_id,
                    "number": record["RECORDID"] or record["DOCNUMBER"], "total": str(record["TRX_TOTALENTERED"]),
                    "due": str(record["TRX_TOTALDUE"]),
                }
                for record in islice(made, MOST_DOCUMENTS)
            ],
        }  # fmt: skip

    def limits(self) -> Mapping[str, Any]:
        company = self.gateway.books.company
        return {
            **super().limits(), "parallel": self.parallel, "session_minutes": self.gateway.sessions.minutes,
            "location_required": company.location_required, "document_sequencing": company.document_sequencing,
            "locations": sorted(company.locations), "entities": sorted(company.entities),
            "clock_ahead_seconds": self.gateway.books.ahead.total_seconds(),
        }  # fmt: skip

    def configure(self, limits: Mapping[str, Any]) -> None:
        """See README.md for the names. Raises ValueError for one it does not know."""
        settings = self._settings()
        for name, value in limits.items():
            if name not in settings:
                raise ValueError(f"Expected one of {', '.join(sorted(settings))}, found {name!r}.")
            settings[name](value)

    def _settings(self) -> dict[str, Callable[[Any], object]]:
        gateway, books = self.gateway, self.gateway.books
        company, sessions = books.company, gateway.sessions
        return {
            "requests_per_minute": lambda value: setattr(self, "requests_per_minute", int(value)),
            "parallel": lambda value: setattr(self, "parallel", int(value)),
            "session_minutes": lambda value: setattr(sessions, "minutes", float(value)),
            "expire_sessions": lambda value: sessions.expire() if value else None,
            "old_sign_in_errors": lambda value: setattr(sessions, "old_errors", bool(value)),
            "location_required": lambda value: setattr(company, "location_required", bool(value)),
            "document_sequencing": lambda value: setattr(company, "document_sequencing", bool(value)),
            "locations": lambda value: setattr(company, "locations", set(value)),
            "entities": lambda value: setattr(company, "entities", set(value)),
            "accounts": lambda value: setattr(company, "accounts", set(value)),
            "banks": lambda value: setattr(company, "banks", set(value)),
            "terms": lambda value: setattr(company, "terms", {name: int(days) for name, days in value.items()}),
            "clock_ahead_seconds": lambda value: setattr(books, "ahead", timedelta(seconds=float(value))),
            "refuse_next": lambda value: gateway.refusals.extend(_error(each) for each in value),
            "seed_invoices": lambda value: seed(books, int(value)),
        }

    def _failing(self, status: int, error: Error) -> Response:
        return Response(status, self.gateway.failing(error), CONTENT_TYPE)


def _error(values: Mapping[str, str]) -> Error:
    return Error(values["errorno"], values["description2"], values.get("correction", ""))

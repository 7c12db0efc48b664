"""Requests to a Sage Network API, and what its answers mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from arhub.network import http
from arhub.network.answer import Answer
from arhub.network.errors import (
    BadAnswer,
    ConfigError,
    NetworkError,
    PermanentError,
    RetryableError,
    TooLarge,
    Uncertain,
)
from connectors.base import Setup

Dict = dict[str, Any]

MOST_BYTES = 64 * 1024 * 1024
"""Of an answer: 500 invoices with their addresses are a few million, a field of JSON may be long."""
SECONDS = 60.0
LONGEST_LIST = 5_000
"""Bytes of the values in one filter as they stand in the address, of which servers take about 8,000."""

MOST_RECORDS = 500
"""On a page, more is an error."""

_LATER = frozenset({408, 425, 429, 503})  # nothing was done
_SAID = 400


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page of a query: its records, which are fewer than `size` only on the last one, and how many there are in all.
    `at` is when the other side answered, by its own clock."""

    records: Sequence[Dict]
    size: int
    total: int
    at: datetime


class Client:
    def __init__(self, setup: Setup) -> None:
        self.address = str(setup.values["address"]).strip().rstrip("/")
        self._key = str(setup.values["api_key"])
        self._pace = setup.pace

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Dict:
        return self._object(self._get(path, parameters or {}))

    def query(self, path: str, filter: str = "", *, size: int = MOST_RECORDS, **parameters: str) -> Fetched:
        """One page; pages count from 0."""
        answer = self._get(f"{path}/query", {"filter": filter, "pageSize": str(size), **parameters})
        found = self._object(answer)
        records, told, total = (found.get(name) for name in ("records", "pageSize", "totalCount"))
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise BadAnswer(f"Expected a list of records from {self.host}, found something else.")
        size = min(told, size) if isinstance(told, int) and told > 0 else size
        total = total if isinstance(total, int) else len(records)
        return Fetched(records, size, total, answer.date or datetime.now(UTC))

    def post(self, path: str, content: bytes, content_type: str, parameters: Mapping[str, str]) -> Dict:
        """Raises Uncertain whenever it may have been carried out."""
        self._pace.wait()
        headers = {**self._headers, "Content-Type": content_type}
        try:
            answer = http.post(self._url(path, parameters), content, headers, timeout=SECONDS, limit=MOST_BYTES)
            return self._object(answer)
        except (BadAnswer, TooLarge) as error:
            raise Uncertain(f"What was sent has arrived, but the answer is none: {error}") from None
        except _Failing as error:
            raise Uncertain(str(error)) from None

    @property
    def _headers(self) -> dict[str, str]:
        return {"Api-Key": self._key, "Accept": "application/json"}

    def _get(self, path: str, parameters: Mapping[str, str]) -> Answer:
        self._pace.wait()
        url = self._url(path, parameters)
        return http.get(url, self._headers, timeout=SECONDS, limit=MOST_BYTES, redirects=0)

    def _url(self, path: str, parameters: Mapping[str, str]) -> str:
        given = urlencode({name: value for name, value in parameters.items() if value}, quote_via=quote)
        return f"{self.address}/api/v1/{path}" + (f"?{given}" if given else "")

    def _object(self, answer: Answer) -> Dict:
        if not answer.ok:
            raise self._error(answer)
        found = answer.json()
        if not isinstance(found, dict):
            raise BadAnswer(f"Expected a JSON object from {self.host}, found something else.")
        return found

    def _error(self, answer: Answer) -> NetworkError:
        status, said = answer.status, self._said(answer)
        if status in (401, 403):
            return ConfigError(f"{self.host} does not allow this with the API key: {said}")
        if 300 <= status < 400:
            return ConfigError(
                f"{self.host} leads elsewhere (status {status}): expected the address of the API itself."
            )
        if status in _LATER:
            return RetryableError(f"{self.host} takes no requests for now: {said}", answer.retry_after or 0)
        if status >= 500:
            return _Failing(f"{self.host} has failed: {said}")
        return PermanentError(f"{self.host} refused this: {said}")

    def _said(self, answer: Answer) -> str:
        """The sentence of a problem (RFC 7807)."""
        try:
            problem = answer.json()
        except BadAnswer:
            problem = None
        told = problem if isinstance(problem, dict) else {}
        text = next((told[name] for name in ("detail", "title") if isinstance(told.get(name), str) and told[name]), "")
        return self.quotable(text or f"status {answer.status}")

    def quotable(self, text: str) -> str:
        """What the other side says, as a sentence of ours: short, and without the key should it be said back."""
        text = " ".join(text.replace(self._key or "\0", "…").split())
        return (text[:_SAID] + "…" if len(text) > _SAID else text).rstrip(".") + "."


class _Failing(RetryableError):
    """The other side broke down on the way: what was to be changed there may have been, or not."""


def quoted(text: str) -> str:
    """A value of a filter."""
    return "'" + text.replace("'", "''") + "'"


def lists_of(values: Sequence[str]) -> Iterator[str]:
    """ "('a', 'b')": the values in lists that each fit into an address."""
    pending: list[str] = []
    size = 0
    for value in map(quoted, values):
        length = len(quote(value, safe="")) + len("%2C")
        if pending and size + length > LONGEST_LIST:
            yield f"({','.join(pending)})"
            pending, size = [], 0
        pending.append(value)
        size += length
    if pending:
        yield f"({','.join(pending)})"


def all_of(*clauses: str) -> str:
    return " AND ".join(filter(None, clauses))

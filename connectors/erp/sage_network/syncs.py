"""A sync over there: sent, waited for, and what became of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from arhub.network.errors import NetworkError, PermanentError, RetryableError, Uncertain
from connectors.base import Message, RecordKey, Result, Store
from connectors.erp.sage_network.client import Client, Dict
from connectors.erp.sage_network.packing import ZIP_MAGIC, as_form
from connectors.erp.sage_network.rows import Part
from connectors.erp.sage_network.there import There, find

_ENDED = frozenset({"Success", "Failed", "Cancelled"})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_MOST_TEXTS = 3


class Syncs:
    """The syncs of one connection. `patience` is how many seconds one may take while we wait for it."""

    def __init__(self, client: Client, store: Store, enrollment: str, patience: float) -> None:
        self._client, self._store, self._enrollment, self._patience = client, store, enrollment, patience

    def send(self, message: Message) -> str:
        """Returns the id of the sync, which is remembered until it is known how that ended."""
        if message.content.startswith(ZIP_MAGIC):
            content, content_type = as_form(message.identity, message.content)
            parameters = {"isFullSync": "false", "appEnrollmentId": self._enrollment}
            sync = self._client.post("Sync/zip", content, content_type, parameters)
        else:
            sync = self._client.post("Sync/batch", message.content, "application/json; charset=utf-8", {})
        sync_id = sync.get("syncRequestId")
        if not sync_id or not isinstance(sync_id, str):
            raise Uncertain(f"{self._client.host} took what was sent, but did not say as which sync.")
        self._store.put(_remembered(message), sync_id)
        return sync_id

    def sent(self, message: Message) -> Dict | None:
        """The ended sync that the message became, where we were told of it but not of its end. None when there is no
        such sync, or no longer. Raises Uncertain while it goes on."""
        sync_id = self._store.get(_remembered(message))
        if not sync_id:
            return None
        try:
            sync = self._ask(sync_id)
        except PermanentError:
            return None
        if sync.get("statusCode") not in _ENDED:
            raise self._unended(sync_id)
        return sync

    def forget(self, message: Message) -> None:
        self._store.put(_remembered(message), None)

    def wait(self, sync_id: str) -> Dict:
        """The sync when it has ended. Raises Uncertain when it does not in time, or cannot be asked for any more."""
        until, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while time.monotonic() < until:
            try:
                if (sync := self._ask(sync_id)).get("statusCode") in _ENDED:
                    return sync
            except RetryableError:
                pass  # the sync goes on without being asked about
            except NetworkError as error:
                raise Uncertain(f"It was taken as sync {sync_id}, of which nothing more is known: {error}") from None
            time.sleep(pause)
            pause = min(pause * 1.2, _LONGEST_PAUSE)
        raise self._unended(sync_id)

    def _ask(self, sync_id: str) -> Dict:
        return self._client.get(f"Sync/{quote(sync_id, safe='')}", {"include": "Details"})

    def _unended(self, sync_id: str) -> Uncertain:
        return Uncertain(f"{self._client.host} took it as sync {sync_id}, which has not ended yet.")

    def result(self, sync: Mapping[str, Any], parts: Sequence[Part]) -> Result:
        """What an ended sync made of the rows. Raises PermanentError when it took none of them and blames none.

        What is wrong with a part of a record, such as a line, is told of the record. Of a failed sync only those
        records count as taken that are there as they were sent.
        """
        said = self._client.quotable(str(sync.get("processResultMessage") or "No reason was given"))
        refused = self._refused(sync, parts)
        has_failed = sync.get("statusCode") != "Success"
        if has_failed and not refused:
            raise PermanentError(f"The sync is {sync.get('statusCode')}: {said}")
        kept = [part for part in parts if part.record_key]
        there = find(self._client, parts if has_failed else kept, self._enrollment)
        for part in parts:
            missing = not there.has_same(part) if has_failed else part.record_key and not there.network_id(part)
            if missing:
                refused.setdefault(part.owner, f"It was not taken over there. The sync says: {said}")
        return Result(there.keys(kept), refused, said)

    def _refused(self, sync: Mapping[str, Any], parts: Sequence[Part]) -> dict[RecordKey, str]:
        by_key = {part.key: part for part in parts}
        found: dict[RecordKey, list[str]] = {}
        for key, texts in _errors(sync.get("details")):
            if part := by_key.get(key):
                sentence = self._client.quotable("; ".join(map(str, texts)))
                found.setdefault(part.owner, []).append(f"{part.label}: {sentence}" if part.label else sentence)
        return {owner: " ".join(texts[:_MOST_TEXTS]) for owner, texts in found.items()}


def found_there(there: There, parts: Sequence[Part], sent_before: Collection[RecordKey]) -> Result | None:
    """All the records of a message when they are there; None when one is missing, since then it can be sent again,
    which tells why. One that was sent before may be there as it was then: of that every value must be the same."""
    if all(there.has_same(part) if part.owner in sent_before else there.has(part) for part in parts):
        return Result(there.keys(parts), {}, "Found there.")
    return None


def _errors(details: Any) -> Iterator[tuple[tuple[str, str], Sequence[Any]]]:
    """Model and erpKey of each row that was refused, and why."""
    for model, outcome in (details if isinstance(details, dict) else {}).items():
        errors = outcome.get("errors") if isinstance(outcome, dict) else None
        for key, texts in (errors if isinstance(errors, dict) else {}).items():
            yield (model, key), texts if isinstance(texts, list) else [texts]


def _remembered(message: Message) -> str:
    return f"sync {hashlib.sha256(message.identity.encode()).hexdigest()[:40]}"

"""A connector of a few lines, as docs/connectors.md tells how to write one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from arhub.network import http
from arhub.network.answer import Answer
from arhub.network.errors import BadAnswer, ConfigError, PermanentError, RetryableError, Uncertain
from connectors.base import Capability, Check, Cursor, ErpConnector, Message, Page, Result, Setting, Stream, Subject


class SampleConnector(ErpConnector):
    kind = "sample"
    label = "Sample"
    summary = "Keeps accounts and payments in a notebook."
    settings = (
        Setting("url", "Address", "Where the notebook is, such as https://notebook.example.", kind="url"),
        Setting("key", "Key", "On the first page of the notebook.", kind="secret"),
        Setting("requests_per_minute", "Requests a minute", kind="number", default=0, required=False),
    )
    capabilities = frozenset({Capability.PULL, Capability.PUSH, Capability.LOOK_UP})
    streams = (Stream("records", "Records", ("account",)),)
    full_is_complete = True
    pushes: ClassVar[Mapping[str, str]] = {"account": "Note", "payment": "Receipt"}
    key_names: ClassVar[Mapping[str, tuple[str, ...]]] = {"account": ("id",), "payment": ("id",)}
    updates = frozenset({"account"})
    done_within_seconds = 0

    @classmethod
    def requests_per_minute(cls, values: Mapping[str, Any]) -> int:
        return int(values["requests_per_minute"] or 0)

    def checks(self) -> Sequence[Check]:
        return [Check("Sign in", self._sign_in)]

    def pull(self, cursor: Cursor) -> Iterator[Page]:
        at = int(cursor.at.get("after", cursor.since.get("records", "0")))
        while True:
            found = self._get(f"/?since={at}")
            rows = [self._record(row) for row in found["rows"]]
            at = found["rows"][-1]["id"] if rows else at
            if len(rows) == found["total"]:
                yield Page({"account": rows}, Cursor({"records": str(at)}), found["total"])
                return
            yield Page({"account": rows}, Cursor(cursor.since, {"after": at}), found["total"])

    def compose(self, identity: str, subjects: Sequence[Subject]) -> Message:
        [subject] = subjects
        row = {"reference": identity, "type": subject.record_type, "name": subject.values.get("account_name") or ""}
        if subject.record_type == "payment":
            row |= {"name": subject.values["payment_id"], "of": subject.key_of(_account(subject), "id", "the account")}
        return Message(identity, json.dumps(row, sort_keys=True).encode(), subjects)

    def push(self, message: Message) -> Result:
        answer = self._answered(
            http.post, self._url("/"), message.content, self._headers(), attempts=1, repeatable=False
        )  # fmt: skip
        if answer.status >= 500:
            raise Uncertain(f"The notebook answered {answer.status}; whether it took the record is not known.")
        try:
            return self._result(message, answer.json())
        except BadAnswer as error:
            raise Uncertain(str(error)) from error

    def look_up(self, message: Message) -> Result | None:
        rows = self._get(f"/?reference={message.identity}")
        return self._result(message, rows[0]) if rows else None

    def _result(self, message: Message, row: Mapping[str, Any]) -> Result:
        return Result(keys={message.subjects[0].key: {"id": str(row["id"])}}, text=f"Noted as {row['id']}.")

    def _record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {"erp_key": f"S-{row['id']}", "account_id": f"S-{row['id']}", "account_name": row["name"]}

    def _sign_in(self) -> str:
        return f"The notebook holds {self._get('/?since=0')['total']} records."

    def _get(self, path: str) -> Any:
        answer = self._answered(http.get, self._url(path), self._headers(), attempts=1)
        if answer.status >= 500:
            raise RetryableError(f"The notebook answered {answer.status}.")
        return answer.json()

    def _answered(self, call: Any, *given: Any, **options: Any) -> Answer:
        self.setup.pace.wait()
        answer: Answer = call(*given, **options)
        if answer.status == 401:
            raise ConfigError("The notebook does not know this key: take the one on its first page.")
        if answer.status == 429:
            raise RetryableError("The notebook wants to rest.", answer.retry_after or 0)
        if 400 <= answer.status < 500:
            raise PermanentError(f"The notebook refused it: {answer.json()['error']}")
        return answer

    def _url(self, path: str) -> str:
        return f"{self.setup.values['url']}{path}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.setup.values['key']}", "Content-Type": "application/json"}


def _account(subject: Subject) -> tuple[str, str]:
    return "account", str(subject.account["erp_key"])

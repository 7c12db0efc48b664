"""The query of `readByQuery`: a line in the manner of SQL, such as CUSTOMERID = 'C1' AND TOTALDUE > 0."""

from __future__ import annotations

import re

from connectors.simulators.intacct.conditions import Condition, Fields, all_of, negated, one_of
from connectors.simulators.intacct.errors import Refusal, query_failed

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<sign><=|>=|<>|!=|=|<|>|\(|\)|,)|(?P<word>[\w.\-/+:]+))", re.DOTALL
)


def read(fields: Fields, query: str) -> Condition:
    """What the line lets through; everything for an empty one. STATE means the raw code here, as in the gateway."""
    if not query.strip():
        return lambda record: True
    parser = _Parser(fields, _tokens(query))
    condition = parser.either()
    if parser.rest:
        raise _unexpected(parser.rest[0])
    return condition


def _tokens(query: str) -> list[str]:
    found, place = [], 0
    query = query.rstrip()
    while place < len(query):
        match = _TOKEN.match(query, place)
        if match is None:
            raise _unexpected(query[place:])
        found.append(match.group().strip())
        place = match.end()
    return found


class _Parser:
    def __init__(self, fields: Fields, tokens: list[str]) -> None:
        self.fields, self.rest = fields, tokens

    def either(self) -> Condition:
        conditions = [self.both()]
        while self._took("OR"):
            conditions.append(self.both())
        return one_of(conditions)

    def both(self) -> Condition:
        conditions = [self.single()]
        while self._took("AND"):
            conditions.append(self.single())
        return all_of(conditions)

    def single(self) -> Condition:
        if self._took("("):
            inner = self.either()
            self._want(")")
            return inner
        if self._took("NOT"):
            return negated(self.single())
        name = self._next()
        return self._comparison("RAWSTATE" if name == "STATE" else name)

    def _comparison(self, name: str) -> Condition:
        if self._took("IS"):
            is_not = self._took("NOT")
            self._want("NULL")
            null = self.fields.is_null(name)
            return negated(null) if is_not else null
        is_not = self._took("NOT")
        if self._took("IN"):
            condition = self.fields.any_of(name, self._list())
        elif self._took("LIKE"):
            condition = self.fields.like(name, self._value())
        else:
            sign = self._next()
            if is_not or sign not in {"=", "!=", "<>", "<", "<=", ">", ">="}:
                raise _unexpected(sign)
            condition = self.fields.compare(name, "!=" if sign == "<>" else sign, self._value())
        return negated(condition) if is_not else condition

    def _list(self) -> list[str]:
        self._want("(")
        found = [self._value()]
        while self._took(","):
            found.append(self._value())
        self._want(")")
        return found

    def _value(self) -> str:
        token = self._next()
        return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL) if token.startswith("'") else token

    def _next(self) -> str:
        if not self.rest:
            raise query_failed("The query ends before it is complete.")
        return self.rest.pop(0)

    def _took(self, word: str) -> bool:
        if self.rest and self.rest[0].upper() == word:
            self.rest.pop(0)
            return True
        return False

    def _want(self, word: str) -> None:
        if not self._took(word):
            raise query_failed(f"Expected {word} in the query, found {self.rest[0] if self.rest else 'its end'}.")


def _unexpected(text: str) -> Refusal:
    return query_failed(f"The query is not understood at: {text[:40]}")

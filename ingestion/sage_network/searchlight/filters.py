"""The grammar of a filter.

filter  = clause { AND clause } | clause { OR clause }
clause  = "(" filter ")" | field [NOT] operator value | field [NOT] BETWEEN value AND value
        | field [NOT] IN "(" value { "," value } ")" | field IS [NOT] NULL
value   = word | 'quoted' | NOW | TODAY | TOMORROW | YESTERDAY [ (+|-) days ]
"""

from __future__ import annotations

from ingestion.sage_network.searchlight.errors import (
    EmptyClause,
    InconsistentConjunction,
    InvalidToken,
    OpenClause,
    SearchlightError,
    TooManyParameters,
    TrailingConjunction,
    said,
)
from ingestion.sage_network.searchlight.syntax import DATE_WORDS, OPERATORS, Clause, Group, Literal, Node, Operator
from ingestion.sage_network.searchlight.tokens import Token, tokens_of

MOST_CLAUSES = 500
MOST_VALUES = 1_000
MOST_BRACKETS = 50
MOST_DAYS_DIGITS = 9
_SYMBOLS = frozenset("(),=<>") | {"<=", ">=", "<>", "!="}
_CONJUNCTIONS = ("AND", "OR")


def parse_filter(text: str) -> Node | None:
    """The tree of a filter; None when there is none. Raises SearchlightError."""
    tokens = tokens_of(text)
    return _Parser(tokens).whole() if tokens else None


class _Parser:
    """Reads tokens from the left. Each method takes the tokens of one thing and returns it."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.next = 0
        self.clauses = 0
        self.values = 0

    def whole(self) -> Node:
        node = self.joined(0)
        if token := self.peek():
            raise _expected("AND, OR or the end", token)
        return node

    def joined(self, depth: int) -> Node:
        """Clauses on one level, up to the bracket that closes it or the end."""
        parts = [self.clause(depth)]
        conjunction = ""
        while (token := self.peek()) and token.keyword in _CONJUNCTIONS:
            self.next += 1
            if conjunction and token.keyword != conjunction:
                raise InconsistentConjunction(
                    f"Expected {conjunction} again at character {token.at + 1} of the filter, found {token.keyword}. "
                    "Put what belongs together in brackets."
                )
            conjunction = token.keyword
            if (after := self.peek()) is None or (after.text == ")" and not after.quoted):
                raise TrailingConjunction(
                    f"Expected a clause after {conjunction} at character {token.at + 1} of the filter, found none."
                )
            parts.append(self.clause(depth))
        return parts[0] if len(parts) == 1 else Group(conjunction, tuple(parts))

    def clause(self, depth: int) -> Node:
        token = self.take("a field or a bracket")
        if token.keyword == "(":
            return self.brackets(token, depth + 1)
        if token.keyword == ")":
            raise EmptyClause(f"Expected a clause at character {token.at + 1} of the filter, found {said(')')}.")
        self.clauses += 1
        _bound(self.clauses, MOST_CLAUSES, "clauses")
        if token.quoted or token.keyword in _SYMBOLS:
            raise _expected("a field", token)
        return self.comparison(token)

    def brackets(self, opening: Token, depth: int) -> Node:
        _bound(depth, MOST_BRACKETS, "brackets inside one another")
        unclosed = OpenClause(
            f"Expected a closing bracket for the one at character {opening.at + 1} of the filter, found the end."
        )
        if self.peek() is None:
            raise unclosed
        node = self.joined(depth)
        closing = self.peek()
        if closing is None:
            raise unclosed
        if closing.keyword != ")":
            raise _expected("AND, OR or a closing bracket", closing)
        self.next += 1
        return node

    def comparison(self, name: Token) -> Clause:
        token = self.take(f"an operator after {said(name.text)}")
        negated = token.keyword == "NOT"
        if negated:
            token = self.take("an operator after NOT")
        operator = OPERATORS.get(token.keyword)
        if operator is None:
            raise _expected(f"one of {', '.join(OPERATORS)}", token)
        if operator is Operator.IS_NULL:
            negated = self.null() or negated
            return Clause(name.text, operator, (), negated, name.at)
        return Clause(name.text, operator, self.values_of(operator), negated, name.at)

    def null(self) -> bool:
        """The rest of IS [NOT] NULL: whether it is negated."""
        token = self.take("NULL or NOT NULL after IS")
        negated = token.keyword == "NOT"
        if negated:
            token = self.take("NULL after IS NOT")
        if token.keyword != "NULL":
            raise _expected("NULL", token)
        return negated

    def values_of(self, operator: Operator) -> tuple[Literal, ...]:
        if operator is Operator.IN:
            return self.listed()
        first = self.value()
        if operator is not Operator.BETWEEN:
            return (first,)
        self.expect("AND", "AND between the two values of BETWEEN")
        return first, self.value()

    def listed(self) -> tuple[Literal, ...]:
        self.expect("(", "an opening bracket after IN")
        if (token := self.peek()) and token.keyword == ")":
            raise EmptyClause(f"Expected a value at character {token.at + 1} of the filter, found an empty list.")
        found = [self.value()]
        end = self.take("a comma or a closing bracket")
        while end.keyword == ",":
            found.append(self.value())
            end = self.take("a comma or a closing bracket")
        if end.keyword != ")":
            raise _expected("a comma or a closing bracket", end)
        return tuple(found)

    def value(self) -> Literal:
        token = self.take("a value")
        if token.keyword in _SYMBOLS:
            raise _expected("a value", token)
        if token.keyword == "NULL":
            raise InvalidToken(
                f"Expected a value at character {token.at + 1} of the filter, found NULL. Write IS NULL or IS NOT NULL."
            )
        self.values += 1
        _bound(self.values, MOST_VALUES, "values")
        sign = self.peek()
        if token.text.upper() in DATE_WORDS and sign and sign.keyword in ("+", "-"):
            self.next += 1
            return Literal(token.text, self.days(sign), token.at)
        return Literal(token.text, 0, token.at)

    def days(self, sign: Token) -> int:
        token = self.take(f"a number of days after {said(sign.text)}")
        if not (token.text.isascii() and token.text.isdecimal() and len(token.text) <= MOST_DAYS_DIGITS):
            raise _expected("a number of days", token)
        return int(sign.text + token.text)

    def expect(self, keyword: str, expected: str) -> None:
        if (token := self.take(expected)).keyword != keyword:
            raise _expected(expected, token)

    def take(self, expected: str) -> Token:
        if (token := self.peek()) is None:
            raise InvalidToken(f"Expected {expected}, found the end of the filter.")
        self.next += 1
        return token

    def peek(self) -> Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None


def _expected(what: str, token: Token) -> SearchlightError:
    return InvalidToken(f"Expected {what} at character {token.at + 1} of the filter, found {said(token.text)}.")


def _bound(found: int, most: int, what: str) -> None:
    if found > most:
        raise TooManyParameters(f"Expected at most {most:,} {what} in the filter, found more.")

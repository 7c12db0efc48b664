"""What the gateway says went wrong, as one sentence and the kind of error that tells what to do about it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from arhub.network.errors import ConfigError, NetworkError, PermanentError, RetryableError, Uncertain


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of the list in an answer. Any of the texts may be empty, and the number may be a text."""

    number: str
    text: str
    correction: str = ""


class Level(StrEnum):
    """Where it went wrong: before the sign-in, at it, or in the function itself."""

    CONTROL = "control"
    SIGN_IN = "sign-in"
    FUNCTION = "function"


_CREDENTIALS = frozenset({"XL03000006", "XMLGW_JPP0002", "PL04000055"})


class Failed(Exception):
    """An answer that says it did not work."""

    def __init__(self, level: Level, problems: Sequence[Problem]) -> None:
        super().__init__(sentence_of(problems))
        self.level = level
        self.problems = tuple(problems)

    @property
    def is_of_credentials(self) -> bool:
        """Whether another sign-in may help: with a session, all that was wrong may be that it ended."""
        return self.level is Level.SIGN_IN or (
            self.level is Level.CONTROL and any(problem.number in _CREDENTIALS for problem in self.problems)
        )


class Refusal(PermanentError):
    """The gateway refused a function."""


class AlreadyDone(Refusal):
    """A function with the same control id was completed before. What it gave is not said again."""


class NumberTaken(Refusal):
    """A document has this number already."""


class Exists(Refusal):
    """`what` exists there already: "Customer", "Contact"."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(text)
        self.what = what


_NO_CUSTOMER = re.compile(r"^invalid customer", re.I)
_SUPPORT = re.compile(r"\s*\[Support ID:[^\]]*\]?", re.I)
_GENERIC = re.compile(r"^(could not \w+ .*(record|object)s?!?|.* rolled back.*|error|)\W*$", re.I)
_EXISTS = re.compile(r"another (\w+) with the given value|^(\w+) .*already exists", re.I)
_ALREADY_DONE = re.compile(r"already been recorded with the control ?id", re.I)
_IN_PROCESS = re.compile(r"concurrent request.*in process|request .*already (in process|being processed)", re.I)
_LATER = re.compile(r"temporarily off-?line|rate limit|too many requests|try again later", re.I)
_SETTING = re.compile(
    r"permission|not authorized|authorization|foreign-?currency|multi-?currency|period.*closed|closed.*period"
    r"|not subscribed|transport policy",
    re.I,
)
_LIMIT = "GW-0010"
_ROLLED_BACK = "XL03000009"
_NUMBER_TAKEN = "BL03002185"
_EXIST = frozenset({"BL34000061", "PL05000104"})


def sentence_of(problems: Sequence[Problem]) -> str:
    """The first specific reason, and what the gateway advises."""
    told = [problem for problem in problems if problem.number != _ROLLED_BACK] or list(problems)
    specific = [problem for problem in told if not _GENERIC.match(_clean(problem.text))]
    chosen = next(iter(specific or told), None)
    if chosen is None:
        return "Intacct gave no reason."
    text = _clean(chosen.text) or f"Intacct gave the error {chosen.number or 'without a number'}"
    correction = _clean(chosen.correction)
    hint = "Send its account there first" if _NO_CUSTOMER.match(text) else ""
    return " ".join(_ended(part) for part in (text, correction if correction != text else "", hint) if part)


def error_of(failed: Failed) -> NetworkError:
    """What to raise for it."""
    text, numbers = str(failed), {problem.number for problem in failed.problems}
    said = " ".join(_clean(problem.text) for problem in failed.problems)
    if _LIMIT in numbers or _LATER.search(said):
        return RetryableError(text)
    if _ALREADY_DONE.search(said):
        return AlreadyDone(text)
    if _IN_PROCESS.search(said):
        return Uncertain(text)
    if failed.level is Level.SIGN_IN or numbers & _CREDENTIALS or _SETTING.search(said):
        return ConfigError(text)
    if _NUMBER_TAKEN in numbers:
        return NumberTaken(text)
    if numbers & _EXIST and (found := _EXISTS.search(said)):
        return Exists(text, (found[1] or found[2]).capitalize())
    return Refusal(text)


def _clean(text: str) -> str:
    """Without entities, doubled spaces, and the id that only Intacct's support can read."""
    return " ".join(_SUPPORT.sub("", html.unescape(text)).split())


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."

"""What the gateway says when it refuses, in its own words and numbers."""

from __future__ import annotations

from dataclasses import dataclass

ROLLED_BACK = "XL03000009"
INCONSISTENT = "Check the transaction for errors or inconsistencies, then try again."


@dataclass(frozen=True, slots=True)
class Error:
    errorno: str
    text: str
    """Goes out as `description2`."""
    correction: str = ""


class Refusal(Exception):
    """Something was not done. The first error is the specific one."""

    def __init__(self, *errors: Error) -> None:
        super().__init__(errors[0].text)
        self.errors = errors


class ControlFailure(Refusal):
    """The whole request was refused before anybody signed in."""


class SignInFailure(Refusal):
    """Nobody could sign in. `status` is the HTTP status that goes with it."""

    def __init__(self, error: Error, status: int = 200) -> None:
        super().__init__(error)
        self.status = status


def wrong(text: str, correction: str = INCONSISTENT, errorno: str = "BL01001973") -> Refusal:
    """The gateway's general refusal."""
    return Refusal(Error(errorno, text, correction))


def invalid(what: str, value: object) -> Refusal:
    return wrong(f"Invalid {what} '{value}' specified.", f"Provide a valid {what}.")


def missing(field: str) -> Refusal:
    return wrong(f"Required field {field} is missing", f"Provide a value for {field}.")


def not_found(what: str, key: object) -> Refusal:
    return wrong(f"Cannot find {what.lower()} with key '{key}' in the company.", "Check the key, then try again.")


def taken(what: str, value: object) -> Refusal:
    return wrong(
        f"Another {what} with the given value(s) {value}  already exists", "Use a unique value instead.", "BL34000061"
    )


def query_failed(text: str) -> Refusal:
    return wrong(text, "Check the query, then try again.", "Query Failed")

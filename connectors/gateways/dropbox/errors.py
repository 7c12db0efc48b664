"""What Dropbox's refusals mean, told from their tags (https://www.dropbox.com/developers/documentation/http)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arhub.network.answer import Answer
from arhub.network.errors import BadAnswer, ConfigError, NetworkError, PermanentError, RetryableError
from connectors.gateways.base import Gone, NameTaken

MOST_TAGS = 6
FULL = frozenset({"insufficient_space", "insufficient_quota"})
LATER = frozenset(
    {"too_many_write_operations", "too_many_requests", "internal_error", "reset", "concurrent_session_data"}
)
SESSION = frozenset({"incorrect_offset", "lookup_failed", "not_found", "closed", "concurrent_session_invalid_offset"})
NAMES = frozenset({"malformed_path", "disallowed_name"})


class Expired(ConfigError):
    """The access token is not taken any more."""


class Unclear(RetryableError):
    """An answer that does not say whether anything was done."""


class WrongOffset(RetryableError):
    """A session is elsewhere than we thought: `correct` bytes of it have arrived."""

    def __init__(self, text: str, correct: int) -> None:
        super().__init__(text)
        self.correct = correct


def tags(error: Any) -> list[str]:
    """From the outside in: path, conflict, file."""
    found: list[str] = []
    while isinstance(error, Mapping) and len(found) < MOST_TAGS:
        tag = str(error.get(".tag", ""))
        found += [tag] if tag else []
        error = error.get(tag) or error.get("reason")
    return found


def error_of(answer: Answer, path: str) -> NetworkError:
    """`path` is what the request was about, for people."""
    error = _body(answer).get("error")
    found = tags(error)
    if answer.status == 429:
        seconds = error.get("retry_after") if isinstance(error, Mapping) else None
        wait = float(seconds) if isinstance(seconds, int) else answer.retry_after or 0
        return RetryableError("Dropbox asks to wait: there are too many requests.", wait)
    if answer.status == 401:
        return _not_let_in(error, found)
    if answer.status == 409:
        return _conflict(error, found, path)
    if answer.status >= 500:
        return Unclear(f"Dropbox does not work now (status {answer.status}).", answer.retry_after or 0)
    if answer.status == 403:
        return ConfigError("Dropbox does not let this account do that: look at its team's rules.")
    return PermanentError(f"Dropbox refuses the request (status {answer.status}).")


def refused_sign_in(answer: Answer) -> NetworkError:
    """To the exchange of the refresh token."""
    if answer.status == 429 or answer.status >= 500:
        return error_of(answer, "")
    if str(_body(answer).get("error", "")).startswith("invalid_client"):
        return ConfigError("Dropbox does not know the app key with this secret: look at the app's Settings page.")
    return ConfigError(
        "Dropbox does not take the refresh token: it was withdrawn, or belongs to another app. The README tells how to "
        "get a new one."
    )


def _not_let_in(error: Any, found: list[str]) -> NetworkError:
    if found[:1] == ["missing_scope"]:
        scope = error.get("required_scope") if isinstance(error, Mapping) else ""
        return ConfigError(
            f"The app may not do that: give it the permission {str(scope)[:60]} in Dropbox's App Console, then get a "
            "new refresh token."
        )
    return Expired("Dropbox does not take the access token.")


def _conflict(error: Any, found: list[str], path: str) -> NetworkError:
    last = set(found)
    if "conflict" in last:
        what = "A folder" if "folder" in last else "A file"
        return NameTaken(f"{what} called {path} lies there already; it was left as it is.")
    if "correct_offset" in str(error) and isinstance(offset := _offset(error), int):
        return WrongOffset(f"Dropbox has another part of {path} than was sent.", offset)
    if found[1:] == ["not_found"] and found[0] != "lookup_failed":  # else it is a session that has ended
        return Gone(f"There is no {path} in Dropbox.")
    if last & FULL:
        return RetryableError(f"There is no room for {path}: the account of Dropbox is full.")
    if last & NAMES:
        return PermanentError(f"Dropbox takes no file called {path}.")
    if "no_write_permission" in last:
        return ConfigError(f"The account of Dropbox may not write {path}.")
    if last & LATER or last & SESSION:
        return RetryableError(f"Dropbox could not do that with {path} now.")
    if not found:
        return Unclear(f"Dropbox refuses that for {path}, and does not say why.")
    return PermanentError(f"Dropbox refuses that for {path}: {', '.join(found)[:100]}.")


def _offset(error: Any) -> Any:
    while isinstance(error, Mapping):
        if "correct_offset" in error:
            return error["correct_offset"]
        error = error.get(str(error.get(".tag", "")))
    return None


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except BadAnswer:
        return {}
    return body if isinstance(body, Mapping) else {}

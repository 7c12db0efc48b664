"""What can go wrong on the way to another system. The four below NetworkError say what to do about it; each text is
a sentence for the people of the tenant, and names hosts, never paths, headers or contents, which may hold secrets."""

from __future__ import annotations


class NetworkError(Exception):
    """Something on the way to another system went wrong."""


class ConfigError(NetworkError):
    """Somebody must change a setting; nothing was sent."""


class PermanentError(NetworkError):
    """The same request would fail again. It reached the other side."""


class RetryableError(NetworkError):
    """May be tried again, later: nothing has happened at the other side, or it may happen twice. `retry_after` is how
    many seconds the other side asks to wait."""

    def __init__(self, text: str, retry_after: float = 0) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Uncertain(NetworkError):
    """The request had gone out and its answer never came: whether it was carried out, only the other side knows."""


class Refused(ConfigError):
    """An address that may not be called."""


class NotTrusted(ConfigError):
    """No secure connection came about: the certificate of one side does not convince the other."""


class Unreachable(RetryableError):
    """No connection was established."""


class Unanswered(RetryableError):
    """As Uncertain, for a request that may be repeated."""


class TooLarge(PermanentError):
    """The answer is larger than the limit. `status` says how it began."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class TooManyRedirects(PermanentError):
    """The answer was a redirect once more than allowed."""


class BadAnswer(PermanentError):
    """The answer is not what its headers say, or no JSON."""

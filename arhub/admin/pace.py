"""How far work in the background is, as its page shows it: the share, how fast, how long still."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

_MARK = "since"


def pace(
    request: HttpRequest, stage: str, done: int, total: int | None, *, began_at: datetime | None = None
) -> dict[str, Any]:
    """Share in percent, rows per second and time left.

    A rate is that of the stage at hand since the page first saw it, or since `began_at`: `query` carries when that was
    to the next look.
    """
    now = timezone.now().timestamp()
    rows, since = _mark(request, stage, done, now) or ((0, began_at.timestamp()) if began_at else (done, now))
    rate = (done - rows) / (now - since) if now - since > 0.5 and done > rows else 0
    left = (total - done) / rate if rate and total and total > done else None
    return {
        "share": min(100, round(100 * done / total)) if total else 0,
        "known": bool(total),
        "rate": round(rate),
        "left": duration(timedelta(seconds=max(1, round(left)))).replace(".0 s", " s") if left is not None else "",
        "query": _query(request, f"{rows}:{since:.1f}:{stage}"),
    }


def _mark(request: HttpRequest, stage: str, done: int, now: float) -> tuple[int, float] | None:
    """(rows, when) the stage began, as far as the page knows."""
    rows, _, rest = request.GET.get(_MARK, "").partition(":")
    since, _, marked = rest.partition(":")
    try:
        if marked == stage and 0 <= int(rows) <= done and float(since) <= now + 1:
            return int(rows), float(since)
    except ValueError:
        pass
    return None


def _query(request: HttpRequest, mark: str) -> str:
    query = {name: value for name, value in request.GET.items() if name != _MARK}
    return urlencode({**query, _MARK: mark})


def duration(span: timedelta) -> str:
    """In words."""
    seconds = max(span.total_seconds(), 0)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"

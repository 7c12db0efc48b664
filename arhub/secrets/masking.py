"""Take secrets out of a text: those that were revealed in this process, and what looks like one."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock
from urllib.parse import quote

MASK = "••••••"
REMEMBERED = 1000
SHORTEST = 6  # a shorter one would take pieces out of ordinary words

LOOKS = (
    (re.compile(r"/sign-in/[^\s\"']+"), "/sign-in/…"),
    (re.compile(r"\bARH-[\w-]{8,}"), "ARH-…"),
    (re.compile(r"\bwhsec_[\w+/=-]+"), "whsec_…"),
    # as a line of a header, and as a header stands in a printed dictionary or list of pairs
    (
        re.compile(
            r"""(\b(?:proxy-)?authorization["']?\s*[:=]\s*b?["']?|\b(?:proxy-)?authorization["'],\s*b?["'])[^"'\r\n]+""",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            r"""(\b(?:x-)?api-?key["']?\s*[:=]\s*b?["']?|\b(?:x-)?api-?key["'],\s*b?["'])[^\s"',;&]+""", re.IGNORECASE
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"\b(Bearer|Basic) [\w.~+/=-]{12,}", re.IGNORECASE), rf"\1 {MASK}"),
)

_revealed: OrderedDict[str, None] = OrderedDict()
_lock = Lock()


def remember(text: str) -> None:
    """Mask this text from now on. The last thousand are kept."""
    if len(text) < SHORTEST:
        return
    with _lock:
        for written in {text, quote(text, safe=""), *text.splitlines()}:
            if len(written) >= SHORTEST:
                _revealed[written] = None
                _revealed.move_to_end(written)
        while len(_revealed) > REMEMBERED:
            _revealed.popitem(last=False)


def mask(text: str) -> str:
    """The text without credentials. For whatever is logged, stored as a log, or shown as an error."""
    with _lock:
        known = [secret for secret in _revealed if secret in text]
    for secret in sorted(known, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for look, instead in LOOKS:
        text = look.sub(instead, text)
    return text

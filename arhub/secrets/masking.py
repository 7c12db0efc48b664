"""Take secrets out of a text: those that were revealed in this process, and what looks like one."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock
from urllib.parse import quote

MASK = "••••••"
REMEMBERED = 1000
SHORTEST = 6  # a shorter one would take pieces out of ordinary words

# between a header's name and its value, in a line, a printed dictionary, or a list of pairs
IS = r"""(?:["']?\s*[:=]\s*(?:b?["'])?|["'],\s*b?["'])"""
LOOKS = tuple(
    (re.compile(look, re.IGNORECASE), instead)
    for look, instead in (
        (r"/sign-in/[^\s\"']+", "/sign-in/…"),
        (r"/in/[\w-]{20,}", "/in/…"),
        (r"\b((?-i:ARH)-[\w-]{6})[\w-]{2,}", r"\1…"),  # the beginning tells which key it is
        (r"\bwhsec_[\w+/=-]+", "whsec_…"),
        (rf"(\b(?:proxy-)?authorization{IS})[^\"'\r\n]+", rf"\1{MASK}"),
        (rf"(\b(?:x-)?api-?key{IS})[^\s\"',;&]+", rf"\1{MASK}"),
        (r"\b(Bearer|Basic) [\w.~+/=-]{12,}", rf"\1 {MASK}"),
    )
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

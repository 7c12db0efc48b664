"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

_LINK = re.compile(r"/sign-in/[^\s\"']+")


class HideSignInLinks(logging.Filter):
    """A sign-in link opens an account, so a log shows that there was one, not which."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "/sign-in/" in text:
            record.msg, record.args = _LINK.sub("/sign-in/…", text), None
        return True

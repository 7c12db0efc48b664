"""What must not stand in a log."""

from __future__ import annotations

import logging
import re

from arhub.requests import request_id

_LINK = re.compile(r"/sign-in/[^\s\"']+")


class HideSignInLinks(logging.Filter):
    """A sign-in link opens an account, so a log shows that there was one, not which."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "/sign-in/" in text:
            record.msg, record.args = _LINK.sub("/sign-in/…", text), None
        return True


class NameRequest(logging.Filter):
    """Every line of a request begins with its id."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request = f"[{request_id()}] " if request_id() else ""
        return True

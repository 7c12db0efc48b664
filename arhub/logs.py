"""What must not stand in a log."""

from __future__ import annotations

import logging

from arhub.requests import request_id
from arhub.secrets.masking import mask

_formatter = logging.Formatter()


class HideSecrets(logging.Filter):
    """Masks credentials and sign-in links in the message, and in the traceback below it."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if (masked := mask(text)) != text:
            record.msg, record.args = masked, None
        if record.exc_info and not record.exc_text:
            record.exc_text = _formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask(record.exc_text)
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        return True


class NameRequest(logging.Filter):
    """Every line of a request begins with its id."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request = f"[{request_id()}] " if request_id() else ""
        return True

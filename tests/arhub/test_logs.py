from __future__ import annotations

import logging

from arhub.logs import HideSecrets


def test_sign_in_link_does_not_reach_the_log() -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Gone: %s", ("/sign-in/MQ/abc-def/",), None)

    kept = HideSecrets().filter(record)

    assert (kept, record.getMessage()) == (True, "Gone: /sign-in/…")

"""A mistake of ours in one document: it holds that one, and lets the others go."""

from __future__ import annotations

import logging
import secrets

from django.db import InterfaceError, OperationalError

from adaptors.formats.base import Problem
from arhub.domain.lease import Cancelled

PASSING = (OperationalError, InterfaceError, Cancelled)
"""What is no document's fault: the database is away, or the run was taken away."""

logger = logging.getLogger(__name__)


def mistake_with(document_id: int) -> Problem:
    """Log the exception that is being handled; the sentence names what support looks for in the log."""
    reference = secrets.token_hex(4)
    logger.exception("Document %s cannot go out, reference %s", document_id, reference)
    return Problem(f"The hub made a mistake with this document. Tell support the reference {reference}.")

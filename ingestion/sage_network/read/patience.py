"""How long the database may think about one query: any field may be filtered and ordered by, index or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from psycopg2.errors import QueryCanceled

from arhub.api.errors import ApiError

MOST_MILLISECONDS = 20_000


@contextmanager
def patience() -> Iterator[None]:
    """For the rest of the transaction no statement takes longer than that. Raises ApiError for one that would."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('statement_timeout', %s, true)", [str(MOST_MILLISECONDS)])
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        seconds = f"{MOST_MILLISECONDS / 1000:g}"
        text = f"Expected a query that is answered in {seconds} seconds, found one that takes longer. Ask for less."
        raise ApiError(400, text) from error

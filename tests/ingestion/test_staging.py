"""The COPY into a staging table: what the server says about it reaches whoever writes."""

from __future__ import annotations

from threading import Thread

import pytest
from django.db import connection
from psycopg2 import DataError

from ingestion.domain.staging import Copy


@pytest.mark.django_db(transaction=True)
def test_copy_whose_last_line_is_broken_ends_with_the_servers_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute('create unlogged table staging."load_0_lines" (line bigint)')
    copy = Copy('staging."load_0_lines"', ["line"])
    ending = Thread(target=_finish, args=(copy,), daemon=True)

    copy.thread.start()
    copy.write("1\n2\nthree\n")
    ending.start()
    ending.join(timeout=20)

    assert not ending.is_alive()
    assert isinstance(copy.error, DataError)
    assert 'invalid input syntax for type bigint: "three"' in str(copy.error)
    with connection.cursor() as cursor:
        cursor.execute('drop table staging."load_0_lines"')


def _finish(copy: Copy) -> None:
    try:
        copy.finish()
    except DataError:
        return

"""The tables of the schema `staging`: the validated rows of a load between reading and commit.

One unlogged table per load and target table, one for rejected rows. They hold no policy, so nothing but this
package reads them, by names made of the load's own id. Dropped on commit, cancel or after a week.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import Any, Protocol

from django.apps import apps
from django.db import connection, connections
from django.db.models import Model

from arhub.records import RECORD_TYPES, Kind, RecordType

_TYPES = {
    Kind.MONEY: "numeric",
    Kind.NUMBER: "numeric",
    Kind.COORDINATE: "numeric(9,6)",
    Kind.INTEGER: "bigint",
    Kind.DATE: "date",
    Kind.DATETIME: "timestamptz",
    Kind.BOOL: "boolean",
}
FIXED = {"file": "bigint", "line": "bigint", "type": "text", "made": "boolean", "digest": "bytea", "erp_key": "text"}
"""The staged columns that are no values of the record, the first of every staging table, and their SQL types."""
_DERIVED = {"given_sign": "smallint", "direction": "text", "given_type": "text"}


def model_of(record_type: RecordType) -> type[Model]:
    return apps.get_model(record_type.model)


def table_of(record_type: str) -> str:
    """The table that records of the type of this name are in."""
    return model_of(RECORD_TYPES[record_type])._meta.db_table


class Staged:
    """The staged rows of one load that go to one table. `columns` are the attributes its files fill; `is_new` when no
    row of them can be a stored record."""

    def __init__(self, ingestion_id: int, record_type: RecordType, columns: Iterable[str]) -> None:
        self.record_type = record_type
        self.model = model_of(record_type)
        self.target = self.model._meta.db_table
        self.columns = list(dict.fromkeys(columns))
        self.ingestion_id = ingestion_id
        self.table = self.beside("")
        self.is_new = False

    def beside(self, what: str) -> str:
        """The name of a table of this load that belongs to these rows."""
        group = record_type_group(self.record_type)
        ending = f"_{what}" if what else ""
        return f'staging."load_{self.ingestion_id}_{self.model._meta.model_name}_{group}{ending}"'

    def part(self, number: int) -> Staged:
        """The same for one part of the rows, in a table of its own."""
        part = Staged(self.ingestion_id, self.record_type, self.columns)
        part.table = self.beside(f"part{number}")
        return part

    def create(self, cursor: Any) -> None:
        types = FIXED | {name: self._type(name) for name in self.columns if name not in FIXED}
        cursor.execute("select pg_get_serial_sequence(%s, 'id')", [self.target])
        (sequence,) = cursor.fetchone()
        cursor.execute(
            f"create unlogged table {self.table} (id bigint default nextval('{sequence}'), "
            + ", ".join(f"{name} {kind}" for name, kind in types.items())
            + ") with (autovacuum_enabled = off)"
        )

    def analyze(self, cursor: Any) -> None:
        cursor.execute(f"analyze {self.table}")

    def _type(self, name: str) -> str:
        field = next((item for item in self.record_type.fields if item.attribute == name), None)
        return _TYPES.get(field.kind, "text") if field else _DERIVED[name]


def record_type_group(record_type: RecordType) -> str:
    """Types that share a table and its keys are staged together; the two kinds of application are not."""
    return record_type.constants[0][1] if record_type.constants else "all"


def rejects_table(ingestion_id: int) -> str:
    return f'staging."load_{ingestion_id}_rejects"'


def same_table(ingestion_id: int) -> str:
    return f'staging."load_{ingestion_id}_same"'


def cells_table(ingestion_id: int) -> str:
    return f'staging."load_{ingestion_id}_cells"'


def create_rest(cursor: Any, ingestion_id: int) -> None:
    """Make the tables of rows that are not staged: rejected ones, and those for which nothing is to be done because
    `record` is what they say already, or (null) a later line of the load says it; and of the cells of rows that may
    yet be rejected."""
    cursor.execute(
        f"create unlogged table {same_table(ingestion_id)} (file bigint, line bigint, type text, target text, "
        "record bigint) with (autovacuum_enabled = off)"
    )
    cursor.execute(
        f"create unlogged table {cells_table(ingestion_id)} (file bigint, line bigint, cells jsonb) "
        "with (autovacuum_enabled = off)"
    )
    cursor.execute(
        f"create unlogged table {rejects_table(ingestion_id)} "
        "(file bigint, line bigint, type text, target text, problems jsonb, cells jsonb, cause text)"
    )


def mark_complete(cursor: Any, ingestion_id: int, writes: int) -> None:
    """Note that every file of a load was staged to its end, and how often its ledger had been written when that began.
    Unlogged, so a crash of the database forgets it, too."""
    cursor.execute(f"create unlogged table {_complete_table(ingestion_id)} as select %s::bigint as writes", [writes])


def has_known(cursor: Any, ingestion_id: int) -> int | None:
    """How often the ledger had been written when rows were found to be known; None when none were."""
    cursor.execute(
        f"select writes from {_complete_table(ingestion_id)} "
        f"where exists (select 1 from {same_table(ingestion_id)} where record is not null)"
    )
    found = cursor.fetchone()
    return int(found[0]) if found else None


def is_complete(cursor: Any, ingestion_id: int) -> bool:
    return holds_rows(cursor, _complete_table(ingestion_id))


def exists(cursor: Any, table: str) -> bool:
    cursor.execute("select to_regclass(%s) is not null", [table])
    return bool(cursor.fetchone()[0])


def holds_rows(cursor: Any, table: str) -> bool:
    """Whether the table is there and was not emptied by a crash."""
    if not exists(cursor, table):
        return False
    cursor.execute(f"select exists (select 1 from {table})")
    return bool(cursor.fetchone()[0])


def _complete_table(ingestion_id: int) -> str:
    return f'staging."load_{ingestion_id}_complete"'


def drop(ingestion_id: int) -> None:
    """Drop whatever a load has staged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select tablename from pg_tables where schemaname = 'staging' and tablename like %s",
            [f"load\\_{ingestion_id}\\_%"],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'drop table if exists staging."{name}"')


class Writer(Protocol):
    """Takes lines of COPY text; `is_new` when no row of them can be a stored record."""

    def write(self, text: str, *, is_new: bool = False) -> None: ...


class Copy:
    """Streams text into a table by one COPY, in a thread of its own, so that parsing and writing overlap."""

    def __init__(self, table: str, columns: Iterable[str]) -> None:
        self.sql = f"copy {table} ({', '.join(columns)}) from stdin"
        self.queue: Queue[bytes | None] = Queue(maxsize=4)
        self.rest = b""
        self.ended = False
        self.error: BaseException | None = None
        self.thread = Thread(target=self._run, name="copy", daemon=True)

    def write(self, text: str, *, is_new: bool = False) -> None:
        if self.error:
            raise self.error
        if text:
            self.queue.put(text.encode())

    def read(self, size: int) -> bytes:
        """What COPY calls: the next bytes, at most `size`; nothing more ends the stream."""
        if not self.rest:
            block = self.queue.get()
            if block is None:
                self.ended = True
                return b""
            self.rest = block
        part, self.rest = self.rest[:size], self.rest[size:]
        return part

    def _run(self) -> None:
        own = connections["default"]
        try:
            with own.cursor() as cursor:
                cursor.cursor.copy_expert(self.sql, self, size=1 << 20)
        except BaseException as error:
            self.error = error
            while not self.ended and self.queue.get() is not None:
                pass
        finally:
            own.close()

    def finish(self) -> None:
        self.queue.put(None)
        self.thread.join()
        if self.error:
            raise self.error


class _Here:
    """Keeps the text and copies it in the transaction that is open, for the few rows of a load that is part of one."""

    def __init__(self, table: str, columns: Iterable[str]) -> None:
        self.sql, self.text = f"copy {table} ({', '.join(columns)}) from stdin", io.StringIO()

    def write(self, text: str, *, is_new: bool = False) -> None:
        self.text.write(text)

    def finish(self) -> None:
        self.text.seek(0)
        with connection.cursor() as cursor:
            cursor.cursor.copy_expert(self.sql, self.text)


@contextmanager
def copy_into(table: str, columns: Iterable[str]) -> Iterator[Writer]:
    """Copy into a table: an existing, committed one, unless a transaction is open. An error in the block leaves what
    was sent before it."""
    if connection.in_atomic_block:
        here = _Here(table, columns)
        yield here
        here.finish()
        return
    copy = Copy(table, columns)
    copy.thread.start()
    try:
        yield copy
    finally:
        copy.finish()


def staged_loads() -> set[int]:
    """The loads that have something staged."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct split_part(tablename, '_', 2) from pg_tables where schemaname = 'staging'")
        return {int(number) for (number,) in cursor.fetchall() if number.isdigit()}

"""References that no foreign key of the database holds: loads verify them as they write, this looks at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Model

from arhub.domain.owners import TABLES
from arhub.models import (
    Account,
    Application,
    Contact,
    CustomFieldValue,
    Document,
    DocumentLine,
    Ledger,
    OutstandingItem,
    Payment,
    WorkflowStatus,
)  # fmt: skip

REFERENCES: tuple[tuple[type[Model], str, type[Model], str], ...] = (
    (Account, "parent", Account, ""),
    (Account, "primary_contact", Contact, ""),
    (Contact, "account", Account, ""),
    (Document, "account", Account, ""),
    (Document, "company", Account, ""),
    (DocumentLine, "document", Document, ""),
    (WorkflowStatus, "document", Document, ""),
    (Payment, "account", Account, ""),
    (Application, "document", Document, ""),
    (Application, "payment", Payment, ""),
    (Application, "credit_memo", Document, ""),
    (OutstandingItem, "document", Document, ""),
    *((CustomFieldValue, "owner", model, f"c.table_key = '{key}' and ") for key, model in TABLES.items()),
    *((model, "ledger", Ledger, "") for model in (
        Account, Contact, Document, DocumentLine, WorkflowStatus, Payment, Application, OutstandingItem,
        CustomFieldValue,
    )),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dangling:
    """Rows of a table whose reference leads nowhere, or to another tenant."""

    table: str
    column: str
    rows: int
    example: int


def dangling_references() -> Iterator[Dangling]:
    """Look at every reference, set by set. Run it in scope_all, or in scope() for one tenant."""
    for child, field, parent, only in REFERENCES:
        table, column = child._meta.db_table, str(child._meta.get_field(field).column)  # type: ignore[union-attr]
        with connection.cursor() as cursor:
            cursor.execute(
                f"select count(*), min(c.id) from {table} c where {only}c.{column} is not null and not exists "
                f"(select 1 from {parent._meta.db_table} p where p.tenant_id = c.tenant_id and p.id = c.{column})"
            )
            rows, example = cursor.fetchone()
        if rows:
            yield Dangling(table, column, rows, example)

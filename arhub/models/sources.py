"""Where records come from, and the key space they live in."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from arhub.tenancy.models import BulkTenantModel, TenantModel


class Ledger(TenantModel):
    """The identity space of records inside a tenant: a key means one record per ledger."""

    name = models.CharField(max_length=120)
    is_default = models.BooleanField(default=False)
    writes = models.BigIntegerField(default=0, editable=False, help_text="How many transactions wrote records to it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="ledger_name_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="ledger_tenant_id"),
            models.UniqueConstraint(fields=["tenant"], condition=models.Q(is_default=True), name="ledger_one_default"),
        ]
        ordering = ["-is_default", "name"]

    def __str__(self) -> str:
        return self.name


class Source(TenantModel):
    """Uploads, a connection or an API enrollment. It feeds exactly one ledger; several may feed the same one."""

    class Kind(models.TextChoices):
        UPLOAD = "upload", "Uploaded files"
        CONNECTION = "connection", "Connection"
        API = "api", "API"

    class DateOrder(models.TextChoices):
        DECIDE = "", "Decide from the file"
        DAY_FIRST = "day", "Day first: 31-12-2026"
        MONTH_FIRST = "month", "Month first: 12/31/2026"

    class DecimalSign(models.TextChoices):
        DECIDE = "", "Decide from the file"
        POINT = ".", "Point: 1,234.50"
        COMMA = ",", "Comma: 1.234,50"

    class EmptyCells(models.TextChoices):
        KEEP = "keep", "Keep what is stored"
        CLEAR = "clear", "Clear what is stored"

    class UnknownAccounts(models.TextChoices):
        REJECT = "reject", "Reject the row"
        CREATE = "create", "Create the account"

    class DuplicateKeys(models.TextChoices):
        FIRST = "first", "Reject the later lines"
        LAST = "last", "The last line wins"

    class Rejects(models.TextChoices):
        ROWS = "rows", "Reject only bad rows"
        FILE = "file", "Reject the whole load"
        SHARE = "share", "Reject the whole load above a share"

    class Extent(models.TextChoices):
        INCREMENTAL = "incremental", "Incremental: says nothing about what it leaves out"
        SNAPSHOT = "snapshot", "Full snapshot: what it leaves out is missing at source"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.UPLOAD)
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, db_constraint=False, related_name="sources")
    date_order = models.CharField(
        max_length=5,
        choices=DateOrder.choices,
        default=DateOrder.DECIDE,
        blank=True,
        help_text="Used for a column of dates that can be read in two ways.",
    )
    decimal_sign = models.CharField(
        max_length=1,
        choices=DecimalSign.choices,
        default=DecimalSign.DECIDE,
        blank=True,
        help_text="Used for a column of amounts that can be read in two ways.",
    )
    empty_cells = models.CharField(
        max_length=5, choices=EmptyCells.choices, default=EmptyCells.KEEP, verbose_name="An empty cell"
    )
    unknown_accounts = models.CharField(
        max_length=6, choices=UnknownAccounts.choices, default=UnknownAccounts.REJECT, verbose_name="An unknown account"
    )
    duplicate_keys = models.CharField(
        max_length=5, choices=DuplicateKeys.choices, default=DuplicateKeys.FIRST, verbose_name="Lines with the same key"
    )
    rejects = models.CharField(max_length=5, choices=Rejects.choices, default=Rejects.ROWS, verbose_name="Invalid rows")
    reject_above_percent = models.PositiveSmallIntegerField(
        default=5, verbose_name="Reject above percent", help_text="Used by “Reject the whole load above a share”."
    )
    extent = models.CharField(
        max_length=11, choices=Extent.choices, default=Extent.INCREMENTAL, verbose_name="A file is"
    )
    stop_above_percent = models.PositiveSmallIntegerField(
        default=20,
        verbose_name="Stop a snapshot above percent",
        help_text="A snapshot that leaves out more than this share of the open items, or of their money, stops.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="source_name_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="source_tenant_id"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class BankAccount(TenantModel):
    """An account of the tenant that its customers pay to."""

    name = models.CharField(max_length=120)
    iban = models.CharField(max_length=40, blank=True, verbose_name="IBAN")
    bic = models.CharField(max_length=11, blank=True, verbose_name="BIC")
    registration_number = models.CharField(max_length=10, blank=True, help_text="Danish bank registration number.")
    account_number = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["-is_default", "name"]

    def __str__(self) -> str:
        return self.name


def by_file(table: str) -> BrinIndex:
    """Finds what a load has brought. A file's rows lie side by side, so that a few bytes a hundred pages are enough."""
    return BrinIndex(fields=["created_file"], name=f"{table}_file", autosummarize=True)


class SourceRecord(BulkTenantModel):
    """A record that a source owns. Written by loads, set by set; people read it.

    `digest` is the digest of the cells that last wrote it: equal cells need no comparison. Whatever else
    writes the record sets it to null; an undo empties it, so that the next load compares. `created_file` and
    `created_line` name the line it came from. `missing_at` is set since a full snapshot of its source came without
    it; a load that brings it again clears that.
    """

    ledger = models.ForeignKey(Ledger, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False,
                               related_name="+")  # fmt: skip
    erp_key = models.CharField(max_length=255, db_collation="C")
    digest = models.BinaryField(null=True, editable=False)
    missing_at = models.DateTimeField(null=True, editable=False)
    created_file = models.BigIntegerField(null=True, editable=False)
    created_line = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False, db_default=models.functions.Now())
    updated_at = models.DateTimeField(editable=False, db_default=models.functions.Now())

    class Meta:
        abstract = True

"""Accounts and contacts."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from arhub.models.columns import columns_of
from arhub.models.sources import SourceRecord, by_file
from arhub.records.parties import ACCOUNT, CONTACT


class Account(columns_of(ACCOUNT), SourceRecord):  # type: ignore[misc]
    """A customer of the tenant. Vendors and the own company come along and stand in no receivable view."""

    parent = models.ForeignKey("self", models.DO_NOTHING, null=True, blank=True, db_constraint=False,
                               related_name="children")  # fmt: skip
    primary_contact = models.ForeignKey("Contact", models.DO_NOTHING, null=True, blank=True, db_constraint=False,
                                        db_index=False, related_name="+")  # fmt: skip
    number_lower = models.GeneratedField(
        expression=Lower("number"), output_field=models.CharField(max_length=255, db_collation="C"), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="account_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "ledger", "erp_key"], name="account_key"),
        ]
        indexes = [
            models.Index(fields=["tenant", "number_lower"], name="account_number"),
            models.Index(fields=["tenant", "name", "id"], name="account_name"),
            by_file("account"),
        ]

    def __str__(self) -> str:
        return self.name or self.number or self.erp_key


class Contact(columns_of(CONTACT), SourceRecord):  # type: ignore[misc]
    """A person at an account."""

    account = models.ForeignKey(
        Account, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="contacts"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="contact_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "ledger", "erp_key"], name="contact_key"),
        ]
        indexes = [models.Index(fields=["tenant", "account"], name="contact_account"), by_file("contact")]

    def __str__(self) -> str:
        return self.name or self.email or self.erp_key

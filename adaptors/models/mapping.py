"""Which field of ours fills which of another system."""

from __future__ import annotations

from django.db import models

from adaptors.models.activations import Activation
from arhub.tenancy.models import TenantModel


class LookupTable(TenantModel):
    """What a word of ours is called somewhere else: product → AccountNo, tender → PaymentMethod."""

    name = models.CharField(max_length=120)
    default = models.CharField(max_length=255, blank=True, help_text="For what is not in the table; empty: held.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="lookuptable_name_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="lookuptable_tenant_id"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LookupEntry(TenantModel):
    """A row of a lookup table."""

    table = models.ForeignKey(LookupTable, on_delete=models.CASCADE, db_constraint=False, related_name="entries")
    key = models.CharField(max_length=255)
    value = models.CharField(max_length=255)

    class Meta:
        verbose_name_plural = "lookup entries"
        constraints = [models.UniqueConstraint(fields=["tenant", "table", "key"], name="lookupentry_once")]
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} → {self.value}"


class FieldMapping(TenantModel):
    """Where a field of the other system gets its value from: a field of ours, a constant, or a lookup table asked with
    a field of ours. `record_type` is the name of the object that a record becomes there, `target` that of its field, as
    the connector declares them."""

    class Kind(models.TextChoices):
        FIELD = "field", "Field"
        CONSTANT = "constant", "Constant"
        LOOKUP = "lookup", "Lookup table"

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, db_constraint=False, related_name="field_mappings"
    )
    record_type = models.CharField(max_length=40)
    target = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.FIELD)
    value = models.CharField(max_length=255, blank=True, help_text="The field's name, or the constant.")
    table = models.ForeignKey(
        LookupTable, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, related_name="mappings"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "activation", "record_type", "target"], name="fieldmapping_once"),
        ]
        ordering = ["record_type", "id"]

    def __str__(self) -> str:
        return f"{self.target} ← {self.value or self.table}"

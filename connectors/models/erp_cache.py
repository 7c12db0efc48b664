"""What is published to ERP Cache as the ERP party."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from arhub.models import Ledger
from arhub.models.columns import ExactDecimalField
from arhub.tenancy.models import BulkTenantModel, TenantModel
from connectors.erp_cache.interfaces import OUTSTANDING_ITEM
from connectors.models.connections import Connection
from connectors.models.files import Delivery


class ErpCachePublication(TenantModel):
    """The outstanding amounts that one shop is told: those of a ledger, or of all receivable documents.

    `last_index` is that of the last drop, which `last_delivery` carries.
    """

    class IndexKind(models.TextChoices):
        COUNTER = "counter", "A counter"
        TIMESTAMP = "timestamp", "The time, in UTC"

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, db_constraint=False, related_name="publications"
    )
    ledger = models.ForeignKey(
        Ledger, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, related_name="+",
        help_text="Empty: the documents of all ledgers.",
    )  # fmt: skip
    shop = models.CharField(max_length=100, help_text="As the other side has issued it.")
    is_staging = models.BooleanField(default=False)
    importer = models.CharField(max_length=60, default=OUTSTANDING_ITEM.importer)
    folder = models.CharField(max_length=500, blank=True, default="ErpCache")
    index_kind = models.CharField(max_length=10, choices=IndexKind.choices, default=IndexKind.COUNTER)
    last_index = models.BigIntegerField(default=0, editable=False)
    last_delivery = models.ForeignKey(
        Delivery, on_delete=models.SET_NULL, null=True, editable=False, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "connection", "shop", "is_staging"], name="erpcachepublication_once"
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="erpcachepublication_tenant_id"),
        ]
        ordering = ["shop", "is_staging"]

    def __str__(self) -> str:
        return self.shop_name

    @property
    def shop_name(self) -> str:
        return f"{self.shop}-Staging" if self.is_staging else self.shop


class PublishedItem(BulkTenantModel):
    """What a shop was told last of an invoice number, and by which delivery. Without one, or with one that failed, it
    counts as not told. What is settled, and was told so, is forgotten."""

    publication = models.ForeignKey(
        ErpCachePublication, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="items"
    )
    number = models.CharField(max_length=120, db_collation="C")
    currency = models.CharField(max_length=3, blank=True)
    amount = ExactDecimalField()
    delivery = models.ForeignKey(
        Delivery, on_delete=models.SET_NULL, null=True, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "publication", "number"], name="publisheditem_once"),
        ]
        indexes = [models.Index(fields=["tenant", "delivery"], name="publisheditem_delivery")]

    def __str__(self) -> str:
        return self.number

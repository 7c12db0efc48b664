"""Files that go through gateways, and files that come in through them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from arhub.models import Outbound, Source
from arhub.records import RECORD_TYPES
from arhub.tenancy.managers import TenantManager, TenantQuerySet
from arhub.tenancy.models import TenantModel
from connectors.models.connections import Connection
from ingestion.models import MappingProfile


class OutboundDeliveryManager(TenantManager):
    def get_queryset(self) -> TenantQuerySet[Outbound]:
        return super().get_queryset().filter(channel="delivery")


class OutboundDelivery(Outbound):
    """What is on its way through a gateway, as the list Deliveries has it."""

    objects = OutboundDeliveryManager()  # type: ignore[misc]

    class Meta:
        proxy = True
        verbose_name, verbose_name_plural = "delivery", "deliveries"


class Delivery(TenantModel):
    """A file on its way through a gateway: its bytes, its name there and its facts, all fixed before the first call.
    `outbound` carries it. Where `connection` has others carry for it, `through` is the one that did in the end, and
    `route` the one that the participant directory led to.

    `verdict` is what receipts say that come after it was handed over.
    """

    class Verdict(models.TextChoices):
        NONE = "", "–"
        AWAITED = "awaited", "Receipt awaited"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"

    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="deliveries"
    )
    route = models.ForeignKey(
        Connection, on_delete=models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    through = models.ForeignKey(
        Connection, on_delete=models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    outbound = models.OneToOneField(Outbound, on_delete=models.CASCADE, db_constraint=False, related_name="delivery")
    content = models.FileField(upload_to="deliveries/%Y/%m/%d", max_length=500)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255, db_collation="C", help_text="What it is called there.")
    folder = models.CharField(max_length=500, blank=True)
    media_type = models.CharField(max_length=120)
    facts = models.JSONField(default=dict, help_text="The document's fields, for templates and envelopes.")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.NONE, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="delivery_tenant_id")]
        indexes = [
            models.Index(fields=["tenant", "connection", "-id"], name="delivery_connection"),
            models.Index(fields=["tenant", "name"], name="delivery_name"),
            models.Index(fields=["tenant", "verdict"], name="delivery_verdict", condition=Q(verdict="refused")),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class DeliveryReceipt(TenantModel):
    """What the other side said of a file, as it came: an answer, an MDN, the report of an access point. `speaks_of` is
    the digest or MIC that it names itself, `file_sha256` that of the file it belongs to."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, db_constraint=False, related_name="receipts")
    attempt = models.BigIntegerField(null=True, help_text="The attempt that it answers.")
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=1000)
    warning = models.CharField(max_length=1000, blank=True)
    is_refusal = models.BooleanField(default=False)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, help_text="Of the receipt's own bytes.")
    media_type = models.CharField(max_length=120, blank=True)
    reference = models.CharField(max_length=255, blank=True, db_collation="C")
    speaks_of = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "delivery", "kind", "sha256"], name="deliveryreceipt_once"),
        ]
        indexes = [models.Index(fields=["tenant", "reference"], name="deliveryreceipt_reference")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class Inbox(TenantModel):
    """Where files of a source come in: a folder of a gateway that is looked into, or what a partner sends by itself.

    A file is taken once: by its name, size and digest. It becomes a load of `record_type`, read by `profile` where one
    is set; the drops of ERP Cache say themselves what they are, and are taken in the order of their indexes.
    """

    class Contents(models.TextChoices):
        RECORDS = "records", "Files of one record type"
        ERP_CACHE = "erp_cache", "ERP Cache"

    class Order(models.TextChoices):
        NAME = "name", "By name"
        OLDEST = "oldest", "Oldest first"

    class Afterwards(models.TextChoices):
        REMEMBER = "remember", "Leave it there, and remember it"
        MOVE = "move", "Move it into another folder"

    name = models.CharField(max_length=120)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, db_constraint=False, related_name="inboxes")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_constraint=False, related_name="inboxes")
    folder = models.CharField(max_length=500, blank=True, help_text="Empty: the folder in which one arrives.")
    pattern = models.CharField(
        max_length=200, default="*", help_text="Such as *.csv or invoices_*.xml; several separated by blanks."
    )
    order = models.CharField(max_length=10, choices=Order.choices, default=Order.NAME)
    contents = models.CharField(max_length=10, choices=Contents.choices, default=Contents.RECORDS)
    record_type = models.CharField(
        max_length=30, blank=True, choices=[(name, one.plural) for name, one in RECORD_TYPES.items()]
    )
    profile = models.ForeignKey(
        MappingProfile, on_delete=models.SET_NULL, null=True, blank=True, db_constraint=False, related_name="inboxes",
        help_text="Empty: the one that fits a file, as for uploads.",
    )  # fmt: skip
    afterwards = models.CharField(max_length=10, choices=Afterwards.choices, default=Afterwards.REMEMBER)
    move_to = models.CharField(
        max_length=500, blank=True, default="processed", verbose_name="Folder for what was taken"
    )
    settle_seconds = models.PositiveIntegerField(
        default=10,
        verbose_name="Unchanged for (seconds)",
        help_text="A file that grows meanwhile is still being written.",
    )
    review = models.BooleanField(
        default=False,
        verbose_name="Wait for review",
        help_text="A person looks at each load before it is written, and maps columns that are not known.",
    )
    is_enabled = models.BooleanField(default=True, editable=False)
    looked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "inboxes"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="inbox_name_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="inbox_tenant_id"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class InboxFile(TenantModel):
    """A file that an inbox has seen, or was sent. `index` and `sub` order the drops of ERP Cache.

    `content` is kept of what became no load: set aside with a reason, a bounce, or the answer to something that was
    sent. `message_id` is how its sender names it who sent it by itself.
    """

    class State(models.TextChoices):
        SEEN = "seen", "Waiting to be whole"
        TAKEN = "taken", "Taken in"
        REPEATED = "repeated", "Came before"
        ASIDE = "aside", "Set aside"
        BOUNCE = "bounce", "Bounce"
        ANSWER = "answer", "Answer"
        GONE = "gone", "Gone"

    OVER: ClassVar = frozenset({State.TAKEN, State.REPEATED, State.ASIDE, State.BOUNCE, State.ANSWER})

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, db_constraint=False, related_name="files")
    name = models.CharField(max_length=500)
    folder = models.CharField(max_length=500, blank=True)
    size = models.BigIntegerField(null=True)
    version = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SEEN)
    sha256 = models.CharField(max_length=64, blank=True)
    text = models.CharField(max_length=1000, blank=True, help_text="What became of it, in a sentence.")
    content = models.FileField(upload_to="inboxes/%Y/%m/%d", max_length=500, blank=True)
    ingestion = models.BigIntegerField(null=True)
    index = models.CharField(max_length=40, blank=True)
    sub = models.PositiveIntegerField(null=True)
    message_id = models.CharField(max_length=500, blank=True)
    seen_at = models.DateTimeField(default=timezone.now, help_text="First, in this size and version.")
    taken_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "inbox", "name", "size", "sha256"], condition=Q(state="taken"), name="inboxfile_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "inbox", "message_id", "name"],
                condition=~Q(message_id=""),
                name="inboxfile_message_once",
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="inboxfile_tenant_id"),
        ]
        indexes = [
            models.Index(fields=["tenant", "inbox", "-id"], name="inboxfile_newest"),
            models.Index(fields=["tenant", "inbox", "folder", "name"], name="inboxfile_name"),
            models.Index(fields=["tenant", "ingestion"], name="inboxfile_ingestion"),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Receiver(models.Model):
    """By what a partner's request is known: the digest of the token in its address, or of the ids it names. On the
    closed list of tables without a policy, for it is read before anybody knows which tenant is meant."""

    key = models.CharField(max_length=64)
    tenant = models.ForeignKey("arhub.Tenant", on_delete=models.CASCADE, related_name="+")
    connection_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "tenant", "connection_id"], name="receiver_once"),
        ]

    def __str__(self) -> str:
        return self.key

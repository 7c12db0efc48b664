"""Who can be reached through which network, and under which ids one can be reached oneself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from arhub.tenancy.models import TenantModel
from connectors.models.connections import Connection
from connectors.models.files import Inbox


class Participant(TenantModel):
    """Somebody who takes documents electronically, as this tenant knows it: filled by import and look-up.

    `scheme` and `identifier` are the endpoint, such as 0184 and 12345674. `route` says by which network it is reached;
    `connection` through which of the tenant's connections, where the route has several. Identifier and numbers are
    stored as `connectors.domain` normalises them, in an order by characters, so that beginnings are found by an index.

    `is_registered` and `document_types` are what the network's own directory said at `looked_up_at`; `look_up_text`
    is its last answer, also when that told nothing.
    """

    class Route(models.TextChoices):
        PEPPOL = "peppol", "Peppol"
        NEMHANDEL = "nemhandel", "NemHandel"
        VANS = "vans", "VANS"
        HUB = "hub", "Another company of this hub"

    scheme = models.CharField(max_length=20)
    identifier = models.CharField(max_length=60, db_collation="C")
    name = models.CharField(max_length=255)
    country = models.CharField(max_length=2, blank=True)
    registration_number = models.CharField(max_length=40, blank=True, db_collation="C")
    vat_number = models.CharField(max_length=40, blank=True, verbose_name="VAT number", db_collation="C")
    route = models.CharField(max_length=10, choices=Route.choices, default=Route.PEPPOL)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, related_name="participants",
        help_text="Empty: the one that the connection To Network names for this route.",
    )  # fmt: skip
    document_types = models.JSONField(default=list, blank=True, editable=False)
    is_registered = models.BooleanField(null=True, editable=False, help_text="What the last look-up found.")
    looked_up_at = models.DateTimeField(null=True, editable=False)
    look_up_text = models.CharField(max_length=400, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    name_lower = models.GeneratedField(
        expression=Lower("name"), output_field=models.CharField(max_length=255, db_collation="C"), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "scheme", "identifier", "route"], name="participant_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="participant_tenant_id"),
        ]
        indexes = [
            models.Index(fields=["tenant", "identifier"], name="participant_identifier"),
            models.Index(fields=["tenant", "name_lower", "id"], name="participant_name"),
            models.Index(fields=["tenant", "registration_number"], name="participant_registration"),
            models.Index(fields=["tenant", "vat_number"], name="participant_vat"),
        ]
        ordering = ["name_lower", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.endpoint})"

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}:{self.identifier}"

    @property
    def registered(self) -> str:
        """In words: Registered, Not registered, Not looked up, or Not known when no answer ever told."""
        if self.is_registered is None:
            return "Not known" if self.look_up_text else "Not looked up"
        return "Registered" if self.is_registered else "Not registered"


class NetworkAddress(TenantModel):
    """An endpoint under which other companies of this hub may send to this one, into an inbox. Once over all tenants:
    an endpoint belongs to one company."""

    scheme = models.CharField(max_length=20)
    identifier = models.CharField(max_length=60)
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, db_constraint=False, related_name="addresses")

    class Meta:
        verbose_name_plural = "network addresses"
        constraints = [
            models.UniqueConstraint(
                models.F("scheme"), models.functions.Lower("identifier"), name="networkaddress_once"
            ),
            models.CheckConstraint(condition=~Q(identifier=""), name="networkaddress_named"),
        ]
        ordering = ["scheme", "identifier"]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.identifier}"

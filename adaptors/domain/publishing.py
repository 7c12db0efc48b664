"""ERP Cache: Publish Outstanding Items. A shop is told what has changed since the last drop."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from adaptors.models import Activation
from arhub.domain.jobs import Job
from arhub.network.errors import ConfigError, RetryableError
from arhub.tenancy.scope import scope
from connectors.domain.publishing import CannotPublish, TooEarly, publication_for, publish
from connectors.models import Delivery, PublishedItem

UNCHANGED = "Nothing has changed since the last drop."


def work(job: Job) -> bool:
    job.progress("Finding what has changed")
    with scope(job.tenant_id):
        activation = Activation.objects.select_related("source", "destination").get(pk=job.subject_id)
        try:
            delivery = _published(activation)
        except TooEarly as problem:
            raise RetryableError(str(problem)) from None
        except CannotPublish as problem:
            raise ConfigError(str(problem)) from None
        told = PublishedItem.objects.filter(delivery=delivery).count() if delivery else 0
        Activation.objects.filter(pk=activation.pk, first_run_at=None).update(first_run_at=timezone.now())
    if delivery is None:
        job.log(UNCHANGED)
        return True
    job.count("Outstanding amounts", told)
    job.link(delivery.name, reverse("admin:connectors_outbounddelivery_change", args=[delivery.outbound_id]))
    return True


def _published(activation: Activation) -> Delivery | None:
    if activation.destination is None:
        raise ConfigError(f"{activation} has no destination: choose one on its page.")
    publication = publication_for(
        activation.destination, str(activation.values.get("shop") or ""),
        is_staging=bool(activation.values.get("is_staging")),
        ledger=activation.source.ledger if activation.source else None,
    )  # fmt: skip
    return publish(publication)

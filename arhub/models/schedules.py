"""When runs are due."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from arhub.tenancy.models import TenantModel


class Timing(TenantModel):
    """When something is due, again and again; only the fields that `every` asks for count.

    Times are wall times of `zone`, an IANA name. With a `country`, an ISO code, only its business days count.
    """

    class Every(models.TextChoices):
        HOURLY = "hourly", "Hour"
        DAILY = "daily", "Day"
        WEEKLY = "weekly", "Week"
        CRON = "cron", "Cron pattern"

    every = models.CharField(max_length=6, choices=Every.choices, default=Every.DAILY)
    minute = models.PositiveSmallIntegerField(default=0, help_text="Of each hour, 0 to 59.")
    at = models.TimeField("time", default=time(7), help_text="Such as 07:00.")
    weekdays = models.JSONField(default=list, blank=True, help_text="Monday is 0.")
    cron = models.CharField(
        "cron pattern", max_length=100, blank=True,
        help_text="Minute, hour, day of the month, month, day of the week: 30 6 * * 1-5 is weekdays at 06:30.",
    )  # fmt: skip
    zone = models.CharField("time zone", max_length=60, default="UTC")
    country = models.CharField("business days of", max_length=2, blank=True)
    subdivision = models.CharField("region", max_length=40, blank=True)

    class Meta:
        abstract = True

    @property
    def quiet(self) -> tuple[time, time] | None:
        """From when until when nothing comes due; None: never."""
        return None


class Schedule(Timing):
    """When a run of a kind is due for a subject.

    `next_due_at` is null while nothing comes: paused, or no such time in the years ahead. What would come due between
    `quiet_from` and `quiet_until`, wall times of its zone too, comes at their end; both are set, or none.
    """

    class Missed(models.TextChoices):
        SKIP = "skip", "Skip: leave out what was missed"
        ONCE = "once", "Once: one run for all that were missed"
        EACH = "each", "Each: one run for each that was missed"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    quiet_from = models.TimeField("not between", null=True, blank=True)
    quiet_until = models.TimeField("and", null=True, blank=True)
    missed = models.CharField("missed runs", max_length=4, choices=Missed.choices, default=Missed.ONCE)
    is_paused = models.BooleanField(default=False, editable=False)
    next_due_at = models.DateTimeField(null=True, editable=False)
    last_due_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="schedule_tenant_id")]
        indexes = [
            models.Index(fields=["tenant", "next_due_at"], name="schedule_due", condition=Q(is_paused=False)),
            models.Index(fields=["tenant", "kind", "subject_id"], name="schedule_subject"),
        ]
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def quiet(self) -> tuple[time, time] | None:
        return (self.quiet_from, self.quiet_until) if self.quiet_from and self.quiet_until else None


class ClosedDay(TenantModel):
    """A day on which the company is closed, beside its country's holidays. Schedules by business days leave it out."""

    date = models.DateField()
    name = models.CharField(max_length=120, help_text="Such as “Company outing”.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "date"],
                name="closed_day_once",
                violation_error_message="This day is on the list already.",
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="closed_day_tenant_id"),
        ]
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.name} ({self.date:%-d %b %Y})"

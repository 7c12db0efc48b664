"""Who may do what with what a tenant shares among its people and programs, and the groups it gathers them in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from arhub.models.api import ApiKey
from arhub.tenancy.models import TenantModel


class Level(models.TextChoices):
    """In rising order: look at it; use it; change it; switch, share and remove it."""

    VIEW = "view", "View"
    OPERATE = "operate", "Operate"
    EDIT = "edit", "Edit"
    ADMINISTER = "administer", "Administer"

    def includes(self, needed: Level) -> bool:
        order = list(Level)
        return order.index(self) >= order.index(needed)


class Team(TenantModel):
    """Some of a tenant's people: a group, on the screens."""

    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "group"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"], name="team_name_once", violation_error_message="There is such a group."
            ),
            models.UniqueConstraint(fields=["tenant", "id"], name="team_tenant_id"),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TeamMember(TenantModel):
    """Somebody in a group."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_constraint=False, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "team", "user"], name="teammember_once")]

    def __str__(self) -> str:
        return str(self.user)


class Share(TenantModel):
    """With whom one thing is shared. `kind` is one of settings.SHARED_THINGS. What has no row is shared with all."""

    class Audience(models.TextChoices):
        OWNER = "owner", "Only me"
        ALL = "all", "All users"
        CHOSEN = "chosen", "Chosen groups or users"
        ADMINS = "admins", "Only administrators"

    kind = models.CharField(max_length=40)
    thing_id = models.BigIntegerField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    audience = models.CharField(max_length=6, choices=Audience.choices, default=Audience.ALL)
    is_locked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "thing_id"], name="share_once"),
            models.UniqueConstraint(fields=["tenant", "id"], name="share_tenant_id"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.thing_id}: {self.get_audience_display()}"


class Grant(TenantModel):
    """What one person, one group or one program may do at most with a thing that is shared with chosen ones. A program
    is known by the client of its key, so that it keeps its grants when its key is rotated."""

    share = models.ForeignKey(Share, on_delete=models.CASCADE, db_constraint=False, related_name="grants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="grants")
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="grants")
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.VIEW)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(user__isnull=False, team=None, api_key=None)
                    | Q(user=None, team__isnull=False, api_key=None)
                    | Q(user=None, team=None, api_key__isnull=False)
                ),
                name="grant_to_one",
            ),
            models.UniqueConstraint(
                fields=["tenant", "share", "user", "team", "api_key"], name="grant_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.team or self.api_key}: {self.get_level_display()}"

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.apps import apps as registry
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate


class HubConfig(AppConfig):
    name = "arhub"
    default = True
    verbose_name = "AR Hub"

    def ready(self) -> None:
        import arhub.secrets.checks
        import arhub.tenancy.checks  # noqa: F401  both register system checks

        post_migrate.connect(_write_schedules, sender=self)


def _write_schedules(apps: Any = registry, **signal: Any) -> None:
    """The clusters have their schedules however the hub is run. Their table may just have been migrated away."""
    from arhub.tasks import ensure_schedules

    if "schedule" in apps.all_models["django_q"]:
        ensure_schedules()


class HubAdminConfig(admin.AdminConfig):
    default = False
    default_site = "arhub.site.HubAdminSite"

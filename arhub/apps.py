from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class HubConfig(AppConfig):
    name = "arhub"
    verbose_name = "AR Hub"

    def ready(self) -> None:
        from arhub.tenancy import checks  # noqa: F401  registers the system checks


class HubAdminConfig(AdminConfig):
    default_site = "arhub.admin.site.HubAdminSite"

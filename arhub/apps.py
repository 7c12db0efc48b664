from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class HubConfig(AppConfig):
    name = "arhub"
    default = True
    verbose_name = "AR Hub"

    def ready(self) -> None:
        import arhub.secrets.checks
        import arhub.tenancy.checks  # noqa: F401  both register system checks


class HubAdminConfig(admin.AdminConfig):
    default = False
    default_site = "arhub.site.HubAdminSite"

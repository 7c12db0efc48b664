"""Processes of the hub beside the test, over the test's own database."""

from __future__ import annotations

import os
from urllib.parse import quote

from django.db import connection


def hub_environment() -> dict[str, str]:
    """The environment in which a process of the hub works on the test's database, and may call this machine."""
    where = connection.settings_dict
    place = f"host={quote(str(where['HOST']), safe='')}&port={where['PORT']}"
    url = f"postgresql://{quote(str(where['USER']))}@/{quote(str(where['NAME']))}?{place}"
    return {
        **os.environ, "DJANGO_SETTINGS_MODULE": "arhub.settings", "DATABASE_URL": url,
        "ARHUB_ALLOWED_NETWORKS": "127.0.0.0/8",
    }  # fmt: skip

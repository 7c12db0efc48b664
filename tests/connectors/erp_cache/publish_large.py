"""Publishes in a process of its own, over the test's database, and prints how many megabytes that took at most.

python -m tests.connectors.erp_cache.publish_large TENANT
"""

from __future__ import annotations

import sys

import django
from django.core.management import call_command

from tests.connectors.erp_cache.large import peak_mb


def main(tenant: str) -> None:
    django.setup()
    call_command("publish_outstanding", tenant=tenant, connection="Shop", shop="ACME")
    print(peak_mb())


if __name__ == "__main__":
    main(sys.argv[1])

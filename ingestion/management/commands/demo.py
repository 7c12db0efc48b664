"""Fill the hub with a demo tenant."""

from __future__ import annotations

from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arhub.domain.tenants import tenant_by_slug
from arhub.models import Tenant
from ingestion.demo.company import SLUG, is_unfinished, let_in, make_company, make_people
from ingestion.demo.forget import forget
from ingestion.demo.story import SEED, tell


class Command(BaseCommand):
    help = "Make the tenant “demo” with generated data and print its administrator's e-mail address and password."

    def handle(self, *args: Any, **options: Any) -> None:
        self._make_room()
        random = Random(SEED)
        tenant, seller = make_company(random)
        try:
            people = make_people()
            tell(tenant, people, seller, random)
            email, password = let_in(people, tenant)
        except BaseException:  # Ctrl-C too: half a tenant would keep the next start from making a whole one
            forget(tenant)
            raise
        self.stdout.write(f"{email} {password}")

    def _make_room(self) -> None:
        try:
            tenant = tenant_by_slug(SLUG)
        except Tenant.DoesNotExist:
            return
        if not is_unfinished(tenant):
            raise CommandError(f"There is a tenant {SLUG} already; the demo data is made once, in a hub without it.")
        forget(tenant)

"""Make an API key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arhub.domain import api_keys
from arhub.domain.api_scopes import ACTIONS
from arhub.management.tenants import tenant_named
from arhub.models import Source
from arhub.tenancy.scope import scope


class Command(BaseCommand):
    help = "Make an API key and print it, and nothing else. It cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--name", required=True, help="what program it is for")
        parser.add_argument(
            "--scope", action="append", default=[], help="such as read or ingestions:write; nothing given means all"
        )
        parser.add_argument("--source", help="the source that what is written belongs to; by default the tenant's API")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_named(options["tenant"])
        with scope(tenant.pk):
            try:
                _, text = api_keys.make(
                    options["name"], options["scope"] or ACTIONS, source=self._source(options["source"])
                )
            except api_keys.NotAKey as problem:
                raise CommandError(str(problem)) from problem
        self.stdout.write(text)

    def _source(self, name: str | None) -> Source | None:
        if name is None:
            return None
        source = Source.objects.filter(name=name).first()
        if source is None:
            known = ", ".join(Source.objects.values_list("name", flat=True))
            raise CommandError(f"There is no source “{name}”. There are: {known}.")
        return source

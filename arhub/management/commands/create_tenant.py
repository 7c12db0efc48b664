"""Make a tenant."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug
from django.db import IntegrityError

from arhub.domain.tenants import create_tenant


class Command(BaseCommand):
    help = "Make a tenant with its default ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", type=_slug, help="short name: letters, digits, hyphens")
        parser.add_argument("--name", help="the company's name")
        parser.add_argument("--currency", default="EUR", help="currency of the books, ISO 4217")
        parser.add_argument("--time-zone", default="UTC", help="for example Europe/Copenhagen")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["slug"]
        facts = {"currency": options["currency"].upper(), "time_zone": options["time_zone"]}
        try:
            create_tenant(slug, name=options["name"] or slug, **facts)
        except IntegrityError as error:
            raise CommandError(f"There is a tenant {slug} already.") from error
        self.stdout.write(f"Tenant {slug} is there.")


def _slug(text: str) -> str:
    validate_slug(text)
    return text

"""Give a person a role in a tenant."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from arhub.domain.tenants import add_member, sign_in_path
from arhub.management.tenants import tenant_named
from arhub.models import Role


class Command(BaseCommand):
    help = "Give a person a role in a tenant and print a link that signs them in once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--name", default="", help="the person's name")
        parser.add_argument("--base-url", default=f"http://127.0.0.1:{settings.PORT}", help="where the hub is reached")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"“{options['email']}” is not an e-mail address.") from error
        tenant = tenant_named(options["tenant"])
        user = add_member(options["email"], tenant, options["role"], name=options["name"])
        self.stdout.write(options["base_url"].rstrip("/") + sign_in_path(user))

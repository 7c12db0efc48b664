"""Let somebody in: an administrator for a hub that has nobody yet."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email, validate_slug
from django.db import transaction

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Role, Tenant, User
from arhub.tenancy.scope import scope_all


class Command(BaseCommand):
    help = (
        "Make an administrator, ARHUB_EMAIL, and the tenant ARHUB_TENANT where there is none, "
        "and print the e-mail address and a random password."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        email = os.environ.get("ARHUB_EMAIL") or "admin@example.com"
        slug = os.environ.get("ARHUB_TENANT") or "main"
        self._check(email, slug)
        user = add_member(email, self._tenant(slug), Role.ADMINISTRATOR)
        password = secrets.token_urlsafe(12)
        user.set_password(password)
        user.save(update_fields=["password"])
        self.stdout.write(f"{user.email} {password}")

    def _check(self, email: str, slug: str) -> None:
        try:
            validate_email(email)
            validate_slug(slug)
        except ValidationError as error:
            raise CommandError(f"ARHUB_EMAIL={email}, ARHUB_TENANT={slug}: {' '.join(error.messages)}") from error
        if User.objects.filter(email__iexact=email).exists():
            raise CommandError(f"{email} is there already. create_user prints a link that signs them in.")

    def _tenant(self, slug: str) -> Tenant:
        """The one with that name, else the oldest; made when the hub has none at all."""
        with scope_all("find the first administrator's tenant"):
            tenant = Tenant.objects.filter(slug=slug).first() or Tenant.objects.order_by("pk").first()
        return tenant or create_tenant(slug, name="My company")

"""Say which company of this hub takes what others of it send to an endpoint."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arhub.management.tenants import tenant_named
from arhub.tenancy.scope import scope
from connectors.domain import network_addresses
from connectors.domain.endpoints import NotAnEndpoint, endpoint_of
from connectors.models import Inbox, NetworkAddress


class Command(BaseCommand):
    help = (
        "Let an inbox of a tenant take what other tenants send to an endpoint, or end that with --remove. An endpoint "
        "belongs to one tenant alone: make sure that it is theirs. Without --endpoint, list those of the tenant."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--endpoint", help="such as 0184:12345674")
        parser.add_argument("--inbox", help="the name of the inbox that takes it")
        parser.add_argument("--remove", action="store_true", help="take the endpoint from the inbox")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_named(options["tenant"])
        with scope(tenant.pk):
            if options["endpoint"] or options["inbox"] or options["remove"]:
                self._change(options)
            else:
                self._list()

    def _change(self, options: dict[str, Any]) -> None:
        if not options["endpoint"] or not options["inbox"]:
            raise CommandError("Give both --endpoint and --inbox.")
        try:
            endpoint = endpoint_of(options["endpoint"])
        except NotAnEndpoint as problem:
            raise CommandError(str(problem)) from problem
        inbox = self._inbox(options["inbox"])
        if options["remove"]:
            if not network_addresses.withdraw(endpoint, inbox):
                raise CommandError(f"{inbox} does not take {endpoint}.")
            self.stdout.write(f"{endpoint} is taken by nobody now.")
            return
        try:
            network_addresses.publish(endpoint, inbox)
        except network_addresses.Taken as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{endpoint} is taken by {inbox}.")

    def _inbox(self, name: str) -> Inbox:
        found = Inbox.objects.filter(name=name).first()
        if found is None:
            known = ", ".join(Inbox.objects.values_list("name", flat=True)) or "none"
            raise CommandError(f"There is no inbox “{name}”. There are: {known}.")
        return found

    def _list(self) -> None:
        rows = NetworkAddress.objects.select_related("inbox")
        for address in rows:
            self.stdout.write(f"{address}\t{address.inbox}")
        if not rows:
            self.stdout.write("Nothing is published.")

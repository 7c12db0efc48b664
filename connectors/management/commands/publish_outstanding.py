"""Tell a shop's ERP Cache what is outstanding."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from arhub.management.tenants import tenant_named
from arhub.models import Ledger
from arhub.network.errors import ConfigError
from arhub.tenancy.scope import scope
from connectors.domain.publishing import CannotPublish, preview, publication_for, publish
from connectors.erp_cache.interfaces import OUTSTANDING_ITEM
from connectors.models import Connection, ErpCachePublication


class Command(BaseCommand):
    help = (
        "Send the outstanding amounts that have changed since the last time to a shop's ERP Cache, as its next drop. "
        "What was told once, is settled or counts no longer goes as 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's short name")
        parser.add_argument("--connection", required=True, help="the name of the connection that carries it")
        parser.add_argument("--shop", required=True, help="the name of the shop, as the other side has issued it")
        parser.add_argument("--staging", action="store_true", help="for the shop's staging, NAME-Staging")
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent and send nothing")
        first = parser.add_argument_group("for a shop that is told for the first time; kept from then on")
        first.add_argument("--ledger", help="the name of one ledger; by default the documents of all")
        first.add_argument("--index", choices=ErpCachePublication.IndexKind.values, help="by default a counter")
        first.add_argument("--importer", help=f"by default {OUTSTANDING_ITEM.importer}")
        first.add_argument("--folder", help="by default ErpCache")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_named(options["tenant"])
        with scope(tenant.pk):
            try:
                told = self._preview(options) if options["dry_run"] else self._publish(options)
            except (CannotPublish, ConfigError) as problem:
                raise CommandError(str(problem)) from problem
        self.stdout.write(told)

    def _preview(self, options: dict[str, Any]) -> str:
        with transaction.atomic():
            changes = preview(self._publication(options))
            transaction.set_rollback(True)
        return f"Would send {_listed(changes.items, changes.settled)}." if changes else _nothing(options)

    def _publish(self, options: dict[str, Any]) -> str:
        publication = self._publication(options)
        delivery = publish(publication)
        if delivery is None:
            return _nothing(options)
        items = publication.items.filter(delivery=delivery)
        sent = _listed(items.count(), items.filter(amount=0).count())
        return f"{delivery.name} is on its way: {sent}."

    def _publication(self, options: dict[str, Any]) -> ErpCachePublication:
        chosen = {"index_kind": options["index"], "importer": options["importer"], "folder": options["folder"]}
        if options["ledger"]:
            chosen["ledger"] = _named(Ledger, "ledger", options["ledger"])
        return publication_for(
            _named(Connection, "connection", options["connection"]), options["shop"], is_staging=options["staging"],
            **{name: value for name, value in chosen.items() if value is not None},
        )  # fmt: skip


def _named(model: Any, what: str, name: str) -> Any:
    found = model.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(model.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no {what} “{name}”. There are: {known}.")
    return found


def _listed(items: int, settled: int) -> str:
    return f"{items:,} changed {'amount' if items == 1 else 'amounts'}, {settled:,} of them settled"


def _nothing(options: dict[str, Any]) -> str:
    return f"Nothing has changed since {options['shop']} was told last; nothing was sent."

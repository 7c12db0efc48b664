"""Telling a shop's ERP Cache what is outstanding, as the ERP party does: what has changed since it was told last.

The cache knows a document by its number alone and has no way to delete one: what is settled, or counts no longer, is
told as 0, once. Credit memos are told with a minus. Amounts say what is open at that moment, so the order of the drops
matters: the next one is made when the one before has arrived, or is given up for good.
"""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from arhub.models import Outbound, User
from connectors.domain.changed_items import Changes, changed, gather, remember, shared_numbers
from connectors.domain.deliveries import can_deliver, send
from connectors.erp_cache.interfaces import OUTSTANDING_ITEM
from connectors.erp_cache.names import DropName, parse
from connectors.erp_cache.writing import Unsayable, write
from connectors.models import Connection, Delivery, ErpCachePublication

MEDIA_TYPE = "application/zip"
_SHOWN = 5


class CannotPublish(Exception):
    """Nothing was sent; the text says why."""


class TooEarly(CannotPublish):
    """The drop before has not arrived yet."""


def publication_for(connection: Connection, shop: str, *, is_staging: bool, **chosen: Any) -> ErpCachePublication:
    """What a shop is told through a connection; made, with the fields that are chosen, where there is none. Raises
    `CannotPublish`."""
    if not can_deliver(connection):
        raise CannotPublish(f"{connection} takes no files: choose a connection that does, such as SFTP or FTPS.")
    check_shop(shop)
    return ErpCachePublication.objects.get_or_create(
        connection=connection, shop=shop, is_staging=is_staging, defaults=chosen
    )[0]


def check_shop(shop: str) -> None:
    """Raises `CannotPublish` for what cannot be the name of a shop."""
    sample = DropName(shop, OUTSTANDING_ITEM.name, "1")
    if len(shop) > 100 or parse(f"{sample.stem}.zip") != sample or shop.lower().endswith("-staging"):
        raise CannotPublish(f"Expected the name of a shop, as the other side has issued it, found “{shop[:120]}”.")


@transaction.atomic
def preview(publication: ErpCachePublication) -> Changes:
    """What `publish` would tell. Raises `CannotPublish` as it does."""
    with database.cursor() as cursor:
        return _changes(cursor, _locked(publication))


@transaction.atomic
def publish(publication: ErpCachePublication, *, user: User | None = None) -> Delivery | None:
    """Send what has changed as the next drop; None when nothing has. Raises `CannotPublish`, and ConfigError for a
    connection that takes no files."""
    with database.cursor() as cursor:
        held = _locked(publication)
        if not _changes(cursor, held):
            return None
        delivery = _send(held, user)
        remember(cursor, held, delivery)
    return delivery


def _locked(publication: ErpCachePublication) -> ErpCachePublication:
    rows = ErpCachePublication.objects.select_for_update(of=("self",)).select_related("connection", "ledger")
    return rows.get(pk=publication.pk)


def _changes(cursor: Any, held: ErpCachePublication) -> Changes:
    changes = gather(cursor, held)
    if changes:
        _refuse_shared_numbers(cursor, changes)
        _refuse_to_overtake(held)
    return changes


def _refuse_shared_numbers(cursor: Any, changes: Changes) -> None:
    if not changes.shared:
        return
    numbers = ", ".join(f"{number} ({documents})" for number, documents in shared_numbers(cursor, _SHOWN))
    more = f" and {changes.shared - _SHOWN:,} more" if changes.shared > _SHOWN else ""
    raise CannotPublish(
        f"Expected one document of each number, for ERP Cache knows them by it alone; found several with the number "
        f"{numbers}{more}. Publish one ledger, or give them numbers of their own."
    )


def _refuse_to_overtake(held: ErpCachePublication) -> None:
    last = held.last_delivery_id and Delivery.objects.select_related("outbound").get(pk=held.last_delivery_id)
    if last and last.outbound.state not in Outbound.SETTLED:
        raise TooEarly(
            f"{last.name}, the drop before, is {last.outbound.get_state_display().lower()}: it must arrive first, or "
            "its older amounts would take the place of newer ones. What has changed goes with the next."
        )


def _send(held: ErpCachePublication, user: User | None) -> Delivery:
    """Send what was gathered under the next index."""
    held.last_index = _next_index(held)
    name = DropName(held.shop_name, OUTSTANDING_ITEM.name, str(held.last_index))
    with TemporaryFile() as file:
        try:
            write(changed(), name, file, held.importer)
        except Unsayable as problem:
            raise CannotPublish(str(problem)) from None
        delivery = send(
            held.connection, file, name=f"{name.stem}.zip", media_type=MEDIA_TYPE, folder=held.folder, user=user,
            facts={"number": name.index}, subject=f"Outstanding items for {held.shop_name}, {name}",
        )  # fmt: skip
    if delivery.name != f"{name.stem}.zip":
        raise CannotPublish(f"{held.connection} would call the drop {delivery.name}: its file name must be {{name}}.")
    held.last_delivery = delivery
    held.save(update_fields=["last_index", "last_delivery"])
    return delivery


def _next_index(held: ErpCachePublication) -> int:
    if held.index_kind == ErpCachePublication.IndexKind.COUNTER:
        return held.last_index + 1
    return max(held.last_index + 1, int(timezone.now().strftime("%Y%m%d%H%M%S")))

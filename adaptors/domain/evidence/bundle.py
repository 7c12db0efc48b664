"""Making the bundle of a transaction: its parts, the manifest that lists them with their digests, the signature."""

from __future__ import annotations

import hashlib
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from adaptors.domain.evidence.packing import Packer, TooLarge
from adaptors.domain.evidence.parts import as_json, document_name, parts_of, receipt_name
from adaptors.domain.evidence.signing import ALGORITHM, public_key, sign
from adaptors.domain.evidence.verifying import KIND, MANIFEST, SIGNATURE
from adaptors.models import Transaction
from arhub import __version__

__all__ = ["NoEvidence", "bundle", "name_of"]


class NoEvidence(Exception):
    """No bundle can be made; the text says why."""


def name_of(row: Transaction) -> str:
    """What the bundle is called when it is saved."""
    return f"evidence-{row.pk}.zip"


def bundle(row: Transaction) -> BinaryIO:
    """The bundle, in a file that stands at its beginning and is gone when it is closed. The same transaction in the
    same state gives the same bytes. Raises `NoEvidence`."""
    rows = Transaction.objects.select_related(
        "activation", "account", "tenant", "delivery__outbound", "delivery__connection", "delivery__through"
    )
    found = rows.get(pk=row.pk)
    file: BinaryIO = TemporaryFile()  # noqa: SIM115  whoever sends it closes it
    try:
        _pack(Packer(file), found)
    except BaseException as problem:
        file.close()
        if isinstance(problem, TooLarge):
            raise NoEvidence(str(problem)) from problem
        if isinstance(problem, FileNotFoundError):
            raise NoEvidence("The stored bytes of the document are gone: what went out cannot be shown.") from problem
        raise
    return file


def _pack(packer: Packer, row: Transaction) -> None:
    for name, content in parts_of(row):
        packer.add(name, content)
    manifest = as_json(_manifest(packer, row))
    packer.add(MANIFEST, manifest)
    digest = hashlib.sha256(manifest).hexdigest()
    packer.add(SIGNATURE, as_json(
        {"algorithm": ALGORITHM, "manifest_sha256": digest, "signature": sign(manifest)}
    ))  # fmt: skip
    packer.finish()


def _manifest(packer: Packer, row: Transaction) -> dict[str, Any]:
    return {
        "kind": KIND,
        "hub": __version__,
        "company": {"slug": row.tenant.slug, "name": row.tenant.name},
        "transaction": _transaction(row),
        "document": document_name(row),
        "receipts": _receipts(row),
        "entries": [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in packer.entries],
        "signed_by": {"algorithm": ALGORITHM, "public_key": public_key()},
    }


def _transaction(row: Transaction) -> dict[str, Any]:
    delivery = row.delivery
    return {
        "id": row.pk, "adaptor": row.activation.name, "again": row.again, "state": row.state, "said": row.said,
        "number": row.number, "document_date": row.document_date, "amount": row.amount, "currency": row.currency,
        "sender": row.sender, "receiver": row.receiver, "account_number": row.account.number, "format": row.format,
        "file": row.name, "size": row.size, "sha256": row.sha256, "version": row.version,
        "identity": delivery.outbound.identity if delivery else None,
        "delivered_sha256": delivery.sha256 if delivery else None,
        "delivered_as": {"name": delivery.name, "media_type": delivery.media_type} if delivery else None,
        "created_at": row.created_at, "delivered_at": row.delivered_at, "answered_at": row.answered_at,
        "moved_at": row.moved_at, "changed_at": row.changed_at,
    }  # fmt: skip


def _receipts(row: Transaction) -> list[dict[str, Any]]:
    if row.delivery is None:
        return []
    return [
        {"name": receipt_name(one), "sha256": one.sha256, "speaks_of": one.speaks_of, "file_sha256": one.file_sha256}
        for one in row.delivery.receipts.defer("content").order_by("pk")
    ]

"""A tenant that has what an adaptor needs, or may give it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from adaptors.models import Activation, ExportRule, Transaction
from arhub.models import Account, Document, Ledger, Source
from connectors.models import Connection


def connection(kind: str, name: str, *, source: bool = False, **fields: Any) -> Connection:
    """A connection as its settings would be, asked of nobody."""
    if source:
        fields["source"] = Source.objects.create(
            name=name, kind=Source.Kind.CONNECTION, ledger=Ledger.objects.create(name=name)
        )
    return Connection.objects.create(kind=kind, name=name, **fields)


def customer(source: Source, key: str, **fields: Any) -> Account:
    return Account.objects.create(ledger=source.ledger, erp_key=key, number=key, name=f"Customer {key}", **fields)


def document(account: Account, key: str, **fields: Any) -> Document:
    given = {"document_type": "invoice", "number": key, "invoice_date": timezone.now().date(), **fields}
    return Document.objects.create(ledger_id=account.ledger_id, erp_key=key, account=account, **given)


def rule(activation: Activation, account: Account, **fields: Any) -> ExportRule:
    return ExportRule.objects.create(activation=activation, account=account, **{"is_active": True, **fields})


def transaction(activation: Activation, sent: Document, **fields: Any) -> Transaction:
    given = {"state": Transaction.State.HELD, "number": sent.number, "version": "1", "format": "bis3", **fields}
    return Transaction.objects.create(activation=activation, account=sent.account, document=sent, **given)

"""What people type to find a record: the beginning of a number, of a key, or of each word of a name.

Ranges over lowered columns of collation C, so that an index answers them under row-level security as well.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q, QuerySet

from arhub.models import Account, Ledger

MOST_ACCOUNTS = 500
"""Accounts looked at when documents are searched by their account's name."""

_LAST_CHARACTER = chr(0x10FFFF)
_SURROGATES = range(0xD800, 0xE000)


def next_prefix(prefix: str) -> str | None:
    """The smallest text above every text that begins with `prefix`; None when there is none."""
    kept = prefix.rstrip(_LAST_CHARACTER)
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(_SURROGATES.stop if following in _SURROGATES else following)


def begins(column: str, term: str) -> Q:
    """The condition that a lowered column of collation C begins with the term."""
    return _from(column, term.lower())


def keyed(term: str, ledgers: list[int]) -> Q:
    """The condition that a record's key begins with the term. The ledgers lead the key's index."""
    return Q(ledger_id__in=ledgers) & _from("erp_key", term)


def _from(column: str, prefix: str) -> Q:
    above = next_prefix(prefix)
    found = Q(**{f"{column}__gte": prefix})
    return found & Q(**{f"{column}__lt": above}) if above else found


def words_begin(column: str, term: str) -> Q:
    """The condition that each word of the term begins a word of the column, in any order."""
    found = Q()
    for word in term.split():
        found &= Q(**{f"{column}__iregex": rf"(^|[^[:alnum:]]){re.escape(word)}"})
    return found


def accounts(term: str) -> Q:
    return _accounts(term, ledger_ids())


def contacts(term: str) -> Q:
    return words_begin("name", term) | Q(email__istartswith=term) | _of_account(term)


def documents(term: str) -> Q:
    """Invoices, credit memos and payments: by their own number or key, or by their account."""
    return begins("number_lower", term) | _of_account(term)


def of_document(term: str) -> Q:
    """What hangs on a document: by the document's number, or by its own key."""
    return begins("document__number_lower", term) | keyed(term, ledger_ids())


def _accounts(term: str, ledgers: list[int]) -> Q:
    return begins("number_lower", term) | keyed(term, ledgers) | words_begin("name", term)


def _of_account(term: str) -> Q:
    """The condition that a record's own key, or its account, is looked for. The accounts are found beforehand."""
    ledgers = ledger_ids()
    accounts = Account.objects.filter(_accounts(term, ledgers)).values_list("pk", flat=True)[:MOST_ACCOUNTS]
    return keyed(term, ledgers) | Q(account_id__in=list(accounts))


def ledger_ids() -> list[int]:
    return list(Ledger.objects.order_by("pk").values_list("pk", flat=True))


def first(rows: QuerySet[Any], condition: Q, most: int) -> list[Any]:
    return list(rows.filter(condition)[:most])

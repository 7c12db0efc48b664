"""How a load moves the money: per currency and account what is outstanding and how old it is, before and after.

Two ways. Rows of documents that nothing was applied to can be summed as they are staged. Everything else is done and
taken back: written, settled and summed by the very rules that count it later, within a savepoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from arhub.domain import ageing
from arhub.domain.ageing import AMOUNTS, BUCKETS, Ageing
from arhub.domain.receivables import OTHER_KINDS, today_of
from arhub.models import Account, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain.merge import Merge
from ingestion.domain.references import Scope
from ingestion.domain.settle import remember_touched, settle
from ingestion.domain.snapshot import Missing
from ingestion.domain.writing import write

MOST_ACCOUNTS = 50
_BATCH = 5_000


@dataclass(slots=True)
class Documents:
    """How many documents move: from open to settled, from settled to open, from one sign to the other."""

    close: int = 0
    reopen: int = 0
    change_sign: int = 0


@dataclass(slots=True)
class Money:
    """`currencies` and `accounts` have before and after as `Ageing`; the accounts that move most come first."""

    documents: Documents = field(default_factory=Documents)
    currencies: list[tuple[Ageing, Ageing]] = field(default_factory=list)
    accounts: list[tuple[str, str, Ageing, Ageing]] = field(default_factory=list)

    def to_store(self) -> dict[str, Any]:
        return {
            "documents": asdict(self.documents),
            "currencies": [{"before": _stored(old), "after": _stored(new)} for old, new in self.currencies],
            "accounts": [
                {"number": number, "name": name, "before": _stored(old), "after": _stored(new)}
                for number, name, old, new in self.accounts
            ],
        }


def _stored(row: Ageing) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(row).items()}


def restored(values: dict[str, Any]) -> Ageing:
    """An `Ageing` as `Money.to_store` wrote it."""
    amounts = {name: Decimal(values[name]) for name in AMOUNTS}
    return Ageing(values["account_id"], values["currency"], **amounts)


def moved(cursor: Any, where: Scope, merges: list[Merge], missing: list[Missing]) -> Money:
    """What committing the checked load would move. Nothing of it is kept; the caller holds the ledger's lock."""
    tally = _Tally(Tenant.objects.get(pk=where.tenant_id))
    summed = _documents(merges) if _are_independent(cursor, where, merges, missing) else []
    for merge in summed:
        _add_inserted(cursor, tally, merge)
    merges = [merge for merge in merges if merge.staged.target in (*_WITH_MONEY, "arhub_account")]
    tried = [merge for merge in merges if not (merge.fresh and merge in summed)]
    turning = _turning(cursor, tried)
    if missing or turning or any(merge.staged.target in _WITH_MONEY for merge in tried):
        _try_out(cursor, where, tried, missing, tally, turning, skipped=summed)
    return tally.money(_accounts(merges))


_WITH_MONEY = {"arhub_document", "arhub_payment", "arhub_application", "arhub_outstandingitem"}
_ALONE = {"arhub_document", "arhub_account", "arhub_contact", "arhub_documentline", "arhub_customfieldvalue"}


def _documents(merges: list[Merge]) -> list[Merge]:
    return [merge for merge in merges if merge.staged.target == "arhub_document"]


def _are_independent(cursor: Any, where: Scope, merges: list[Merge], missing: list[Missing]) -> bool:
    """Whether what is open on the load's new documents depends on nothing but their own rows."""
    if missing or any(merge.staged.target not in _ALONE for merge in merges):
        return False
    ours = f"tenant_id = {where.tenant_id} and ledger_id = {where.ledger_id}"
    applied = (
        f"exists (select 1 from arhub_application where {ours}) "
        f"or exists (select 1 from arhub_outstandingitem where {ours})"
    )
    if any(merge.staged.target == "arhub_account" for merge in merges):
        silent = [_no_currency(merge) for merge in _documents(merges)]
        applied += "".join(f" or {condition}" for condition in silent) + " or true" * (not silent)
        applied += "".join(f" or {_other_kinds(merge)}" for merge in merges if merge.staged.target == "arhub_account")
    cursor.execute(f"select {applied}")
    return not cursor.fetchone()[0]


def _no_currency(merge: Merge) -> str:
    """SQL: some rows are in their account's currency, and the load brings accounts."""
    if "currency" not in merge.staged.columns:
        return "true"
    return f"exists (select 1 from {merge.staged.table} where currency is null)"


def _other_kinds(merge: Merge) -> str:
    """SQL: the load changes accounts, or brings some that stand in no receivable view."""
    if not merge.fresh:
        return "true"
    if "kind" not in merge.staged.columns:
        return "false"
    kinds = ", ".join(f"'{kind}'" for kind in OTHER_KINDS)
    return f"exists (select 1 from {merge.staged.table} where kind in ({kinds}))"


def _add_inserted(cursor: Any, tally: _Tally, merge: Merge) -> None:
    """Sum the documents that the load would insert, as they are staged."""
    today, kinds = today_of(tally.tenant), ", ".join(f"'{kind}'" for kind in OTHER_KINDS)
    names = [*(name for name, _ in BUCKETS), "unapplied_credits"]
    cursor.execute(
        f"with d as ({merge.new_records(_DOCUMENT_COLUMNS)}), aged as ("
        "select account_id, currency, case document_type when 'credit_memo' then -amount else amount end as amount, "
        f"case document_type when 'credit_memo' then 5 else coalesce(width_bucket('{today}'::date - due, "
        "array[1, 31, 61, 91]), 0) end as bucket from d where direction = 'receivable' and amount <> 0 "
        "and is_voided is not true and is_draft is not true) "
        "select a.account_id, a.currency, "
        + ", ".join(f"coalesce(sum(amount) filter (where bucket = {n}), 0)" for n in range(len(names)))
        + " from aged a where not exists (select 1 from arhub_account k "
        f"where k.id = a.account_id and k.kind in ({kinds})) group by 1, 2"
    )
    while rows := cursor.fetchmany(_BATCH):
        tally.add(
            (Ageing(account, currency), Ageing(account, currency, **dict(zip(names, amounts, strict=True))))
            for account, currency, *amounts in rows
        )


_DOCUMENT_COLUMNS = {
    "account_id": "account_id",
    "currency": "currency",
    "document_type": "document_type",
    "direction": "direction",
    "outstanding_amount": "amount",
    "coalesce(due_date, invoice_date)": "due",
    "is_voided": "is_voided",
    "is_draft": "is_draft",
}


def _accounts(merges: list[Merge]) -> list[Merge]:
    return [merge for merge in merges if merge.staged.target == "arhub_account"]


def _turning(cursor: Any, merges: list[Merge]) -> list[int]:
    """Stored accounts that come to be of another kind: all that is open on them comes into view, or leaves it."""
    found: list[int] = []
    for merge in _accounts(merges):
        if moving := merge.moving("kind"):
            cursor.execute(moving)
            found += [account for (account,) in cursor.fetchall()]
    return found


def _try_out(
    cursor: Any,
    where: Scope,
    merges: list[Merge],
    missing: list[Missing],
    tally: _Tally,
    turning: list[int],
    skipped: list[Merge],
) -> None:
    """Write the load, look at what it moved, and take it back. What was before is read on another connection."""
    remember_touched(cursor, merges, "moving")
    for item in missing:
        item.note(cursor, "moving")
    cursor.execute(_BEFORE)
    try:
        with transaction.atomic():
            write(cursor, merges, missing, skipped=skipped)
            settle(cursor, where, merges)
            cursor.execute(_MOVED)
            tally.documents = Documents(*cursor.fetchone())
            cursor.execute(_AFFECTED + "".join(f" union select id from {table}" for table in _account_tables(merges)))
            accounts = list({account for (account,) in cursor.fetchall()} | set(turning))
            with scope(where.tenant_id, using="side"):
                for first in range(0, len(accounts), _BATCH):
                    tally.add(_pairs(tally.tenant, accounts[first : first + _BATCH]))
            raise _TakenBack
    except _TakenBack:
        cursor.execute("drop table moving, before")


def _account_tables(merges: list[Merge]) -> list[str]:
    """The accounts that the load's documents and payments name, new ones included."""
    return [
        reference.table
        for merge in merges
        for reference in merge.references
        if reference.attribute == "account" and merge.staged.target in ("arhub_document", "arhub_payment")
    ]


class _TakenBack(Exception):
    """Rolls the trial back."""


# Statistics first: the trial's rows are all new to the planner.
_COUNTING = "case when d.is_voided or d.is_draft then 0 else coalesce(d.outstanding_amount, 0) end"
_BEFORE = f"""
analyze moving;
create temp table before on commit drop as
select d.id, d.account_id, {_COUNTING} as amount
from arhub_document d where d.direction = 'receivable' and d.id in (select id from moving where kind = 'document')
union all
select -p.id, p.account_id, 0 from arhub_payment p where p.id in (select id from moving where kind = 'payment');
analyze before
"""
_MOVED = f"""
select count(*) filter (where was <> 0 and is_now = 0), count(*) filter (where was = 0 and is_now <> 0),
    count(*) filter (where was * is_now < 0)
from (
    select b.amount as was, {_COUNTING} as is_now
    from before b join arhub_document d on d.id = b.id
) m
"""
_AFFECTED = """
select account_id from before union
select d.account_id from touched w join arhub_document d on w.kind = 'document' and d.id = w.id union
select p.account_id from touched w join arhub_payment p on w.kind = 'payment' and p.id = w.id
"""


def _pairs(tenant: Tenant, accounts: list[int]) -> Iterator[tuple[Ageing, Ageing]]:
    """Each account's ageing per currency, before and after."""
    before = ageing.by_account(tenant, accounts, using="side")
    after = ageing.by_account(tenant, accounts)
    for account in accounts:
        old = {row.currency: row for row in before.get(account, [])}
        new = {row.currency: row for row in after.get(account, [])}
        for currency in sorted(old.keys() | new.keys()):
            nothing = Ageing(account, currency)
            yield old.get(currency, nothing), new.get(currency, nothing)


class _Tally:
    """Adds up what moves: all of it per currency, and the accounts that move most, a bounded number."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.documents = Documents()
        self.per_currency: dict[str, Ageing] = {}
        self.most: dict[tuple[int, str], tuple[Ageing, Ageing]] = {}

    def add(self, pairs: Iterable[tuple[Ageing, Ageing]]) -> None:
        for old, new in pairs:
            moves = ageing.difference(new, old)
            if moves.is_empty:
                continue
            known = self.per_currency.get(new.currency, Ageing(None, new.currency))
            self.per_currency[new.currency] = ageing.added(known, moves)
            key = (new.account_id or 0, new.currency)
            earlier = self.most.get(key)
            self.most[key] = (earlier[0], ageing.added(earlier[1], moves)) if earlier else (old, new)
        if len(self.most) > 2 * _BATCH:
            self.most = dict(self._largest(_BATCH))

    def _largest(self, most: int) -> list[tuple[tuple[int, str], tuple[Ageing, Ageing]]]:
        return sorted(self.most.items(), key=lambda item: (-abs(_by(item[1])), item[0]))[:most]

    def money(self, brought: list[Merge]) -> Money:
        """The sum of it; `brought` are the merges of accounts, for the names of new ones."""
        stored = {row.currency: row for row in ageing.totals(self.tenant)}
        currencies = []
        for currency, moves in sorted(self.per_currency.items()):
            total = stored.get(currency, Ageing(None, currency))
            currencies.append((total, ageing.added(total, moves)))
        largest = self._largest(MOST_ACCOUNTS)
        ids = [account for (account, _), _ in largest]
        names = {pk: (number or "", name or "") for pk, number, name in
                 Account.objects.filter(pk__in=ids).values_list("pk", "number", "name")}  # fmt: skip
        for merge in brought:
            names |= _new_names(merge, ids)
        before = {(row.account_id, row.currency): row for rows in ageing.by_account(self.tenant, ids).values()
                  for row in rows}  # fmt: skip
        accounts = []
        for (account, currency), (old, new) in largest:
            moves = ageing.difference(new, old)
            was = before.get((account, currency), Ageing(account, currency))
            accounts.append((*names.get(account, ("", "")), was, ageing.added(was, moves)))
        return Money(self.documents, currencies, accounts)


def _new_names(merge: Merge, ids: list[int]) -> dict[int, tuple[str, str]]:
    """Number and name of accounts that are only staged yet."""
    number, name = (f"s.{field}" if field in merge.staged.columns else "null" for field in ("number", "name"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"select s.id, coalesce({number}, s.erp_key), coalesce({name}, '') from {merge.staged.table} s "
            "where s.id = any(%s)",
            [ids],
        )
        return {pk: (number, name) for pk, number, name in cursor.fetchall()}


def _by(pair: tuple[Ageing, Ageing]) -> Decimal:
    return pair[1].balance - pair[0].balance

"""Which staged rows go in, as what, and what they refer to: everything that is found out before a row is written."""

from __future__ import annotations

from typing import Any

from ingestion.domain.identity import adopt_keys
from ingestion.domain.merge import Merge
from ingestion.domain.references import Reference, Scope, references_of, resolve
from ingestion.domain.rejects import follow_stored_types, reject_gone_in, reject_repeated, reject_unresolved
from ingestion.domain.staging import Staged


def check(cursor: Any, where: Scope, loads: list[Staged], *, is_whole: bool, is_slice: bool = False) -> list[Merge]:
    """Reject what repeats a key or refers to nobody, until nothing more is rejected; then plan the merges.

    A load is whole unless other lines of it went in before these. Of a slice only its own keys are compared: whoever
    cuts it looks after the others.
    """
    for staged in loads:
        adopt_keys(cursor, where, staged, loads)
    for staged in loads:
        reject_repeated(cursor, where, staged, with_same=not is_slice)
        if not is_whole:
            reject_gone_in(cursor, where, staged)
        follow_stored_types(cursor, where, staged)
    if where.policies.creates_accounts:
        _create_accounts(cursor, where, loads)
    while _reject_unresolved(cursor, where, loads):
        """A rejected row may be what another one refers to."""
    merges = [Merge(where, staged, loads) for staged in loads]
    for merge in merges:
        merge.plan(cursor)
    return merges


def check_alone(cursor: Any, where: Scope, staged: Staged) -> Merge:
    """The same for rows that nothing stored can match and no other rows of the load refer to. Whether a key comes twice
    is left to the constraint on keys."""
    while _reject_unresolved(cursor, where, [staged]):
        """A rejected row may be what another one refers to."""
    merge = Merge(where, staged)
    merge.fresh = True
    return merge


def _reject_unresolved(cursor: Any, where: Scope, loads: list[Staged]) -> int:
    rejected = 0
    for staged in loads:
        references = list(references_of(staged))
        for reference in references:
            resolve(cursor, where, reference, loads)
        rejected += reject_unresolved(cursor, where, staged, references, loads)
    return rejected


def _create_accounts(cursor: Any, where: Scope, loads: list[Staged]) -> None:
    """Stage an account for each number nobody has, as its source wants: known by that number, named as the row says."""
    accounts = next(staged for staged in loads if staged.target == "arhub_account")
    for staged in loads:
        for reference in references_of(staged):
            if reference.attribute == "account" and staged is not accounts:
                resolve(cursor, where, reference, loads)
                _stage_unknown(cursor, accounts, reference)


def _stage_unknown(cursor: Any, accounts: Staged, reference: Reference) -> None:
    name = "s.account_name" if "account_name" in reference.staged.columns else "null"
    cursor.execute(
        f"insert into {accounts.table} (file, line, type, made, digest, erp_key, number, name) "
        f"select distinct on (r.ref) s.file, s.line, 'ACCOUNT', true, decode(md5(r.ref), 'hex'), r.ref, r.ref, "
        f"coalesce({name}, r.ref) from {reference.table} r join {reference.staged.table} s "
        f"on s.{reference.attribute} = r.ref where r.id is null and r.matches <= 1 order by r.ref, s.file, s.line"
    )

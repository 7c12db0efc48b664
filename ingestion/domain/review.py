"""What a load would do, stored with a digest of what that rests on; and whether that still stands at commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingestion.domain.control import compare
from ingestion.domain.merge import Merge
from ingestion.domain.money import moved
from ingestion.domain.policies import VERSION
from ingestion.domain.recipe import Recipe
from ingestion.domain.references import Scope
from ingestion.domain.snapshot import Missing
from ingestion.domain.staging import holds_rows, same_table, table_of
from ingestion.models import Ingestion, IngestionFile, Review

MOST_NAMED = 5
STORED_MEANWHILE = (
    "Records that the review counted as new have been stored by another load since it was made. "
    "Nothing was written; look at the fresh review."
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A load whose rows were checked, before anything of it is written."""

    ingestion: Ingestion
    files: list[IngestionFile]
    where: Scope
    merges: list[Merge]
    missing: list[Missing]


def make(cursor: Any, load: Checked) -> Review:
    """Store the review of a load in place of an earlier one."""
    Review.objects.filter(ingestion=load.ingestion).delete()
    for merge in load.merges:
        merge.preview(cursor)
    cursor.execute(f"create unlogged table {_marker(load.ingestion.pk)} as select true as is_there")
    return Review.objects.create(
        ingestion=load.ingestion,
        basis=basis(cursor, load),
        money=moved(cursor, load.where, load.merges, load.missing).to_store(),
        control=compare(cursor, load.where, load.files, [merge.staged for merge in load.merges]),
        missing={item.staged.record_type.plural: [item.records, item.of] for item in load.missing if item.records},
    )


def basis(cursor: Any, load: Checked) -> dict[str, Any]:
    """What the load's effect follows from: files, how they are read, policies, and the records it matches or refers to.

    Of the records: table → [how many, a digest of id, version and open amount of each, in no order].
    """
    records: dict[str, list[int]] = {}
    for merge in load.merges:
        records[merge.staged.table] = _digest(cursor, merge.staged.target, _matched(load.where, merge))
        for reference in merge.references:
            target = table_of(reference.references)
            ids = f"select distinct id from {reference.table} where id is not null"
            records[reference.table] = _digest(cursor, target, ids)
    for item in load.missing:
        records[item.table] = _digest(cursor, item.staged.target, f"select id from {item.table}")
    return {
        "files": [file.sha256 for file in load.files],
        "recipes": [Recipe.stored(file.recipe).digest().hex() for file in load.files],
        "types": {file.record_type: file.type.version for file in load.files},
        "policies": {**load.ingestion.policies, "version": VERSION},
        "records": records,
    }


def is_there(cursor: Any, ingestion_id: int) -> bool:
    """Whether the plan that a review made is still there. A crash of the database empties unlogged tables."""
    return holds_rows(cursor, _marker(ingestion_id))


def _marker(ingestion_id: int) -> str:
    return f'staging."load_{ingestion_id}_reviewed"'


def _matched(where: Scope, merge: Merge) -> str:
    """SQL for the ids of the stored records that the load's rows are."""
    staged = merge.staged
    same = (
        f"select record as id from {same_table(where.ingestion_id)} "
        f"where target = '{staged.target}' and record is not null"
    )
    if merge.fresh:  # nothing was stored then: whatever is there now came meanwhile
        return f"select t.id from {staged.target} t where {where.owns(staged)}"
    return (
        f"select t.id from {staged.table} s join {staged.target} t on {where.owns(staged)} and t.erp_key = s.erp_key "
        f"union all {same}"
    )


def _digest(cursor: Any, target: str, ids: str) -> list[int]:
    amounts = {"arhub_document": ", t.outstanding_amount", "arhub_payment": ", t.open_amount"}.get(target, "")
    cursor.execute(
        f"select count(*), coalesce(bit_xor(hash_record_extended(row(t.id, t.updated_at{amounts}), 0)), 0) "
        f"from {target} t join ({ids}) x on x.id = t.id"
    )
    count, digest = cursor.fetchone()
    return [count, digest]


def moved_meanwhile(cursor: Any, load: Checked, reviewed: Review) -> str:
    """A sentence that says what of a review's basis is no longer so; "" when all of it still is."""
    if basis(cursor, load) == reviewed.basis:
        return ""
    names: list[str] = []
    for merge in load.merges:
        target = merge.staged.target
        touched = [(target, _matched(load.where, merge))] + [
            (table_of(item.references), f"select id from {item.table}") for item in merge.references
        ]
        for table, ids in touched:
            cursor.execute(
                f"select distinct t.erp_key from {table} t join ({ids}) x on x.id = t.id where t.updated_at > %s "
                f"order by 1 limit {MOST_NAMED}",
                [reviewed.made_at],
            )
            label = _LABELS.get(table, "record")
            names += [f"{label} {key}" for (key,) in cursor.fetchall()]
    what = ", ".join(list(dict.fromkeys(names))[:MOST_NAMED])
    return (
        "Records that the review rests on have changed since it was made"
        + (f" ({what})" if what else "")
        + ". Nothing was written; look at the fresh review."
    )


_LABELS = {
    "arhub_account": "account",
    "arhub_contact": "contact",
    "arhub_document": "document",
    "arhub_payment": "payment",
}

"""What is mutated: the files of the corpus, by the way they are packed and the reader they are for."""

from __future__ import annotations

from functools import cache

from tests.corpus import countries, formats, layouts, open_questions, products

INPUTS = {
    "csv": 32_000, "json": 14_000, "jsonl": 14_000, "xml": 16_000, "zip": 6_000, "gzip": 6_000,
    "xlsx": 5_000, "xls": 5_000, "ods": 5_000,
}  # fmt: skip
"""How many inputs each kind gets: 103,000 in all. A workbook costs the start of a process."""

_EXTENSIONS = {"csv": "csv", "json": "json", "jsonl": "jsonl", "xml": "xml", "xlsx": "xlsx", "xls": "xls", "ods": "ods",
               "gz": "gzip", "zip": "zip"}  # fmt: skip


@cache
def seeds() -> dict[str, list[tuple[str, bytes]]]:
    """Kind → (file name, content)."""
    found: dict[str, list[tuple[str, bytes]]] = {kind: [] for kind in INPUTS}
    for module in (countries, layouts, open_questions, products):
        for case in module.cases():
            kind = _EXTENSIONS[case.file.rpartition(".")[2]]
            found[kind].append((case.file, case.content))
    header = [name for name, _ in products.CHASER]
    rows = [["1", "C-1", "2026-03-01", None, "DKK", 1.5, True, {"deep": [1, {"x": "ø"}]}]] * 3
    found["json"] += [("a.json", b'{"items": ' + formats.json_of(header, rows, 2) + b"}")]
    found["json"] += [("b.json", formats.json_of(header, rows).decode().encode("utf-16"))]
    found["jsonl"] += [("a.jsonl", formats.jsonl(header, rows))]
    found["xml"] += [("a.xml", b'<?xml version="1.0"?><r xmlns:n="u"><n:i a="1"><b>x</b><![CDATA[y]]></n:i><n:i/></r>')]
    found["zip"] += [("all.zip", formats.packed(dict(_members(found))))]
    return found


def _members(found: dict[str, list[tuple[str, bytes]]]) -> list[tuple[str, bytes]]:
    """One file of each format, named so that the archive tells their types."""
    return [
        (f"invoices_{place}.{kind}", found[kind][0][1]) for place, kind in enumerate(("csv", "json", "xml", "jsonl"))
    ]

"""Checking a bundle: every digest, nothing missing, nothing added, the signature, and that all speak of one document.

It needs neither the hub's database nor a network. The file is taken for hostile: whatever is in it, the answer is
sentences.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

from adaptors.domain.evidence import packing
from adaptors.domain.evidence.packing import Entry, NotPlain
from adaptors.domain.evidence.signing import ALGORITHM, is_signed
from connectors.gateways.as2 import digests
from connectors.gateways.as2.message import possible_mics

MANIFEST, SIGNATURE = "manifest.json", "signature.json"
KIND = "AR Hub evidence 1"
MOST_JSON = 8 << 20
MOST_CHECKED = 64 << 20
"""Bytes of a document whose AS2 message is built anew, in memory, to compare what a receipt names."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, in a sentence, and whether it is as it has to be."""

    is_good: bool
    text: str


class NotAsWritten(Exception):
    """The manifest is not as the hub writes it; the text says where."""


def verify(file: BinaryIO, key: str = "") -> list[Check]:
    """All checks of a bundle, up to one without which the others make no sense. `key` is the public key that the
    signature has to be of; without it, that in the bundle."""
    found: list[Check] = []
    try:
        found += _checks(file, key)
    except (NotPlain, NotAsWritten) as problem:
        found.append(Check(False, str(problem)))
    return found


def _checks(file: BinaryIO, key: str) -> Iterator[Check]:
    entries = packing.read(file)
    yield Check(True, f"The archive holds {len(entries)} files, and nothing between or behind them.")
    by_name = {entry.name: entry for entry in entries}
    if len(by_name) != len(entries):
        raise NotAsWritten("Expected each name once in the archive, found one twice.")
    raw = _content(file, by_name, MANIFEST)
    manifest = _parsed(raw, MANIFEST)
    yield from _listed(manifest, by_name)
    yield from _signed(raw, manifest, _parsed(_content(file, by_name, SIGNATURE), SIGNATURE), by_name, key)
    yield from _of_one(file, manifest, by_name)


def _content(file: BinaryIO, by_name: Mapping[str, Entry], name: str) -> bytes:
    entry = by_name.get(name)
    if entry is None:
        raise NotAsWritten(f"Expected {name} in the archive, found none.")
    if entry.size > MOST_JSON:
        raise NotAsWritten(f"Expected {name} of at most {MOST_JSON >> 20} MB, found {entry.size >> 20} MB.")
    file.seek(entry.start)
    return file.read(entry.size)


def _parsed(raw: bytes, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotAsWritten(f"{name} is no JSON object.")
    return found


def _of(found: Mapping[str, Any], name: str, kind: type, where: str) -> Any:
    """A value of the manifest that has to be of a type."""
    value = found.get(name) if isinstance(found, dict) else None
    if not isinstance(value, kind):
        raise NotAsWritten(f"{MANIFEST} is not as the hub writes it: there is no {name} in {where}.")
    return value


def _rows(manifest: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows: list[Any] = _of(manifest, name, list, "it")
    if not all(isinstance(row, dict) for row in rows):
        raise NotAsWritten(f"{MANIFEST} is not as the hub writes it: {name} has to list objects.")
    return rows


def _listed(manifest: Mapping[str, Any], by_name: Mapping[str, Entry]) -> Iterator[Check]:
    """Each file that the manifest lists is there, as it says, and no other."""
    if manifest.get("kind") != KIND:
        raise NotAsWritten(f"Expected a bundle of the kind {KIND}, found {str(manifest.get('kind'))[:60]}.")
    listed = {_of(row, "name", str, "its entries"): row for row in _rows(manifest, "entries")}
    for name, row in listed.items():
        entry = by_name.get(name)
        if entry is None:
            yield Check(False, f"{_shown(name)} is missing.")
        elif (entry.sha256, entry.size) != (row.get("sha256"), row.get("size")):
            yield Check(False, f"{_shown(name)} is not what was put there: its digest is {entry.sha256}.")
        else:
            yield Check(True, f"{_shown(name)} is what was put there: {entry.sha256}.")
    for name in sorted(set(by_name) - set(listed) - {MANIFEST, SIGNATURE}):
        yield Check(False, f"{_shown(name)} was added: the manifest knows nothing of it.")


def _signed(
    raw: bytes, manifest: Mapping[str, Any], signature: Mapping[str, Any], by_name: Mapping[str, Entry], key: str
) -> Iterator[Check]:
    signer = _of(manifest, "signed_by", dict, "it")
    own = _of(signer, "public_key", str, "signed_by")
    expected = {
        "algorithm": ALGORITHM,
        "manifest_sha256": by_name[MANIFEST].sha256,
        "signature": signature.get("signature"),
    }
    if signature != expected or not is_signed(raw, str(signature.get("signature")), own):
        yield Check(False, "The signature is not that of the manifest: one of them was changed.")
    elif not key:
        yield Check(True, f"The signature is that of the key {own[:60]}. Is it the hub's? Say --key to be sure.")
    elif own != key.strip():
        yield Check(False, f"The signature is of another key, {own[:60]}: somebody else made this bundle.")
    else:
        yield Check(True, f"The signature is that of the hub whose key is {own}.")


def _of_one(file: BinaryIO, manifest: Mapping[str, Any], by_name: Mapping[str, Entry]) -> Iterator[Check]:
    """The transaction, its document and what came back speak of the same bytes."""
    row = _of(manifest, "transaction", dict, "it")
    sha256 = _of(row, "sha256", str, "transaction")
    name = _of(manifest, "document", str, "it")
    if not sha256:
        yield Check(not name, "Nothing was made of the document, and nothing was sent.")
        return
    entry = by_name.get(name)
    is_same = entry is not None and entry.sha256 == sha256
    yield Check(is_same, "The document is the one that the transaction speaks of." if is_same else
                f"The document is not the one that the transaction speaks of, {sha256[:64]}.")  # fmt: skip
    if (handed := row.get("delivered_sha256")) is not None:
        yield Check(handed == sha256, "Its gateway was handed the same bytes." if handed == sha256 else
                    "Its gateway was handed other bytes than those of the transaction.")  # fmt: skip
    for receipt in _rows(manifest, "receipts"):
        yield _of_receipt(receipt, sha256, by_name, partial(_is_mic, file, entry, row.get("delivered_as")))


def _of_receipt(
    receipt: Mapping[str, Any], sha256: str, by_name: Mapping[str, Entry], is_mic: Callable[[str, str], bool]
) -> Check:
    name, speaks_of = _of(receipt, "name", str, "receipts"), str(receipt.get("speaks_of", ""))
    shown = _shown(name)
    entry = by_name.get(name)
    if entry is None or entry.sha256 != receipt.get("sha256"):
        return Check(False, f"{shown} is not the receipt that came.")
    if receipt.get("file_sha256") != sha256:
        return Check(False, f"{shown} belongs to another document.")
    digest, _, said = speaks_of.partition(":")
    if digests.canonical(digest) == "sha256" and len(said) == len(sha256):
        is_same = said.lower() == sha256
        return Check(is_same, f"{shown} speaks of {'this document' if is_same else 'other bytes'}: {said[:64]}.")
    if is_mic(digest, said):
        return Check(True, f"{shown} speaks of this document: its MIC is {_shown(speaks_of)}.")
    if speaks_of:
        text = f"{shown} came for this document. What it names, {_shown(speaks_of)}, is of the message around it."
        return Check(True, text)
    return Check(True, f"{shown} came for this document.")


def _is_mic(file: BinaryIO, document: Entry | None, handed: Any, digest: str, said: str) -> bool:
    """Whether that is the integrity check of the document as AS2 sends it, as far as it was not compressed."""
    known = digests.canonical(digest)
    if document is None or document.size > MOST_CHECKED or known not in digests.ALL or not isinstance(handed, dict):
        return False
    file.seek(document.start)
    content = file.read(document.size)
    try:
        return said in possible_mics(content, str(handed.get("name")), str(handed.get("media_type")), known)
    except ValueError:
        return False


def _shown(name: str) -> str:
    """A name from the archive, without what a terminal would take for a command."""
    return "".join(char if char.isprintable() else "?" for char in name[:200])

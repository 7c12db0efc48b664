"""Checking a bundle: whatever is changed in it, cut off or made up, is told in a sentence."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adaptors.domain.evidence import packing
from adaptors.domain.evidence.packing import Packer
from adaptors.domain.evidence.parts import as_json
from adaptors.domain.evidence.signing import public_key
from adaptors.domain.evidence.verifying import Check, verify
from adaptors.models import Transaction
from arhub.paths import BASE_DIR
from connectors.gateways.as2.message import Wrapping, build
from tests.adaptors.evidence.conftest import packed

MANIFEST, SIGNATURE = "manifest.json", "signature.json"


def checked(content: bytes, key: str = "") -> list[str]:
    """What is wrong."""
    return [check.text for check in verify(io.BytesIO(content), key) if not check.is_good]


def unpack(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def pack(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    packer = Packer(file)
    for name, content in files.items():
        packer.add(name, content)
    packer.finish()
    return file.getvalue()


def forged(files: dict[str, bytes], **changes: Any) -> bytes:
    """A bundle whose manifest says something else, made whole and signed by somebody with a key of their own."""
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    kept = {name: content for name, content in files.items() if name not in (MANIFEST, SIGNATURE)}
    manifest = json.loads(files[MANIFEST]) | changes
    manifest["signed_by"] = {"algorithm": "Ed25519", "public_key": public}
    manifest["entries"] = changes.get("entries") or [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in kept.items()
    ]
    raw = as_json(manifest)
    signature = {
        "algorithm": "Ed25519", "manifest_sha256": hashlib.sha256(raw).hexdigest(),
        "signature": base64.b64encode(key.sign(raw)).decode(),
    }  # fmt: skip
    return pack({**kept, MANIFEST: raw, SIGNATURE: as_json(signature)})


def test_bundle_as_it_was_made_is_good(gone: Transaction) -> None:
    checks = verify(io.BytesIO(packed(gone)), public_key())

    assert [check for check in checks if not check.is_good] == []
    told = [check.text for check in checks]
    assert told[0] == "The archive holds 18 files, and nothing between or behind them."
    assert f"document/invoice-10482.xml is what was put there: {gone.sha256}." in told
    assert f"The signature is that of the hub whose key is {public_key()}." in told
    assert told[-3:-1] == [
        "The document is the one that the transaction speaks of.", "Its gateway was handed the same bytes.",
    ]  # fmt: skip
    assert told[-1].endswith(f"speaks of this document: {gone.sha256}.")


def test_any_byte_of_any_file_in_it_that_is_another_is_found(gone: Transaction) -> None:
    """The first, the middle and the last of each, in an archive that is packed anew so that nothing else tells."""
    files = unpack(packed(gone))
    unseen = []

    for name, content in files.items():
        for place in {0, len(content) // 2, len(content) - 1}:
            other = bytearray(content)
            other[place] ^= 1
            if not checked(pack({**files, name: bytes(other)})):
                unseen.append((name, place))

    assert unseen == []


def test_any_byte_of_the_archive_that_is_another_is_found(gone: Transaction) -> None:
    """Also of what stands around the files: times, flags, the directory."""
    content = packed(gone)
    around = set(range(64)) | set(range(len(content) - 1500, len(content))) | set(range(0, len(content), 997))
    unseen = []

    for place in around:
        other = bytearray(content)
        other[place] ^= 0x20
        if not checked(bytes(other)):
            unseen.append(place)

    assert unseen == []


def test_file_that_is_missing_or_was_added_is_named(gone: Transaction) -> None:
    files = unpack(packed(gone))
    receipt = next(name for name in files if name.startswith("receipts/"))

    missing = checked(pack({name: content for name, content in files.items() if name != receipt}))
    added = checked(pack({**files, "zz.txt": b"I was here\x1b[2J"}))

    assert missing == [f"{receipt} is missing.", f"{receipt} is not the receipt that came."]
    assert added == ["zz.txt was added: the manifest knows nothing of it."]


def test_whoever_signs_anew_has_another_key(gone: Transaction) -> None:
    other = forged(unpack(packed(gone)))

    assert checked(other) == []
    [told] = checked(other, public_key())
    assert told.endswith("somebody else made this bundle.")


def test_document_has_to_be_that_of_the_transaction_and_its_receipts(gone: Transaction) -> None:
    files = unpack(packed(gone))
    manifest = json.loads(files[MANIFEST])
    [receipt] = manifest["receipts"]

    transaction = forged(files, transaction={**manifest["transaction"], "sha256": "0" * 64})
    handed = forged(files, transaction={**manifest["transaction"], "delivered_sha256": "0" * 64})
    mic = forged(files, receipts=[{**receipt, "speaks_of": f"sha-256:{'0' * 64}"}])
    foreign = forged(files, receipts=[{**receipt, "file_sha256": "0" * 64}])

    assert checked(transaction)[0][:68] == "The document is not the one that the transaction speaks of, 00000000"
    assert checked(handed) == ["Its gateway was handed other bytes than those of the transaction."]
    assert checked(mic) == [f"{receipt['name']} speaks of other bytes: {'0' * 64}."]
    assert checked(foreign) == [f"{receipt['name']} belongs to another document."]


@pytest.mark.parametrize("wrapping", [Wrapping(), Wrapping(compress="after")])
def test_mic_of_an_as2_receipt_is_worked_out_again(gone: Transaction, wrapping: Wrapping) -> None:
    files = unpack(packed(gone))
    [receipt] = json.loads(files[MANIFEST])["receipts"]
    document = files["document/invoice-10482.xml"]
    assert gone.delivery is not None
    mics = build(document, gone.delivery.name, gone.delivery.media_type, wrapping, "seed").mics

    told = {
        digest: verify(io.BytesIO(forged(files, receipts=[{**receipt, "speaks_of": f"{digest}:{mic}"}])))[-1]
        for digest, mic in mics.items()
    }
    other = verify(io.BytesIO(forged(files, receipts=[{**receipt, "speaks_of": "sha-256:AAAA"}])))[-1]

    assert told == {
        digest: Check(True, f"{receipt['name']} speaks of this document: its MIC is {digest}:{mic}.")
        for digest, mic in mics.items()
    }
    assert other.text.endswith("What it names, sha-256:AAAA, is of the message around it.")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "something"}, {"entries": [{"name": 7}]}, {"entries": ["x"]}, {"transaction": []},
        {"transaction": {"sha256": 5}}, {"receipts": {"a": 1}}, {"receipts": [{}]}, {"document": None},
    ],
)  # fmt: skip
def test_manifest_of_another_shape_is_told(gone: Transaction, changes: dict[str, Any]) -> None:
    told = checked(forged(unpack(packed(gone)), **changes))

    assert len(told) >= 1 and told[-1].endswith(".")


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"kind": "AR Hub evidence 1"}', b"{}" * 5_000_000]
)
def test_manifest_that_is_none_is_told(raw: bytes) -> None:
    [told] = checked(pack({MANIFEST: raw, SIGNATURE: b"{}"}))

    assert told.startswith((MANIFEST, "Expected"))


def test_whatever_is_cut_off_is_told(gone: Transaction) -> None:
    content = packed(gone)

    for length in (0, 1, 29, 30, 100, len(content) // 2, len(content) - 22, len(content) - 1):
        assert len(checked(content[:length])) == 1, length
    assert len(checked(content + b"\0")) == 1
    assert len(checked(b"\0" + content)) == 1


def test_bomb_is_not_unpacked() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, b"0" * (64 << 20))
    lying = struct.pack("<4sHHHHHLLLHH", b"PK\x03\x04", 20, 0x800, 0, 0, 0x21, 0, 2**32 - 1, 2**32 - 1, 1, 0) + b"a"

    for content in (bomb.getvalue(), lying):
        [told] = checked(content)
        assert told.endswith("It is not unpacked.")


def test_more_files_than_a_bundle_has_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_ENTRIES", 3)
    content = pack({"1": b"", "2": b"", "3": b""})
    monkeypatch.setattr(packing, "MOST_ENTRIES", 2)

    assert checked(content) == ["Expected at most 2 files in it, found more."]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=200).map(lambda rest: b"PK\x03\x04" + rest)))
def test_whatever_is_no_bundle_is_told_in_a_sentence(content: bytes) -> None:
    checks = verify(io.BytesIO(content))

    assert checks and checks[-1] == Check(False, checks[-1].text)
    assert checks[-1].text.endswith(".")


def test_command_prints_a_line_for_each_check_and_a_verdict(gone: Transaction, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(packed(gone))
    call_command("verify_bundle", str(path), key=public_key())
    good = capsys.readouterr().out.splitlines()
    path.write_bytes(packed(gone)[:-1])

    with pytest.raises(CommandError, match=r"The bundle proves nothing: 1 of 1 checks failed\."):
        call_command("verify_bundle", str(path))
    bad = capsys.readouterr().out

    assert {line[:4] for line in good[:-1]} == {"ok  "}
    assert good[-1] == "The bundle is whole and unchanged, as the hub whose key was given made it."
    assert bad.startswith("BAD Expected the list of the 18 files at the end of the archive")
    with pytest.raises(CommandError, match="Expected a key as --public-key prints it, found “half of it”"):
        call_command("verify_bundle", str(path), key="half of it")
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("verify_bundle", str(tmp_path / "none.zip"))
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        call_command("verify_bundle", str(tmp_path))


def test_command_needs_no_database(gone: Transaction, tmp_path: Path) -> None:
    """Its address is one that nobody answers at."""
    path = tmp_path / "evidence.zip"
    path.write_bytes(packed(gone))
    environment = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/none", "ARHUB_VAR": str(tmp_path / "var")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "verify_bundle", *words]
        return subprocess.run(command, cwd=BASE_DIR, env=environment, text=True, capture_output=True, timeout=60)

    good, other = run(str(path), "--key", public_key()), run("--public-key")
    path.write_bytes(b"no bundle")
    bad = run(str(path))

    assert (good.returncode, good.stderr) == (0, "")
    assert len(base64.b64decode(other.stdout)) == 32 and other.stdout.strip() != public_key()
    assert (bad.returncode, bad.stderr) == (1, "CommandError: The bundle proves nothing: 1 of 1 checks failed.\n")

"""What a bundle holds, that it is the same for the same, and nothing of anybody else."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client

from adaptors.domain.evidence.bundle import NoEvidence, bundle
from adaptors.domain.evidence.signing import public_key
from adaptors.domain.evidence.verifying import verify
from adaptors.models import Activation, Transaction
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Approval, Document, Role, Tenant
from arhub.secrets.masking import remember
from connectors.models import Connection
from tests.adaptors.api.conftest import ROOT, client_of, sent
from tests.adaptors.evidence.conftest import PASSWORD, packed
from tests.adaptors.transactions.test_pages import signed_in


def read(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def said(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[name])


def test_bundle_holds_everything_with_its_digest(gone: Transaction) -> None:
    files = read(packed(gone))
    manifest = said(files, "manifest.json")

    assert [name.split("/")[0] for name in files] == [
        "document", "readable.pdf", "source", "source", "source", "source", "settings.json", "validation.json",
        "delivery.json", "receipts", "receipts.json", "answers", "answers.json", "approvals.json",
        "story.json", "events.json",
        "manifest.json", "signature.json",
    ]  # fmt: skip
    digests = {row["name"]: row["sha256"] for row in manifest["entries"]}
    assert digests == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
        if name not in ("manifest.json", "signature.json")
    }  # fmt: skip
    assert digests["document/invoice-10482.xml"] == gone.sha256 == manifest["transaction"]["sha256"]
    assert (manifest["transaction"]["state"], manifest["transaction"]["amount"]) == ("acknowledged", "1250.000000")
    assert manifest["signed_by"] == {"algorithm": "Ed25519", "public_key": public_key()}


def test_parts_say_what_happened(gone: Transaction) -> None:
    for state, digest in (("approved", "d" * 64), ("rejected", "e" * 64)):
        Approval.objects.create(kind="first", key="first:1", digest=digest, title="First export", state=state)
    gone.bound_to = [{"key": "first:1", "digest": "d" * 64}]
    gone.save(update_fields=["bound_to"])
    files = read(packed(gone))

    document, [line] = said(files, "source/document.json"), files["source/lines.jsonl"].decode().splitlines()
    assert (document["number"]["value"], document["total_amount"]["value"]) == ("10482", "1250")
    assert json.loads(line)["unit_price"] == "500"
    settings = {one["name"]: (one["value"], one["level"]) for one in said(files, "settings.json")["settings"]}
    assert settings["supplier_bank_branch"] == ("0040", "own")
    assert said(files, "validation.json")["rule_sets"] == ["the schema of UBL 2.1", "EN 16931 1.3.16"]
    delivery = said(files, "delivery.json")
    assert [one["outcome"] for one in delivery["attempts"]] == ["not_taken", "delivered"]
    assert delivery["gateway"] == {"name": "Share", "kind": "folder"}
    [receipt], [answer] = said(files, "receipts.json"), said(files, "answers.json")
    assert hashlib.sha256(files[receipt["name"]]).hexdigest() == receipt["sha256"]
    assert files[answer["name"]] == b"<ApplicationResponse/>"
    assert [one["text"] for one in said(files, "story.json")["entries"]] == ["Accepted: Accepted."]
    assert [one["kind"] for one in said(files, "events.json")] == ["transaction.acknowledged"]
    [approval] = said(files, "approvals.json")
    assert (approval["title"], approval["digest"], approval["decided_by"]) == ("First export", "d" * 64, None)
    assert files["readable.pdf"].startswith(b"%PDF")


def test_same_state_gives_the_same_bytes_and_another_one_others(gone: Transaction) -> None:
    first, second = packed(gone), packed(gone)
    gone.log.create(text="Somebody looked.")

    assert first == second
    assert packed(gone) != first


def test_document_that_changed_since_has_no_page_that_says_something_else(gone: Transaction) -> None:
    Document.objects.filter(pk=gone.document_id).update(customer_order_number="PO-2")

    files = read(packed(gone))

    assert "readable.pdf" not in files
    assert said(files, "source/document.json")["customer_order_number"]["value"] == "PO-2"
    assert b"PO-4711" in files["document/invoice-10482.xml"]


def test_held_document_has_a_bundle_too(activation: Activation, account: Account) -> None:
    held = sent(activation, account, invoice_date=None)

    content = packed(held)

    assert [check.text for check in verify(io.BytesIO(content)) if not check.is_good] == []
    assert said(read(content), "manifest.json")["document"] == ""
    assert said(read(content), "validation.json")["findings"] != []


def test_no_credential_and_nobody_elses_data_is_in_it(gone: Transaction, gateway: Connection) -> None:
    Connection.objects.filter(pk=gateway.pk).update(values={"user": "anna", "url": f"ftps://anna:{PASSWORD}@example"})
    remember(PASSWORD)  # as the hub does with what it decrypts
    sent(gone.activation, gone.account, "SECOND-7")

    content = packed(gone)

    assert PASSWORD.encode() not in content
    assert b"anna" not in content and b"SECOND-7" not in content


def test_document_whose_bytes_are_gone_has_no_evidence(gone: Transaction) -> None:
    gone.content.storage.delete(str(gone.content.name))

    with pytest.raises(NoEvidence, match="what went out cannot be shown"):
        bundle(gone)


def test_bundle_is_saved_from_its_page_and_not_by_others(tenant: Tenant, gone: Transaction) -> None:
    address = f"/adaptors/transaction/{gone.pk}/evidence/"
    expected = packed(gone)
    other = create_tenant("other", name="Other")

    saved = signed_in(tenant, Role.VIEWER).get(address)
    refused = signed_in(other, Role.ADMINISTRATOR).get(address)

    assert saved.headers["Content-Disposition"] == f'attachment; filename="evidence-{gone.pk}.zip"'
    assert b"".join(saved.streaming_content) == expected  # type: ignore[arg-type]
    assert refused.status_code == 404


def test_bundle_is_saved_by_programs_and_not_by_others(tenant: Tenant, gone: Transaction) -> None:
    def ask(api: Client) -> Any:
        return api.get(f"{ROOT}transactions/{gone.pk}/evidence/")

    saved, refused = ask(client_of(tenant)), ask(client_of(create_tenant("other", name="Other")))

    assert b"".join(saved.streaming_content) == packed(gone)
    assert refused.status_code == 404

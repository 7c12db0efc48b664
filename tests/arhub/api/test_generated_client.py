"""A client that a public generator makes of the API's document, at work against a running hub."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command

from arhub.models import Tenant
from tests.arhub.api.conftest import MakeKey
from tests.arhub.api.records import filled

PACKAGE = "generated_hub_client"


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    document, options = tmp_path / "schema.yaml", tmp_path / "options.yaml"
    call_command("spectacular", file=str(document))
    options.write_text("post_hooks: []\n")
    command = Path(sys.executable).with_name("openapi-python-client")
    subprocess.run(
        [command, "generate", "--path", document, "--output-path", tmp_path / PACKAGE, "--meta", "none",
         "--config", options, "--fail-on-warning"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def of(module: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.{module}")


@pytest.mark.usefixtures("generated")
def test_generated_client_reads_documents(tenant: Tenant, make_key: MakeKey, live_server: Any) -> None:
    filled(tenant, "acting", sets=2)
    client = of("client").AuthenticatedClient(base_url=live_server.url, token=make_key()[1])
    documents_list, retrieve = of("api.documents.documents_list"), of("api.documents.documents_retrieve")
    include, kind = of("models.documents_retrieve_include_item"), of("models.documents_list_document_type")
    found, cursor = [], of("types").UNSET

    while cursor is not None:
        page = documents_list.sync(
            client=client, page_size=1, cursor=cursor, document_type=kind.DocumentsListDocumentType.INVOICE
        )
        found += page.results
        cursor = parse_qs(urlsplit(page.next_).query)["cursor"][0] if page.next_ else None
    invoice = retrieve.sync(
        found[0].id, client=client, include=[include.DocumentsRetrieveIncludeItem.LINES]
    )  # fmt: skip

    assert [document.invoice_number for document in found] == ["acting0-I", "acting1-I"]
    assert (Decimal(invoice.total_amount), invoice.currency) == (Decimal("1250.00"), "EUR")
    assert (invoice.state, invoice.due_date.isoformat()) == ("overdue", found[0].due_date.isoformat())
    assert [line.line_number for line in invoice.lines] == ["2", "10"]


@pytest.mark.usefixtures("generated")
def test_generated_client_is_told_what_is_wrong(tenant: Tenant, make_key: MakeKey, live_server: Any) -> None:
    client = of("client").AuthenticatedClient(base_url=live_server.url, token=make_key("accounts:read")[1])

    refused = of("api.documents.documents_list").sync(client=client)
    missing = of("api.accounts.accounts_retrieve").sync(7, client=client)

    assert (refused.code, refused.message) == ("scope_missing", "This needs the scope documents:read.")
    assert missing.code == "not_found"

"""Under which endpoints a company of this hub is reached by others: what the operator says with `publish_address`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from arhub.models import Ledger, Source, Tenant
from arhub.tenancy.scope import scope, scope_all
from connectors.domain.endpoints import NotAnEndpoint
from connectors.domain.network_addresses import tenant_of
from connectors.models import Connection, Inbox, NetworkAddress
from tests.conftest import Tenants

ENDPOINT = "0184:12345674"


def inbox_of(tenant: Tenant, name: str = "Invoices in") -> Inbox:
    with scope(tenant.pk):
        source = Source.objects.create(name=name, ledger=Ledger.objects.get_or_create(name="Main")[0])
        connection = Connection.objects.create(name=name, kind="folder")
        return Inbox.objects.create(name=name, connection=connection, source=source)


def run(**options: object) -> str:
    out = StringIO()
    call_command("publish_address", stdout=out, **options)
    return out.getvalue().strip()


def test_published_endpoint_leads_to_its_inbox_from_everywhere(tenants: Tenants) -> None:
    inbox = inbox_of(tenants[1])

    said = run(tenant="hidden", endpoint="0184:DK12345674", inbox="Invoices in")
    again = run(tenant="hidden", endpoint=ENDPOINT, inbox="Invoices in")

    assert said == again == f"{ENDPOINT} is taken by Invoices in."
    with scope(tenants[0].pk):
        assert tenant_of("0184", "12345674") == (tenants[1].pk, inbox.pk)
        assert not NetworkAddress.objects.exists()
    assert run(tenant="hidden") == f"{ENDPOINT}\tInvoices in"
    assert run(tenant="acting") == "Nothing is published."


def test_endpoint_belongs_to_one_company_alone(tenants: Tenants) -> None:
    inbox = inbox_of(tenants[1])
    inbox_of(tenants[0])
    run(tenant="hidden", endpoint=ENDPOINT, inbox="Invoices in")

    with pytest.raises(CommandError, match="belongs to the inbox Invoices in of hidden"):
        run(tenant="acting", endpoint=ENDPOINT, inbox="Invoices in")
    with pytest.raises(CommandError, match="Invoices in does not take 0184:12345674"):
        run(tenant="acting", endpoint=ENDPOINT, inbox="Invoices in", remove=True)

    assert tenant_of("0184", "12345674") == (tenants[1].pk, inbox.pk)


def test_endpoint_in_small_letters_is_the_same(tenants: Tenants) -> None:
    inbox = inbox_of(tenants[1])
    with scope(tenants[1].pk):
        NetworkAddress.objects.create(scheme="9930", identifier="de1", inbox=inbox)
    inbox_of(tenants[0])

    with pytest.raises(CommandError, match="9930:DE1 belongs to the inbox Invoices in of hidden"):
        run(tenant="acting", endpoint="9930:DE1", inbox="Invoices in")

    assert tenant_of("9930", "DE1") == (tenants[1].pk, inbox.pk)


def test_removed_endpoint_is_free(tenants: Tenants) -> None:
    inbox_of(tenants[1])
    inbox = inbox_of(tenants[0])
    run(tenant="hidden", endpoint=ENDPOINT, inbox="Invoices in")

    assert (
        run(tenant="hidden", endpoint=ENDPOINT, inbox="Invoices in", remove=True)
        == f"{ENDPOINT} is taken by nobody now."
    )
    assert tenant_of("0184", "12345674") is None
    run(tenant="acting", endpoint=ENDPOINT, inbox="Invoices in")

    assert tenant_of("0184", "12345674") == (tenants[0].pk, inbox.pk)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tenant": "nobody"}, "There is no tenant nobody"),
        ({"endpoint": ENDPOINT}, "Give both --endpoint and --inbox"),
        ({"remove": True}, "Give both --endpoint and --inbox"),
        ({"endpoint": "0184:1", "inbox": "Invoices in"}, "Expected a CVR number"),
        ({"endpoint": ENDPOINT, "inbox": "Other"}, "There is no inbox “Other”. There are: Invoices in"),
    ],
)
def test_command_says_what_is_wrong(tenants: Tenants, options: dict[str, object], said: str) -> None:
    inbox_of(tenants[0])
    inbox_of(tenants[1], "Hidden inbox")

    with pytest.raises(CommandError, match=said):
        run(**{"tenant": "acting", **options})

    with scope_all("look"):
        assert not NetworkAddress.objects.exists()


def test_what_is_no_endpoint_belongs_to_nobody(tenants: Tenants) -> None:
    with pytest.raises(NotAnEndpoint):
        tenant_of("0184", "1")

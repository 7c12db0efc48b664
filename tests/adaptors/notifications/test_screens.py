"""The tab and the page of a cell: who may, what is shown, what is never shown."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from adaptors import tasks
from adaptors.domain import activations
from adaptors.models import NoticeMessage, NotificationSetting
from arhub.domain.events import emit
from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Tenant, User
from arhub.tenancy.scope import scope
from tests.adaptors.notifications.conftest import Company, Receive, later, look
from tests.arhub.network.servers import answer
from tests.servers.smtp import MailServer

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])
BACKEND = "django.contrib.auth.backends.ModelBackend"
SAVED = {"is_on": "on", "addresses": "ops@example.com, audit@example.com", "when": "at_once", "at": "07:00"}


def signed_in(tenant: Tenant, role: str) -> Client:
    client = Client()
    client.force_login(add_member(f"{role}@{tenant.slug}.example", tenant, role), backend=BACKEND)
    return client


@pytest.fixture
def manager(tenant: Tenant, person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def cell(company: Company, level: str = "document", tone: str = "negative") -> str:
    return f"/adaptors/activation/{company.activation.pk}/notifications/{level}/{tone}/"


def tab(company: Company) -> str:
    return f"/adaptors/activation/{company.activation.pk}/change/?tab=notifications"


def test_cell_is_saved_and_read_back_in_a_sentence(company: Company, manager: Client, mail: MailServer) -> None:
    saved = manager.post(cell(company), SAVED)

    page = manager.get(tab(company)).content.decode()
    assert (saved.status_code, saved["Location"]) == (
        302, f"/adaptors/activation/{company.activation.pk}/change/?tab=notifications",
    )  # fmt: skip
    assert "Tells 2 people by e-mail at once: Rejected, Failed, Uncertain, On hold and Answer overdue." in page
    assert page.count("Off: nobody is told.") == 3


def test_addresses_of_channels_are_kept_and_never_shown(company: Company, manager: Client) -> None:
    first = manager.post(cell(company), {**SAVED, "slack_url": "https://hooks.slack.example/T0/secret-word"})
    again = manager.post(cell(company), {**SAVED, "webhook_url": "https://shop.example/own-secret"})

    pages = [manager.get(cell(company)).content, manager.get(tab(company)).content, again.content]
    with scope(company.tenant_id):
        stored = NotificationSetting.objects.get()
        revealed = (stored.slack_url.reveal(), stored.webhook_url.reveal())
        key = stored.webhook_key.reveal()
    assert revealed == ("https://hooks.slack.example/T0/secret-word", "https://shop.example/own-secret")
    assert first.status_code == 302
    assert [b"secret-word" in one or b"own-secret" in one for one in pages] == [False, False, False]
    assert [key.encode() in one for one in pages] == [False, False, True]


def test_preview_shows_a_real_document_and_stores_nothing(company: Company, manager: Client) -> None:
    company.fail("No <b>such</b> server.")

    page = manager.post(cell(company), {**SAVED, "subject": "{number} {text}", "preview": "1"}).content.decode()

    assert "INV-1 No &lt;b&gt;such&lt;/b&gt; server." in page
    assert "http://testserver/adaptors/transaction/" in page and "ARHUB_ADDRESS" in page
    with scope(company.tenant_id):
        assert not NotificationSetting.objects.exists()


def test_wrong_template_is_told_beside_its_field(company: Company, manager: Client) -> None:
    page = manager.post(cell(company), {**SAVED, "body": "{secret}"}).content.decode()

    assert "Expected a field such as {number} or {date}, found {secret}." in page


def test_test_message_goes_through_each_channel_at_once(
    company: Company, manager: Client, mail: MailServer, receive: Receive
) -> None:
    slack = receive(answer(status=404, body=b"no_team"))
    manager.post(cell(company), {**SAVED, "slack_url": slack.url("/T0")})

    page = manager.post(cell(company), {"test": "1"}, follow=True).content.decode()

    assert [one.recipients for one in mail.taken] == [("ada@example.com",)]
    assert "Slack: Not sent. Expected an answer of 200 to 299, found 404." in page
    assert "ada@example.com: 127.0.0.1 took it: 250 2.0.0 Ok: queued as Q0001." in page
    with scope(company.tenant_id):
        assert NoticeMessage.objects.get().kind == "test"


def test_log_says_to_whom_and_how_often(company: Company, manager: Client, mail: MailServer) -> None:
    mail.manners.ends = ["451 later"]
    company.tell(addresses=["ops@example.com"])
    company.fail()
    look()
    look(30)

    page = manager.get(tab(company)).content.decode()

    assert "Export: A document failed" in page
    assert "repeated 1 time" in page
    assert "repeated under the same Message-ID" in page


def test_tab_says_that_nobody_mails(company: Company, manager: Client, settings: Any) -> None:
    settings.SMTP = {}
    company.tell(addresses=["ops@example.com"])

    page = manager.get(tab(company)).content.decode()

    assert "No e-mail connection is chosen here, and the hub has no mail server of its own" in page


def test_viewer_looks_and_changes_nothing(company: Company, tenant: Tenant) -> None:
    client = signed_in(tenant, "viewer")
    company.tell(addresses=["ops@example.com"])

    said = [client.get(tab(company)).status_code, client.get(cell(company)).status_code,
            client.post(cell(company), {"addresses": "eve@example.com", "when": "at_once"}).status_code,
            client.post(cell(company), {"test": "1"}).status_code]  # fmt: skip

    assert said == [200, 403, 403, 403]
    assert "Change</a>" not in client.get(tab(company)).content.decode()
    with scope(company.tenant_id):
        assert NotificationSetting.objects.get().addresses == ["ops@example.com"]


def test_another_tenant_finds_nothing(company: Company) -> None:
    client = signed_in(create_tenant("other", name="Other"), "administrator")
    company.tell(addresses=["ops@example.com"])

    said = [client.get(cell(company)).status_code, client.post(cell(company), SAVED).status_code]

    assert said == [404, 404]


def test_cell_that_is_none_is_not_found(company: Company, manager: Client) -> None:
    assert manager.get(cell(company, tone="neutral")).status_code == 404


def test_adaptor_level_asks_nothing_of_customers(company: Company, manager: Client) -> None:
    pages = [manager.get(cell(company, level)).content.decode() for level in ("document", "adaptor")]

    assert ["to_customer" in page for page in pages] == [True, False]


def test_adaptor_without_documents_has_no_document_level(company: Company, manager: Client) -> None:
    with scope(company.tenant_id):
        other = activations.activate("publish_outstanding")

    page = manager.get(f"/adaptors/activation/{other.pk}/change/?tab=notifications").content.decode()

    assert ("Document level" in page, "Adaptor level" in page) == (False, True)


def test_adaptor_that_is_removed_takes_its_notifications_along(company: Company, mail: MailServer) -> None:
    with scope(company.tenant_id):
        other = company.activation = activations.activate("publish_outstanding")
    company.tell("adaptor", addresses=["ops@example.com"])
    with scope(company.tenant_id):
        emit("adaptor.run_failed", {"activation": other.pk, "run": 1, "text": "It broke."})
    with time_machine.travel(later()):
        tasks.tell_notices()
    with scope(company.tenant_id):
        activations.remove(other)

    look(4)

    assert mail.taken == []
    assert [one.answer for one in company.outbounds()] == ["These notifications were switched off."]

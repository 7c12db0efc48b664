"""Each way to people: what arrives, and that it is repeated only under the same id."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection

from adaptors import tasks
from adaptors.domain.notifications import notices
from adaptors.domain.notifications.notice_channel import NoticeChannel
from adaptors.models import Activation
from arhub import tasks as hub_tasks
from arhub.domain import outbound
from arhub.domain.events import emit
from arhub.domain.signatures import sign
from arhub.models import Account, Event, Outbound
from arhub.tenancy.scope import scope
from connectors.domain.given import WrongSettings
from connectors.models import Connection
from tests.adaptors.notifications.conftest import DOWN, Company, Receive, later, look, send_all, texts
from tests.arhub.network.servers import answer
from tests.servers.smtp import MailServer

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])
HOSTILE = 'No <b>"x"</b> & [click](https://evil.example) <!channel>\r\nBcc: eve@example.com'


def test_slack_gets_text_that_is_no_markup(company: Company, receive: Receive) -> None:
    slack = receive()
    company.tell(slack_url=slack.url("/services/T0/B0/secret"))

    company.fail(HOSTILE)
    look()

    [(method, path, headers, body)] = slack.requests
    assert (method, path, list(json.loads(body))) == ("POST", "/services/T0/B0/secret", ["text"])
    assert 'No &lt;b&gt;"x"&lt;/b&gt; &amp; [click](https://evil.example) &lt;!channel&gt;' in json.loads(body)["text"]
    assert headers["x-arhub-event-id"] == company.outbounds()[0].identity
    assert "webhook-signature" not in headers


def test_teams_gets_a_card_without_links_of_others(company: Company, receive: Receive, settings: Any) -> None:
    settings.ADDRESS = "https://hub.acme.example"
    teams = receive()
    company.tell(teams_url=teams.url("/hook"))

    company.fail(HOSTILE)
    look()

    sent = json.loads(teams.requests[0][3])
    card = sent["attachments"][0]["content"]
    lines = [block["text"] for block in card["body"]]
    assert (sent["type"], card["type"]) == ("message", "AdaptiveCard")
    assert 'No <b>"x"</b> & \\[click\\](https://evil.example) <!channel> Bcc: eve@example.com' in lines
    assert card["actions"][0]["url"].startswith("https://hub.acme.example/adaptors/transaction/")


def test_webhook_is_signed_with_the_key_that_was_shown_once(company: Company, receive: Receive) -> None:
    own = receive()
    key = company.tell(webhook_url=own.url("/hook"))
    again = company.tell(webhook_url=own.url("/hook"))

    company.fail()
    look()

    _, _, headers, body = own.requests[0]
    expected = sign(key, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert (again, headers["webhook-signature"]) == ("", expected)
    found = json.loads(body)
    assert found["id"] == headers["webhook-id"] == headers["x-arhub-event-id"]
    assert found["data"] | {"text": ""} == {
        "activation": company.activation.pk, "level": "document", "tone": "negative", "message": "trouble",
        "subject": "Export: A document failed", "text": "", "link": "/adaptors/transaction/1/change/",
    } | {"link": found["data"]["link"]}  # fmt: skip


def test_mail_has_text_and_harmless_html_and_no_header_of_others(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"], subject="{adaptor}: {text}")

    company.fail(HOSTILE)
    look()

    [taken] = mail.taken
    html = taken.message.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;" in html.get_content() and "<b>" not in html.get_content()
    assert (taken.message["To"], taken.message["Bcc"], taken.recipients) == (
        "ops@example.com", None, ("ops@example.com",),
    )  # fmt: skip
    assert texts(mail.taken)[0][0].endswith("Bcc: eve@example.com")


def test_characters_that_turn_or_hide_what_is_read_are_not_in_a_message(company: Company, mail: MailServer) -> None:
    name = "\ufeffNor\u200bdic\u202e \u2066Pumps\u2069\u200f\u2028A/S\u2029"
    with scope(company.tenant_id):
        Account.objects.filter(pk=company.account.pk).update(name=name)
    company.tell(addresses=["ops@example.com"], subject="{customer}", body="To {customer}")

    company.fail()
    look()

    assert texts(mail.taken) == [("Nordic Pumps A/S", "To Nordic Pumps A/S")]


def test_mail_goes_by_the_connection_that_is_chosen(company: Company, mail: MailServer, mailbox: Connection) -> None:
    company.tell(addresses=["ops@example.com"], connection=mailbox)

    company.fail()
    look()

    assert [one.sender for one in mail.taken] == ["ar@acme.example"]


def test_mail_without_any_server_waits_for_one(company: Company, settings: Any, mail: MailServer) -> None:
    known, settings.SMTP = settings.SMTP, {}
    company.tell(addresses=["ops@example.com"])
    company.fail()
    look()
    held = [(one.state, one.answer[:34]) for one in company.outbounds()]

    settings.SMTP = known
    look(30)

    assert held == [("held", "No e-mail connection is chosen her")]
    assert len(mail.taken) == 1


def test_mail_whose_answer_never_came_is_repeated_under_its_id(company: Company, mail: MailServer) -> None:
    mail.manners.ends = ["hang up"]
    company.tell(addresses=["ops@example.com"])
    company.fail()
    look()

    look(30)

    first, second = (str(one.message["Message-ID"]) for one in mail.taken)
    assert first == second == company.outbounds()[0].headers["Message-ID"]
    assert mail.taken[0].content == mail.taken[1].content
    outcomes = company.attempts()
    assert [outcome for outcome, _ in outcomes] == ["unknown", "delivered"]
    assert outcomes[1][1].endswith(f"Attempt 2, repeated under the same Message-ID {first}.")


@pytest.mark.parametrize("is_sent", [False, True])
def test_worker_that_dies_leaves_it_to_the_next_under_the_same_id(
    company: Company, mail: MailServer, *, is_sent: bool
) -> None:
    """As a kill leaves it: claimed, sent or not, and nothing stored of what came of it."""
    company.tell(addresses=["ops@example.com"])
    company.fail()
    with time_machine.travel(later()):
        tasks.tell_notices()
        claimed = outbound.claim()
        assert claimed is not None
        if is_sent:
            with scope(company.tenant_id):
                taken, channel = Outbound.objects.get(pk=claimed.outbound_id), NoticeChannel()
                channel.send(taken, channel.prepare(taken))

    with time_machine.travel(later(30)):
        hub_tasks.sweep_outbound()
    look(60)

    ids = {str(one.message["Message-ID"]) for one in mail.taken}
    assert (len(mail.taken), ids) == (2 if is_sent else 1, {company.outbounds()[0].headers["Message-ID"]})
    assert [outcome for outcome, _ in company.attempts()] == ["stopped", "delivered"]


def test_call_that_is_refused_for_now_is_repeated_under_its_event_id(company: Company, receive: Receive) -> None:
    slack = receive(answer(status=503), answer())
    company.tell(slack_url=slack.url())
    company.fail()
    look()

    look(30)

    assert len({headers["x-arhub-event-id"] for _, _, headers, _ in slack.requests}) == 1
    assert [text for _, text in company.attempts()] == [
        "Expected an answer of 200 to 299, found 503.", "Taken with 200. Attempt 2, repeated under the same event id.",
    ]  # fmt: skip


def test_one_receiver_that_fails_keeps_no_other_back(company: Company, mail: MailServer, receive: Receive) -> None:
    mail.manners.recipients = {"gone@example.com": ["550 5.1.1 No such user"]}
    slack = receive()
    company.tell(addresses=["gone@example.com", "ops@example.com"], slack_url=slack.url())

    company.fail()
    look()

    assert [one.state for one in company.outbounds()] == ["failed", "delivered", "delivered"]
    assert (len(mail.taken), len(slack.requests)) == (1, 1)


def test_switched_off_sends_nothing_more(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])
    company.fail()
    with time_machine.travel(later()):
        tasks.tell_notices()
        company.tell(is_on=False)
        send_all()

    assert [(one.state, one.answer) for one in company.outbounds()] == [
        ("cancelled", "These notifications were switched off.")
    ]
    assert mail.taken == []


def test_address_of_slack_is_shown_and_logged_nowhere(
    company: Company, receive: Receive, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    slack = receive(answer(status=404, body=b"no service secret-hook"))
    company.tell(slack_url=slack.url("/services/secret-hook"))

    company.fail()
    look()

    with scope(company.tenant_id):
        stored = [str(Outbound.objects.values().get() | {"content": b""}), str(company.attempts())]
    assert not [text for text in (*stored, caplog.text) if "/services/secret-hook" in text]


def test_what_causes_an_event_is_not_harmed_when_noting_fails(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    company.tell(addresses=["ops@example.com"])

    with scope(company.tenant_id):
        event = emit("transaction.failed", {"activation": company.activation.pk, "cause": 7})
        kept = Event.objects.filter(pk=event.pk).exists()

    assert kept
    assert f"the first is {event.pk}" in caplog.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("subject", "{password}", "Expected a field such as {number} or {date}, found {password}."),
        ("body", "{adaptor.__class__}", "found {adaptor.__class__}."),
        ("body", "{number", "A brace stands alone"),
        ("addresses", ["a@b"], "Expected an address such as name@example.com, found 'a@b'."),
        ("addresses", ["a@example.com\r\nBcc: b@example.com"], "Expected an address"),
        ("slack_url", "javascript:alert(1)", "Expected an address that begins with https://"),
        ("kinds", ["gateway.paused"], "Expected kinds of this cell"),
    ],
)
def test_what_cannot_be_is_refused_as_it_is_saved(company: Company, field: str, value: Any, said: str) -> None:
    with pytest.raises(WrongSettings) as refused:
        company.tell(**{"addresses": ["ops@example.com"], field: value})

    assert said in refused.value.errors[field]


def test_nobody_to_tell_is_refused(company: Company) -> None:
    with pytest.raises(WrongSettings) as refused:
        company.tell()

    assert refused.value.errors == {
        "is_on": "Expected somebody to tell, found nobody: choose a user, an address or a channel."
    }


def test_digest_is_made_once_by_two_sweepers(company: Company, mail: MailServer, activation: Activation) -> None:
    with time_machine.travel("2026-03-15T06:10:00Z"):
        company.tell(addresses=["ops@example.com"], when="daily")
        company.fail(count=3)
        company.fail("The certificate has expired.")
        tasks.tell_notices()
    before = company.messages()

    with time_machine.travel("2026-03-16T06:00:30Z"):  # 07:00 in Copenhagen
        tasks.tell_notices()
        tasks.tell_notices()
        send_all()

    [(_, text)] = texts(mail.taken)
    assert (before, company.messages()) == ([], [("digest", "Export: 2 notifications")])
    assert "3 documents failed." in text and "A document failed." in text and DOWN in text


def test_digest_tells_what_is_new_and_what_is_over(company: Company, mail: MailServer) -> None:
    with time_machine.travel("2026-03-15T10:10:00Z"):
        company.tell(addresses=["ops@example.com"], when="hourly")
        company.fail(count=3)
    for minute, happens in ((11, lambda: None), (12, lambda: None), (13, company.arrive), (14, lambda: None)):
        with time_machine.travel(f"2026-03-15T{minute}:00:30Z"):
            happens()
            tasks.tell_notices()
            send_all()

    told = texts(mail.taken)
    assert [subject for subject, _ in told] == ["Export: one notification", "Export: one notification"]
    assert "This is over: 3 documents failed." in told[1][1]


def test_two_sweepers_at_once_make_one_message(company: Company, mail: MailServer) -> None:
    """While one holds the setting, the other passes it by."""
    company.tell(addresses=["ops@example.com"])
    company.fail()
    said: list[int] = []

    def other() -> None:
        said.append(notices.sweep())
        connection.close()

    with time_machine.travel(later()):
        with scope(company.tenant_id):
            first = notices.sweep()
            thread = threading.Thread(target=other)
            thread.start()
            thread.join(30)
        notices.sweep()

    assert (first, said, len(company.messages())) == (1, [0], 1)


def test_document_does_not_wait_for_a_sweeper(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])
    company.fail()
    failed: list[str] = []

    def fail() -> None:
        failed.extend(row.state for row in company.fail())
        connection.close()

    with time_machine.travel(later()), scope(company.tenant_id):
        notices.sweep()
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join(30)
        while_it_is_held = list(failed)

    assert while_it_is_held == ["failed"]


def test_digest_that_is_due_is_not_put_off_by_a_change_of_words(company: Company, mail: MailServer) -> None:
    with time_machine.travel("2026-03-15T10:10:00Z"):
        company.tell(addresses=["ops@example.com"], when="hourly")
        company.fail()
    with time_machine.travel("2026-03-15T11:00:10Z"):
        company.tell(subject="{what}")
        tasks.tell_notices()

    assert company.messages() == [("digest", "Export: one notification")]


def test_what_was_told_is_forgotten_after_its_days(company: Company, mail: MailServer) -> None:
    company.tell(addresses=["ops@example.com"])
    company.fail()
    look()
    company.arrive()
    look(4)

    with time_machine.travel(later(60 * 24 * 89)):
        early = tasks.forget_notices()
    with time_machine.travel(later(60 * 24 * 91)):
        late = tasks.forget_notices()

    assert (early, late, company.messages()) == ("0 messages forgotten", "2 messages forgotten", [])

"""Making a message: stored once under its key, with one thing to send for each of its receivers."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adaptors.domain.customers.effective import Grounds
from adaptors.domain.notifications import notice_payloads as payloads
from adaptors.domain.notifications.notice_channel import (
    CHANNEL,
    CUSTOMER,
    EMAIL,
    SLACK,
    TEAMS,
    WEBHOOK,
    NoticeChannel,
    destination_of,
    parts_of,
    target_of,
)
from adaptors.domain.notifications.notice_words import LONGEST_BODY, LONGEST_SUBJECT, Words
from adaptors.models import ExportRule, NoticeMessage, NotificationSetting
from arhub.domain import outbound as sending
from arhub.domain.channels import Held, NotWanted
from arhub.domain.sentences import tellable
from arhub.models import Attempt, Membership, Outbound, User
from arhub.network.errors import NetworkError

NOBODY = "There was nobody to send it to."
WAYS = {EMAIL: "E-mail", CUSTOMER: "E-mail to the customer", SLACK: "Slack", TEAMS: "Teams", WEBHOOK: "Webhook"}


def make(
    setting: NotificationSetting, words: Words, *, key: str, kind: str, audience: int | None = None
) -> NoticeMessage | None:
    """Store a message and what carries it, in the caller's transaction; None when it was made before."""
    words = replace(words, subject=tellable(words.subject, LONGEST_SUBJECT), body=words.body[:LONGEST_BODY])
    message = NoticeMessage(setting=setting, kind=kind, key=key, subject=words.subject)
    receivers = list(_receivers(setting, audience))
    message.sent_to = receivers
    message.said = "" if receivers else NOBODY
    if NoticeMessage.objects.filter(key=key).exists():
        return None
    message.save(force_insert=True)
    for one in receivers:
        sending.put(CHANNEL, one, identity=str(message.identity), subject=words.subject,
                    content=_content(message, words, one), headers=_headers(message, one))  # fmt: skip
    return message


def named(destination: str) -> str:
    """What people call a receiver. Addresses of Slack, Teams and webhooks are secrets."""
    _, way, address = parts_of(destination)
    return address or WAYS[way]


def test(setting: NotificationSetting, words: Words, user: User) -> NoticeMessage:
    """Send a message through every way that is set, at once, to nobody but the person who asks where it is e-mail.
    Returns it with what came of it."""
    words = replace(words, subject=f"Test: {words.subject}"[:LONGEST_SUBJECT])
    message = NoticeMessage(setting=setting, kind=NoticeMessage.Kind.TEST, key=f"test {uuid.uuid4()}",
                            subject=words.subject)  # fmt: skip
    ways = [destination_of(setting, EMAIL, user.email)] if setting.mails else []
    ways += _called(setting)
    said = [f"{named(one)}: {_tried(setting, message, words, one)}" for one in ways]
    message.sent_to, message.said = ways, tellable(" ".join(said) or NOBODY)
    message.save(force_insert=True)
    return message


def _tried(setting: NotificationSetting, message: NoticeMessage, words: Words, destination: str) -> str:
    outbound = Outbound(
        channel=CHANNEL, destination=destination, identity=str(message.identity), content_type="application/json",
        content=_content(message, words, destination), headers=_headers(message, destination),
    )  # fmt: skip
    _, way, address = parts_of(destination)
    try:
        answer = NoticeChannel().send(outbound, target_of(setting, way, address))
    except (Held, NotWanted, NetworkError) as problem:
        return str(problem)
    return answer.text if answer.outcome == Attempt.Outcome.DELIVERED else f"Not sent. {answer.text}"


def _receivers(setting: NotificationSetting, audience: int | None) -> Iterator[str]:
    """Destinations of the channel: those of the company, or the one customer's."""
    if audience is not None:
        if address := _customer_email(setting, audience):
            yield destination_of(setting, CUSTOMER, address)
        return
    known: dict[str, None] = {}
    for address in (*_users(setting), *setting.addresses):
        known.setdefault(address.lower())
    for address in list(known)[: NoticeMessage.MOST_RECIPIENTS]:
        yield destination_of(setting, EMAIL, address)
    yield from _called(setting)


def _called(setting: NotificationSetting) -> list[str]:
    urls = {SLACK: setting.slack_url, TEAMS: setting.teams_url, WEBHOOK: setting.webhook_url}
    return [destination_of(setting, way) for way, url in urls.items() if url]


def _users(setting: NotificationSetting) -> list[str]:
    """Who has left the company is told nothing any more."""
    members = Membership.objects.filter(tenant=setting.tenant_id, user__in=setting.users, user__is_active=True)
    return list(members.order_by("user__email").values_list("user__email", flat=True))


def _customer_email(setting: NotificationSetting, account: int) -> str:
    """The effective e-mail address for invoices of a customer."""
    rules = ExportRule.objects.select_related("account").filter(activation=setting.activation_id, account=account)
    rule = rules.first()
    return Grounds(setting.activation, [rule]).of(rule)["customer_email"].strip() if rule else ""


def _content(message: NoticeMessage, words: Words, destination: str) -> bytes:
    match parts_of(destination)[1]:
        case "slack":
            made: dict[str, Any] = payloads.slack(words)
        case "teams":
            made = payloads.teams(words)
        case "webhook":
            made = payloads.webhook(words, message)
        case _:
            made = payloads.mail(words)
    return payloads.packed(made)


def _headers(message: NoticeMessage, destination: str) -> dict[str, str]:
    _, way, address = parts_of(destination)
    if way not in (EMAIL, CUSTOMER):
        return {}
    place = hashlib.sha256(address.encode()).hexdigest()[:12]
    return {"Message-ID": payloads.message_id(message.identity, place)}

"""How notifications travel: each way to each receiver is a thing of its own, sent until it is taken.

Receivers know a message again by its Message-ID, or by its event id, so an attempt without an answer is repeated, and
the log says so.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from adaptors.models import NotificationSetting
from arhub.domain.channels import Answer, Channel, Held, NotWanted, Outcome
from arhub.domain.webhooks import headers_of, judged
from arhub.models import Outbound
from arhub.network import http
from arhub.network.errors import (
    BadAnswer,
    NetworkError,
    PermanentError,
    RetryableError,
    TooLarge,
    Uncertain,
)
from connectors.base import Pace
from connectors.domain.setup import connector_of
from connectors.gateways.email import notes

CHANNEL = "notice"
EMAIL, CUSTOMER, SLACK, TEAMS, WEBHOOK = "email", "customer", "slack", "teams", "webhook"
KEPT_DAYS = 90
TIMEOUT_SECONDS = 15
EVENT_ID = "X-ARHub-Event-Id"
NO_SERVER = "No e-mail connection is chosen here, and the hub has no mail server of its own: choose a connection."


@dataclass(frozen=True, slots=True)
class Mailer:
    """A mail server's settings, as those of an e-mail connection; `pace` is that of the connection."""

    values: Mapping[str, Any]
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: an e-mail address and who mails it, or an address to call and the keys that sign."""

    email: str = ""
    mailer: Mailer | None = None
    url: str = ""
    keys: tuple[str, ...] = ()


def destination_of(setting: NotificationSetting, way: str, address: str = "") -> str:
    return f"{setting.pk}:{way}:{address}"


def parts_of(destination: str) -> tuple[int, str, str]:
    """The id of its setting, the way, and the e-mail address if it has one."""
    setting, way, address = destination.split(":", 2)
    return int(setting), way, address


class NoticeChannel(Channel):
    may_repeat = True
    lease_seconds = 360  # the queue ends a task after 300
    kept_days = KEPT_DAYS

    def prepare(self, outbound: Outbound) -> Target:
        pk, way, address = parts_of(outbound.destination)
        setting = NotificationSetting.objects.select_related("connection").filter(pk=pk).first()
        if setting is None or not setting.is_on:
            raise NotWanted("These notifications were switched off.")
        return target_of(setting, way, address)

    def send(self, outbound: Outbound, destination: Target) -> Answer:
        try:
            answer = _mailed(outbound, destination) if destination.mailer else _called(outbound, destination)
        except TooLarge as error:
            answer = judged(error.status, {}, b"")
        except (Uncertain, BadAnswer) as error:
            answer = Answer(Outcome.UNKNOWN, str(error))
        except PermanentError as error:
            answer = Answer(Outcome.REFUSED, str(error))
        except NetworkError as error:
            wait = error.retry_after if isinstance(error, RetryableError) else 0
            answer = Answer(Outcome.NOT_TAKEN, str(error), retry_after=wait)
        return _repeated(outbound, answer) if outbound.attempts > 1 else answer


def target_of(setting: NotificationSetting, way: str, address: str = "") -> Target:
    """Raises `NotWanted` where the way is not set any more, and `Held` where nobody mails."""
    if way in (EMAIL, CUSTOMER):
        return Target(email=address, mailer=mailer_of(setting))
    urls = {SLACK: setting.slack_url, TEAMS: setting.teams_url, WEBHOOK: setting.webhook_url}
    if not urls[way]:
        raise NotWanted("Its address was removed.")
    keys = (setting.webhook_key.reveal(),) if way == WEBHOOK else ()
    return Target(url=urls[way].reveal(), keys=keys)


def mailer_of(setting: NotificationSetting) -> Mailer:
    """The e-mail connection that the setting names, or the hub's own server. Raises `Held` without either."""
    connection = setting.connection
    if connection is None and not settings.SMTP:
        raise Held(NO_SERVER)
    if connection is None:
        return Mailer({**{f"smtp_{name}": value for name, value in settings.SMTP.items()},
                       "from_address": settings.MAIL_FROM})  # fmt: skip
    if not connection.is_enabled:
        raise Held(f"{connection}, by which these mails go, is switched off.")
    setup = connector_of(connection).setup
    return Mailer(setup.values, setup.pace)


def has_mailer(setting: NotificationSetting) -> bool:
    return setting.connection is not None or bool(settings.SMTP)


def _mailed(outbound: Outbound, target: Target) -> Answer:
    assert target.mailer is not None
    if target.mailer.pace:
        target.mailer.pace.wait()
    content = json.loads(bytes(outbound.content))
    note = notes.Note(target.email, content["subject"], content["text"], content["html"],
                      outbound.headers["Message-ID"], outbound.created_at)  # fmt: skip
    return Answer(Outcome.DELIVERED, notes.send(target.mailer.values, note))


def _called(outbound: Outbound, target: Target) -> Answer:
    headers = headers_of(outbound, target.keys, int(time.time()))
    if not target.keys:
        headers = {name: value for name, value in headers.items() if not name.startswith("webhook-")}
    headers[EVENT_ID] = outbound.identity
    answer = http.post(target.url, bytes(outbound.content), headers, timeout=TIMEOUT_SECONDS, attempts=1)
    return judged(answer.status, answer.headers, answer.content, answer.retry_after or 0)


def _repeated(outbound: Outbound, answer: Answer) -> Answer:
    same = f"Message-ID {outbound.headers['Message-ID']}" if "Message-ID" in outbound.headers else "event id"
    text = f"{answer.text} Attempt {outbound.attempts}, repeated under the same {same}."
    return Answer(answer.outcome, text, answer.status, answer.excerpt, answer.retry_after)

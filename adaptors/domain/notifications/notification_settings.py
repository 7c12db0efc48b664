"""The notifications of an activation: its four cells, what each does in a sentence, and changing one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from adaptors.catalogue import Work
from adaptors.domain.notifications.notice_words import LONGEST_BODY, check
from adaptors.domain.notifications.notices import next_digest
from adaptors.domain.notifications.notification_kinds import CELLS, Cell, Level, Tone
from adaptors.models import Activation, NoticeMessage, NotificationSetting
from arhub.domain import events
from arhub.domain.signatures import new_key
from arhub.domain.webhook_endpoints import NotAnEndpoint, checked_url
from arhub.models import Membership, User
from arhub.secrets import Secret
from arhub.tenancy.scope import current_tenant_id
from connectors.domain.given import WrongSettings
from connectors.gateways.templates import WrongTemplate
from connectors.models import Connection

LONGEST_ADDRESS = 200
URLS = ("slack_url", "teams_url", "webhook_url")
FIELDS = ("is_on", "kinds", "users", "addresses", "to_customer", "connection", *URLS, "subject", "body", "when", "at")
When = NotificationSetting.When


def cells_of(activation: Activation) -> list[NotificationSetting]:
    """In the order of the table, all four where documents go out; those that nobody has set are unsaved and off."""
    rows = NotificationSetting.objects.filter(activation=activation).select_related("connection")
    known = {(row.level, row.tone): row for row in rows}
    sends = activation.entry.work is Work.EXPORT
    return [known.get(cell) or _new(activation, cell) for cell in CELLS if sends or cell[0] == Level.ADAPTOR]


def cell_of(activation: Activation, level: str, tone: str) -> NotificationSetting | None:
    """None when there is no such cell."""
    return next((one for one in cells_of(activation) if (one.level, one.tone) == (level, tone)), None)


def members() -> QuerySet[Membership]:
    """Who may be told, of the tenant in context."""
    rows = Membership.objects.filter(tenant=current_tenant_id(), user__is_active=True)
    return rows.select_related("user").order_by("user__name", "user__email")


def mail_connections() -> QuerySet[Connection]:
    return Connection.objects.filter(kind="email", is_enabled=True).order_by("name")


@transaction.atomic
def change(setting: NotificationSetting, values: Mapping[str, Any], user: User | None = None) -> str:
    """Store what a cell is to do, by the names in `FIELDS`; a URL that is None stays as it is. Returns the key that
    signs calls of the webhook when it was made now: it is shown once. Raises `WrongSettings`."""
    held = _held(setting)
    before, key = (held.when, held.at, held.next_at), ""
    given = proposed(held, values)
    if given.webhook_url and not given.webhook_key:
        key = new_key()
        given.webhook_key = Secret(key)
    if before[:2] != (given.when, given.at) or not before[2]:
        given.next_at = next_digest(given, timezone.now())
    given.save()
    data = {"activation": given.activation_id, "adaptor": given.activation.adaptor, "what": "changed",
            "names": [f"notifications: {given}"], "by": str(user) if user else ""}  # fmt: skip
    events.emit("adaptor.changed", data, subject=str(given.activation)[:120])
    return key


def _held(setting: NotificationSetting) -> NotificationSetting:
    """The cell as it is now, while nobody else changes it or makes it."""
    activation = Activation.objects.select_for_update().get(pk=setting.activation_id)
    return cell_of(activation, setting.level, setting.tone) or setting


def proposed(setting: NotificationSetting, values: Mapping[str, Any]) -> NotificationSetting:
    """The cell as it would be, stored nowhere. Raises `WrongSettings` with all that is wrong."""
    errors: dict[str, str] = {}
    for name in FIELDS:
        value = values.get(name)
        if name in URLS and value is None:
            continue
        try:
            setattr(setting, name, _CHECKS[name](setting, value) if name in _CHECKS else value)
        except (WrongTemplate, NotAnEndpoint, ValueError) as problem:
            errors[name] = str(problem)
    if setting.is_on and not errors and not tells_anybody(setting):
        errors["is_on"] = "Expected somebody to tell, found nobody: choose a user, an address or a channel."
    if errors:
        raise WrongSettings(errors)
    return setting


def tells_anybody(setting: NotificationSetting) -> bool:
    return setting.mails or any(getattr(setting, name) for name in URLS)


def sentence(setting: NotificationSetting) -> str:
    """What a cell does, such as “Tells 2 people and Slack at once when a document is rejected or fails.”"""
    if not setting.is_on:
        return "Off: nobody is told."
    kinds = CELLS[Level(setting.level), Tone(setting.tone)]
    words = [kind.label for name, kind in kinds.items() if name in (setting.kinds or kinds)]
    return f"Tells {_listed(_told(setting))} {_when(setting)}: {_listed(words)}."


def _told(setting: NotificationSetting) -> list[str]:
    people = len(setting.users) + len(setting.addresses)
    found = [f"{people} {'person' if people == 1 else 'people'} by e-mail"] if people else []
    found += ["each customer by e-mail"] if setting.to_customer else []
    names = {"slack_url": "Slack", "teams_url": "Teams", "webhook_url": "a webhook"}
    return found + [label for name, label in names.items() if getattr(setting, name)]


def _when(setting: NotificationSetting) -> str:
    match setting.when:
        case When.HOURLY:
            return "in a digest every hour"
        case When.DAILY:
            return f"in a digest every day at {setting.at:%H:%M}"
    return "at once"


def _listed(words: Sequence[str]) -> str:
    *first, last = words or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last


def _new(activation: Activation, cell: Cell) -> NotificationSetting:
    level, tone = cell
    return NotificationSetting(activation=activation, level=level, tone=tone)


def _kinds(setting: NotificationSetting, value: Sequence[str]) -> list[str]:
    """All of them is as good as none: those of later versions come along."""
    known = CELLS[Level(setting.level), Tone(setting.tone)]
    if unknown := sorted(set(value or ()) - set(known)):
        raise ValueError(f"Expected kinds of this cell, found {unknown[0]!r}.")
    return [] if set(value or ()) == set(known) else [kind for kind in known if kind in (value or ())]


def _users(setting: NotificationSetting, value: Sequence[int]) -> list[int]:
    wanted = {int(one) for one in value or ()}
    known = members().filter(user__in=wanted).values_list("user_id", flat=True)
    if wanted - set(known):
        raise ValueError("Expected people of your company, found somebody else.")
    return sorted(wanted)


def _addresses(setting: NotificationSetting, value: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(one.strip() for one in value or () if one.strip()))
    if len(found) > NoticeMessage.MOST_RECIPIENTS:
        raise ValueError(f"Expected at most {NoticeMessage.MOST_RECIPIENTS} addresses, found {len(found)}.")
    for one in found:
        try:
            validate_email(one)
        except ValidationError:
            raise ValueError(f"Expected an address such as name@example.com, found {one[:100]!r}.") from None
        if len(one) > LONGEST_ADDRESS:
            raise ValueError(f"Expected an address of at most {LONGEST_ADDRESS} characters, found {len(one)}.")
    return found


def _to_customer(setting: NotificationSetting, value: bool) -> bool:
    return bool(value) and setting.level == Level.DOCUMENT


def _connection(setting: NotificationSetting, value: Connection | None) -> Connection | None:
    if value is not None and not mail_connections().filter(pk=value.pk).exists():
        raise ValueError("Expected an e-mail connection of yours that is switched on.")
    return value


def _url(setting: NotificationSetting, value: Secret) -> Secret:
    return Secret(checked_url(value.reveal())) if value else Secret("")


def _template(setting: NotificationSetting, value: str) -> str:
    text = (value or "").strip()
    if len(text) > LONGEST_BODY:
        raise ValueError(f"Expected at most {LONGEST_BODY:,} characters, found {len(text):,}.")
    check(text)
    return text


_CHECKS: dict[str, Callable[[NotificationSetting, Any], Any]] = {
    "kinds": _kinds, "users": _users, "addresses": _addresses, "to_customer": _to_customer, "connection": _connection,
    **dict.fromkeys(URLS, _url), "subject": _template, "body": _template,
}  # fmt: skip

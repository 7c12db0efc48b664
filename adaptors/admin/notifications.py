"""The tab *Notification settings* of an activation: who is told what, the page of each cell, and what was told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from adaptors.admin.notification_form import CellForm
from adaptors.admin.source import page
from adaptors.domain.notifications import notice_messages, notification_settings
from adaptors.domain.notifications.notice_channel import CHANNEL, NO_SERVER, has_mailer
from adaptors.domain.notifications.notice_words import FIELDS, Facts, sample, worded
from adaptors.models import Activation, NoticeMessage, NotificationSetting
from arhub.admin import cells
from arhub.admin.sharing import Level, may, require
from arhub.domain.askers import asker_of
from arhub.models import Attempt, Outbound
from connectors.domain.given import WrongSettings

TAB = "notifications"
MOST_MESSAGES = 30
KEY_NOTE = (
    "Give it to whoever runs the receiver of the webhook, who tells with it that a call is the hub's. It is shown only "
    "now; remove the webhook's address and enter it again for a new one."
)


def shown(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    """What the tab needs."""
    found = notification_settings.cells_of(activation)
    rows: dict[str, list[Any]] = defaultdict(list)
    for one in found:
        url = reverse("admin:adaptors_notifications", args=[activation.pk, one.level, one.tone])
        rows[str(one.get_level_display())].append((one, notification_settings.sentence(one), url))
    waits = any(one.is_on and one.mails and not has_mailer(one) for one in found)
    return {
        "rows": list(rows.items()),
        "may_edit": may(request, activation, Level.EDIT),
        "no_server": NO_SERVER if waits else "",
        "log": _log(activation),
    }


def view(request: HttpRequest, activation: Activation, level: str, tone: str, context: dict[str, Any]) -> HttpResponse:
    """The page of one cell: changed, shown beforehand, or tried out."""
    setting = notification_settings.cell_of(activation, level, tone)
    if setting is None:
        raise Http404("There is no such cell.")
    require(request, activation, Level.EDIT)
    if request.method == "POST" and "test" in request.POST:
        return _test(request, setting)
    form = CellForm(setting, asker_of(request), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" not in request.POST:
                return _save(request, setting, form, context)
            notification_settings.proposed(setting, {**form.values(), "is_on": False})
        except WrongSettings as problem:
            for name, text in problem.errors.items():
                form.add_error(name, text)
    facts, of_what = _sample(request, setting)
    shown = {
        "title": f"{setting.activation}: {setting}", "form": form, "activation": activation, "setting": setting,
        "back": page(activation, TAB), "template_fields": [(name, *found) for name, found in FIELDS.items()],
        "preview": None if form.errors else worded(setting, facts), "of_what": of_what,
        "has_address": bool(settings.ADDRESS),
    }  # fmt: skip
    return TemplateResponse(request, "adaptors/notification.html", {**context, **shown})


def _save(request: HttpRequest, setting: NotificationSetting, form: CellForm, context: dict[str, Any]) -> HttpResponse:
    key = notification_settings.change(setting, form.values(), request.user)  # type: ignore[arg-type]
    back = page(setting.activation, TAB)
    if key:
        shown = {"title": "The signing key of the webhook", "text": key, "note": KEY_NOTE, "page": back,
                 "back_to": "the notifications"}  # fmt: skip
        response = TemplateResponse(request, "arhub/webhooks/made.html", {**context, **shown})
        response["Cache-Control"] = "no-store"
        return response
    stored = notification_settings.cell_of(setting.activation, setting.level, setting.tone) or setting
    messages.success(request, f"{stored} was saved. {notification_settings.sentence(stored)}")
    return HttpResponseRedirect(back)


def _sample(request: HttpRequest, setting: NotificationSetting) -> tuple[Facts, str]:
    """With a link that leads somewhere, also where the operator has not said where the hub is."""
    facts, of_what = sample(setting)
    return {**facts, "link": request.build_absolute_uri(facts["link"])}, of_what


def _test(request: HttpRequest, setting: NotificationSetting) -> HttpResponse:
    """Send what is saved through each way, and say what came of it."""
    here = reverse("admin:adaptors_notifications", args=[setting.activation_id, setting.level, setting.tone])
    if setting.pk is None or not notification_settings.tells_anybody(setting):
        messages.warning(request, "Nothing was sent: save whom it tells first.")
        return HttpResponseRedirect(here)
    facts, _ = _sample(request, setting)
    made = notice_messages.test(setting, worded(setting, facts), request.user)  # type: ignore[arg-type]
    messages.info(request, f"{made.subject}. {made.said}")
    return HttpResponseRedirect(here)


def _log(activation: Activation) -> list[dict[str, Any]]:
    rows = NoticeMessage.objects.filter(setting__activation=activation).select_related("setting")[:MOST_MESSAGES]
    messages_made = list(rows)
    carried = _carried(messages_made)
    return [
        {"message": one, "chip": cells.chip(str(one.get_kind_display())), "sent": carried.get(str(one.identity), [])}
        for one in messages_made
    ]


def _carried(made: Sequence[NoticeMessage]) -> dict[str, list[dict[str, Any]]]:
    """By identity, what was sent to each receiver, with its attempts."""
    destinations = {to for one in made for to in one.sent_to}
    identities = [str(one.identity) for one in made]
    rows = Outbound.objects.filter(channel=CHANNEL, destination__in=destinations, identity__in=identities)
    sent = list(rows.defer("content").order_by("pk"))
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    made_so_far = Attempt.objects.filter(outbound__in=[one.pk for one in sent]).exclude(outcome=Attempt.Outcome.HELD)
    for attempt in made_so_far.order_by("pk"):
        attempts[attempt.outbound_id].append(attempt)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in sent:
        found[one.identity].append({
            "to": notice_messages.named(one.destination), "chip": cells.chip(str(one.get_state_display())),
            "outbound": one, "attempts": attempts[one.pk], "repeated": max(one.attempts - 1, 0),
        })  # fmt: skip
    return found

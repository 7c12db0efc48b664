"""Webhooks: where events go, what became of each, and sending them again. Everyone may look, administrators change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from arhub.admin import cells
from arhub.admin.base import HubAdmin
from arhub.admin.counted import counted
from arhub.admin.dialogs import ToldDialog, answer, go_to
from arhub.admin.paging import page_of_rows
from arhub.domain import events, webhook_endpoints
from arhub.domain.askers import asker_of
from arhub.domain.outbound import State
from arhub.models import Outbound, Role, WebhookEndpoint
from arhub.requests import number_of

LIST = "admin:arhub_webhookendpoint_changelist"
ONCE = (
    "Give it to whoever runs the receiver, who tells with it that a call is the hub's. It is shown only now; rotate it "
    "when it is lost."
)


class EndpointForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        label="Events",
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Which events it is told of. None ticked: all of them, those of later versions too.",
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "url")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kinds" in self.fields:
            choices = [(kind, f"{kind}: {means}") for kind, means in events.kinds().items()]
            self.fields["kinds"].choices = choices  # type: ignore[attr-defined]

    def clean_url(self) -> str:
        try:
            return webhook_endpoints.checked_url(self.cleaned_data["url"])
        except webhook_endpoints.NotAnEndpoint as problem:
            raise forms.ValidationError(str(problem)) from problem


class ReplayFailed(ToldDialog):
    def told(self, object_id: str) -> str:
        endpoint = get_object_or_404(WebhookEndpoint, pk=number_of(object_id))
        failed = webhook_endpoints.deliveries(endpoint).filter(state__in=webhook_endpoints.FAILED)
        return f"Sends {counted(failed, 'delivery', 'deliveries')} again, with the same id and content."


class SwitchOff(ToldDialog):
    def told(self, object_id: str) -> str:
        endpoint = get_object_or_404(WebhookEndpoint, pk=number_of(object_id))
        waiting = webhook_endpoints.deliveries(endpoint).filter(state=State.WAITING)
        said = counted(waiting, "delivery", "deliveries")
        return f"Cancels {said} waiting for it, which can be replayed when it is on again."


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(HubAdmin):
    view_role = Role.VIEWER
    add_role = change_role = delete_role = Role.ADMINISTRATOR
    form = EndpointForm
    has_one_button = True
    page_title = "Webhooks"
    list_display = ("name", "url", "events_", "state", "failing_since")
    search_fields = ("name__istartswith",)
    search_help_text = "Name"
    fields = ("name", "url", "kinds")
    actions = None
    actions_row = ("send_test", "replay_failed", "rotate_key", "switch_on", "switch_off")
    actions_detail = (
        "send_test",
        "replay_failed",
        {"title": "More", "items": ["rotate_key", "switch_on", "switch_off"]},
    )
    change_form_outer_before_template = "arhub/webhooks/health.html"
    change_form_outer_after_template = "arhub/webhooks/log.html"
    empty_text = (
        "A webhook tells another program at once when something happens here: when a load has gone in, for example, "
        "the hub calls https://shop.example/hooks with the load's id, and the shop fetches what it needs."
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if self.has_change_permission(request) else ("name", "url", "events_")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "url", "kinds") if self.has_change_permission(request) else ("name", "url", "events_")

    @display(description="Events")
    def events_(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.kinds) or "All"

    @display(description="State")
    def state(self, endpoint: WebhookEndpoint) -> str:
        return cells.chip("Switched off" if not endpoint.is_enabled else "Failing" if endpoint.failing_since else "On")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        shown: dict[str, Any] = {"endpoint": endpoint}
        if endpoint is not None:
            shown["page"] = page_of_rows(request, webhook_endpoints.deliveries(endpoint).defer("content"))
            rows = webhook_endpoints.kept_back(asker_of(request), list(shown["page"]))
            shown["deliveries"] = [(row, cells.chip(row.get_state_display())) for row in rows]
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=["name", "url", "kinds"])
            return
        given = (form.cleaned_data[name] for name in ("name", "url", "kinds"))
        endpoint, obj.text = webhook_endpoints.make(*given, user=request.user)  # type: ignore[arg-type]
        obj.pk = endpoint.pk

    def delete_model(self, request: HttpRequest, obj: WebhookEndpoint) -> None:
        webhook_endpoints.delete(obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"The signing key of {obj.name}", "text": obj.text, "note": ONCE, "page": _page(obj),
        }  # fmt: skip
        return render(request, "arhub/webhooks/made.html", context)

    @action(
        description="Send a test",
        url_path="send-test",
        icon="send",
        permissions=["change"],
        dialog={
            "title": "Send a test",
            "description": "Sends the event webhook.test to this endpoint alone. The deliveries show what it answered.",
            "form_class": None,
            "form_submit_text": "Send test",
        },
    )
    def send_test(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        endpoint = self._wanted(request, object_id)
        if endpoint.is_enabled:
            webhook_endpoints.send_test(endpoint)
            messages.success(request, "The test is on its way: reload in a moment to see what was answered.")
        else:
            messages.warning(request, "Nothing was sent: the endpoint is switched off.")
        return go_to(_page(endpoint))

    @action(
        description="Replay failed",
        url_path="replay-failed",
        icon="replay",
        permissions=["change"],
        dialog={
            "title": "Replay all that failed or was cancelled",
            "form_class": ReplayFailed,
            "form_submit_text": "Replay",
        },
    )
    def replay_failed(self, request: HttpRequest, form: ReplayFailed, object_id: str) -> HttpResponse:
        return replay(request, self._wanted(request, object_id))

    @action(
        description="Rotate signing key",
        url_path="rotate-key",
        icon="autorenew",
        permissions=["change"],
        dialog={
            "title": "Rotate the signing key",
            "description": "Makes a new key. Calls are signed with both for "
            f"{webhook_endpoints.ROTATION_DAYS} days, so that the receiver can change over without a pause.",
            "form_class": None,
            "form_submit_text": "Make new key",
        },
    )
    def rotate_key(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        endpoint = self._wanted(request, object_id)
        text = webhook_endpoints.rotate(endpoint)
        title = f"The new signing key of {endpoint}"
        return answer(request, title, back=_page(endpoint), label="Key", text=text, note=ONCE)

    @action(
        description="Switch on",
        url_path="switch-on",
        icon="toggle_on",
        permissions=["change"],
        dialog={
            "title": "Switch this endpoint on",
            "description": "It is told of what happens from now on. What failed or was cancelled can be replayed.",
            "form_class": None,
            "form_submit_text": "Switch on",
        },
    )
    def switch_on(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        endpoint = self._wanted(request, object_id)
        webhook_endpoints.switch_on(endpoint)
        messages.success(request, f"{endpoint} is on.")
        return go_to(_page(endpoint))

    @action(
        description="Switch off",
        url_path="switch-off",
        icon="toggle_off",
        permissions=["change"],
        dialog={
            "title": "Switch this endpoint off",
            "description": "It is told of nothing any more.",
            "form_class": SwitchOff,
            "form_submit_text": "Switch off",
        },
    )
    def switch_off(self, request: HttpRequest, form: SwitchOff, object_id: str) -> HttpResponse:
        endpoint = self._wanted(request, object_id)
        webhook_endpoints.switch_off(endpoint, user=request.user)  # type: ignore[arg-type]
        messages.success(request, f"{endpoint} is switched off.")
        return go_to(_page(endpoint))

    def _wanted(self, request: HttpRequest, object_id: str) -> WebhookEndpoint:
        endpoint: WebhookEndpoint | None = self.get_object(request, object_id)
        if endpoint is None:
            raise Http404("No such webhook here.")
        return endpoint


def replay(request: HttpRequest, endpoint: WebhookEndpoint, delivery: Outbound | None = None) -> HttpResponse:
    """Send one delivery again, or all that failed, and go to the endpoint's page."""
    try:
        count = webhook_endpoints.replay(endpoint, None if delivery is None else [delivery.pk])
    except webhook_endpoints.NotAnEndpoint as problem:
        messages.warning(request, f"Nothing was sent. {problem}")
    else:
        said = "One delivery is sent again." if count == 1 else f"{count:,} deliveries are sent again."
        messages.success(request, said)
    return go_to(_page(endpoint))


def _page(endpoint: WebhookEndpoint) -> str:
    return reverse("admin:arhub_webhookendpoint_change", args=[endpoint.pk])

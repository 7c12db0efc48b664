"""Inboxes: where files come in, which were taken, and which were set aside. Who may
see, use or change their connection, may do so with them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from arhub.admin import cells
from arhub.admin.base import HubAdmin
from arhub.admin.dialogs import ToldDialog, go_to
from arhub.admin.paging import page_of_rows
from arhub.admin.sharing import Level, SharedMixin, may, require
from arhub.domain.askers import asker_of
from arhub.models import Role
from arhub.requests import number_of
from connectors.admin.inbox_form import InboxForm, form_for
from connectors.domain import fetching, inboxes
from connectors.models import Inbox, InboxFile

LIST = "admin:connectors_inbox_changelist"


class DeleteInbox(ToldDialog):
    def told(self, object_id: str) -> str:
        inbox = Inbox.objects.filter(pk=number_of(object_id)).first()
        if inbox is None:
            return ""
        return inboxes.obstacle(inbox) or (
            f"It forgets which of its {inbox.files.count():,} files it has taken: another inbox on the same folder "
            "would take them once more. The loads stay."
        )


@admin.register(Inbox)
class InboxAdmin(SharedMixin, HubAdmin):
    shared, shared_by = "connection", "connection"
    view_role = Role.VIEWER
    add_role = change_role = Role.MANAGER
    form = InboxForm
    has_one_button = True
    page_title = "Inboxes"
    list_display = ("name", "state_", "connection", "folder", "pattern", "source", "looked_at")
    list_select_related = ("connection", "source")
    actions = None
    actions_detail = ("fetch_now", {"title": "More", "items": ["switch_on", "switch_off", "remove"]})
    change_form_template = "connectors/inbox.html"
    fieldsets: ClassVar = (
        (None, {"fields": ("name", "connection", "folder", "pattern", "order", "settle_seconds")}),
        ("What the files are", {"fields": ("source", "contents", "record_type", "profile", "review")}),
        ("Afterwards", {"fields": ("afterwards", "move_to")}),
    )
    conditional_fields: ClassVar = {
        "record_type": "contents === 'records'",
        "profile": "contents === 'records'",
        "move_to": "afterwards === 'move'",
    }
    empty_text = (
        "An inbox takes files in: from a folder of a gateway, such as SFTP, from a mailbox, or as a partner sends "
        "them. Each file becomes a load of its source, once. Add one, and schedule how often it is looked into."
    )

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"connectors_{name}")

        return [
            at("files/<int:pk>/", self.download, "inboxfile_download"),
            at("files/<int:pk>/again/", self.take_again, "inboxfile_again"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if self.has_change_permission(request, obj) else InboxForm.Meta.fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if not self.has_change_permission(request, obj):
            kwargs["fields"] = ()
        form = super().get_form(request, obj, change, **{"form": form_for(asker_of(request)), **kwargs})
        for name in ("connection", "source", "profile"):
            if name in form.base_fields:  # each has a page of its own, on which it is made
                form.base_fields[name].widget = form.base_fields[name].widget.widget
        return form

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        health = inboxes.health_of(rows)
        for row in rows:
            row.health = health[row.pk]

    @display(description="State")
    def state_(self, inbox: Any) -> str:
        return cells.chip(inbox.health.state)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        inbox = self.get_object(request, object_id)
        shown = _page(request, inbox) if inbox else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"{obj} was added. Fetch now, to see what comes; then schedule it.")
        return HttpResponseRedirect(_url(obj))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, f"{obj} was changed.")
        return HttpResponseRedirect(_url(obj))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Those that make sense for this inbox."""
        inbox = self.get_object(request, object_id)
        senseless = set() if inbox is None else {"switch_on"} if inbox.is_enabled else {"switch_off", "fetch_now"}
        if inbox and not fetching.can_fetch(inbox.connection):
            senseless |= {"fetch_now"}
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        found = super().get_actions_detail(request, object_id)
        return [one for one in found if one.action_name.removeprefix(prefix) not in senseless]

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """What was kept of a file that became no load; never shown by the browser."""
        file = self._kept(request, pk)
        return FileResponse(file.content.open("rb"), as_attachment=True, filename=file.name,
                            content_type="application/octet-stream")  # fmt: skip

    def take_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        file = self._kept(request, pk)
        if request.method != "POST":
            raise PermissionDenied("Taking a file in again is posted.")
        require(request, file.inbox.connection, Level.OPERATE)
        if file.state != InboxFile.State.ASIDE:
            raise Http404("No such file here.")
        user: Any = request.user
        taken = inboxes.take_again(file, user)
        level = messages.WARNING if taken.state == InboxFile.State.ASIDE else messages.SUCCESS
        messages.add_message(request, level, f"{file.name}: {taken.text}")
        return HttpResponseRedirect(_url(file.inbox))

    @action(
        description="Fetch now",
        url_path="fetch-now",
        icon="move_to_inbox",
        permissions=["operate"],
        dialog={
            "title": "Fetch now",
            "description": "Looks what is there, and takes in each file that was not taken yet.",
            "form_class": None,
            "form_submit_text": "Fetch now",
        },
    )
    def fetch_now(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        user: Any = request.user
        run = fetching.start(self._wanted(request, object_id), user=user)
        return go_to(reverse("admin:arhub_run_change", args=[run.pk]))

    def _kept(self, request: HttpRequest, pk: int) -> InboxFile:
        """A file whose bytes were kept."""
        own = InboxFile.objects.filter(pk=pk, inbox__in=self.get_queryset(request)).exclude(content="")
        file: InboxFile | None = own.select_related("inbox__connection").first()
        if file is None:
            raise Http404("No such file here.")
        return file

    @action(
        description="Switch on",
        url_path="switch-on",
        icon="toggle_on",
        permissions=["change"],
        dialog={
            "title": "Switch this inbox on",
            "description": "It takes files in again.",
            "form_class": None,
            "form_submit_text": "Switch on",
        },
    )
    def switch_on(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, on=True)

    @action(
        description="Switch off",
        url_path="switch-off",
        icon="toggle_off",
        permissions=["change"],
        dialog={
            "title": "Switch this inbox off",
            "description": "It takes nothing in: what lies there stays, and partners who send are told to come later.",
            "form_class": None,
            "form_submit_text": "Switch off",
        },
    )
    def switch_off(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._switch(request, object_id, on=False)

    @action(
        description="Delete",
        url_path="remove",
        icon="delete",
        permissions=["change"],
        dialog={"title": "Delete this inbox", "form_class": DeleteInbox, "form_submit_text": "Delete inbox"},
    )
    def remove(self, request: HttpRequest, form: DeleteInbox, object_id: str) -> HttpResponse:
        inbox = self._wanted(request, object_id)
        user: Any = request.user
        try:
            inboxes.remove(inbox, user)
        except inboxes.InUse as problem:
            messages.warning(request, f"Nothing was deleted. {problem}")
            return go_to(_url(inbox))
        messages.success(request, f"{inbox} was deleted.")
        return go_to(reverse(LIST))

    def _switch(self, request: HttpRequest, object_id: str, *, on: bool) -> HttpResponse:
        inbox = self._wanted(request, object_id)
        inboxes.switch(inbox, on=on, user=request.user)  # type: ignore[arg-type]
        messages.success(request, f"{inbox} is {'on' if on else 'switched off'}.")
        return go_to(_url(inbox))

    def _wanted(self, request: HttpRequest, object_id: str) -> Inbox:
        inbox: Inbox | None = self.get_object(request, object_id)
        if inbox is None:
            raise Http404("No such inbox here.")
        return inbox


def _page(request: HttpRequest, inbox: Inbox) -> dict[str, Any]:
    files = inbox.files.order_by("-id")
    only = request.GET.get("files", "")
    page = page_of_rows(request, files.filter(state=only) if only in InboxFile.State.values else files)
    health = inboxes.health_of([inbox])[inbox.pk]
    return {
        "inbox": inbox,
        "chip": cells.chip(health.state),
        "health": health,
        "can_fetch": fetching.can_fetch(inbox.connection),
        "addresses": list(inbox.addresses.all()),
        "page": page,
        "rows": [(file, cells.chip(file.get_state_display())) for file in page],
        "only": only,
        "kinds": [("", "All"), *((one.value, one.label) for one in InboxFile.State)],
        "may_take": may(request, inbox.connection, Level.OPERATE),
    }


def _url(inbox: Inbox) -> str:
    return reverse("admin:connectors_inbox_change", args=[inbox.pk])

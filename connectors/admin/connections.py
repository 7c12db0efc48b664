"""Connections: how the hub reaches other systems. Each is shared with whom it is for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from arhub.admin import cells, sharing_page
from arhub.admin.base import HubAdmin, allows
from arhub.admin.dialogs import ToldDialog, answer, go_to
from arhub.admin.sharing import Level, SharedMixin, require
from arhub.domain import shares
from arhub.domain.askers import asker_of
from arhub.models import Role
from arhub.requests import number_of
from connectors.admin import connection_page, sending, sending_files, testing
from connectors.admin.connection_form import PREFIX, form_of, sets_secrets
from connectors.base import Capability, ErpConnector
from connectors.domain import connections, pulls, receivers, removal
from connectors.domain.carriers import ready
from connectors.models import Connection, StreamCursor
from connectors.registry import CONNECTORS, load

LIST = "admin:connectors_connection_changelist"
BACK = "back"
"""In an address: the page to return to when a connection was added."""


class RewindForm(BaseDialogForm):
    """Asks for a stream and a time; the one in the address is proposed."""

    stream = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    value = forms.CharField(
        label="Read from", required=False, max_length=120, widget=UnfoldAdminTextInputWidget,
        help_text="As the other system writes it, such as the value that stands there now. Empty: from the beginning.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        connection = Connection.objects.filter(pk=number_of(self.object_id)).first()
        kind = load(connection.kind) if connection else None
        if connection is None or kind is None or not issubclass(kind, ErpConnector):
            return
        asked = self.request.GET.get("stream", "")
        self.fields["stream"].choices = [(stream.name, stream.label) for stream in kind.streams]  # type: ignore[attr-defined]
        stored = StreamCursor.objects.filter(connection=connection, stream=asked).first()
        self.initial |= {"stream": asked, "value": stored.value if stored else ""}


class DeleteDialog(ToldDialog):
    def told(self, object_id: str) -> str:
        connection = Connection.objects.filter(pk=number_of(object_id)).first()
        obstacle = removal.obstacle(connection) if connection else ""
        return obstacle or "Its settings and its log go with it. Nothing was pulled or pushed through it."


@admin.register(Connection)
class ConnectionAdmin(SharedMixin, HubAdmin):
    shared = "connection"
    view_role = Role.VIEWER
    add_role = change_role = Role.MANAGER
    has_one_button = True
    page_title = "Connections"
    list_display = ("name",)
    actions = None
    actions_detail = (
        "pull_now", "full_pull", "send_a_file",
        {"title": "More", "items": ["rewind", "new_address", "switch_on", "switch_off", "remove"]},
    )  # fmt: skip
    change_list_template = "connectors/connections.html"
    change_form_template = "connectors/connection.html"
    empty_text = (
        "A connection brings the records of another system, such as Sage Intacct or Dinero, here, and takes yours "
        "there; or it carries files, by SFTP, e-mail, AS2 and other gateways. Add one, and test it."
    )

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"connectors_{name}")

        return [
            at("send/", self.send, "send"),
            at("<int:pk>/test/", self.test, "connection_test"),
            at("<int:pk>/sharing/", self.share, "connection_sharing"),
            at("<int:pk>/confirm/", self.confirm, "connection_confirm"),
            at("<int:pk>/send-file/", self.send_file, "connection_send_file"),
            at("preview/", self.preview, "template_preview"),
            *super().get_urls(),
        ]

    def prepare_rows(self, request: HttpRequest, rows: list[Any]) -> None:
        following, shared = connection_page.next_runs([row.pk for row in rows]), shares.labels_of(rows)
        for row in rows:
            row.chip, row.mark = cells.chip(row.state), sharing_page.mark(row, shared.get(row.pk))
            row.next_run = following.get(row.pk)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=form_of(_kind(request, obj), asker_of(request)), **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The settings under their headings."""
        if obj is not None and not self.has_change_permission(request, obj):
            return [(None, {"fields": ("name",)})]
        kind = load(_kind(request, obj))
        ledger = ("ledger",) if obj is None and issubclass(kind, ErpConnector) else ()
        groups: dict[str, list[str]] = {"": ["name", *ledger]}
        keeps = not sets_secrets(asker_of(request), obj)
        for setting in kind.settings:
            if keeps and setting.is_secret:
                continue
            groups.setdefault(setting.group, []).append(PREFIX + setting.name)
        return [(heading or None, {"fields": fields}) for heading, fields in groups.items()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First the kind, then its form."""
        kind = _kind(request, None)
        if kind in CONNECTORS or not self.has_add_permission(request):
            shown = _described(kind) if kind in CONNECTORS else {}
            return super().add_view(request, form_url, {**shown, **(extra_context or {})})
        context = {
            **self.admin_site.each_context(request),
            "title": "Add connection", "opts": self.opts, "groups": _groups(),
        }  # fmt: skip
        return TemplateResponse(request, "connectors/kinds.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        connection = self.get_object(request, object_id)
        shown = connection_page.context(request, connection) if connection else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        user: Any = request.user
        if change:
            connections.change(obj, name=form.cleaned_data["name"], values=form.settings(), user=user)
            return
        obj.pk = connections.create(
            form.connector.kind, name=form.cleaned_data["name"], values=form.settings(), user=user,
            ledger=form.cleaned_data.get("ledger"),
        ).pk  # fmt: skip

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, f"{obj} was added. Test it, to see whether the hub gets in.")
        _tell_missing(request, obj.pk)
        return HttpResponseRedirect(_way_back(request, obj) or _page(obj))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(request, f"{obj} was changed.")
        _tell_missing(request, obj.pk)
        return HttpResponseRedirect(_page(obj))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Those that make sense for this connection."""
        connection = self.get_object(request, object_id)
        senseless = _senseless(connection) if connection else set()
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        found = super().get_actions_detail(request, object_id)
        return [action for action in found if action.action_name.removeprefix(prefix) not in senseless]

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        return testing.view(request, self._posted(request, pk, Level.OPERATE), self.admin_site.each_context(request))

    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        return testing.confirm(request, self._posted(request, pk, Level.ADMINISTER))

    def share(self, request: HttpRequest, pk: int) -> HttpResponse:
        connection = self._wanted(request, str(pk))
        page = f"{_page(connection)}?tab={connection_page.SHARING}"
        return sharing_page.change(request, connection, page, reverse(LIST))

    def send_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        connection = self._wanted(request, str(pk))
        if not self.has_send_permission(request, connection):
            raise PermissionDenied("Sending files needs the role Manager, and the level Operate.")
        return sending_files.view(request, connection, self.admin_site.each_context(request))

    def has_send_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What goes out by hand was chosen by nobody's rules."""
        return allows(request, Role.MANAGER) and self.reaches(request, obj, Level.OPERATE)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What a template makes of an example."""
        return JsonResponse(sending_files.preview(request.GET.get("setting", ""), request.GET.get("template", "")))

    def send(self, request: HttpRequest) -> HttpResponse:
        if not allows(request, Role.MANAGER):
            raise PermissionDenied("Sending records needs the role Manager.")
        return sending.view(request, self.admin_site.each_context(request))

    @action(
        description="Pull now",
        url_path="pull-now",
        icon="download",
        permissions=["operate"],
        dialog={
            "title": "Pull now",
            "description": "Brings what was added or changed there since the last pull, as one ingestion.",
            "form_class": None,
            "form_submit_text": "Pull now",
        },
    )
    def pull_now(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._pull(request, object_id, full=False)

    @action(
        description="Full pull",
        url_path="full-pull",
        icon="cloud_download",
        permissions=["change"],
        dialog={
            "title": "Full pull",
            "description": "Reads everything there is from the beginning, which heals whatever drifted apart. It may "
            "take long; what has not changed is not written again.",
            "form_class": None,
            "form_submit_text": "Pull everything",
        },
    )
    def full_pull(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return self._pull(request, object_id, full=True)

    @action(
        description="Move a cursor",
        url_path="rewind",
        icon="history",
        permissions=["change"],
        dialog={
            "title": "Move a cursor",
            "description": "The next pull reads this stream from there on: from an earlier time, what came since comes "
            "once more, and changes nothing that is right; from a later time, what lies between never comes, until "
            "the next full pull.",
            "form_class": RewindForm,
            "form_submit_text": "Move cursor",
        },
    )
    def rewind(self, request: HttpRequest, form: RewindForm, object_id: str) -> HttpResponse:
        connection = self._wanted(request, object_id)
        given = form.cleaned_data
        pulls.rewind(connection, given["stream"], given["value"], request.user)  # type: ignore[arg-type]
        stream = dict(form.fields["stream"].choices)[given["stream"]]
        messages.success(request, f"The next pull reads {stream} from {given['value'] or 'the beginning'}.")
        return go_to(f"{_page(connection)}?tab=cursor")

    @action(
        description="Send a file",
        url_path="send-a-file",
        icon="outbox",
        permissions=["send"],
        dialog={
            "title": "Send a file",
            "description": "Choose a file of your machine on the next page: it goes out as a document would, and its "
            "page shows what became of it.",
            "form_class": None,
            "form_submit_text": "Choose a file",
        },
    )
    def send_a_file(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        connection = self._wanted(request, object_id)
        return go_to(reverse("admin:connectors_connection_send_file", args=[connection.pk]))

    @action(
        description="New address for incoming files",
        url_path="new-address",
        icon="move_to_inbox",
        permissions=["administer"],
        dialog={
            "title": "New address for incoming files",
            "description": "Makes an address to which a partner sends files, and shows it once. One that was made "
            "before leads nowhere from then on.",
            "form_class": None,
            "form_submit_text": "Make an address",
        },
    )
    def new_address(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        connection = self._wanted(request, object_id)
        user: Any = request.user
        address = request.build_absolute_uri(connections.new_address(connection, user))
        return answer(
            request, "Address for incoming files", "Give it to your partner now: it is not shown again, and whoever "
            "has it may send.", back=_page(connection), label="Address", text=address,
        )  # fmt: skip

    @action(
        description="Switch on",
        url_path="switch-on",
        icon="toggle_on",
        permissions=["administer"],
        dialog={
            "title": "Switch this connection on",
            "description": "It pulls, pushes and carries files again. What was held meanwhile goes out.",
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
        permissions=["administer"],
        dialog={
            "title": "Switch this connection off",
            "description": "It neither pulls nor pushes, and carries no files. What waits is held until it is on "
            "again.",
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
        permissions=["administer"],
        dialog={"title": "Delete this connection", "form_class": DeleteDialog, "form_submit_text": "Delete connection"},
    )
    def remove(self, request: HttpRequest, form: DeleteDialog, object_id: str) -> HttpResponse:
        connection = self._wanted(request, object_id)
        try:
            removal.remove(connection)
        except removal.InUse as problem:
            messages.warning(request, f"Nothing was deleted. {problem}")
            return go_to(_page(connection))
        messages.success(request, f"{connection} was deleted.")
        return go_to(reverse(LIST))

    def _pull(self, request: HttpRequest, object_id: str, *, full: bool) -> HttpResponse:
        connection = self._wanted(request, object_id)
        user: Any = request.user
        if not connection.is_enabled or not pulls.can_pull(connection):
            messages.warning(request, "Nothing is pulled: the connection is switched off, or brings no records.")
            return go_to(_page(connection))
        return go_to(reverse("admin:arhub_run_change", args=[pulls.start(connection, user=user, full=full).pk]))

    def _switch(self, request: HttpRequest, object_id: str, *, on: bool) -> HttpResponse:
        connection = self._wanted(request, object_id)
        connections.switch(connection, on=on, user=request.user)  # type: ignore[arg-type]
        messages.success(request, f"{connection} is {'on' if on else 'switched off'}.")
        return go_to(_page(connection))

    def _posted(self, request: HttpRequest, pk: int, needed: Level) -> Connection:
        """The connection of a page that only does something when it is posted to."""
        connection = self._wanted(request, str(pk))
        require(request, connection, needed)
        if request.method != "POST":
            raise PermissionDenied("Expected a POST.")
        return connection

    def _wanted(self, request: HttpRequest, object_id: str) -> Connection:
        connection: Connection | None = self.get_object(request, object_id)
        if connection is None:
            raise Http404("No such connection here.")
        return connection


def _kind(request: HttpRequest, connection: Connection | None) -> str:
    return connection.kind if connection is not None else request.GET.get("kind", "")


def _groups() -> list[tuple[str, list[dict[str, Any]]]]:
    """The kinds there are: systems that hold records, and gateways for files."""
    systems = [kind for kind in CONNECTORS if issubclass(load(kind), ErpConnector)]
    gateways = [kind for kind in CONNECTORS if kind not in systems]
    headings = {"Systems that hold your records": systems, "Gateways, which carry files": gateways}
    return [(heading, [_described(kind) for kind in kinds]) for heading, kinds in headings.items()]


def _described(kind: str) -> dict[str, Any]:
    connector = load(kind)
    title = f"Add a connection: {connector.label}"
    shown = {"kind": kind, "label": connector.label, "summary": connector.summary, "title": title}
    has_templates = any(setting.kind == "template" for setting in connector.settings)
    return {**shown, "template_fields": sending_files.fields() if has_templates else ()}


def _senseless(connection: Connection) -> set[str]:
    """The actions that this connection has no use for."""
    found = {"switch_on"} if connection.is_enabled else {"switch_off", "pull_now", "full_pull"}
    if not connection_page.can(connection, Capability.PULL):
        found |= {"pull_now", "full_pull", "rewind"}
    if not connection_page.can(connection, Capability.DELIVER):
        found |= {"send_a_file"}
    if not connection_page.can(connection, Capability.RECEIVE) or receivers.goes_by_ids(connection):
        found |= {"new_address"}
    return found


def _way_back(request: HttpRequest, connection: Connection) -> str:
    """The page for which a connection was added, where it is chosen now; empty for none, and for one elsewhere."""
    back = request.GET.get(BACK, "")
    if not back.startswith("/") or not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return ""
    return f"{back}{'&' if '?' in back else '?'}connection={connection.pk}"


def _tell_missing(request: HttpRequest, pk: int) -> None:
    if missing := ready(Connection.objects.get(pk=pk)).missing():
        messages.warning(request, missing)


def _page(connection: Connection) -> str:
    return reverse("admin:connectors_connection_change", args=[connection.pk])

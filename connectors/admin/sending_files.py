"""*Send a file*: what people send by hand through a gateway, and what its templates make of a document."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from arhub.network.errors import ConfigError
from connectors.domain import deliveries
from connectors.gateways import templates
from connectors.gateways.base import Gateway
from connectors.models import Connection
from connectors.registry import load

KNOWN = frozenset({"name", "stem", "ending", "identity", "company", "timestamp"})
"""What is known of any file, and not asked for."""
DATE = frozenset({"year", "month", "day"})


class FileForm(forms.Form):
    """Asks for a file, and for the facts that the connection needs of it."""

    file = forms.FileField(widget=UnfoldAdminFileFieldWidget, max_length=200)

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked_by(connection)
        for name in self.asked:
            self.fields[name] = forms.CharField(
                label=name.replace("_", " ").capitalize(), max_length=200, widget=UnfoldAdminTextInputWidget,
                help_text=f"{{{name}}} in the settings: {templates.FACTS[name][0]}, such as {templates.EXAMPLE[name]}.",
            )  # fmt: skip


def asked_by(connection: Connection) -> list[str]:
    """The facts that a connection's templates use, and that its kind cannot do without."""
    kind = load(connection.kind)
    values = {setting.name: setting.default for setting in kind.settings} | connection.values
    texts = [str(values[setting.name] or "") for setting in kind.settings if setting.kind == "template"]
    used = [field for text in texts for field in templates.fields_of(text)]
    found = ["date" if field in DATE else field for field in used if field not in KNOWN]
    needed = kind.needs if issubclass(kind, Gateway) else ()
    return list(dict.fromkeys((*needed, *found)))


def view(request: HttpRequest, connection: Connection, context: dict[str, Any]) -> HttpResponse:
    if not deliveries.can_deliver(connection):
        raise Http404("This connection takes no files.")
    form = FileForm(connection, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            delivery = _send(request, connection, form)
        except ConfigError as problem:
            form.add_error("file", str(problem))
        else:
            messages.success(request, f"{delivery.name} is on its way.")
            page = reverse("admin:connectors_outbounddelivery_change", args=[delivery.outbound_id])
            return HttpResponseRedirect(page)
    shown = {"title": "Send a file", "connection": connection, "form": form}
    return TemplateResponse(request, "connectors/send_file.html", {**context, **shown})


def _send(request: HttpRequest, connection: Connection, form: FileForm) -> Any:
    file, user = form.cleaned_data["file"], request.user
    facts = {name: form.cleaned_data[name] for name in form.asked}
    return deliveries.send(
        connection, file, name=file.name, media_type=(file.content_type or "")[:120] or deliveries.BINARY, facts=facts,
        user=user,  # type: ignore[arg-type]
    )  # fmt: skip


def preview(setting: str, template: str) -> dict[str, Any]:
    """What a template makes of an example, or what is wrong with it."""
    makes = {"folder": templates.folder, "file_name": templates.file_name}.get(setting, templates.fill)
    try:
        templates.check(template)
        return {"text": makes(template, templates.EXAMPLE), "is_good": True}
    except templates.WrongTemplate as problem:
        return {"text": str(problem), "is_good": False}


def fields() -> list[tuple[str, str, str]]:
    """Name, meaning and example of each field that templates know."""
    return [(name, meaning, example) for name, (meaning, example) in templates.FACTS.items()]

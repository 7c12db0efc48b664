"""The tab Upload File: choose files, send them, go to the load's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from arhub.admin.intake import not_default
from arhub.models import Source
from arhub.records import RECORD_TYPES
from arhub.requests import number_of
from ingestion.domain import making
from ingestion.domain.archive import ARCHIVE
from ingestion.domain.control_given import MOST_SUMS, NotATotal, has_sums, total_given
from ingestion.errors import Unreadable
from ingestion.registry import extensions
from ingestion.tasks import ring

TARGETS = frozenset({*RECORD_TYPES, ARCHIVE})
FIRST = ("account", "contact", "invoice", "adjustment")


def view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the form; take the files of a POST. A script gets JSON back: {location} or, with status 400, {error}."""
    if request.method != "POST":
        return _form(request, context)
    chosen: list[tuple[str, Any]] = [(name, file) for name, file in request.FILES.items() if name in TARGETS]
    source = Source.objects.filter(pk=number_of(request.POST.get("source"))).first()
    error = _mistake(chosen, source)
    if error or source is None:
        return _refuse(request, context, error)
    files = [(name, file.name or name, file) for name, file in chosen]
    try:
        controls = _controls(request, source, {name for name, _, _ in files})
        ingestion = making.create(source, files, user=request.user, controls=controls)  # type: ignore[arg-type]
    except (Unreadable, NotATotal) as problem:
        return _refuse(request, context, str(problem))
    ring()
    location = reverse("admin:ingestion_ingestion_change", args=[ingestion.pk])
    return JsonResponse({"location": location}) if _by_script(request) else HttpResponseRedirect(location)


def _controls(request: HttpRequest, source: Source, sent: set[str]) -> dict[str, dict[str, Any]]:
    """The control totals of the form. Raises `NotATotal`, also for one that has no file."""
    found = {}
    for name, record_type in RECORD_TYPES.items():
        lines = range(1, MOST_SUMS + 1)
        pairs = [(request.POST.get(f"{name}-sum-{n}", ""), request.POST.get(f"{name}-currency-{n}", "")) for n in lines]
        count = request.POST.get(f"{name}-count", "")
        control = total_given(record_type, count, pairs, decimal_sign=source.decimal_sign or None)
        if control and name not in sent:
            raise NotATotal(
                f"There is a control total of {record_type.plural.lower()}, but no file of them was chosen."
            )
        if control:
            found[name] = control
    return found


def _target(name: str) -> dict[str, Any]:
    record_type = RECORD_TYPES[name]
    return {"type": record_type, "sums": range(1, MOST_SUMS + 1) if has_sums(record_type) else ()}


def _form(request: HttpRequest, context: dict[str, Any], error: str = "") -> HttpResponse:
    sources = list(Source.objects.select_related("ledger").order_by("kind", "name"))
    context |= {
        "title": "Accounts Receivable Integration",
        "first": [_target(name) for name in FIRST],
        "more": [_target(name) for name in RECORD_TYPES if name not in FIRST],
        "archive": ARCHIVE,
        "accept": ",".join(extensions()),
        "formats": ", ".join(sorted(name.removeprefix(".").upper() for name in extensions())),
        "sources": [{"source": item, "said": not_default(item)} for item in sources if item.kind == Source.Kind.UPLOAD],
        "connected": [source for source in sources if source.kind == Source.Kind.CONNECTION],
        "error": error,
        "integration_tab": "upload",
        "can_upload": True,
    }
    return TemplateResponse(request, "ingestion/upload.html", context, status=400 if error else 200)


def _mistake(chosen: list[Any], source: Source | None) -> str:
    if not chosen:
        return "Choose at least one file: nothing was sent."
    if source is None:
        return "Choose the source these files are for."
    empty = [file.name for _, file in chosen if not file.size]
    return f"{empty[0]} is empty: it has no header and no rows." if empty else ""


def _refuse(request: HttpRequest, context: dict[str, Any], error: str) -> HttpResponse:
    return JsonResponse({"error": error}, status=400) if _by_script(request) else _form(request, context, error)


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"

"""The page *Import export rules*: a file, what it would change, and then exactly that.

Between the two nothing is kept here: the page carries the changes, signed, and gives them back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from adaptors.admin.rule_pages import activation_of, at, page, require_edit
from adaptors.domain.customers import following, rule_import, rules
from adaptors.domain.customers.impact import ChangedMeanwhile
from adaptors.domain.customers.rule_files import CHANGED, TITLES, read
from adaptors.domain.customers.rule_import import SHOWN, STATES, Changes, Plan
from adaptors.models import Activation
from arhub.domain.askers import asker_of
from ingestion.errors import Unreadable
from ingestion.small_files import MOST_ROWS

MOST_BYTES = 20 << 20
MOST_PACKED = 2_000_000
"""Characters of what a page carries: Django takes forms of at most 2.5 MB."""
KEPT_SECONDS = 24 * 3600
MEANWHILE = "The rules were changed meanwhile, so nothing was imported. Choose the file again to see what it does now."


def view(request: HttpRequest, activation: int) -> HttpResponse:
    found = activation_of(request, activation)
    require_edit(request, found)
    if request.method == "POST" and "packed" in request.POST:
        return _apply(request, found)
    return _preview(request, found) if request.method == "POST" else _form(request, found)


def _form(request: HttpRequest, activation: Activation, error: str = "") -> HttpResponse:
    columns = [TITLES[name] for name in CHANGED]
    context = page(request, activation, "Import export rules", columns=columns, most=MOST_ROWS, error=error)
    return TemplateResponse(request, "adaptors/rules/import.html", context, status=400 if error else 200)


def _preview(request: HttpRequest, activation: Activation) -> HttpResponse:
    file: Any = request.FILES.get("file")
    if file is None:
        return _form(request, activation, "Choose a file: nothing was sent.")
    if file.size > MOST_BYTES:
        return _form(request, activation, f"{file.name} is larger than {MOST_BYTES >> 20} MB. Split it.")
    rules.follow(activation)
    try:
        read_rows = read(Path(file.temporary_file_path()), file.name)
        plan = rule_import.plan(activation, read_rows.rows, asker_of(request))
        packed = _packed(activation, plan)
    except Unreadable as problem:
        return _form(request, activation, f"{file.name}: {problem}")
    context = page(
        request, activation, "Import export rules", plan=plan, packed=packed, unknown=read_rows.unknown,
        counts=[(state, plan.counts[state]) for state in STATES], kinds=sorted(plan.kinds.items()),
        changed=plan.shown["changed"], refused=plan.shown["refused"], to_write=len(plan.changes),
        more={state: max(0, plan.counts[state] - SHOWN) for state in STATES},
    )  # fmt: skip
    return TemplateResponse(request, "adaptors/rules/import_preview.html", context)


def _apply(request: HttpRequest, activation: Activation) -> HttpResponse:
    user: Any = request.user
    try:
        changes = _unpacked(request, activation)
        done = rule_import.apply(activation, changes, request.POST.get("digest", ""), user, asker_of(request))
    except signing.BadSignature:
        return _form(request, activation, "What the page carried is too old or was altered. Choose the file again.")
    except ChangedMeanwhile:
        messages.warning(request, MEANWHILE)
        return HttpResponseRedirect(at("adaptors_rules_import", activation))
    following.look_later(activation)
    messages.success(request, f"{done:,} customer{'s' * (done != 1)} changed.")
    return HttpResponseRedirect(at("adaptors_rules", activation))


def _salt(activation: Activation) -> str:
    """What was read for one company's adaptor is good for no other."""
    return f"export rules of {activation.tenant_id}/{activation.pk}"


def _packed(activation: Activation, plan: Plan) -> str:
    """Raises `Unreadable` when it is more than a page can carry."""
    packed = signing.dumps(list(plan.changes.items()), salt=_salt(activation), compress=True)
    if len(packed) > MOST_PACKED:
        raise Unreadable("There is more in the file than can be looked at once. Split it, and import the parts.")
    return packed


def _unpacked(request: HttpRequest, activation: Activation) -> Changes:
    return dict(signing.loads(request.POST["packed"], salt=_salt(activation), max_age=KEPT_SECONDS))

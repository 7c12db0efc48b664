"""The evidence bundle of a transaction, for saving."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from adaptors.domain.evidence.bundle import NoEvidence, bundle, name_of
from adaptors.models import Transaction
from arhub.admin.base import allows
from arhub.admin.sharing import may
from arhub.domain.sharing import Level
from arhub.models import Role


def view(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Raises `Http404` for what the person may not see."""
    row = Transaction.objects.select_related("activation").filter(pk=pk).first()
    if row is None or not allows(request, Role.VIEWER) or not may(request, row.activation, Level.VIEW):
        raise Http404("No such transaction here.")
    try:
        file = bundle(row)
    except NoEvidence as problem:
        messages.warning(request, str(problem))
        return HttpResponseRedirect(reverse("admin:adaptors_transaction_change", args=[pk]))
    return FileResponse(file, as_attachment=True, filename=name_of(row), content_type="application/zip")

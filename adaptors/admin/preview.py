"""What a customer would get: a document of his, made as it would go out, and sent to nobody."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from adaptors.admin.problems import holding_and_beside
from adaptors.domain.documents.producing import Produced, Producer, explained
from adaptors.domain.transactions.selection import previewed
from adaptors.models import Activation, ExportRule
from arhub.admin.facts import page_of
from arhub.admin.readable import readable
from arhub.requests import number_of
from connectors.domain.deliveries import BINARY


def view(request: HttpRequest, activation: Activation, account: int, context: dict[str, Any]) -> HttpResponse:
    rule = ExportRule.objects.filter(activation=activation, account=account).select_related("account").first()
    if rule is None:
        raise Http404("No such customer here.")
    documents = previewed(activation, account)
    asked = number_of(request.GET.get("document", ""))
    chosen = next((one for one in documents if one.pk == asked), documents[0] if documents else None)
    produced = next(iter(Producer(activation).produce([chosen.pk])), None) if chosen else None
    if produced is not None and produced.rendered is not None and "download" in request.GET:
        return _file(produced)
    shown = {
        "title": f"Preview for {rule.account}",
        "activation": activation,
        "rule": rule,
        "documents": documents,
        "chosen": chosen,
        "document_url": page_of(chosen) if chosen else "",
        **(_shown(produced) if produced else {}),
    }
    return TemplateResponse(request, "adaptors/preview.html", {**context, **shown})


def _shown(produced: Produced) -> dict[str, Any]:
    holding, beside = holding_and_beside(explained(produced))
    rendered = produced.rendered
    return {
        "produced": produced,
        "holding": holding,
        "beside": beside,
        "is_text": rendered is not None and not rendered.content.startswith((b"PK", b"%PDF")),
        "content": readable(rendered.content) if rendered is not None else "",
    }


def _file(produced: Produced) -> HttpResponse:
    """Never shown by the browser: whatever a file holds, it is not run here."""
    assert produced.rendered is not None and produced.composed.outgoing is not None
    name = "".join(char for char in produced.composed.outgoing.number if char.isalnum() or char in "-_") or "document"
    response = HttpResponse(produced.rendered.content, content_type=BINARY)
    response["Content-Disposition"] = f'attachment; filename="{name}.{produced.rendered.ending}"'
    return response

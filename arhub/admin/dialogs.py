"""Dialogs of actions: what they confirm, and what they answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.forms import BaseDialogForm


class ToldDialog(BaseDialogForm):
    """A confirmation that says in a sentence how much it will touch."""

    form_before_template = "arhub/dialogs/told.html"

    def told(self, object_id: str) -> str:
        raise NotImplementedError

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        return {"sentence": self.told(str(object_id))}


def answer(request: HttpRequest, title: str, sentence: str = "", *, back: str, **shown: str) -> HttpResponse:
    """Replaces the dialog's content. What is `shown` (`label`, `text`, `note`) is shown here and kept nowhere; `back`
    is where the button leads."""
    context = {"title": title, "sentence": sentence, "back": back, **shown}
    response = render(request, "arhub/dialogs/answer.html", context)
    swap = {"HX-Retarget": "#dialog", "HX-Reselect": "#dialog", "HX-Reswap": "outerHTML"}
    for name, value in {**swap, "Cache-Control": "no-store"}.items():
        response[name] = value
    return response


def go_to(url: str) -> HttpResponse:
    """Closes the dialog with a new page."""
    return HttpResponse(headers={"HX-Redirect": url})

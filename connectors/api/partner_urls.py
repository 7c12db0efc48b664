"""Where partners bring files to."""

from __future__ import annotations

from django.urls import path

from connectors.api.partners import as2, bring

urlpatterns = [
    path("in/<str:token>", bring, name="bring"),
    path("as2", as2, name="as2"),
    path("as2/", as2),
]

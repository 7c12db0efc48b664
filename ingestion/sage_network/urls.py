"""Everything under /api/v1/, whatever its case, with or without a slash at the end, and never a redirect."""

from __future__ import annotations

from django.urls import re_path

from ingestion.sage_network.views import dispatch

urlpatterns = [re_path(r"^[aA][pP][iI]/[vV]1/(?P<path>.*)$", dispatch)]

"""The hub's API: each package registers its routes, and one document describes them all."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import DefaultRouter

from arhub.api.views import nothing_here

router = DefaultRouter()
router.include_root_view = False
router.include_format_suffixes = False
for module in settings.API_ROUTES:
    import_module(module).register(router)

_OPEN: dict[str, Any] = {"authentication_classes": [], "permission_classes": []}
"""The document tells nothing of any tenant."""

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(**_OPEN), name="api_schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api_schema", **_OPEN), name="api_docs"),
    path("", include(router.urls)),
    re_path("", nothing_here),
]

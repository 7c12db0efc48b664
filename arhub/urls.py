from __future__ import annotations

from django.contrib import admin
from django.urls import path

from arhub.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", admin.site.urls),
]

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from arhub.health import healthz
from arhub.views.signin import sign_in

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("sign-in/<str:uidb64>/<str:token>/", sign_in, name="sign_in"),
    path("api/hub/v1/", include("arhub.api.urls")),
    *(path("", include(module)) for module in settings.MORE_URLS),
    path("", admin.site.urls),
]

handler400 = "arhub.views.errors.bad_request"
handler403 = "arhub.views.errors.forbidden"
handler404 = "arhub.views.errors.not_found"
handler500 = "arhub.views.errors.server_error"

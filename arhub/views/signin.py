"""The one-time sign-in link."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth import login
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from unfold.widgets import UnfoldAdminPasswordWidget

from arhub.domain.tenants import sign_in_tokens
from arhub.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"


class PasswordForm(SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        self.fields["new_password1"].label, self.fields["new_password2"].label = "Password", "Password again"


@sensitive_post_parameters()
@never_cache
@transaction.atomic
def sign_in(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """Ask for a password; setting it signs the person in and uses the link up. Looking at the page does not: mail
    programs open links to show what is behind them."""
    user = _person(uidb64)  # locked: of two who use the link at the same moment, one comes too late
    if user is None or not user.is_active or not sign_in_tokens.check_token(user, token):
        return _page(request, "void", "This link is used up", status=410)
    form = PasswordForm(user, request.POST or None)
    if form.is_valid():
        form.save()
        login(request, user, backend=BACKEND)
        return HttpResponseRedirect(reverse("admin:index"))
    return _page(request, "password", "Choose a password", form=form, person=user)


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """After too many wrong passwords."""
    return _page(request, "locked", "Too many attempts", status=429)


def _page(request: HttpRequest, name: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """In the theme of the admin site, which wants to know its colours and menus."""
    context = {**admin.site.each_context(request), "title": title, **context}
    return render(request, f"arhub/sign_in/{name}.html", context, status=status)


def _person(uidb64: str) -> User | None:
    try:
        pk = int(urlsafe_base64_decode(uidb64))
    except (ValueError, OverflowError):
        return None
    return User.objects.select_for_update().filter(pk=pk).first() if pk < 2**63 else None

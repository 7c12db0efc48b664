"""Who may sign in, and what those are told who may not."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from arhub.models import User

NO_ACCESS = "You have no access to any company yet. Ask an administrator."


class SignInForm(AuthenticationForm):
    """Signs in people who belong to a tenant."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "inputmode": "email"}

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data.get("username")
        if given:
            self.cleaned_data["username"] = given.strip().lower()  # as people are stored
        return super().clean()

    def confirm_login_allowed(self, user: User) -> None:  # type: ignore[override]
        if not user.is_active:
            raise ValidationError("This sign-in was switched off. Ask an administrator.", code="inactive")
        if not user.memberships.exists():
            raise ValidationError(NO_ACCESS, code="no_access")

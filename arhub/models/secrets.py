"""Whether the keys for stored credentials are the right ones."""

from __future__ import annotations

from django.db import models

from arhub.secrets import SecretField


class SecretCanary(models.Model):
    """The first to fall over when keys are missing: a secret without a secret, in one row. See arhub.secrets.checks."""

    value = SecretField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Canary of {self.made_at:%d-%m-%Y}"

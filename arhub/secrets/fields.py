"""The model field for credentials: encrypted in its column, a Secret on the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.text import capfirst

from arhub.secrets.cipher import Place
from arhub.secrets.masking import MASK
from arhub.secrets.secret import Secret

if TYPE_CHECKING:
    from django import forms
    from django.db.models.lookups import Lookup, Transform


def has_tenant(model: type[models.Model]) -> bool:
    return any(field.column == "tenant_id" for field in model._meta.concrete_fields)


class _SecretAttribute(DeferredAttribute):
    """Tells the secret where it stands, which a field that converts values does not know."""

    field: SecretField

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        if instance is None:
            return self
        return super().__get__(instance, cls).at(self.field.place_of(instance))

    def __set__(self, instance: models.Model, value: Secret | str | None) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class SecretField(models.Field):
    """Text that is encrypted with the newest key, bound to table, column and the row's tenant: renaming one of them
    needs a migration that encrypts anew. `blank=True` allows none, which is stored as an empty text.

    A row's attribute is a Secret, and takes a Secret or a text. It cannot be searched for, is left out of forms'
    initial values, and refuses serialisation. `update(field=...)` refuses it too: set it on the row and save that.
    """

    description = "Encrypted text"
    descriptor_class = _SecretAttribute

    def get_internal_type(self) -> str:
        return "TextField"

    def place_of(self, instance: models.Model) -> Place | None:
        """None for a row that has no tenant yet."""
        tenant_id = getattr(instance, "tenant_id", None) if has_tenant(type(instance)) else 0
        return None if tenant_id is None else Place(instance._meta.db_table, str(self.column), tenant_id)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Secret:
        return Secret.stored(value or "")

    def to_python(self, value: Any) -> Secret:
        return value if isinstance(value, Secret) else Secret(value or "")

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Secret):
            return value.sealed()
        if value in (None, ""):
            return ""
        if hasattr(value, "resolve_expression"):
            return value
        raise TypeError(f"{self.name} takes a Secret, found a {type(value).__name__}.")

    def get_lookup(self, lookup_name: str) -> type[Lookup] | None:
        """None at all: equal texts are stored differently each time."""
        return None

    def get_transform(self, lookup_name: str) -> type[Transform] | None:
        return None

    def clean(self, value: Any, model_instance: models.Model | None) -> Secret:
        secret = self.to_python(value)
        if not secret and not self.blank:
            raise ValidationError(self.error_messages["blank"], code="blank")
        return secret

    def value_from_object(self, obj: models.Model) -> Any:
        """What forms start with and exports write: only whether there is one."""
        return MASK if getattr(obj, self.attname) else ""

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.model._meta.label}.{self.name} is a secret, and is not serialised.")

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """None keeps what is stored: the form left it empty."""
        if data is not None:
            setattr(instance, self.name, data)

    def formfield(self, **options: Any) -> forms.Field:  # type: ignore[override]
        from arhub.secrets.forms import SecretFormField  # its widgets need all models to be there

        return SecretFormField(
            removable=self.blank,
            label=options.get("label", capfirst(self.verbose_name)),
            help_text=options.get("help_text", self.help_text),
        )

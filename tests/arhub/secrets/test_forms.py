"""Entering credentials: written, never shown."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.forms.models import model_to_dict

from arhub.models import Tenant
from arhub.tenancy.scope import scope

Tenants = tuple[Tenant, Tenant, Tenant]


@pytest.fixture
def form(safes: Any) -> type[forms.ModelForm]:
    return forms.modelform_factory(safes, fields=["name", "key", "spare"])


@pytest.fixture
def safe(safes: Any, tenants: Tenants) -> Any:
    with scope(tenants[0].pk):
        made = safes.objects.create(tenant_id=tenants[0].pk, name="n", key="stored key", spare="stored spare")
        yield safes.objects.get(pk=made.pk)


def after(safe: Any) -> tuple[str, str]:
    read = type(safe).objects.get()
    return read.key.reveal(), read.spare.reveal()


def test_form_shows_that_one_is_stored_and_not_which(form: Any, safe: Any) -> None:
    html = form(instance=safe).as_p()

    assert html.count("One is stored. Leave empty to keep it.") == 2
    assert ("stored key" in html, "stored spare" in html, "value=" in html.replace('value="n"', "")) == (False,) * 3
    assert ('name="spare-remove"' in html, 'name="key-remove"' in html) == (True, False)
    assert model_to_dict(safe, ["key", "spare"]) == {"key": "••••••", "spare": "••••••"}


def test_form_of_a_new_row_has_nothing_to_keep_or_remove(form: Any) -> None:
    html = form().as_p()

    assert ("One is stored" in html, "-remove" in html) == (False, False)


def test_field_left_empty_keeps_what_is_stored(form: Any, safe: Any) -> None:
    bound = form({"name": "renamed", "key": "", "spare": ""}, instance=safe)

    bound.save()

    assert (bound.changed_data, after(safe)) == (["name"], ("stored key", "stored spare"))


def test_typed_secret_replaces_what_is_stored(form: Any, safe: Any) -> None:
    bound = form({"name": "n", "key": "new key", "spare": "new spare", "spare-remove": "on"}, instance=safe)

    bound.save()

    assert (bound.changed_data, after(safe)) == (["key", "spare"], ("new key", "new spare"))


def test_tick_removes_a_secret_that_may_be_missing(form: Any, safe: Any) -> None:
    form({"name": "n", "key": "", "key-remove": "on", "spare": "", "spare-remove": "on"}, instance=safe).save()

    assert after(safe) == ("stored key", "")


def test_new_row_needs_its_secret(form: Any, safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        bound = form({"name": "n", "key": "", "spare": ""}, instance=safes(tenant_id=tenants[0].pk))

        assert bound.errors == {"key": ["This field cannot be blank."]}


def test_form_with_errors_does_not_show_what_was_typed(form: Any, safe: Any) -> None:
    bound = form({"name": "x" * 30, "key": "typed key", "spare": ""}, instance=safe)

    assert list(bound.errors) == ["name"]
    assert ("typed key" in bound.as_p(), "typed key" in repr(bound)) == (False, False)
    assert bound.as_p().count("enter it once more before you save") == 1  # the other one was left empty

"""Each format there is, chosen in General with what it proposes."""

from __future__ import annotations

import pytest
from django.test import Client

from adaptors.admin.general_form import form_of
from adaptors.registry import FORMATS, load
from arhub.domain.sharing import EVERYTHING
from arhub.tenancy.scope import scope
from tests.adaptors.admin.conftest import Activated


@pytest.fixture(autouse=True)
def sample_formats() -> None:
    """The real ones here."""
    load.cache_clear()


@pytest.mark.parametrize("kind", FORMATS)
def test_format_is_chosen_with_what_it_proposes(client: Client, acting: Activated, kind: str) -> None:
    with scope(acting.records.tenant.pk):
        form = form_of(acting.activation, EVERYTHING)(instance=acting.activation)
        given = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {name: value for name, value in given.items() if value not in (None, False)}

    answer = client.post(f"{acting.address}change/", {**sent, "name": "Acting invoices", "format": kind})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    stored = acting.stored()
    assert (stored.format, stored.format_values.keys()) == (kind, {option.name for option in load(kind).options})
    assert load(kind)(stored.format_values).values.keys() == stored.format_values.keys()

"""Credentials in rows."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.serializers.json import DjangoJSONEncoder

from arhub.models import Tenant
from arhub.secrets import Secret, Unreadable
from arhub.secrets.cipher import key_ids, key_of
from arhub.tenancy.scope import scope
from tests.arhub.secrets.conftest import overwrite, stored

TEXT = "kodeord æøå 🔑"
Tenants = tuple[Tenant, Tenant, Tenant]


def test_secret_is_stored_encrypted_and_read_back(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safe = safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)

        assert safes.objects.get().key.reveal() == TEXT
        assert key_of(stored(safe)) == key_ids()[0]
        assert "kodeord" not in stored(safe)


def test_equal_secrets_are_stored_differently(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        one, other = (safes.objects.create(tenant_id=tenants[0].pk, key=TEXT) for _ in range(2))

        assert stored(one) != stored(other)
        assert safes.objects.get(pk=one.pk).key == safes.objects.get(pk=other.pk).key == Secret(TEXT)
        assert safes.objects.get(pk=one.pk).key != Secret("other")


def test_none_is_stored_empty_and_is_false(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safe = safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)

        read = safes.objects.get()
        assert (bool(read.key), bool(read.spare), read.spare.reveal(), stored(safe, "spare")) == (True, False, "", "")


def test_saving_a_row_leaves_what_is_stored(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safe = safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)
        before = stored(safe)

        read = safes.objects.get()
        read.name = "changed"
        read.save()

        assert stored(safe) == before
        assert safes.objects.get().name == "changed"


def test_many_are_stored_at_once(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        made = safes.objects.bulk_create([safes(tenant_id=tenants[0].pk, key=f"secret {n}") for n in range(3)])
        for safe in made:
            safe.key = f"{safe.key.reveal()}!"
        safes.objects.bulk_update(made, ["key"])

        assert [safe.key.reveal() for safe in safes.objects.order_by("pk")] == ["secret 0!", "secret 1!", "secret 2!"]


def test_deferred_secret_is_loaded_when_it_is_asked_for(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)

        assert safes.objects.defer("key", "tenant_id").get().key.reveal() == TEXT


def test_ciphertext_opens_only_where_it_was_stored(safes: Any, tenants: Tenants) -> None:
    """Who can write into the table cannot make one tenant's key another's, or a public value a secret one."""
    with scope(tenants[0].pk):
        theirs = stored(safes.objects.create(tenant_id=tenants[0].pk, key=TEXT))
    with scope(tenants[1].pk):
        mine = safes.objects.create(tenant_id=tenants[1].pk, key="mine")
        overwrite(mine, stored(mine), "spare")
        overwrite(mine, theirs)
        read = safes.objects.get()

        with pytest.raises(Unreadable, match=r"What stands in safe\.key was damaged, or moved there from elsewhere"):
            read.key.reveal()
        with pytest.raises(Unreadable, match=r"What stands in safe\.spare was damaged, or moved"):
            read.spare.reveal()


def test_row_that_changes_its_tenant_loses_its_secret(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)
        read = safes.objects.get()
        read.tenant_id = tenants[1].pk

        with pytest.raises(Unreadable):
            read.key.reveal()


def test_secret_given_to_another_row_is_encrypted_for_it(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)
        given = safes.objects.get().key
    with scope(tenants[1].pk):
        safes.objects.create(tenant_id=tenants[1].pk, key=given)

        assert safes.objects.get().key.reveal() == TEXT


@pytest.mark.parametrize("damage", ["v1.{id}.AAAA", "v1.{id}.", "v1.{id}.!!", "v1.{id}.æ"])
def test_damaged_value_is_told(safes: Any, tenants: Tenants, damage: str) -> None:
    with scope(tenants[0].pk):
        overwrite(safes.objects.create(tenant_id=tenants[0].pk, key=TEXT), damage.format(id=key_ids()[0]))

        with pytest.raises(Unreadable, match="was damaged"):
            safes.objects.get().key.reveal()


def test_missing_key_is_named(safes: Any, tenants: Tenants, settings: Any, keys: list[bytes]) -> None:
    with scope(tenants[0].pk):
        safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)
        old = key_ids()[0]
        settings.SECRET_KEYS = keys[1:]

        with pytest.raises(Unreadable) as told:
            safes.objects.get().key.reveal()

    assert str(told.value) == (
        f"What stands in safe.key was encrypted with the key {old}, which is not among ARHUB_SECRET_KEYS"
        f" ({key_ids()[0]}): put that key back, behind the newest."
    )


def test_text_that_was_never_encrypted_does_not_pass_for_a_secret(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        overwrite(safes.objects.create(tenant_id=tenants[0].pk, key=TEXT), "plain")

        with pytest.raises(Unreadable, match=r"was encrypted with the key \?"):
            safes.objects.get().key.reveal()


def test_secret_shows_itself_nowhere(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)
        safe = safes.objects.get()

        for secret in (Secret(TEXT), safe.key):
            secret.reveal()
            assert {str(secret), repr(secret), f"{secret:>3}", str([secret])[1:-1]} == {"••••••"}
        assert str(safe) == " •••••• "


def test_secret_is_written_nowhere(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)
        safe = safes.objects.get()

        with pytest.raises(TypeError, match="is not written anywhere but into its own field"):
            pickle.dumps(safe)
        with pytest.raises(TypeError, match="not JSON serializable"):
            json.dumps({"key": safe.key}, cls=DjangoJSONEncoder)
        with pytest.raises(TypeError, match=r"arhub\.Safe\.key is a secret, and is not serialised"):
            serializers.serialize("json", [safe])
        assert copy.deepcopy([safe.key])[0].reveal() == TEXT


def test_secret_cannot_be_searched_for(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        for search in ({"key": TEXT}, {"key__contains": "k"}, {"key__in": [TEXT]}):
            with pytest.raises(FieldError, match="Unsupported lookup"):
                safes.objects.filter(**search).exists()


def test_secret_without_its_row_is_not_stored(safes: Any, tenants: Tenants) -> None:
    with scope(tenants[0].pk):
        safes.objects.create(tenant_id=tenants[0].pk, key=TEXT)

        with pytest.raises(ValueError, match="opens only as the attribute of its row"):
            safes.objects.values_list("key", flat=True)[0].reveal()
        with pytest.raises(ValueError, match="bound to its row's tenant"):
            safes.objects.update(key=Secret("new"))
        with pytest.raises(TypeError, match="key takes a Secret, found a str"):
            safes.objects.update(key="new")
        with pytest.raises(ValueError, match="bound to its row's tenant"):
            safes(key="new").save()


def test_row_without_a_secret_it_needs_is_invalid(safes: Any, tenants: Tenants) -> None:
    with pytest.raises(ValidationError) as invalid:
        safes(tenant_id=tenants[0].pk, name="x").full_clean()

    assert invalid.value.message_dict == {"key": ["This field cannot be blank."]}

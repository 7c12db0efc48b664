"""New keys, and keys that went missing."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from arhub.domain import secrets
from arhub.domain.secrets import Rotated, plant_canary, rotate_secrets
from arhub.models import SecretCanary, Tenant
from arhub.secrets.cipher import key_ids, key_of
from arhub.tenancy.scope import scope
from tests.arhub.secrets.conftest import overwrite, stored

Tenants = tuple[Tenant, Tenant, Tenant]
pytestmark = pytest.mark.django_db


def fill(safes: Any, tenants: Tenants, each: int = 3) -> None:
    for tenant in tenants[:2]:
        with scope(tenant.pk):
            for n in range(each):
                safes.objects.create(tenant_id=tenant.pk, name=str(n), key=f"{tenant.slug} {n}")


def revealed(safes: Any, tenants: Tenants) -> list[str]:
    found = []
    for tenant in tenants:
        with scope(tenant.pk):
            found += [safe.key.reveal() for safe in safes.objects.order_by("pk")]
    return found


def test_rotation_encrypts_every_tenants_secrets_with_the_newest_key(
    safes: Any, tenants: Tenants, settings: Any, keys: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "BATCH", 2)
    fill(safes, tenants)
    settings.SECRET_KEYS = [keys[1], keys[0]]

    done = list(rotate_secrets([SecretCanary, safes]))

    assert done == [
        Rotated("arhub.Safe.key", 6, 6, ()),
        Rotated("arhub.Safe.spare", 6, 0, ()),
        Rotated("arhub.SecretCanary.value", 1, 0, ()),
    ]
    settings.SECRET_KEYS = [keys[1]]
    assert revealed(safes, tenants) == [f"{slug} {n}" for slug in ("acting", "hidden") for n in range(3)]


def test_rotation_that_was_stopped_goes_on(safes: Any, tenants: Tenants, settings: Any, keys: list[bytes]) -> None:
    fill(safes, tenants)
    settings.SECRET_KEYS = [keys[1], keys[0]]
    with scope(tenants[0].pk):
        for safe in safes.objects.order_by("pk")[:2]:
            safe.key = safe.key.reveal()
            safe.save()

    first, second = list(rotate_secrets([safes])), list(rotate_secrets([safes]))

    assert [(one.seen, one.renewed) for one in (first[0], second[0])] == [(6, 4), (6, 0)]


def test_rotation_tells_what_cannot_be_read_and_does_the_rest(
    safes: Any, tenants: Tenants, settings: Any, keys: list[bytes]
) -> None:
    fill(safes, tenants)
    with scope(tenants[1].pk):
        broken = safes.objects.first()
        overwrite(broken, "v1.00000000.AAAA")
    settings.SECRET_KEYS = [keys[1], keys[0]]

    done = next(rotate_secrets([safes]))

    assert (done.seen, done.renewed, len(done.unreadable)) == (6, 5, 1)
    assert done.unreadable[0].startswith(f"safe {broken.pk}: What stands in safe.key was encrypted with the key 0000")
    with scope(tenants[1].pk):
        assert stored(broken) == "v1.00000000.AAAA"


def test_command_says_which_keys_may_go(settings: Any, keys: list[bytes]) -> None:
    plant_canary()
    old = key_ids()[0]
    settings.SECRET_KEYS = [keys[1], keys[0]]
    out = StringIO()

    call_command("rotate_secrets", stdout=out)

    assert out.getvalue().splitlines()[-3:] == [
        "arhub.SecretCanary.value: 1 of 1 encrypted anew.",
        f"Everything is encrypted with the key {key_ids()[0]}.",
        f"May be removed now: {old}.",
    ]


def test_command_with_something_unreadable_keeps_all_keys(settings: Any, keys: list[bytes]) -> None:
    plant_canary()
    settings.SECRET_KEYS = [keys[1]]
    out, errors = StringIO(), StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("rotate_secrets", stdout=out, stderr=errors)

    assert ended.value.code == 1
    assert errors.getvalue().splitlines()[-1] == "1 cannot be read: keep all keys until they are entered anew."
    assert "may be removed" not in out.getvalue().lower()


def check() -> list[tuple[str | None, str]]:
    return [(found.id, str(found.msg)) for found in run_checks(databases=["default"])]


def test_canary_opens_with_the_keys_it_was_made_with(settings: Any, keys: list[bytes]) -> None:
    plant_canary()
    plant_canary()
    settings.SECRET_KEYS = [keys[1], keys[0]]

    assert (check(), SecretCanary.objects.count()) == ([], 1)


def test_start_with_other_keys_is_refused(settings: Any, keys: list[bytes]) -> None:
    plant_canary()
    old = key_ids()[0]
    settings.SECRET_KEYS = [keys[1]]

    [(code, text)] = check()

    assert code == "arhub.E004"
    assert text.startswith("The keys for stored credentials are not the right ones. What stands in arhub_secretcanary")
    assert f"was encrypted with the key {old}, which is not among ARHUB_SECRET_KEYS ({key_ids()[0]})" in text
    with pytest.raises(SystemCheckError, match="bring its file var/secret_keys back"):
        call_command("check", databases=["default"])


def test_old_key_taken_away_before_the_rotation_is_noticed(settings: Any, keys: list[bytes]) -> None:
    plant_canary()
    settings.SECRET_KEYS = [keys[1], keys[0]]
    before = check()
    settings.SECRET_KEYS = [keys[1]]

    assert (before, [code for code, _ in check()]) == ([], ["arhub.E004"])


def test_database_without_the_canarys_table_is_not_checked() -> None:
    with connection.schema_editor() as editor:
        editor.execute("alter table arhub_secretcanary rename to elsewhere")

    assert {code for code, _ in check()} & {"arhub.E004", "arhub.W001"} == set()


def test_database_without_a_canary_is_told_how_to_get_one() -> None:
    assert [code for code, _ in check()] == ["arhub.W001"]


def test_canary_is_moved_to_the_newest_key_last(settings: Any, keys: list[bytes]) -> None:
    plant_canary()
    settings.SECRET_KEYS = [keys[1], keys[0]]

    list(rotate_secrets([SecretCanary]))

    assert key_of(SecretCanary.objects.get().value.sealed()) == key_ids()[0]
    settings.SECRET_KEYS = [keys[1]]
    assert check() == []

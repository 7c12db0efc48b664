"""The page of a source: how its files are taken in, the safe way unless somebody says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from arhub.admin.intake import not_default
from arhub.models import Source
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, text_of


def _form(source: Source, **chosen: Any) -> dict[str, Any]:
    """What the page sends when nothing but `chosen` was touched."""
    names = (
        "name", "date_order", "decimal_sign", "empty_cells", "unknown_accounts", "duplicate_keys", "rejects",
        "reject_above_percent", "extent", "stop_above_percent",
    )  # fmt: skip
    return {name: getattr(source, name) for name in names} | chosen


def _stored(source: Source) -> Source:
    with scope(source.tenant_id):
        source.refresh_from_db()
    return source


def test_manager_chooses_how_files_are_taken_in(world: World, sign_in: SignIn) -> None:
    source, client = world.acting.first("source"), sign_in(world.acting.tenant, role="manager")
    chosen = {"empty_cells": "clear", "rejects": "share", "reject_above_percent": "0", "extent": "snapshot",
              "stop_above_percent": "100"}  # fmt: skip

    answer = client.post(f"/arhub/source/{source.pk}/change/", _form(source, **chosen))

    assert answer.status_code == 302
    words = [said.words for said in not_default(_stored(source))]
    assert words == ["empty cells clear", "refuses a load above 0 % invalid", "full snapshot, stops above 100 %"]
    page = text_of(client.get("/arhub/source/"))
    assert "Empty cells clear; refuses a load above 0 % invalid; full snapshot, stops above 100 %" in page


@pytest.mark.parametrize(("given", "found"), [("101", "101"), ("", "nothing")])
def test_percent_that_is_used_is_from_0_to_100(world: World, sign_in: SignIn, given: str, found: str) -> None:
    source, client = world.acting.first("source"), sign_in(world.acting.tenant)
    data = _form(source, extent="snapshot", stop_above_percent=given)

    page = text_of(client.post(f"/arhub/source/{source.pk}/change/", data))

    assert f"Expected a whole number from 0 to 100, found {found}." in page
    assert _stored(source).extent == Source.Extent.INCREMENTAL


def test_percent_that_nothing_uses_keeps_what_is_stored(world: World, sign_in: SignIn) -> None:
    source, client = world.acting.first("source"), sign_in(world.acting.tenant)

    answer = client.post(f"/arhub/source/{source.pk}/change/", _form(source, stop_above_percent="", name="Files"))

    assert answer.status_code == 302
    stored = _stored(source)
    assert (stored.name, stored.stop_above_percent, not_default(stored)) == ("Files", 20, [])


def test_viewer_reads_how_files_are_taken_in(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.acting.tenant, role="viewer")

    page = text_of(client.get(f"/arhub/source/{world.acting.first('source').pk}/change/"))

    assert "Incremental: says nothing about what it leaves out" in page
    assert "The safe way" in text_of(client.get("/arhub/source/"))

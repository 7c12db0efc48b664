"""The uuids of records."""

from __future__ import annotations

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sage_network.ids import Kind, definition_uuid, id_of, uuid_of


@given(st.sampled_from(Kind), st.integers(0, 2**62 - 1))
def test_uuid_gives_the_id_back_to_its_own_kind_alone(kind: Kind, record_id: int) -> None:
    uuid = uuid_of(kind, record_id)

    assert (uuid.version, uuid.variant) == (8, RFC_4122)
    assert {other: id_of(other, str(uuid)) for other in Kind} == {
        other: record_id if other is kind else None for other in Kind
    }
    assert id_of(kind, str(uuid).upper()) == id_of(kind, uuid) == record_id


def test_uuid_never_changes() -> None:
    assert str(uuid_of(Kind.INVOICE, 1234)) == "00000000-0004-8000-8000-0000000004d2"
    assert str(uuid_of(Kind.GROUP, 1)) == "00000000-0001-8000-8000-000000000001"
    assert str(definition_uuid("Company", "Region")) == "00000000-0012-8000-9c90-cc166f062159"
    assert [kind.value for kind in Kind] == list(range(1, 23))


@pytest.mark.parametrize(
    "text",
    ["", "x", "00000000-0004-4000-8000-0000000004d2", "00000000-0004-8001-8000-0000000004d2",
     "00000000-0004-8000-c000-0000000004d2", "10000000-0004-8000-8000-0000000004d2", "\0", "٣" * 32],
)  # fmt: skip
def test_what_is_no_uuid_of_ours_has_no_id(text: str) -> None:
    assert id_of(Kind.INVOICE, text) is None


@given(st.uuids() | st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number)))
def test_no_other_uuid_is_taken_for_ours(uuid: UUID) -> None:
    assert all(id_of(kind, uuid) is None or uuid == uuid_of(kind, id_of(kind, uuid) or 0) for kind in Kind)


@pytest.mark.parametrize("record_id", [-1, 2**62])
def test_id_that_does_not_fit_is_refused(record_id: int) -> None:
    with pytest.raises(ValueError, match="Expected an id of at most 62 bits"):
        uuid_of(Kind.INVOICE, record_id)

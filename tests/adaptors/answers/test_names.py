"""The names that documents go out under are those by which answers find them."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from adaptors.formats.edifact.format import EdifactFormat
from connectors.gateways.access_point.gateway import instance_of
from connectors.gateways.base import Bytes, Parcel
from connectors.gateways.email.letter import message_id
from tests.adaptors.formats.edifact.cases import with_gln
from tests.adaptors.samples import document

OURS = {"from_address": "billing@vestjysk.example"}


def parcel(identity: str) -> Parcel:
    return Parcel(identity, "10482.xml", Bytes(b"<Invoice/>"))


def test_mails_and_envelopes_have_the_identity_in_their_ids() -> None:
    identity = uuid4().hex

    assert message_id(OURS, parcel(identity)) == f"<{identity}@vestjysk.example>"
    assert instance_of(parcel(identity)) == str(UUID(identity))


@pytest.mark.parametrize("identity", ["one", "A" * 32, "0" * 31, "0" * 33, f"{'0' * 32}\n", str(UUID(int=1))])
def test_any_other_identity_gets_ids_of_its_own(identity: str) -> None:
    ids = [message_id(OURS, parcel(identity)).strip("<").partition("@")[0], UUID(instance_of(parcel(identity))).hex]

    assert all(len(one) == 32 and one != identity.replace("-", "") for one in ids)


def test_interchange_is_known_by_its_reference() -> None:
    rendered = EdifactFormat().render(with_gln(document()))

    assert rendered.reference
    assert rendered.content.rstrip().endswith(f"UNZ+1+{rendered.reference}'".encode())

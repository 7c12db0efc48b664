"""A connection that is cut when three tenths of a file have gone, on every gateway that speaks HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from arhub.network import http
from arhub.network.errors import RetryableError
from connectors.base import Setup
from tests.connectors.gateways.access_point.test_contract import PhossPlace, StandalonePlace
from tests.connectors.gateways.as2.test_contract import PartnerPlace
from tests.connectors.gateways.dropbox.places import DropboxPlace
from tests.connectors.gateways.faults.ways import BIG
from tests.connectors.gateways.http.places import FormPlace, HttpPlace, PutPlace
from tests.contracts.connector_contract import Counted, Remembered
from tests.contracts.gateway_contract import Place, parcel

PLACES: Mapping[str, Place] = {
    "dropbox": DropboxPlace(), "http put": PutPlace(), "http post": HttpPlace(), "http form": FormPlace(),
    "as2": PartnerPlace(compress="none"), "phoss": PhossPlace(), "standalone": StandalonePlace(),
}  # fmt: skip
LARGE = BIG * 6
"""18 MB: more than buffers take, so that whoever sends notices before all has left."""


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_file_that_was_cut_on_its_way_is_not_there_and_goes_once_more(place: Place, tmp_path: Path) -> None:
    content = place.content(LARGE)
    sent = parcel(content, name="big.xml", identity="big")
    with place.run(tmp_path) as server:
        values = {one.name: one.default for one in place.gateway.settings} | dict(place.values(server))
        server.misbehave("cut", times=9, on="upload" if "dropbox" in server.simulator.kind else "")
        with place.gateway(Setup(values, Remembered(), Counted(), tmp_path)) as gateway:
            with pytest.raises(RetryableError):
                gateway.deliver(sent)
            left = place.stored(server)
            server.simulator.faults.clear()
            gateway.deliver(sent)

        assert left == []
        assert [found for _, found in place.stored(server)] == [content]

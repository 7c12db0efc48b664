"""A process that delivers a file and stops at a point, to be killed there. Its store is a file that stays."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from connectors.base import Setup
from tests.connectors.gateways.faults.ways import BIG, Read
from tests.contracts.connector_contract import Counted
from tests.contracts.gateway_contract import parcel

MIDDLE, BEFORE, AFTER = "in the middle", "before the renaming", "after the renaming"


class Kept:
    """A store in a file."""

    def __init__(self, path: Path, told: Callable[[Any], None] = lambda value: None) -> None:
        self._path, self._told = path, told

    def get(self, name: str) -> Any:
        return self._all().get(name)

    def put(self, name: str, value: Any) -> None:
        before = self.get(name)
        self._told((before, value))
        self._path.write_text(json.dumps({**self._all(), name: value}))
        self._told(value)

    def _all(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._path.read_text()) if self._path.exists() else {}
        return found


def stop_here() -> None:
    print("stopped", flush=True)
    threading.Event().wait()


def main(wishes: dict[str, Any]) -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    from connectors.registry import load

    points = {BEFORE: "renaming", AFTER: ("renaming", None)}

    def told(value: Any) -> None:
        if value == points.get(wishes["point"], wishes):
            stop_here()

    store = Path(wishes["store"])
    setup = Setup(wishes["values"], Kept(store, told), Counted(), store.parent)
    sent = parcel(BIG, name="big.bin", identity="big")
    if wishes["point"] == MIDDLE:
        object.__setattr__(sent, "content", Read(BIG, stop_here, at=0.5))
    load(wishes["kind"])(setup).deliver(sent)  # type: ignore[attr-defined]
    stop_here()  # what notes nothing on the way has only this point after it


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

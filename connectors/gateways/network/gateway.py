"""To Network: each document goes the way that the participant directory knows for its receiver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from arhub.network.errors import ConfigError
from connectors.base import Capability, Check, Setting
from connectors.gateways.base import Gateway, Parcel, Receipt

ACCESS_POINT = (("access_point", "Peppol / NemHandel access point"),)


class NetworkGateway(Gateway):
    """What carries is chosen for each parcel before it gets here, since only the hub knows the directory."""

    kind: ClassVar[str] = "network"
    label: ClassVar[str] = "To Network"
    summary: ClassVar[str] = (
        "Sends each document the way its receiver is reached: Peppol, NemHandel, VANS, or another company of this hub."
    )
    needs: ClassVar[tuple[str, ...]] = ("receiver",)
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.DELIVER, Capability.LOOK_UP})
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "peppol", "For Peppol", kind="connection", choices=ACCESS_POINT, required=False, group="Routes",
            help="The connection to your access point. Empty: receivers on Peppol are held.",
        ),
        Setting(
            "nemhandel", "For NemHandel", kind="connection", choices=ACCESS_POINT, required=False, group="Routes",
            help="The connection to an access point that knows NemHandel.",
        ),
        Setting(
            "vans", "For VANS", kind="connection", choices=(("vans", "VANS"),), required=False, group="Routes",
            help="The connection to your mailbox. A participant may name another one.",
        ),
    )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        return (Check("Routes", self._check_routes),)

    def _check_routes(self) -> str:
        named = [one.label.removeprefix("For ") for one in self.settings if self.setup.values.get(one.name)]
        lacking = [one.label.removeprefix("For ") for one in self.settings if not self.setup.values.get(one.name)]
        if not named:
            return "No route has a connection: only other companies of this hub are reached."
        rest = f" Receivers on {' and '.join(lacking)} are held." if lacking else ""
        return f"{', '.join(named)} {'has' if len(named) == 1 else 'have'} a connection; test it on its own page.{rest}"

    def deliver(self, parcel: Parcel) -> Receipt:
        return self._carrier().deliver(parcel)

    def look_up(self, parcel: Parcel) -> Receipt | None:
        return self._carrier().look_up(parcel)

    def close(self) -> None:
        if self.setup.carrier is not None:
            self._carrier().close()

    def _carrier(self) -> Gateway:
        carrier = self.setup.carrier
        if not isinstance(carrier, Gateway):
            raise ConfigError("No route was chosen for this document.")
        return carrier

"""A gateway to a folder whose answers are lost, or that dies, as a test says."""

from __future__ import annotations

from typing import ClassVar

from arhub.network.errors import ConfigError, RetryableError, Uncertain
from connectors.gateways.base import Parcel, Receipt, Rejected
from connectors.gateways.folder.gateway import FolderGateway


class Killed(BaseException):
    """The worker is gone from here on: nothing catches it."""


class CarelessGateway(FolderGateway):
    kind: ClassVar[str] = "careless"
    label: ClassVar[str] = "Careless folder"
    fault: ClassVar[str] = ""
    """What goes wrong at the next delivery: one of the words below."""
    delivered: ClassVar[int] = 0
    _dies = False

    def deliver(self, parcel: Parcel) -> Receipt:
        type(self).delivered += 1
        fault, type(self).fault = type(self).fault, ""
        self._dies = fault == "killed before its name"
        if fault == "refused":
            raise Rejected(Receipt("The partner wants no such document.", kind="report", content=b"<no/>"))
        if fault == "wrong password":
            raise ConfigError("The password is wrong.")
        if fault == "busy":
            raise RetryableError("Come back later.", retry_after=60)
        if fault == "killed before":
            raise Killed
        receipt = super().deliver(parcel)
        if fault == "no answer":
            raise Uncertain("It went out, and no answer came.")
        if fault == "killed after":
            raise Killed
        if fault == "receipt later":
            return Receipt(receipt.text, awaits=True)
        return receipt

    def rename(self, path: str, to: str, *, replace: bool) -> None:
        if self._dies:
            raise Killed
        super().rename(path, to, replace=replace)

"""What an access point must be told of a UBL document: its type, its process, who sends it and who gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from arhub.network.errors import PermanentError
from connectors.gateways.base import Content
from connectors.gateways.markup import Enough, Name, Reading

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
SCHEMES = {"GLN": "0088", "DK:CVR": "0184", "DK:SE": "0198", "DK:P": "0096"}
"""How OIOUBL writes the schemes of ISO 6523."""
SUPPLIER, CUSTOMER = "AccountingSupplierParty", "AccountingCustomerParty"
ENDPOINT = ("Party", "EndpointID")
COUNTRY = ("Party", "PostalAddress", "Country", "IdentificationCode")
FIELDS = {
    ("UBLVersionID",): "version",
    ("CustomizationID",): "customization",
    ("ProfileID",): "profile",
    (SUPPLIER, *ENDPOINT): "sender",
    (SUPPLIER, *COUNTRY): "country",
    (CUSTOMER, *ENDPOINT): "receiver",
}


@dataclass(frozen=True, slots=True)
class Described:
    """`sender` and `receiver` are endpoints with their scheme, such as 0184:12345674; what is not said is empty."""

    root: Name
    version: str = ""
    customization: str = ""
    profile: str = ""
    sender: str = ""
    receiver: str = ""
    country: str = ""

    @property
    def document_type_id(self) -> str:
        """Raises `PermanentError`."""
        if not self.customization:
            raise PermanentError(f"The {self.root.local} has no CustomizationID, by which its type is known.")
        version = self.version or "2.1"
        return f"busdox-docid-qns::{self.root.namespace}::{self.root.local}##{self.customization}::{version}"

    @property
    def process_id(self) -> str:
        """Raises `PermanentError`."""
        if not self.profile:
            raise PermanentError(f"The {self.root.local} has no ProfileID, by which its process is known.")
        scheme = "nes-procid-ubl" if self.customization.startswith("OIOUBL") else "cenbii-procid-ubl"
        return f"{scheme}::{self.profile}"


def described(content: Content) -> Described:
    """Read no further than the customer. Raises `PermanentError`."""
    found = _Head()
    found.read(content)
    return Described(found.root, **{name: " ".join(text.split()) for name, text in found.fields.items()})


def canonical(endpoint: str) -> str:
    """An endpoint in the spelling by which it is compared: without the meta scheme, in small letters, a Danish company
    number without its country."""
    scheme, _, value = endpoint.strip().rpartition("::")[2].partition(":")
    if endpoint.startswith("DK:"):
        scheme, _, value = endpoint.rpartition(":")
    value = value.strip().lower()
    scheme = SCHEMES.get(scheme, scheme)
    return f"{scheme}:{value.removeprefix('dk') if scheme == '0184' else value}"


class _Head(Reading):
    def __init__(self) -> None:
        super().__init__()
        self.root = Name("", "")
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._field = ""

    def start(self, name: Name, attributes: Mapping[str, str], at: int) -> None:
        if self.depth == 1:
            if not name.namespace.startswith(UBL):
                raise PermanentError(f"Expected a document of UBL for an access point, found <{name.local[:60]}>.")
            self.root = name
            return
        self._path.append(name.local)
        field = FIELDS.get(tuple(self._path), "")
        self._field = field if field not in self.fields else ""
        if self._field:
            scheme = attributes.get("schemeID", "").strip()
            self.fields[self._field] = f"{SCHEMES.get(scheme, scheme)}:" if self._path[-1] == "EndpointID" else ""

    def text(self, text: str) -> None:
        if self._field:
            self.fields[self._field] += text

    def end(self, name: Name, at: int) -> None:
        self._field = ""
        if self._path == [CUSTOMER]:
            raise Enough
        if self._path:
            self._path.pop()

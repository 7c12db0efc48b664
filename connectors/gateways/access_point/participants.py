"""Whether somebody takes documents from Peppol or NemHandel, and of which types. It informs and decides nothing: what a
directory says is signed for access points, who check that. Sources: Peppol SML 1.3.0 and SMP 1.4.0, RFC 3403.

A directory that cannot be asked has not said no.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

import dns.exception
import dns.resolver

from arhub.network import http
from arhub.network.errors import NetworkError
from connectors.gateways.base import Bytes
from connectors.gateways.markup import Name, NotXml, Reading

META_SCHEME = "iso6523-actorid-upis"
ZONES = {
    "participant.sml.prod.tech.peppol.org": "Peppol",
    "participant.sml.test.tech.peppol.org": "Peppol, test",
}
SECONDS = 5.0
LARGEST = 1 << 20
IDENTIFIER = re.compile(r"[0-9]{4}:[!-~]{1,50}")


@dataclass(frozen=True, slots=True)
class Participation:
    """`registered` is None when nobody could say. `smp` is the address of the directory that has the rest, and `text` a
    sentence for people."""

    registered: bool | None
    smp: str
    document_types: tuple[str, ...]
    text: str


class _Unknown(Exception):
    """Nobody could say, and why."""


def look_up(identifier: str, *, zone: str, nameserver: str | None = None) -> Participation:
    """Ask for 0184:12345674, with or without its meta scheme. `nameserver` is an address, with a port if it is not 53;
    by default those of this machine. Raises nothing."""
    bare = identifier.strip().rpartition("::")[2].lower()
    if not IDENTIFIER.fullmatch(bare):
        return Participation(None, "", (), f"Expected an endpoint such as 0184:12345674, found {identifier[:60]!r}.")
    try:
        smp = _smp_of(bare, zone, nameserver)
    except _Unknown as problem:
        return Participation(None, "", (), f"Whether {bare} is registered could not be found out: {problem}.")
    if not smp:
        return Participation(False, "", (), f"{bare} is not registered in {ZONES.get(zone, zone)}.")
    return _services(bare, smp, zone)


def name_of(identifier: str, zone: str) -> str:
    """The name under which a participant stands in the SML."""
    digest = hashlib.sha256(identifier.lower().encode()).digest()
    return f"{base64.b32encode(digest).decode().rstrip('=').lower()}.{META_SCHEME}.{zone}"


def _smp_of(identifier: str, zone: str, nameserver: str | None) -> str:
    """The address in the participant's NAPTR record; empty when there is no such participant."""
    resolver = _resolver(nameserver)
    try:
        found = resolver.resolve(name_of(identifier, zone), "NAPTR")
    except dns.resolver.NXDOMAIN:
        _check_zone(resolver, zone)
        return ""
    except dns.resolver.NoAnswer:
        return ""
    except dns.exception.DNSException:
        raise _Unknown("no name server answered") from None
    for record in sorted(found, key=lambda one: (one.order, one.preference)):
        if record.flags.lower() == b"u" and record.service.lower() == b"meta:smp":
            return _replaced(record.regexp.decode("utf-8", "replace"))
    raise _Unknown("its record in the directory names no address")


def _resolver(nameserver: str | None) -> dns.resolver.Resolver:
    try:
        resolver = dns.resolver.Resolver(configure=nameserver is None)
    except dns.exception.DNSException:
        raise _Unknown("this machine has no name server") from None
    if nameserver:
        host, _, port = nameserver.rpartition(":") if nameserver.count(":") == 1 else (nameserver, "", "")
        resolver.nameservers, resolver.port = [host], int(port or 53)
    resolver.lifetime = SECONDS
    return resolver


def _check_zone(resolver: dns.resolver.Resolver, zone: str) -> None:
    """That a name is not there says something only where its directory is."""
    try:
        resolver.resolve(zone, "SOA", raise_on_no_answer=False)
    except dns.exception.DNSException:
        raise _Unknown(f"there is no directory called {zone}") from None


def _replaced(regexp: str) -> str:
    """The second part of !^.*$!https://smp.example.com!; what is replaced is the whole name, always."""
    parts = regexp[1:].split(regexp[:1]) if regexp else []
    url = parts[1].rstrip("/") if len(parts) >= 2 else ""
    if not url.startswith(("http://", "https://")):
        raise _Unknown("its record in the directory names no address")
    return url


def _services(identifier: str, smp: str, zone: str) -> Participation:
    """What the SMP lists."""
    host = urlsplit(smp).netloc
    begin = f"{identifier} is registered in {ZONES.get(zone, zone)}"
    try:
        answer = http.get(f"{smp}/{quote(f'{META_SCHEME}::{identifier}', safe='')}", limit=LARGEST)
        listed = _References()
        if answer.ok:
            listed.read(Bytes(answer.content))
    except (NetworkError, NotXml) as error:
        return Participation(True, smp, (), f"{begin}. What it takes is not known: {error}")
    if not answer.ok:
        return Participation(True, smp, (), f"{begin}, but {host} does not list it: status {answer.status}.")
    types = tuple(sorted(set(listed.types)))
    kinds = "one type of document" if len(types) == 1 else f"{len(types)} types of documents"
    return Participation(True, smp, types, f"{begin} and takes {kinds}, says {host}.")


class _References(Reading):
    """The document types of a ServiceGroup, out of the addresses of its services."""

    def __init__(self) -> None:
        super().__init__()
        self.types: list[str] = []

    def start(self, name: Name, attributes: Mapping[str, str], at: int) -> None:
        address = attributes.get("href", "")
        if name.local == "ServiceMetadataReference" and "/services/" in address:
            self.types.append(unquote(address.rpartition("/services/")[2]))

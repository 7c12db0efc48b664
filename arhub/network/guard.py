"""Every socket to another system is opened here: what a tenant typed must not reach the machines behind our own
firewall. The addresses behind a name are looked up once, checked, and the very ones that were checked are called: a
name server that gives another answer a moment later (DNS rebinding) is not asked again."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from django.conf import settings

from arhub.network.addresses import IP, Network, canonical, kind_of, parsed
from arhub.network.errors import ConfigError, Refused, Unreachable

CONNECT_SECONDS = 5.0
NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*", re.IGNORECASE)
NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
HINT = "the operator can allow it with ARHUB_ALLOWED_NETWORKS"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect to: `host` is the name for TLS and headers, `ips` are checked and at least one."""

    host: str
    port: int
    ips: tuple[IP, ...]


def resolve(
    host: str, port: int, timeout: float = CONNECT_SECONDS, *, allowed: Iterable[Network] | None = None
) -> Address:
    """Look a host up and keep the addresses that may be called: public ones, and those in `allowed`, by default the
    operator's ALLOWED_NETWORKS. Raises Refused when none is left, ConfigError, Unreachable."""
    name = _name(host)
    if not 0 < port < 65536:
        raise ConfigError(f"{port} is not a port: expected a number from 1 to 65535.")
    literal = parsed(name)
    found = [literal] if literal else _look_up(name, port, timeout)
    networks = tuple(settings.ALLOWED_NETWORKS if allowed is None else allowed)
    kept = tuple(ip for ip in found if kind_of(ip) is None or any(ip in network for network in networks))
    host = name.removesuffix(".")
    if not kept:
        where = host if literal else f"{host} leads to {found[0]}, which"
        raise Refused(f"{where} is {kind_of(found[0])} address and may not be called; {HINT}.")
    return Address(host, port, kept)


def connect(
    host: str, port: int, timeout: float = CONNECT_SECONDS, *, allowed: Iterable[Network] | None = None
) -> socket.socket:
    """A connected TCP socket whose time-out is `timeout`. Further addresses of a name are tried when the first do not
    answer. Raises as resolve does."""
    until = time.monotonic() + timeout
    address = resolve(host, port, timeout, allowed=allowed)
    reason: Exception = TimeoutError("timed out")
    for tried, ip in enumerate(address.ips):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            connected = _open(ip, port, left / (len(address.ips) - tried))
        except OSError as error:
            reason = error
        else:
            connected.settimeout(timeout)
            return connected
    text = "no answer in time" if isinstance(reason, TimeoutError) else getattr(reason, "strerror", None) or reason
    raise Unreachable(f"{address.host}, port {port}, cannot be reached: {text}.") from None


def _name(host: str) -> str:
    """The host in ASCII, and in a spelling that everybody reads alike."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if "%" in bare:
        raise Refused(f"{bare!r} names an interface of this machine: write an address without %.")
    try:
        name = bare.encode("idna").decode("ascii").lower() if len(bare) <= 253 else ""
    except UnicodeError:
        name = ""
    if parsed(name):
        return name
    labels = name.removesuffix(".")
    if not NAME.fullmatch(labels):
        raise ConfigError(f"{host[:100]!r} is not the name of a host.")
    if NUMBER.fullmatch(labels.rpartition(".")[2]):
        if parsed(labels):
            return labels
        raise Refused(f"{host!r} is an unusual spelling of an address: write four numbers, such as 192.0.2.1.")
    return name


def _look_up(name: str, port: int, seconds: float) -> list[IP]:
    """All addresses in the resolver's order. In a thread, as the resolver has time-outs of its own and no other."""
    shown = name.removesuffix(".")
    answers: list[IP] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            answers.extend(_addresses(name, port))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    asking = threading.Thread(target=ask, name=f"resolve {name}", daemon=True)
    asking.start()
    asking.join(seconds)
    if asking.is_alive():
        raise Unreachable(f"No name server said in time where {shown} is.")
    if failures or not answers:
        unknown = failures and getattr(failures[0], "errno", None) == socket.EAI_NONAME
        text = f"There is no host named {shown}." if unknown else f"No name server could say where {shown} is."
        raise Unreachable(text)
    return answers


def _addresses(name: str, port: int) -> list[IP]:
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(canonical(ip_address(place[0])) for *_, place in found))


def _open(ip: IP, port: int, seconds: float) -> socket.socket:
    opened = socket.socket(socket.AF_INET6 if isinstance(ip, IPv6Address) else socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.settimeout(seconds)
        opened.connect((str(ip), port))
    except BaseException:
        opened.close()
        raise
    return opened

"""Which addresses are the public internet's. A list of our own: what `ipaddress` calls private or global differs
between versions of Python. Source: the special-purpose registries of IANA (RFC 6890 and its updates)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

IP = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

SPECIAL = {
    ip_network(network): kind
    for network, kind in {
        "0.0.0.0/8": "an unspecified",
        "10.0.0.0/8": "a private",
        "100.64.0.0/10": "a carrier's internal",
        "127.0.0.0/8": "a loopback",
        "169.254.0.0/16": "a link-local",
        "172.16.0.0/12": "a private",
        "192.0.0.0/24": "a reserved",
        "192.0.2.0/24": "a reserved",
        "192.88.99.0/24": "a reserved",
        "192.168.0.0/16": "a private",
        "198.18.0.0/15": "a reserved",
        "198.51.100.0/24": "a reserved",
        "203.0.113.0/24": "a reserved",
        "224.0.0.0/4": "a multicast",
        "240.0.0.0/4": "a reserved",
        "::/128": "an unspecified",
        "::1/128": "a loopback",
        "2001::/23": "a reserved",  # Teredo, benchmarking, ORCHID
        "2001:db8::/32": "a reserved",
        "3fff::/20": "a reserved",
        "fc00::/7": "a private",
        "fe80::/10": "a link-local",
        "ff00::/8": "a multicast",
    }.items()
}
PUBLIC_6 = IPv6Network("2000::/3")  # everything else of IPv6 is reserved
NAT64 = IPv6Network("64:ff9b::/96")
SIX_TO_FOUR = IPv6Network("2002::/16")


def canonical(ip: IP) -> IP:
    """An IPv4 address that is written as an IPv6 one, as itself: that is where a socket would connect to."""
    return (isinstance(ip, IPv6Address) and ip.ipv4_mapped) or ip


def kind_of(ip: IP) -> str | None:
    """None for an address of the public internet, else what it is, with its article: "a loopback"."""
    for network, kind in SPECIAL.items():
        if ip in network:
            return kind
    if inner := _embedded(ip):
        return kind_of(inner)
    return None if ip.version == 4 or ip in PUBLIC_6 else "a reserved"


def _embedded(ip: IP) -> IPv4Address | None:
    """The IPv4 address that a translator or relay on the way makes of it."""
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip in SIX_TO_FOUR:
        return IPv4Address(int(ip) >> 80 & 0xFFFFFFFF)
    return None


def parsed(text: str) -> IP | None:
    """Only the usual spelling is an address: libraries read 0x7f.1 and 2130706433 as one, or as names."""
    try:
        return canonical(ip_address(text))
    except ValueError:
        return None

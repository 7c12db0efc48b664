"""Who can be reached by which network."""

from __future__ import annotations

from connectors.models import Participant


class NoRoute(Exception):
    """Nobody knows how a receiver is reached; the text says so."""


def route_of(receiver: str) -> Participant:
    """The participant behind an endpoint such as 0184:12345674. Raises `NoRoute`."""
    scheme, _, identifier = receiver.partition(":")
    found = Participant.objects.filter(scheme=scheme, identifier__iexact=identifier).order_by("id").first()
    if found is None:
        raise NoRoute(f"{receiver or 'A receiver without an endpoint'} stands in no participant directory.")
    return found

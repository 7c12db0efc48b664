"""What people may do with what a tenant shares among them: adaptors and connections."""

from __future__ import annotations

from django.db import models

from arhub.models import Membership, Role


class Level(models.TextChoices):
    """In rising order: look at it; use it; change it; switch, share and remove it."""

    VIEW = "view", "View"
    OPERATE = "operate", "Operate"
    EDIT = "edit", "Edit"
    ADMINISTER = "administer", "Administer"

    def includes(self, needed: Level) -> bool:
        order = list(Level)
        return order.index(self) >= order.index(needed)


MOST_OF_ROLE = {
    Role.VIEWER: Level.VIEW,
    Role.CLERK: Level.OPERATE,
    Role.MANAGER: Level.ADMINISTER,
    Role.ADMINISTRATOR: Level.ADMINISTER,
}
"""What a role may do at most with anything."""


def level_of(membership: Membership, thing: models.Model) -> Level | None:
    """What a person may do with an adaptor or a connection; None: not even see it."""
    return MOST_OF_ROLE[Role(membership.role)]

"""Look for references that lead nowhere."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from arhub.domain.integrity import dangling_references
from arhub.tenancy.scope import scope_all


class Command(BaseCommand):
    help = "Look for references between records that lead nowhere. Exit status: 0 none, 1 some."

    def handle(self, *args: Any, **options: Any) -> None:
        with scope_all("check the integrity of references"):
            found = list(dangling_references())
        for item in found:
            self.stdout.write(
                f"{item.table}.{item.column}: {item.rows:,} rows lead nowhere, for example id {item.example}."
            )
        if found:
            sys.exit(1)
        self.stdout.write("Every reference leads to a record of its tenant.")

"""The whole hub with one command."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from arhub.supervisor import run


class Command(BaseCommand):
    help = "Start the database, the web server and the workers; Ctrl-C stops them all."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        def say(text: str) -> None:
            self.stdout.write(text)
            self.stdout.flush()

        if code := run(say):
            sys.exit(code)

"""Encrypt all stored credentials with the newest key."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from arhub.domain.secrets import removable_keys, rotate_secrets
from arhub.secrets.cipher import key_ids

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Encrypt all stored credentials with the newest key, the first of ARHUB_SECRET_KEYS or of var/secret_keys, and"
        " say which keys may go. Exit status: 0 all of them, 1 some cannot be read."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable: list[str] = []
        for done in rotate_secrets():
            self.stdout.write(f"{done.field}: {done.renewed:,} of {done.seen:,} encrypted anew.")
            unreadable += done.unreadable
        if unreadable:
            self.stderr.write("\n".join([*unreadable[:SHOWN], *(["…"] if len(unreadable) > SHOWN else [])]))
            self.stderr.write(f"{len(unreadable):,} cannot be read: keep all keys until they are entered anew.")
            sys.exit(1)
        old = removable_keys()
        self.stdout.write(f"Everything is encrypted with the key {key_ids()[0]}.")
        self.stdout.write(f"May be removed now: {', '.join(old)}." if old else "There is no older key.")

"""Check an evidence bundle, without a database and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from adaptors.domain.evidence.signing import is_key, public_key
from adaptors.domain.evidence.verifying import verify


class Command(BaseCommand):
    help = (
        "Check an evidence bundle: that every file in it is the one that was put there, none is missing or was added, "
        "and that the hub signed it. Exit code 1 when anything is wrong."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the bundle")
        parser.add_argument("--key", default="", help="the public key of the hub that has to have signed it")
        parser.add_argument("--public-key", action="store_true", help="print the public key of this hub")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["public_key"]:
            self.stdout.write(public_key())
        elif options["file"] is None:
            raise CommandError("Give a bundle to check, or --public-key.")
        else:
            self._check(options["file"], options["key"].strip())

    def _check(self, path: Path, key: str) -> None:
        if key and not is_key(key):
            raise CommandError(f"Expected a key as --public-key prints it, found “{key[:60]}”.")
        try:
            with path.open("rb") as file:
                checks = verify(file, key)
        except OSError as problem:
            raise CommandError(f"{path} cannot be read: {problem.strerror or problem}.") from problem
        for check in checks:
            self.stdout.write(f"{'ok ' if check.is_good else 'BAD'} {check.text}")
        wrong = sum(not check.is_good for check in checks)
        if wrong:
            raise CommandError(f"The bundle proves nothing: {wrong} of {len(checks)} checks failed.")
        whose = "the hub whose key was given" if key else "whoever has the key in it"
        self.stdout.write(f"The bundle is whole and unchanged, as {whose} made it.")

"""Install the rules of Peppol or OIOUBL that documents are checked by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from adaptors.validation.base import CannotCheck
from adaptors.validation.installed import Installed
from adaptors.validation.installing import CannotInstall, activate, install
from adaptors.validation.rulesets import INSTALLABLE


class Command(BaseCommand):
    help = (
        "Install the rules of Peppol BIS Billing 3 or OIOUBL from their release, a ZIP archive or a folder. They are "
        "tried on examples first, right ones and wrong ones; the newest are used, by running workers too."
    )

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """Django's own --version gives way."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **options)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the release")
        parser.add_argument("--kind", choices=sorted(INSTALLABLE), help="by default, found out from the release")
        parser.add_argument("--version", default="", help="what to call them; by default, read from the release")
        parser.add_argument(
            "--use", nargs="?", const=True, default=False, metavar="VERSION",
            help="with a release, use it even if a newer one is installed; without, go over to VERSION of --kind",
        )  # fmt: skip
        parser.add_argument("--list", action="store_true", help="list what is installed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["list"]:
                self._list()
            elif options["file"]:
                self._install(options)
            elif options["use"] and options["kind"]:
                self._activate(options)
            else:
                raise CommandError("Give a release to install, or --kind and --use VERSION, or --list.")
        except (CannotInstall, CannotCheck) as problem:
            raise CommandError(str(problem)) from problem

    def _install(self, options: dict[str, Any]) -> None:
        outcome = install(
            options["file"], settings.RULES_DIR, kind=options["kind"] or "", version=options["version"],
            use=bool(options["use"]),
        )  # fmt: skip
        name = f"{outcome.rule_set.label} {outcome.version}"
        self.stdout.write(f"{name} is installed." if outcome.is_new else f"{name} was installed already.")
        if outcome.active == outcome.version:
            self.stdout.write("It is used from the next document on.")
        else:
            self.stdout.write(f"{outcome.active} is newer and stays in use; --use goes over to {outcome.version}.")

    def _activate(self, options: dict[str, Any]) -> None:
        if options["use"] is True:
            raise CommandError("Say which version to use: --use VERSION.")
        rule_set = INSTALLABLE[options["kind"]]
        activate(settings.RULES_DIR, rule_set, options["use"])
        self.stdout.write(f"{rule_set.label} {options['use']} is used from the next document on.")

    def _list(self) -> None:
        installed = Installed(settings.RULES_DIR)
        for name, rule_set in INSTALLABLE.items():
            active = installed.active(rule_set)
            for version in installed.versions(rule_set):
                self.stdout.write(f"{name}\t{version}\t{'in use' if version == active else ''}".rstrip())
            if not installed.versions(rule_set):
                self.stdout.write(f"{name}\tnot installed")

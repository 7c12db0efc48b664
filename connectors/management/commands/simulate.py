"""Run a stand-in for another system on this machine."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.simulators import registry
from connectors.simulators.server import CONTROL, RunningSimulator


class Command(BaseCommand):
    help = "Run a simulator of another system, to try a set-up without an account there. Stop it with Ctrl-C."
    requires_system_checks: list[str] = []  # type: ignore[assignment]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", choices=sorted(registry.SIMULATORS))
        parser.add_argument("--port", type=int, default=0, help="A free one is chosen unless told.")
        parser.add_argument("--requests-per-minute", type=int, help="The limit it enforces; 0 for none.")

    def handle(self, *, system: str, port: int, requests_per_minute: int | None, **options: Any) -> None:
        simulator = registry.make(system)
        if requests_per_minute is not None:
            simulator.configure({"requests_per_minute": requests_per_minute})
        try:
            running = RunningSimulator(simulator, port)
        except OSError as error:
            raise CommandError(f"Port {port} cannot be used: {error.strerror}.") from error
        self.stdout.write(f"Simulator of {system} at {running.url}{simulator.path}")
        self.stdout.write(simulator.welcome)
        self.stdout.write(f"Steer it at {running.url}{CONTROL}")
        self.stdout.flush()
        with suppress(KeyboardInterrupt):
            running.serve_forever()

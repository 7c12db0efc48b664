"""Run the whole hub: database, schema, web server, both clusters; and stop all of it again."""

from __future__ import annotations

import io
import logging
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from arhub.database import embedded
from arhub.database.upkeep import migrate_if_pending
from arhub.domain.secrets import plant_canary
from arhub.environment import flag
from arhub.health import is_stuck
from arhub.models import Membership, Tenant, User
from arhub.paths import BASE_DIR
from arhub.processes import Child, Signals, stop_all
from arhub.tasks import beat_soon, clusters, ensure_schedules
from arhub.tenancy.scope import scope_all

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "127.0.0.1"
LOOK_SECONDS = 15
logger = logging.getLogger(__name__)


def run(say: Callable[[str], None]) -> int:
    """Returns the exit code: 0 after a signal, 1 when it cannot start or gives up."""
    if is_taken(settings.PORT):
        say(f"Port {settings.PORT} is in use by another program: stop it, or choose another with PORT=8001.")
        return 1
    was_running = settings.EMBEDDED and embedded.status().running
    signals, children = Signals(), processes()
    try:
        if (sign_in := prepare(say)) is None:
            return 1
        signals.at_once = False
        return serve(children, signals, lambda: announce(say, sign_in))
    except Signals.Ended:
        return 0
    finally:
        signals.asked, signals.at_once = True, False
        stop_all(children)
        connections.close_all()
        if settings.EMBEDDED and not was_running:
            embedded.stop()


def prepare(say: Callable[[str], None]) -> str | None:
    """Database, schema, schedules, the first sign-in; None when the system checks found errors."""
    if settings.EMBEDDED:
        embedded.ensure()
    migrate_if_pending()
    if errors := [found for found in run_checks(databases=[DEFAULT_DB_ALIAS]) if found.level >= ERROR]:
        say("\n".join(map(str, errors)))
        return None
    plant_canary()
    ensure_schedules()
    beat_soon()
    sign_in = first_sign_in()
    connections.close_all()
    return sign_in


def first_sign_in() -> str:
    """Fill an empty hub, so that somebody can sign in: "email password" on the first start, then nothing."""
    demo = flag("DEMO", default=True)
    with scope_all("look whether the hub is empty"):
        # A tenant called demo without members is one whose making was interrupted: it is made again.
        used = Membership.objects.exists() or Tenant.objects.exclude(slug="demo").exists()
        if used if demo else User.objects.exists():
            return ""
    out = io.StringIO()
    call_command("demo" if demo else "first_administrator", stdout=out)
    return out.getvalue().strip()


def announce(say: Callable[[str], None], sign_in: str) -> None:
    say(f"AR Hub is ready at http://{HOST}:{settings.PORT}/")
    if sign_in:
        email, _, password = sign_in.partition(" ")
        say(f"Sign in as {email} with the password {password}")


def processes() -> list[Child]:
    gunicorn = [sys.executable, "-m", "gunicorn", "arhub.wsgi:application", "--bind", f"{HOST}:{settings.PORT}"]
    # No time-out: a slow upload of a gigabyte is work, not a hang.
    options = "--worker-class gthread --workers 2 --threads 8 --timeout 0 --graceful-timeout 15 --no-control-socket"
    # As long as gunicorn allows: a filter stands in the address, and may name many records by their uuids.
    limits = "--limit-request-line 8190"
    web = Child("web", [*gunicorn, *options.split(), *limits.split(), "--log-level", "warning"], {}, BASE_DIR)
    cluster = [sys.executable, "manage.py", "qcluster"]
    return [web, *(Child(name, cluster, {"Q_CLUSTER_NAME": name}, BASE_DIR) for name in clusters())]


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def serve(children: list[Child], signals: Signals, when_ready: Callable[[], None]) -> int:
    ready, looked_at = False, time.monotonic()
    for child in children:
        child.start()
    while not signals.asked:
        if not _revive(children):
            return 1
        if not ready and _is_listening():
            ready = True
            when_ready()
        if time.monotonic() - looked_at > LOOK_SECONDS:
            _restart_stuck(children)
            looked_at = time.monotonic()
        time.sleep(0.1)
    return 0


def _revive(children: list[Child]) -> bool:
    for child in children:
        if not child.is_dead:
            continue
        logger.error("%s ended with exit code %s", child.name, child.exit_code)
        if child.died_soon:
            logger.error("It had only just been started: giving up.")
            return False
        child.restart()
    return True


def _restart_stuck(children: list[Child]) -> None:
    with suppress(DatabaseError):  # a database that restarts is not the clusters' fault
        for child in children:
            if child.name in clusters() and is_stuck(child.name):
                logger.error("%s takes no jobs any more: starting it anew.", child.name)
                child.restart()
    connections.close_all()


def _is_listening() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, settings.PORT)) == 0

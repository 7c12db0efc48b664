#!/usr/bin/env python
"""The hub's command line."""

from __future__ import annotations

import os
import sys

# These start no database, or see to its schema themselves.
AS_IT_IS = {
    "db", "help", "up", "migrate", "makemigrations", "prepare_database", "collectstatic", "test", "simulate",
    "verify_bundle",
}  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arhub.settings")
    import django
    from django.core.management import execute_from_command_line

    from arhub.database.binaries import DatabaseUnavailable

    try:
        if len(sys.argv) > 1 and sys.argv[1].lstrip("-") not in AS_IT_IS:
            django.setup()
            from arhub.database.upkeep import migrate_if_embedded

            migrate_if_embedded()
        execute_from_command_line(sys.argv)
    except DatabaseUnavailable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

"""Read the environment strictly: a word that is not understood is an error, not a default."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from pathlib import Path

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"", "0", "false", "no", "off"})


def flag(name: str, *, default: bool = False) -> bool:
    word = os.environ.get(name)
    if word is None:
        return default
    if word.strip().lower() not in YES | NO:
        raise ImproperlyConfigured(f"{name}={word!r} is not understood: write 1 or 0.")
    return word.strip().lower() in YES


def number(name: str, default: int) -> int:
    word = os.environ.get(name, "").strip()
    if word and not word.isdecimal():
        raise ImproperlyConfigured(f"{name}={word!r} is not understood: write a whole number.")
    return int(word or default)


def words(name: str) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def secret(name: str, path: Path) -> str:
    """From the environment, or made once and kept in a file that only its owner reads."""
    if value := os.environ.get(name):
        return value
    made = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.write(descriptor, secrets.token_urlsafe(50).encode())
        os.close(descriptor)
        try:
            os.link(made, path)  # whole or not at all, and the first of two processes wins
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text(encoding="ascii").strip()

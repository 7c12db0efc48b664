"""Read the environment strictly: a word that is not understood is an error, not a default."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from pathlib import Path

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"", "0", "false", "no", "off"})
KEY_BYTES = 32
HOW_TO_MAKE_A_KEY = "make one with openssl rand -base64 32."
MAIL_SCHEMES = {"smtp+starttls": "starttls", "smtps": "tls", "smtp": "none"}
URL_SAFE = str.maketrans("-_", "+/")


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


def mail_server(name: str) -> dict[str, str]:
    """A server that takes mail, as smtp+starttls://user:password@host:587, smtps:// or smtp://: its security, host,
    port, user and password; empty when none is given. The text of an error leaves the password out."""
    word = os.environ.get(name, "").strip()
    if not word:
        return {}
    try:
        place = urlsplit(word)
        security, port = MAIL_SCHEMES.get(place.scheme, ""), place.port
    except ValueError:
        security, place, port = "", urlsplit(""), None
    if not security or not place.hostname:
        raise ImproperlyConfigured(f"{name} is not understood: write smtp+starttls://user:password@host:587.")
    user, password = unquote(place.username or ""), unquote(place.password or "")
    return {"security": security, "host": place.hostname, "port": str(port or ""), "user": user, "password": password}


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks such as 10.1.0.0/16 or single addresses, separated by blanks or commas."""
    try:
        return [ip_network(word) for word in _list(os.environ.get(name, ""))]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not understood: {error}. Write networks as 10.1.0.0/16.") from error


def secret_keys(name: str, path: Path) -> list[bytes]:
    """Keys of 32 bytes in base64, newest first, separated by blanks or commas. Given or made as `secret` does."""
    given = _list(secret(name, path, lambda: secrets.token_urlsafe(KEY_BYTES)))
    if not given:
        raise ImproperlyConfigured(f"{name} holds no key: {HOW_TO_MAKE_A_KEY}")
    return [_key(word, f"Key {place} of {name}") for place, word in enumerate(given, start=1)]


def _key(word: str, what: str) -> bytes:
    """The text of an error leaves the key out."""
    try:
        key = base64.b64decode(word.translate(URL_SAFE).rstrip("=") + "=", validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{what} is not {KEY_BYTES} bytes in base64: {HOW_TO_MAKE_A_KEY}")
    return key


def _list(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.strip(" ,\t\r\n")) if text.strip(" ,\t\r\n") else []


def secret(name: str, path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(50)) -> str:
    """From the environment, or made once and kept in a file that only its owner reads."""
    if value := os.environ.get(name):
        return value
    made = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.write(descriptor, make().encode())
        os.close(descriptor)
        try:
            os.link(made, path)  # whole or not at all, and the first of two processes wins
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text(encoding="ascii").strip()

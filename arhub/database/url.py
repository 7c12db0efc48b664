"""DATABASE_URL to Django's settings: postgresql://user:password@host:port/name?sslmode=require."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit


def parse_database_url(url: str) -> dict[str, Any]:
    """The connection part of a DATABASES entry. Raises ValueError, without repeating the password."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must begin with postgresql://, as the hub works with PostgreSQL only.")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ValueError("DATABASE_URL must end with the name of the database: postgresql://user@host/name.")
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": options.pop("port", None) or str(parts.port or ""),
        "OPTIONS": options,
    }


def build_database_url(admin_url: str, *, user: str, password: str, name: str) -> str:
    """The same server, options included, for another user and database."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    who = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return parts._replace(scheme="postgresql", netloc=f"{who}@{host}", path=f"/{quote(name, safe='')}").geturl()

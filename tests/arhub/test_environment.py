"""Settings out of the environment."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from arhub.database.url import build_database_url, parse_database_url
from arhub.environment import flag, mail_server, networks, number, secret, secret_keys, words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("word", "expected"), [("1", True), ("Yes", True), ("off", False), ("", False), (" 0 ", False)]
)
def test_flag_understands(monkeypatch: pytest.MonkeyPatch, word: str, expected: bool) -> None:
    monkeypatch.setenv("TRIED", word)

    assert flag("TRIED", default=not expected) is expected


def test_unknown_words_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIED", "maybe")

    for read in (lambda: flag("TRIED"), lambda: number("TRIED", 1)):
        with pytest.raises(ImproperlyConfigured, match="TRIED='maybe' is not understood"):
            read()


def test_nothing_set_gives_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIED", raising=False)

    assert (flag("TRIED", default=True), number("TRIED", 8000), words("TRIED")) == (True, 8000, [])


def test_secret_is_made_once_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIED", raising=False)
    path = tmp_path / "secret"

    first, second = secret("TRIED", path), secret("TRIED", path)
    monkeypatch.setenv("TRIED", "given")

    assert first == second
    assert len(first) > 50
    assert (path.stat().st_mode & 0o777, [one.name for one in tmp_path.iterdir()]) == (0o600, ["secret"])
    assert secret("TRIED", path) == "given"


def test_database_url_is_taken_apart() -> None:
    assert parse_database_url("postgresql://a%40b:p%2Fw@db.example:6432/ar%20hub?sslmode=require") == {
        "NAME": "ar hub",
        "USER": "a@b",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }
    assert parse_database_url("postgres:///hub?host=/run/postgresql")["HOST"] == "/run/postgresql"


@pytest.mark.parametrize("url", ["mysql://u:secret@h/n", "postgresql://u:secret@h/"])
def test_database_url_that_cannot_work_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL must") as refused:
        parse_database_url(url)

    assert "secret" not in str(refused.value)


def test_database_url_for_another_user_keeps_server_and_options() -> None:
    url = build_database_url("postgres://root:x@h:1/postgres?sslmode=require", user="app", password="a b/@", name="hub")

    assert url == "postgresql://app:a%20b%2F%40@h:1/hub?sslmode=require"


def test_networks_are_read_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIED", " 127.0.0.0/8, 10.1.2.3\n fd00::/8 ")
    assert [str(network) for network in networks("TRIED")] == ["127.0.0.0/8", "10.1.2.3/32", "fd00::/8"]
    monkeypatch.delenv("TRIED")
    assert networks("TRIED") == []

    for wrong in ("10.1.2.3/8", "erp.example", "10.*"):
        monkeypatch.setenv("TRIED", wrong)
        with pytest.raises(ImproperlyConfigured, match=r"TRIED is not understood.*Write networks as 10\.1\.0\.0/16"):
            networks("TRIED")


def test_secret_keys_are_made_once_or_given_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIED", raising=False)
    path = tmp_path / "secret_keys"

    [made] = secret_keys("TRIED", path)

    assert (len(made), path.stat().st_mode & 0o777, secret_keys("TRIED", path)) == (32, 0o600, [made])
    new, old = b"\xff" * 32, b"\xfe" * 32
    given = f"{base64.b64encode(new).decode()}, {base64.urlsafe_b64encode(old).decode()}"
    monkeypatch.setenv("TRIED", given)
    assert secret_keys("TRIED", path) == [new, old]


@pytest.mark.parametrize("word", ["short", "æ" * 43, "A" * 44, "A" * 40, " , "])
def test_secret_key_that_is_none_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("TRIED", word)

    with pytest.raises(ImproperlyConfigured, match=r"TRIED.* openssl rand -base64 32") as refused:
        secret_keys("TRIED", tmp_path / "secret_keys")

    assert word == " , " or word not in str(refused.value)


def test_mail_server_is_read_from_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIED", "smtp+starttls://hub%40acme.example:s%2Fecret@mail.example:587")
    given = mail_server("TRIED")
    monkeypatch.setenv("TRIED", "smtps://mail.example")

    assert given == {
        "security": "starttls", "host": "mail.example", "port": "587", "user": "hub@acme.example",
        "password": "s/ecret",
    }  # fmt: skip
    assert mail_server("TRIED") == {"security": "tls", "host": "mail.example", "port": "", "user": "", "password": ""}
    monkeypatch.delenv("TRIED")
    assert mail_server("TRIED") == {}


@pytest.mark.parametrize("word", ["mail.example", "http://secret@mail.example", "smtp://:secret@", "smtps://m:secret"])
def test_mail_server_that_is_none_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("TRIED", word)

    with pytest.raises(ImproperlyConfigured, match="write smtp") as refused:
        mail_server("TRIED")

    assert "secret" not in str(refused.value)

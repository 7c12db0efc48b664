from __future__ import annotations

import logging
from io import StringIO

import pytest

from arhub.logs import HideSecrets
from arhub.secrets import Secret, masking


@pytest.fixture(autouse=True)
def nothing_revealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_revealed", type(masking._revealed)())


def logged(message: str, *words: object, error: BaseException | None = None) -> str:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(HideSecrets())
    handler.handle(logging.LogRecord("x", logging.INFO, "", 0, message, words, error and (type(error), error, None)))
    return stream.getvalue().strip()


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Gone: /sign-in/MQ/abc-def/", "Gone: /sign-in/…"),
        ("Bad Request: /in/aGVsbG8taGVsbG8taGVsbG8_aGVsbG8", "Bad Request: /in/…"),
        ("Key ARH-a1b2c3d4_secret-part is unknown", "Key ARH-a1b2c3… is unknown"),
        ("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=", "signed with whsec_…"),
        ("Authorization: Bearer abc.def", "Authorization: ••••••"),
        ("{'authorization': 'Basic YW5uYTpwdw==', 'Accept': '*/*'}", "{'authorization': '••••••', 'Accept': '*/*'}"),
        ("[('Authorization', 'Token abc'), ('Accept', '*/*')]", "[('Authorization', '••••••'), ('Accept', '*/*')]"),
        ("GET /x Api-Key: abc-def, Accept: */*", "GET /x Api-Key: ••••••, Accept: */*"),
        ("{'X-Api-Key': 'abc'}", "{'X-Api-Key': '••••••'}"),
        ("GET /in?ApiKey=abc&x=1", "GET /in?ApiKey=••••••&x=1"),
        ("tried with bearer eyJhbGciOiJIUzI1NiJ9.e30.sig", "tried with bearer ••••••"),
        ("Authorization is missing, 3 of 5 invoices", "Authorization is missing, 3 of 5 invoices"),
        ("An api key is needed: see the basic settings", "An api key is needed: see the basic settings"),
    ],
)
def test_what_looks_like_a_credential_does_not_reach_the_log(message: str, shown: str) -> None:
    assert logged("%s", message) == shown


def test_revealed_secret_does_not_reach_the_log() -> None:
    for text in ("open sesame & more", "open sesame", "two\nlines-of-a-key"):
        Secret(text).reveal()

    assert logged("%s|%s", "open sesame & more", "/x?k=open%20sesame%20%26%20more") == "••••••|/x?k=••••••"
    assert logged("tail of lines-of-a-key!") == "tail of ••••••!"


def test_revealed_secret_does_not_reach_the_log_with_an_error() -> None:
    Secret("open sesame").reveal()

    try:
        raise ValueError("cannot use open sesame")
    except ValueError as error:
        assert logged("Failed", error=error) == "Failed\nValueError: cannot use ••••••"


def test_secret_that_was_not_revealed_or_is_short_masks_nothing() -> None:
    Secret("never asked for")
    Secret("an").reveal()

    assert logged("never asked for an invoice") == "never asked for an invoice"


def test_only_the_last_thousand_are_remembered() -> None:
    for n in range(1100):
        Secret(f"secret-{n:04}").reveal()

    assert (logged("secret-0001"), logged("secret-1099")) == ("secret-0001", "••••••")

"""Dropbox's API over HTTP: signing in, asking, and bytes to and fro. Everything that goes out goes through here."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit

from arhub.network import http
from arhub.network.answer import Answer
from arhub.network.errors import BadAnswer, ConfigError, RetryableError, Uncertain
from connectors.base import Setup
from connectors.gateways.dropbox.errors import Expired, Unclear, error_of, refused_sign_in

TOKEN = "token"
SPARE_SECONDS = 120  # a token is given up so long before it ends
ANSWER_BYTES = 8 << 20
ANSWER_SECONDS = 60.0
PIECE_SECONDS = 240.0
FILE_SECONDS = 3600.0

Row = Mapping[str, Any]


class DropboxClient:
    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.api = str(setup.values["api_url"]).rstrip("/")
        self.content = str(setup.values["content_url"]).rstrip("/")

    def sign_in(self) -> str:
        """A new access token, remembered until shortly before it ends."""
        values = self.setup.values
        form = {
            "grant_type": "refresh_token", "refresh_token": values["refresh_token"], "client_id": values["app_key"],
            "client_secret": values["app_secret"],
        }  # fmt: skip
        self.setup.pace.wait()
        answer = http.post(
            f"{self.api}/oauth2/token", urlencode(form).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"}, timeout=ANSWER_SECONDS, repeatable=True,
        )  # fmt: skip
        if not answer.ok:
            raise refused_sign_in(answer)
        body = _row(answer, repeatable=True)
        token = body.get("access_token")
        if not isinstance(token, str) or not token:
            raise ConfigError(f"{urlsplit(self.api).netloc} answered without a token: it does not look like Dropbox.")
        lives = body.get("expires_in")
        seconds = lives if isinstance(lives, int) else 3600
        self.setup.store.put(TOKEN, {"token": token, "until": time.time() + seconds - min(SPARE_SECONDS, seconds // 2)})
        return token

    def ask(self, name: str, path: str, arguments: Row) -> Row:
        """What may be repeated. `path` is what it is about, for people."""
        return self._rpc(name, path, arguments, repeatable=True)

    def change(self, name: str, path: str, arguments: Row) -> Row:
        """What may not be repeated. Raises Uncertain when it may have been done."""
        return self._rpc(name, path, arguments, repeatable=False)

    def upload(self, name: str, path: str, content: bytes, arguments: Row, *, repeatable: bool = True) -> Row:
        headers = {"Content-Type": "application/octet-stream", "Dropbox-API-Arg": json.dumps(arguments)}
        url = f"{self.content}/2/files/{name}"
        answer = self._send(url, path, content, headers, repeatable=repeatable, seconds=PIECE_SECONDS)
        return _row(answer, repeatable=repeatable)

    def download(self, path: str, into: BinaryIO, arguments: Row) -> None:
        headers = {"Content-Type": "application/octet-stream", "Dropbox-API-Arg": json.dumps(arguments)}
        url = f"{self.content}/2/files/download"
        self._send(url, path, b"", headers, repeatable=True, seconds=FILE_SECONDS, into=into)

    def _rpc(self, name: str, path: str, arguments: Row, *, repeatable: bool) -> Row:
        headers, url = {"Content-Type": "application/json"}, f"{self.api}/2/{name}"
        answer = self._send(url, path, json.dumps(arguments).encode(), headers, repeatable=repeatable)
        return _row(answer, repeatable=repeatable)

    def _send(
        self, url: str, path: str, content: bytes, headers: Mapping[str, str], *, repeatable: bool,
        seconds: float = ANSWER_SECONDS, into: BinaryIO | None = None,
    ) -> Answer:  # fmt: skip
        """Signs in again once when the token is not taken any more."""
        known = self.setup.store.get(TOKEN) or {}
        token = known["token"] if known.get("until", 0) > time.time() else self.sign_in()
        for is_last in (False, True):
            self.setup.pace.wait()
            answer = http.request(
                "POST", url, content, {**headers, "Authorization": f"Bearer {token}"}, repeatable=repeatable, into=into,
                timeout=seconds, limit=ANSWER_BYTES,
            )  # fmt: skip
            if answer.ok:
                break
            error = error_of(answer, path)
            if not isinstance(error, Expired) or is_last:
                if isinstance(error, Unclear) and not repeatable:
                    raise Uncertain(f"{error} Whether it did what was asked is not known.")
                raise error
            self.setup.store.put(TOKEN, None)
            token = self.sign_in()
        return answer


def _row(answer: Answer, *, repeatable: bool) -> Row:
    """Nothing, for an answer that is null."""
    try:
        body = answer.json()
    except BadAnswer:
        body = ""
    if isinstance(body, dict) or body is None:
        return body or {}
    text = "Dropbox answered with something that is no answer of Dropbox"
    raise RetryableError(f"{text}.") if repeatable else Uncertain(f"{text}: whether it did it is not known.")

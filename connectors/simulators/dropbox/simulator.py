"""Dropbox as far as files need it: both of its hosts on one port."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qs

from connectors.simulators.dropbox.drive import Drive, Malformed, Refusal, UploadRefusal, content_hash
from connectors.simulators.server import Request, Response, Simulator

APPS = {"app-key": "app-secret"}
REFRESH_TOKENS = {"refresh-token": "app-key"}
LARGEST_UPLOAD = 150 << 20
SPACE = 2 << 30


class DropboxSimulator(Simulator):
    kind: ClassVar[str] = "dropbox"
    welcome: ClassVar[str] = (
        "Both addresses of Dropbox are this one. Sign in with app key app-key, app secret app-secret and the refresh "
        "token refresh-token."
    )

    def reset(self) -> None:
        self.requests_per_minute = type(self).requests_per_minute
        self.token_seconds = 14_400
        self.tokens: dict[str, float] = {}
        self.drive = Drive(SPACE)
        self.sessions: dict[str, bytearray] = {}
        self.cursors: dict[str, list[dict[str, Any]]] = {}

    def configure(self, limits: Mapping[str, Any]) -> None:
        """Beside `requests_per_minute`: `token_seconds`, how long a token lives, also those given already when it is
        0; `space`, how many bytes the account has."""
        for name, value in limits.items():
            if name == "token_seconds":
                self.token_seconds = int(value)
                if not self.token_seconds:
                    self.tokens = dict.fromkeys(self.tokens, 0.0)
            elif name == "space":
                self.drive.space = int(value)
            else:
                super().configure({name: value})

    def limits(self) -> Mapping[str, Any]:
        return {**super().limits(), "token_seconds": self.token_seconds, "space": self.drive.space}

    def state(self) -> Mapping[str, Any]:
        files = {one.path: len(one.content) for one in self.drive.files.values()}
        return {"files": files, "folders": sorted(self.drive.folders.values()), "sessions": len(self.sessions)}

    def too_many(self) -> Response:
        refusal = Refusal("too_many_requests", status=429).body()
        body = {**refusal, "error": {"reason": refusal["error"], "retry_after": 30}}
        return Response(429, json.dumps(body).encode(), headers={"Retry-After": "30"})

    def answer(self, request: Request) -> Response:
        try:
            if request.path == "/oauth2/token":
                return self._sign_in(request)
            self._let_in(request)
            call = CALLS.get(request.path.removeprefix("/2/"))
            if call is None or request.method != "POST":
                return Response(404, b"Unknown API function", "text/plain")
            return call(self, request)
        except Refusal as refusal:
            return Response.of(refusal.body(), refusal.status)
        except Malformed as error:
            text = f'Error in call to API function "{request.path.removeprefix("/2/")}": {error}'
            return Response(400, text.encode(), "text/plain")

    def _sign_in(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        key = form.get("client_id", "")
        if not key or APPS.get(key) != form.get("client_secret"):
            return Response.of(
                {"error": "invalid_client", "error_description": "Invalid client_id or client_secret"}, 400
            )
        if form.get("grant_type") != "refresh_token" or REFRESH_TOKENS.get(form.get("refresh_token", "")) != key:
            return Response.of({"error": "invalid_grant", "error_description": "refresh token is malformed"}, 400)
        token = f"sl.{secrets.token_urlsafe(24)}"
        self.tokens[token] = time.monotonic() + (self.token_seconds or 14_400)
        return Response.of({"access_token": token, "token_type": "bearer", "expires_in": self.token_seconds or 14_400})

    def _let_in(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token not in self.tokens:
            raise Refusal("invalid_access_token", status=401)
        if time.monotonic() >= self.tokens[token]:
            raise Refusal("expired_access_token", status=401)

    # --- What can be asked, with the arguments in the body -----------------------------------------------------------

    def get_metadata(self, request: Request) -> Response:
        path = self.drive.check(_arguments(request).get("path"))
        if not path:
            raise Malformed("path: The root folder is unsupported.")
        row = self.drive.row(path)
        if row is None:
            raise Refusal("path", "not_found")
        return Response.of(row)

    def list_folder(self, request: Request) -> Response:
        given = _arguments(request)
        if given.get("path") == "/":
            raise Malformed('path: Specify the root folder as an empty string rather than as "/".')
        return self._page(list(self.drive.list(self.drive.check(given.get("path")))), int(given.get("limit") or 500))

    def list_more(self, request: Request) -> Response:
        rows = self.cursors.get(cursor := str(_arguments(request).get("cursor")))
        if rows is None:
            raise Refusal("reset")
        return self._page(rows, int(cursor.partition("-")[0]))

    def _page(self, rows: list[dict[str, Any]], limit: int) -> Response:
        cursor = f"{limit}-{secrets.token_urlsafe(12)}"
        self.cursors[cursor] = rows[limit:]
        return Response.of({"entries": rows[:limit], "cursor": cursor, "has_more": len(rows) > limit})

    def create_folder(self, request: Request) -> Response:
        path = self.drive.check(_arguments(request).get("path"))
        return Response.of({"metadata": self.drive.make_folder(path)})

    def move(self, request: Request) -> Response:
        given = _arguments(request)
        path = self.drive.check(given.get("from_path"), "from_lookup")
        return Response.of({"metadata": self.drive.move(path, self.drive.check(given.get("to_path"), "to"))})

    def delete(self, request: Request) -> Response:
        return Response.of(
            {"metadata": self.drive.delete(self.drive.check(_arguments(request).get("path"), "path_lookup"))}
        )

    # --- Contents, with the arguments in a header --------------------------------------------------------------------

    def upload(self, request: Request) -> Response:
        given = _header_arguments(request)
        if len(request.body) > LARGEST_UPLOAD:
            return Response(413, b"Payload too large", "text/plain")
        if given.get("content_hash") not in (None, content_hash(request.body)):
            raise Refusal("content_hash_mismatch")
        try:
            return Response.of(self._stored(given, request.body))
        except Refusal as refusal:
            raise UploadRefusal(*refusal.tags) from None

    def download(self, request: Request) -> Response:
        file = self.drive.read(self.drive.check(_header_arguments(request).get("path")))
        headers = {"Dropbox-API-Result": json.dumps(file.row())}
        return Response(200, file.content, "application/octet-stream", headers)

    def start_session(self, request: Request) -> Response:
        _header_arguments(request)
        session = f"pid_upload_session:{secrets.token_urlsafe(24)}"
        self.sessions[session] = bytearray(request.body)
        return Response.of({"session_id": session})

    def append(self, request: Request) -> Response:
        self._session(_header_arguments(request), ()).extend(request.body)
        return Response.of(None)

    def finish(self, request: Request) -> Response:
        given = _header_arguments(request)
        content = bytes(self._session(given, ("lookup_failed",)) + request.body)
        row = self._stored(given.get("commit") or {}, content)
        del self.sessions[given["cursor"]["session_id"]]
        return Response.of(row)

    def _session(self, given: Mapping[str, Any], within: tuple[str, ...]) -> bytearray:
        """Raises Refusal when the caller is elsewhere in it."""
        cursor = given.get("cursor") or {}
        found = self.sessions.get(str(cursor.get("session_id")))
        if found is None:
            raise Refusal(*within, "not_found")
        if cursor.get("offset") != len(found):
            raise Refusal(*within, "incorrect_offset", correct_offset=len(found))
        return found

    def _stored(self, commit: Mapping[str, Any], content: bytes) -> dict[str, Any]:
        mode = commit.get("mode", "add")
        mode = mode.get(".tag") if isinstance(mode, dict) else mode
        if mode not in ("add", "overwrite"):
            raise Malformed(f"mode: expected add or overwrite, found {mode!r}")
        row = self.drive.store(self.drive.check(commit.get("path")), content, mode)
        return {name: value for name, value in row.items() if name != ".tag"}


def _arguments(request: Request) -> Mapping[str, Any]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise Malformed('Bad HTTP "Content-Type" header: expecting "application/json"')
    return _object(request.body)


def _header_arguments(request: Request) -> Mapping[str, Any]:
    given = request.headers.get("dropbox-api-arg", "")
    if not given.isascii():
        raise Malformed('HTTP header "Dropbox-API-Arg": expected JSON in ASCII')
    return _object(given.encode())


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        raise Malformed("request body: could not decode input as JSON") from None
    if not isinstance(found, dict):
        raise Malformed("request body: expected object")
    return found


CALLS: Mapping[str, Callable[[DropboxSimulator, Request], Response]] = {
    "files/get_metadata": DropboxSimulator.get_metadata,
    "files/list_folder": DropboxSimulator.list_folder,
    "files/list_folder/continue": DropboxSimulator.list_more,
    "files/create_folder_v2": DropboxSimulator.create_folder,
    "files/move_v2": DropboxSimulator.move,
    "files/delete_v2": DropboxSimulator.delete,
    "files/upload": DropboxSimulator.upload,
    "files/download": DropboxSimulator.download,
    "files/upload_session/start": DropboxSimulator.start_session,
    "files/upload_session/append_v2": DropboxSimulator.append,
    "files/upload_session/finish": DropboxSimulator.finish,
}

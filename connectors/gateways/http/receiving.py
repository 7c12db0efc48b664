"""A file that a partner posts to the hub: taken apart, and answered."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arhub.network.errors import PermanentError
from connectors.gateways.base import Content, Incoming, NotForUs, Received, ReceivedFile, Reply
from connectors.gateways.http import multipart, soap
from connectors.gateways.http.settings import Settings
from connectors.gateways.templates import WrongTemplate, file_name

LONGEST_ID = 200
ENDINGS = {"application/json": "json", "application/xml": "xml", "text/xml": "xml", "text/csv": "csv",
           "application/soap+xml": "xml", "application/pdf": "pdf", "application/zip": "zip"}  # fmt: skip


class Wrong(Exception):
    """What is wrong with a request, and the status that says so."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


_CHALLENGES = {"basic": 'Basic realm="AR Hub", charset="UTF-8"', "bearer": "Bearer"}


def received(given: Settings, incoming: Incoming) -> Received:
    """Raises `NotForUs`."""
    _admit(given, incoming.headers)
    try:
        message_id = _message_id(incoming.headers)
        if message_id and incoming.is_known(message_id):
            return _known(message_id)
        found = _taken_apart(given, incoming)
    except (Wrong, PermanentError) as problem:
        return _refused(problem)
    return Received(_reply(found, message_id), _text(found.files), found.files, message_id)


@dataclass(frozen=True, slots=True)
class _Found:
    """`version` is that of SOAP when the request was an envelope, else empty."""

    files: Sequence[ReceivedFile]
    version: str = ""


def _admit(given: Settings, headers: Mapping[str, str]) -> None:
    """User and password, or the token: whichever the connection asks for."""
    wanted = []
    if user := given.text("receiver_user"):
        wanted.append(("basic", f"{user}:{given.text('receiver_password')}".encode()))
    if token := given.text("receiver_token"):
        wanted.append(("bearer", token.encode()))
    if not wanted:
        return
    way, _, shown = headers.get("authorization", "").strip().partition(" ")
    proof = _decoded(shown.strip()) if way.lower() == "basic" else shown.strip().encode("latin-1", "replace")
    same = [hmac.compare_digest(proof, secret) and way.lower() == kind for kind, secret in wanted]
    if not any(same):
        text = "The sender did not sign in with the user and password, or the token, of this connection."
        raise NotForUs(text, ", ".join({_CHALLENGES[kind] for kind, _ in wanted}))


def _decoded(shown: str) -> bytes:
    try:
        return base64.b64decode(shown, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _message_id(headers: Mapping[str, str]) -> str:
    found = (headers.get("idempotency-key") or headers.get("message-id") or "").strip()
    if len(found) > LONGEST_ID or not found.isprintable():
        raise Wrong(400, f"Expected an Idempotency-Key of at most {LONGEST_ID} characters.")
    return found


def _taken_apart(given: Settings, incoming: Incoming) -> _Found:
    if incoming.method not in ("POST", "PUT"):
        raise Wrong(405, f"Expected POST or PUT, found {incoming.method[:20]}.")
    if incoming.headers.get("content-encoding", "identity").lower() != "identity":
        raise Wrong(415, "Expected a body that is not packed (Content-Encoding).")
    content_type = incoming.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return _Found(_files_of(incoming.body, multipart.boundary_of(content_type)))
    _check_digest(incoming)
    content, version = soap.unwrapped(incoming.body) if given.values.get("unwrap") else (incoming.body, "")
    name = _name(incoming, content, media_type)
    return _Found([ReceivedFile(name, content, media_type)], version)


def _files_of(body: Content, boundary: str) -> list[ReceivedFile]:
    fields = [field for field in multipart.fields_of(body, boundary) if field.file_name is not None]
    if not fields:
        raise Wrong(400, "Expected a form with a file in it, found none.")
    return [
        ReceivedFile(_cleaned(field.file_name or "") or _made_up(field.content, field.media_type), field.content,
                     field.media_type)
        for field in fields
    ]  # fmt: skip


def _check_digest(incoming: Incoming) -> None:
    """RFC 9530. Only SHA-256, which is what the hub knows of a body."""
    for one in incoming.headers.get("content-digest", "").split(","):
        way, _, digest = one.strip().partition("=")
        if way.lower() == "sha-256" and _decoded(digest.strip(":")).hex() != incoming.body.sha256:
            raise Wrong(400, "The body is not the one that its Content-Digest speaks of: it came damaged.")


def _name(incoming: Incoming, content: Content, media_type: str) -> str:
    given = [
        multipart.said_name(incoming.headers.get("content-disposition", "")) or "",
        multipart.as_utf_8(incoming.headers.get("x-file-name", "")),
        incoming.query.get("name", ""),
    ]
    if found := next((name for one in given if (name := _cleaned(one))), ""):
        return found
    if not content.size:
        raise Wrong(400, "Expected a file in the body, found nothing.")
    return _made_up(content, media_type)


def _cleaned(name: str) -> str:
    """The last part of a path, in characters that any file system takes; empty when nothing is left."""
    last = name.encode(errors="replace").decode().replace("\\", "/").rpartition("/")[2]
    try:
        return file_name("{name}", {"name": last})
    except WrongTemplate:
        return ""


def _made_up(content: Content, media_type: str) -> str:
    return f"{content.sha256[:16]}.{ENDINGS.get(media_type.partition(';')[0].strip().lower(), 'bin')}"


def _known(message_id: str) -> Received:
    return Received(_json(200, {"status": "known", "id": message_id}), f"{message_id} was known already.",
                    message_id=message_id)  # fmt: skip


def _refused(problem: Exception) -> Received:
    status = problem.status if isinstance(problem, Wrong) else 400
    reply = _json(status, {"status": "refused", "message": str(problem)})
    if status == 405:
        reply = Reply(status, reply.body, {**reply.headers, "Allow": "POST, PUT"})
    return Received(reply, str(problem))


def _reply(found: _Found, message_id: str) -> Reply:
    if found.version:
        body = soap.reply(found.version, found.files[0].content.sha256)
        return Reply(200, body, soap.headers(found.version, "utf-8", ""))
    files = [{"name": one.name, "size": one.content.size, "sha256": one.content.sha256} for one in found.files]
    return _json(202, {"status": "taken", "id": message_id, "files": files})


def _json(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), {"Content-Type": "application/json"})


def _text(files: Sequence[ReceivedFile]) -> str:
    if len(files) == 1:
        return f"{files[0].name} came in, {files[0].content.size:,} bytes."
    return f"{len(files)} files came in."

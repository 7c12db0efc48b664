"""pyas2lib behind lines of JSON. It runs in an environment of its own, never in the product's: see conftest.py."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any


def main() -> None:
    """One line of {"call": ..., arguments} in, one line out. Bytes travel as base64."""
    from pyas2lib import as2

    for line in sys.stdin:
        given = json.loads(line)
        call = {"send": send, "take": take, "read": read}[given.pop("call")]
        print(json.dumps(call(as2, **given)), flush=True)


def organization(as2: Any, given: dict[str, Any]) -> Any:
    pem = given["own_pem"].encode()
    return as2.Organization(as2_name=given["own_id"], sign_key=pem, sign_key_pass="", decrypt_key=pem,
                            decrypt_key_pass="")  # fmt: skip


def partner(as2: Any, given: dict[str, Any]) -> Any:
    certificate = given["other_pem"].encode()
    return as2.Partner(as2_name=given["other_id"], verify_cert=certificate, encrypt_cert=certificate,
                       validate_certs=False, **given.get("options", {}))  # fmt: skip


def send(as2: Any, who: dict[str, Any], content: str, name: str) -> dict[str, Any]:
    """A message as it goes over HTTP, and its check."""
    message = as2.Message(organization(as2, who), partner(as2, who))
    message.build(base64.b64decode(content), filename=name, content_type="application/xml")
    return {**sending(message), "message_id": message.message_id, "mic": text(message.mic)}


def take(as2: Any, who: dict[str, Any], raw: str) -> dict[str, Any]:
    """What a message holds, and the receipt for it."""
    message = as2.Message()
    status, (error, _), receipt = message.parse(
        base64.b64decode(raw), lambda name: organization(as2, who), lambda name: partner(as2, who), lambda *ids: False
    )
    found = {"status": status, "error": str(error or ""), "mic": text(message.mic), "mdn": sending(receipt)}
    if status == "processed":
        found["content"] = base64.b64encode(message.content).decode()
        found["name"] = message.payload.get_filename()
    return found


def read(as2: Any, who: dict[str, Any], raw: str, message_id: str, mic: str) -> dict[str, Any]:
    """What a receipt says of a message that was sent."""
    message = as2.Message(organization(as2, who), partner(as2, who))
    message.message_id, message.mic = message_id, mic.encode()
    status, detail = as2.Mdn().parse(base64.b64decode(raw), lambda *ids: message)
    return {"status": status, "detail": str(detail or "")}


def sending(made: Any) -> dict[str, Any]:
    if made is None:
        return {}
    return {"headers": dict(made.headers), "body": base64.b64encode(made.content).decode()}


def text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


if __name__ == "__main__":
    main()

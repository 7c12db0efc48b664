"""An AS2 partner over HTTP: takes messages once, answers or calls back with receipts, sends messages of its own."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.error import HTTPError, URLError
from urllib.request import Request as Call
from urllib.request import urlopen

from connectors.gateways.as2 import mdn, mime, receiving
from connectors.simulators.as2_partner.keys import certificate_pem, key_pem, made
from connectors.simulators.as2_partner.partner import RECEIPTS, Partner, Sending
from connectors.simulators.server import Request, Response, Simulator

AS2_PATH, SEND_PATH, RECEIPT_PATH = "/as2", "/send", "/receipts"
CALL_SECONDS = 30


class As2PartnerSimulator(Simulator):
    kind: ClassVar[str] = "as2-partner"
    path: ClassVar[str] = AS2_PATH
    welcome: ClassVar[str] = (
        "The partner's AS2 id is PARTNER, yours is HUB. Open the address without /as2 for its certificate, and for a "
        "certificate and private key to try with, which it knows as yours."
    )

    def reset(self) -> None:
        self.requests_per_minute = type(self).requests_per_minute
        self.partner = Partner()
        self.messages: dict[str, tuple[str, bytes]] = {}
        """Name and content by Message-ID."""
        self.receipts: list[mdn.Notification] = []
        """What the hub called back with."""
        self.behaviour: dict[str, Any] = {
            "receipt": "right", "modifier": "processed/error: unexpected-processing-error", "mdn_first": False,
            "mdn_after_seconds": 0.2, "password": "",
        }  # fmt: skip

    def configure(self, limits: Mapping[str, Any]) -> None:
        for name, value in limits.items():
            if name == "receipt" and value not in RECEIPTS:
                raise ValueError(f"Expected a receipt of {', '.join(RECEIPTS)}, found {value!r}.")
            if name in ("own_id", "hub_id", "hub_certificate"):
                setattr(self.partner, name, str(value))
            elif name in self.behaviour:
                self.behaviour[name] = value
            else:
                super().configure({name: value})

    def limits(self) -> Mapping[str, Any]:
        ids = {"own_id": self.partner.own_id, "hub_id": self.partner.hub_id}
        return {**super().limits(), **self.behaviour, **ids, "hub_certificate": self.partner.hub_certificate}

    def state(self) -> Mapping[str, Any]:
        return {
            "messages": len(self.messages),
            "files": [name for name, _ in self.messages.values()],
            "receipts": [f"{one.original_message_id} {one.disposition}" for one in self.receipts],
        }

    def answer(self, request: Request) -> Response:
        if request.path == "/":
            return _plain(self._sheet(request.base_url))
        if not self._is_admitted(request):
            return Response(401, b"", "text/plain", {"WWW-Authenticate": 'Basic realm="AS2"'})
        if request.method != "POST":
            return _plain("AS2 messages are sent here by POST.\n")
        if request.path == SEND_PATH:
            return self._send(request)
        entity = mime.Entity.of_http(request.headers, request.body)
        if request.path == RECEIPT_PATH:
            self.receipts.append(mdn.parse(entity, self.partner.keys()))
            return _plain("")
        return self._take(entity)

    def _take(self, entity: mime.Entity) -> Response:
        taken = self.partner.take(entity, self.messages)
        if taken.opened and not taken.is_known:
            self.messages[taken.message_id] = taken.opened.entity.file_name, taken.opened.entity.content
        wish = receiving.Wish.of(entity, taken)
        how = self.behaviour["receipt"]
        if not wish.is_wanted or how == "none":
            return _plain("")
        if how == "html":
            return Response(200, b"<!doctype html><title>Welcome</title><p>Please sign in.", "text/html")
        receipt = self.partner.receipt(taken, wish, how, self.behaviour["modifier"])
        if not wish.url:
            return Response(200, receipt.body, receipt.headers["Content-Type"], _without_type(receipt))
        if self.behaviour["mdn_first"]:
            self._call(wish.url, receipt)
        else:
            threading.Thread(target=self._call_later, args=(wish.url, receipt), daemon=True).start()
        return _plain("")

    def _send(self, request: Request) -> Response:
        """A message to the hub: `url` and `name` in the query, the rest of it as settings of the gateway."""
        wishes = dict(request.query)
        url, name = wishes.pop("url"), wishes.pop("name", "message.xml")
        if wishes.get("mdn") == "async":
            wishes.setdefault("mdn_url", request.base_url + RECEIPT_PATH)
        status, text = self._call(url, self.partner.compose(request.body, name, **wishes))
        return Response.of({"status": status, "answer": text.decode("utf-8", "replace")})

    def _call_later(self, url: str, sending: Sending) -> None:
        time.sleep(self.behaviour["mdn_after_seconds"])
        self._call(url, sending)

    def _call(self, url: str, sending: Sending) -> tuple[int, bytes]:
        """Status 0 when nobody answered."""
        self.counts["calls"] += 1
        try:
            call = Call(url, sending.body, dict(sending.headers), method="POST")
            with urlopen(call, timeout=CALL_SECONDS) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, error.read()
        except (URLError, OSError, ValueError) as error:
            self.counts["calls that failed"] += 1
            return 0, str(error).encode()

    def _is_admitted(self, request: Request) -> bool:
        """`password` is what HTTP Basic has to say, as user:password."""
        given = base64.b64encode(str(self.behaviour["password"]).encode()).decode()
        return not self.behaviour["password"] or request.headers.get("authorization", "") == f"Basic {given}"

    def _sheet(self, base_url: str) -> str:
        """What a partner sends when an exchange is agreed on."""
        hub = made("AS2 hub")
        return (
            f"Address: {base_url}{AS2_PATH}\nThe partner's AS2 id: {self.partner.own_id}\n"
            f"Your AS2 id: {self.partner.hub_id}\n\nThe partner's certificate:\n"
            f"{certificate_pem(self.partner.identity)}\n"
            f"A certificate and private key for you to try with, known to everybody:\n"
            f"{certificate_pem(hub)}{key_pem(hub)}"
        )


def _plain(text: str) -> Response:
    return Response(200, text.encode(), "text/plain; charset=utf-8")


def _without_type(sending: Sending) -> dict[str, str]:
    return {name: value for name, value in sending.headers.items() if name != "Content-Type"}

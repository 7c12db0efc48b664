"""What simulators have in common: an HTTP server on loopback that answers as its system does, or misbehaves as told.

`/_simulator/` is the way to steer one while it runs: GET it to see the settings, the counts and what was answered;
POST {"limits": {...}, "faults": [...], "reset": true} to change it. See `Fault` and `manage.py simulate`.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

CONTROL = "/_simulator/"
_GARBAGE = b"<!doctype html><title>502</title>\xff\xfe upstream said nothing {"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    base_url: str
    """How the caller reached the simulator, such as http://127.0.0.1:9101."""

    def json(self) -> Any:
        return json.loads(self.body or b"null")


@dataclass(frozen=True, slots=True)
class Response:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, status: int = 200) -> Response:
        return cls(status, json.dumps(value, ensure_ascii=False).encode())


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave, for the next `times` requests that it is meant for.

    `kind` is `refuse` (close the connection before anything happens), `cut` (close it when three tenths of the body
    have come), `drop` (do what is asked, then close without an answer), `late` (do it, then answer after `seconds`),
    `slow` (wait `seconds`, then do it), `status` (answer `status` and do nothing), `stored_status` (do it, then answer
    `status`), `garbage` (do it, answer what nobody can read) or `duplicate` (do it twice, as a gateway does that
    repeats a request on its own). `on` is a text that must stand in the path or the body (for `cut` in the path), and
    `skip` lets so many such requests pass first; `retry_after` goes with the statuses.
    """

    kind: str
    times: int = 1
    on: str = ""
    skip: int = 0
    status: int = 500
    seconds: float = 5
    retry_after: int | None = None

    def is_meant_for(self, request: Request) -> bool:
        return not self.on or self.on in request.path or self.on.encode() in request.body


FAULTS = frozenset({"refuse", "cut", "drop", "late", "status", "stored_status", "slow", "garbage", "duplicate"})


class Simulator(ABC):
    """The system that is simulated. `answer` is called by one thread at a time, so that its books stay right."""

    kind: ClassVar[str]
    path: ClassVar[str] = ""
    """What follows the address in a connection's settings."""
    welcome: ClassVar[str] = ""
    """How to sign in, for whoever starts it."""
    requests_per_minute: int = 0
    """How many it takes in any sixty seconds; 0 for no limit."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.faults: list[Fault] = []
        self.counts: Counter[str] = Counter()
        self.reset()

    @abstractmethod
    def reset(self) -> None:
        """Go back to how it starts."""

    @abstractmethod
    def answer(self, request: Request) -> Response:
        """Do what is asked."""

    @abstractmethod
    def state(self) -> Mapping[str, Any]:
        """What it holds, for people and tests: at least how many of each thing, as JSON."""

    def configure(self, limits: Mapping[str, Any]) -> None:
        """Change how it behaves; by default `requests_per_minute`. Raises ValueError for a name it does not know."""
        for name, value in limits.items():
            if name != "requests_per_minute":
                raise ValueError(f"Expected requests_per_minute, found {name!r}.")
            self.requests_per_minute = int(value)

    def limits(self) -> Mapping[str, Any]:
        """What `configure` set, as JSON."""
        return {"requests_per_minute": self.requests_per_minute}

    @contextmanager
    def admit(self, request: Request) -> Iterator[Response | None]:
        """Around all that is done for a request, in as many threads as there are requests: what to answer instead."""
        yield None

    def too_many(self) -> Response:
        """What it answers above its limit."""
        return Response(429, b"Too many requests", "text/plain", {"Retry-After": "1"})

    def take_fault(self, request: Request, *, before_body: bool = False) -> Fault | None:
        with self.lock:
            for index, fault in enumerate(self.faults):
                if (fault.kind == "cut") != before_body or not fault.is_meant_for(request):
                    continue
                if fault.skip:
                    self.faults[index] = replace(fault, skip=fault.skip - 1)
                    continue
                left = fault.times - 1
                self.faults[index : index + 1] = [replace(fault, times=left)] if left else []
                self.counts[f"fault {fault.kind}"] += 1
                return fault
        return None


class RunningSimulator:
    """A simulator behind an HTTP server in threads of this process; with a context, behind HTTPS. Use it as a context
    manager."""

    def __init__(
        self, simulator: Simulator, port: int = 0, host: str = "127.0.0.1", context: ssl.SSLContext | None = None
    ) -> None:
        self.simulator = simulator
        self.taken_at: deque[float] = deque()
        """When the requests of the last minute came, in seconds of the monotonic clock."""
        handler = type("Handler", (_Handler,), {"running": self})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if context else 'http'}://{host}:{self.port}"
        if context:  # the handshake is made by the thread of the request
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    def __enter__(self) -> RunningSimulator:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        self._server.serve_forever()

    def misbehave(self, kind: str, **options: Any) -> None:
        """Add a `Fault`."""
        self.simulator.faults.append(_fault({"kind": kind, **options}))

    def respond(self, request: Request) -> Response | None:
        """None closes the connection without an answer."""
        simulator = self.simulator
        if request.path == CONTROL:
            return self._control(request) if "origin" not in request.headers else _for_no_page()
        if self._is_above_limit():
            simulator.counts["above the limit"] += 1
            return simulator.too_many()
        with simulator.admit(request) as refusal:
            return refusal or self._carry_out(request)

    def _carry_out(self, request: Request) -> Response | None:
        """Do what is asked, or misbehave."""
        fault = self.simulator.take_fault(request)
        kind = fault.kind if fault else ""
        if kind == "refuse":
            return None
        if fault and kind == "status":
            return _failing(fault)
        if fault and kind == "slow":
            time.sleep(fault.seconds)
        answer = self._do(request)
        if kind == "duplicate":
            answer = self._do(request)
        if kind == "drop":
            return None
        if fault and kind == "late":
            time.sleep(fault.seconds)
        if fault and kind == "stored_status":
            return _failing(fault)
        return replace(answer, body=_GARBAGE, content_type="text/html") if kind == "garbage" else answer

    def _do(self, request: Request) -> Response:
        with self.simulator.lock:
            self.simulator.counts["requests"] += 1
            return self.simulator.answer(request)

    def _is_above_limit(self) -> bool:
        limit = self.simulator.requests_per_minute
        with self.simulator.lock:
            now = time.monotonic()
            while self.taken_at and now - self.taken_at[0] >= 60:
                self.taken_at.popleft()
            if limit and len(self.taken_at) >= limit:
                return True
            self.taken_at.append(now)
            return False

    def _control(self, request: Request) -> Response:
        simulator = self.simulator
        with simulator.lock:
            if request.method == "POST":
                try:
                    _steer(simulator, request.json() or {})
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    return Response.of({"error": str(error)}, 400)
            return Response.of(
                {
                    "kind": simulator.kind,
                    "limits": dict(simulator.limits()),
                    "faults": [asdict(fault) for fault in simulator.faults],
                    "counts": dict(simulator.counts),
                    "state": simulator.state(),
                }
            )


def _for_no_page() -> Response:
    """A page that somebody has open in a browser must not steer what runs on his machine."""
    return Response.of({"error": "Expected a program, found the page of a browser (header Origin)."}, 403)


def _steer(simulator: Simulator, wishes: Mapping[str, Any]) -> None:
    if wishes.get("reset"):
        simulator.reset()
        simulator.counts.clear()
        simulator.faults.clear()
    if "limits" in wishes:
        simulator.configure(wishes["limits"])
    if "faults" in wishes:
        simulator.faults[:] = [_fault(values) for values in wishes["faults"]]


def _fault(values: Mapping[str, Any]) -> Fault:
    fault = Fault(**values)
    if fault.kind not in FAULTS:
        raise ValueError(f"Expected a fault of {', '.join(sorted(FAULTS))}, found {fault.kind!r}.")
    return fault


def _failing(fault: Fault) -> Response:
    after = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Response(fault.status, b"<html><h1>This did not work</h1></html>", "text/html", after)


class _Handler(BaseHTTPRequestHandler):
    running: ClassVar[RunningSimulator]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError, ssl.SSLError):
            self.close_connection = True

    def _respond(self) -> None:
        place = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        head = Request(
            method=self.command, path=place.path, query=dict(parse_qsl(place.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()}, body=b"",
            base_url=f"http://{self.headers.get('Host') or urlsplit(self.running.url).netloc}",
        )  # fmt: skip
        is_cut = self.running.simulator.take_fault(head, before_body=True) is not None
        body = self.rfile.read(length * 3 // 10 if is_cut else length)
        is_whole = len(body) == length and not is_cut
        answer = self.running.respond(replace(head, body=body)) if is_whole else None
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.content_type, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _respond  # noqa: N815  as http.server calls them

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: what was asked may hold credentials."""

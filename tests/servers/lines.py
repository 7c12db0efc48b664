"""A server of lines that says what it is told to say, however wrong."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

TAG = b"{tag}"
HANG_UP = b"{hang up}"


@contextmanager
def lines_server(greeting: bytes, answers: Mapping[str, bytes], otherwise: bytes) -> Iterator[int]:
    """Its port. Each line that comes is answered by the first of `answers` whose word, in capitals, stands in it; {tag}
    becomes the line's first word, and what follows {hang up} is never said."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(greeting)
            for line in self.rfile:
                said = next((text for word, text in answers.items() if word.encode() in line.upper()), otherwise)
                self.wfile.write(said.partition(HANG_UP)[0].replace(TAG, line.split()[0] if line.split() else b""))
                if HANG_UP in said:
                    return

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()

    class Quiet(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that went away is what many of these tests are about."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()

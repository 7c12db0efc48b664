"""A proxy on loopback that loses what it carries."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.servers.programs import HERE

BLOCK = 1 << 16


@dataclass
class Cutting:
    """What it does from now on, to connections that are open too. `cut_after` are bytes that may still go to the
    server; the first answer after `loses` has become true is lost, and the connection with it, once; `delay` is in
    seconds for each piece of an answer."""

    port: int
    cut_after: int | None = None
    loses: Callable[[], bool] | None = None
    delay: float = 0.0
    connections: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def let_through(self) -> None:
        self.cut_after = None
        self.delay = 0.0

    def takes(self, block: bytes) -> bool:
        if self.cut_after is not None:
            self.cut_after -= len(block)
        return self.cut_after is None or self.cut_after >= 0

    def gives(self) -> bool:
        self.ended.wait(self.delay)
        if self.loses is None or not self.loses():
            return True
        self.loses = None
        return False


@contextmanager
def cutting(server_port: int) -> Iterator[Cutting]:
    with socket.create_server((HERE, 0)) as listening:
        proxy = Cutting(listening.getsockname()[1])
        threading.Thread(target=_accept, args=(listening, server_port, proxy), daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.ended.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, server_port: int, proxy: Cutting) -> None:
    with suppress(OSError):
        while not proxy.ended.is_set():
            client, _ = listening.accept()
            proxy.connections += 1
            server = socket.create_connection((HERE, server_port))
            for pump in (_to_server, _to_client):
                threading.Thread(target=pump, args=(client, server, proxy), daemon=True).start()


def _to_server(client: socket.socket, server: socket.socket, proxy: Cutting) -> None:
    with _both_end(client, server):
        while (block := client.recv(BLOCK)) and proxy.takes(block):
            server.sendall(block)


def _to_client(client: socket.socket, server: socket.socket, proxy: Cutting) -> None:
    with _both_end(client, server):
        while (block := server.recv(BLOCK)) and proxy.gives():
            client.sendall(block)


@contextmanager
def _both_end(*connected: socket.socket) -> Iterator[None]:
    with suppress(OSError):
        yield
    for one in connected:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)

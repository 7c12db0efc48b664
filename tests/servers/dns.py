"""A name server on loopback, with the records it is given."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], str]


@dataclass
class NameServer:
    """`records` are by name and type; a name that is not there does not exist. `asked` are the questions that came.
    `rcode` is answered instead, if there is one; `is_silent` answers nothing."""

    records: dict[tuple[str, str], str]
    address: str = ""
    rcode: dns.rcode.Rcode | None = None
    is_silent: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, asked: bytes) -> bytes | None:
        query = dns.message.from_wire(asked)
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if self.is_silent:
            return None
        if self.rcode is not None:
            reply.set_rcode(self.rcode)
        elif text := self.records.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *text.split("\n")))
        elif not any(known == name for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply.to_wire()


@contextmanager
def name_server(records: Records) -> Iterator[NameServer]:
    server = NameServer(dict(records))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked, socket = self.request
            if (answer := server.answer(asked)) is not None:
                socket.sendto(answer, self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as running:
        server.address = f"127.0.0.1:{running.server_address[1]}"
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        running.shutdown()

"""pyftpdlib, which is not as strict as vsftpd, knows MLSD, and can be made to misbehave."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.gateways.ftp.settings import EXPLICIT, IMPLICIT, PLAIN
from tests.arhub.network.servers import Identity
from tests.servers.ftp_place import PASSWORD, FtpServer, identity, open_folder, written
from tests.servers.programs import HERE, free_port, running

USER = "clerk"
ROOT = Path(__file__).parents[2]


@contextmanager
def pyftpd(
    security: str, *, without: tuple[str, ...] = (), keeps: float = 1.0, encoding: str = "utf-8",
    clients: str = "", says_it_is: str = "", largest_file: int | None = None, made: Identity | None = None,
) -> Iterator[FtpServer]:  # fmt: skip
    """It does not know the commands in `without`, keeps only a part of each file, and lets in only those who show a
    certificate of the authority in `clients`, if any. `says_it_is` is the address that it names for data."""
    port, made = free_port(), made or identity()
    with open_folder() as folder:
        (root := folder / "root" / "files").mkdir(parents=True)
        wishes = {
            "port": port, "root": str(root.parent), "security": security, "without": without, "keeps": keeps,
            "encoding": encoding, "certificate": str(written(folder, made)), "clients": clients,
            "says_it_is": says_it_is,
        }  # fmt: skip
        command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {START}", json.dumps(wishes)]
        with running(command, port, folder / "log", largest_file=largest_file) as process:
            yield FtpServer(port, root, process, security, made.certificate, USER)


START = "from tests.servers.pyftpd import serve; serve(sys.argv[1])"


def serve(text: str) -> None:
    """What the child does."""
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.servers import FTPServer

    wishes = json.loads(text)
    base: Any = FTPHandler if wishes["security"] == PLAIN else TLS_FTPHandler

    class Handler(base):  # type: ignore[misc]
        proto_cmds = {name: facts for name, facts in base.proto_cmds.items() if name not in wishes["without"]}
        encoding = wishes["encoding"]
        masquerade_address = wishes["says_it_is"] or None
        auth_failed_timeout = 0
        tls_control_required = tls_data_required = True

        def handle(self) -> None:
            if wishes["security"] == IMPLICIT:
                self.secure_connection(self.ssl_context)
            super().handle()

        def on_file_received(self, file: str) -> None:
            if wishes["keeps"] < 1:
                with Path(file).open("r+b") as kept:
                    kept.truncate(int(Path(file).stat().st_size * wishes["keeps"]))

    if wishes["security"] in (EXPLICIT, IMPLICIT):
        Handler.certfile = wishes["certificate"]
        _ask_for_certificates(Handler, wishes["clients"])
    Handler.authorizer = DummyAuthorizer()
    Handler.authorizer.add_user(USER, PASSWORD, wishes["root"], perm="elradfmwMT")
    FTPServer((HERE, wishes["port"]), Handler).serve_forever()


def _ask_for_certificates(handler: Any, authority: str) -> None:
    if authority:
        from OpenSSL import SSL, crypto

        context = handler.get_ssl_context()
        context.get_cert_store().add_cert(crypto.load_certificate(crypto.FILETYPE_PEM, authority.encode()))
        context.set_session_id(b"AR Hub")  # without, OpenSSL takes no session up again
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)

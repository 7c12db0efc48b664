"""Dovecot as a process of its own, with mailboxes in a folder that is thrown away."""

from __future__ import annotations

import getpass
import grp
import imaplib
import os
import shutil
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path

from tests.arhub.network.servers import Identity, made_for
from tests.servers.programs import free_port, program, running

USER, PASSWORD = "hub", "sesam-öffne"
AS_ROOT = ("dovecot", "dovecot", "dovenull", "nobody", "nogroup")  # Dovecot lets root serve nobody
SETTINGS = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{home}/certificate.pem
ssl_key = <{home}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{home}/mail
mail_uid = {mail_user}
mail_gid = {mail_group}
first_valid_uid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login_user}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={home}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_failure_delay = 0
service stats {{
  chroot =
}}
{more}
"""
DOTTED = """
namespace inbox {
  inbox = yes
  prefix = INBOX.
  separator = .
}
"""
WITHOUT_MOVE = "imap_capability = IMAP4rev1 UIDPLUS"
OLDEST = "imap_capability = IMAP4rev1"


class ImapServer:
    """`person` is somebody who looks into the mailbox with a program of his own."""

    def __init__(self, identity: Identity, home: Path, port: int, secure_port: int) -> None:
        self.identity, self.home, self.port, self.secure_port = identity, home, port, secure_port
        self._running = ExitStack()

    def start(self) -> None:
        """It does not start beside the sockets of one that ended, whose last process may still be there."""
        shutil.rmtree(self.home / "run", ignore_errors=True)
        command = [program("dovecot"), "-F", "-c", str(self.home / "dovecot.conf")]
        self._running.enter_context(running(command, self.port, self.home / "said"))

    def stop(self) -> None:
        self._running.close()

    @contextmanager
    def person(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4_SSL]:
        context = ssl.create_default_context(cadata=self.identity.certificate)
        with imaplib.IMAP4_SSL("127.0.0.1", self.secure_port, ssl_context=context) as imap:
            imap.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
            imap.select(folder)
            yield imap

    def append(self, message: EmailMessage | bytes, folder: str = "INBOX") -> None:
        content = message if isinstance(message, bytes) else message.as_bytes(policy=POLICY)
        with self.person() as imap:
            assert imap.append(folder, "", imaplib.Time2Internaldate(time.time()), content)[0] == "OK"

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """Of each mail."""
        with self.person(folder) as imap:
            answered = imap.fetch("1:*", "(FLAGS)")[1]
            return [{flag.decode() for flag in imaplib.ParseFlags(one)} for one in answered if isinstance(one, bytes)]

    def empty(self) -> None:
        with self.person() as imap:
            if imap.search(None, "ALL")[1][0]:
                imap.store("1:*", "+FLAGS", r"(\Deleted)")
                imap.expunge()
            for answered in imap.list()[1]:
                if isinstance(answered, bytes) and not answered.endswith(b"INBOX"):
                    imap.delete(answered.rpartition(b'" ')[2].decode())


def letter(*attachments: tuple[str, bytes], **headers: str) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    for name, value in {"From": "ada@example.com", "To": "hub@example.com", "Subject": "Files", **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content("See what is attached.\n")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


@contextmanager
def imap_server(identity: Identity | None = None, *, offers_tls: bool = True, more: str = "") -> Iterator[ImapServer]:
    """Skips where Dovecot is not installed."""
    program("dovecot")
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))  # its sockets' paths must be short
    server = ImapServer(identity or made_for("127.0.0.1"), home, free_port(), free_port())
    (home / "dovecot.conf").write_text(_settings(server, more, "yes" if offers_tls else "no"))
    (home / "certificate.pem").write_text(server.identity.certificate)
    (home / "key.pem").write_text(server.identity.key)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _settings(server: ImapServer, more: str, ssl: str) -> str:
    home = server.home
    me, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
    names = AS_ROOT if os.geteuid() == 0 else (me, group, me, me, group)
    (home / "mail").mkdir()
    if os.geteuid() == 0:
        home.chmod(0o755)
        shutil.chown(home / "mail", AS_ROOT[3], AS_ROOT[4])
    user, group, login_user, mail_user, mail_group = names
    return SETTINGS.format(
        home=home, port=server.port, secure_port=server.secure_port, more=more, ssl=ssl, user=user, group=group,
        password=PASSWORD, login_user=login_user, mail_user=mail_user, mail_group=mail_group,
    )  # fmt: skip

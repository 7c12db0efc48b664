"""vsftpd with TLS as it comes: a data connection has to take up the control connection's session. Everybody is
anonymous and has a password, so that no user has to be made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.gateways.ftp.settings import IMPLICIT, PLAIN
from tests.arhub.network.servers import Identity
from tests.servers.ftp_place import PASSWORD, FtpServer, identity, open_folder, written
from tests.servers.programs import HERE, free_port, program, running

CONFIGURATION = """
listen=YES
listen_address={here}
listen_port={port}
background=NO
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_root={root}
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
secure_email_list_enable=YES
email_password_file={folder}/passwords
secure_chroot_dir={folder}/empty
delay_failed_login=0
xferlog_enable=NO
seccomp_sandbox=NO
"""
SECURED = """
ssl_enable=YES
implicit_ssl={implicit}
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
rsa_cert_file={certificate}
rsa_private_key_file={certificate}
"""
OPENSSL = """
openssl_conf = all
[all]
ssl_conf = tls
[tls]
system_default = limits
[limits]
MaxProtocol = {tls}
"""
ANYBODY = "daemon"
"""Somebody without rights, who is everywhere and whose home exists."""
AS_ROOT = f"ftp_username={ANYBODY}\n"
AS_OTHERS = "run_as_launching_user=YES\n"


@contextmanager
def vsftpd(
    security: str, *, largest_file: int | None = None, made: Identity | None = None, tls: str = "TLSv1.3",
) -> Iterator[FtpServer]:  # fmt: skip
    """`tls` is the newest version that it speaks."""
    port, made = free_port(), made or identity()
    with open_folder() as folder:
        for name in ("empty", "root", "root/files"):
            (folder / name).mkdir()
        (folder / "passwords").write_text(f"{PASSWORD}\n")
        if os.geteuid() == 0:
            shutil.chown(folder / "root" / "files", ANYBODY)
        text = CONFIGURATION.format(here=HERE, port=port, folder=folder, root=folder / "root")
        text += AS_ROOT if os.geteuid() == 0 else AS_OTHERS
        if security != PLAIN:
            implicit = "YES" if security == IMPLICIT else "NO"
            text += SECURED.format(implicit=implicit, certificate=written(folder, made))
        (configuration := folder / "vsftpd.conf").write_text(text.strip() + "\n")
        (openssl := folder / "openssl.cnf").write_text(OPENSSL.format(tls=tls))
        command = ["env", f"OPENSSL_CONF={openssl}", program("vsftpd"), str(configuration)]
        with running(command, port, folder / "log", largest_file=largest_file) as process:
            yield FtpServer(port, folder / "root" / "files", process, security, made.certificate, "anonymous")

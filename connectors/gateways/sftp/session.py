"""A connection to an SSH server whose key is known, by somebody who may sign in."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import paramiko

from arhub.network.errors import ConfigError, RetryableError, Unreachable
from connectors.base import Unconfirmed
from connectors.gateways.sftp import keys
from connectors.gateways.sftp.client import Client

CIPHERS = (
    "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr",
    "aes256-cbc", "aes128-cbc",
)  # fmt: skip
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1")
TYPES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
"""The types of keys whose signatures are called otherwise."""

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # its threads log with a traceback what is told in a sentence


@dataclass(frozen=True, slots=True)
class Session:
    """A line."""

    transport: paramiko.Transport
    client: Client

    @property
    def wire(self) -> socket.socket:
        found: socket.socket = self.transport.sock
        return found

    def close(self) -> None:
        hang_up(self.transport)


def opened(connected: socket.socket, values: Mapping[str, Any], silence_seconds: float) -> Session:
    """Over a socket that the guard connected, to a server that is never silent for longer. Its key is looked at before
    anything of the user's goes out. Raises Unconfirmed, ConfigError, Unreachable, RetryableError."""
    transport = paramiko.Transport(connected)
    try:
        greeted(transport, values, silence_seconds)
        _sign_in(transport, values)
        return _started(transport, str(values["host"]))
    except BaseException:
        hang_up(transport)
        raise


def hang_up(transport: paramiko.Transport) -> None:
    """Closing alone would not, while the connection is watched."""
    with suppress(OSError):
        transport.sock.shutdown(socket.SHUT_RDWR)
    transport.close()


def greeted(transport: paramiko.Transport, values: Mapping[str, Any], silence_seconds: float) -> str:
    """Agree on a key with the server; returns the server's, which is one of those that are pinned."""
    host, wanted = str(values["host"]), keys.pinned(str(values.get("host_key") or ""))
    options = transport.get_security_options()
    options.ciphers = [one for one in CIPHERS if one in options.ciphers]
    options.digests = [one for one in MACS if one in options.digests]
    first = [name for key in wanted for name in TYPES.get(key.split()[0], (key.split()[0],))]
    options.key_types = list(dict.fromkeys([*first, *options.key_types]))
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = silence_seconds
    transport.channel_timeout = silence_seconds
    try:
        transport.start_client(timeout=silence_seconds)
        shown = transport.get_remote_server_key()
    except paramiko.ssh_exception.IncompatiblePeer:
        raise ConfigError(f"{host} knows only ways of encryption that are not safe any more.") from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise Unreachable(f"{host} does not answer as an SFTP server does: {_reason(error)}.") from None
    key = f"{shown.get_name()} {shown.get_base64()}"
    _compare(host, key, wanted)
    return key


def _compare(host: str, shown: str, wanted: tuple[str, ...]) -> None:
    if not wanted:
        raise Unconfirmed(
            f"{host} shows a key that nobody has confirmed yet: {keys.told(shown)}. Compare it with what the people "
            "who run the server tell you.",
            setting="host_key",
            value=shown,
        )
    if shown not in wanted:
        expected = " or ".join(map(keys.told, wanted))
        raise ConfigError(
            f"{host} shows another key than the one that was confirmed: expected {expected}, found {keys.told(shown)}. "
            "Somebody may be listening in. Ask the people who run the server whether they have changed its key before "
            "you confirm the new one. Nothing was sent."
        )


def _sign_in(transport: paramiko.Transport, values: Mapping[str, Any]) -> None:
    """By key, by password, or by both where the server wants that."""
    host, user = str(values["host"]), str(values.get("user") or "")
    ways = _ways(transport, user, values)
    try:
        *first, last = ways.values()
        for way in first:
            with suppress(paramiko.AuthenticationException):
                way()
        if not transport.is_authenticated():
            last()
        if transport.is_authenticated():
            return
    except paramiko.BadAuthenticationType as error:
        taken = " or ".join(error.allowed_types) or "nothing"
        raise ConfigError(f"{host} does not take what {user} signs in with: it takes {taken}.") from None
    except paramiko.AuthenticationException:
        if transport.is_active():
            raise ConfigError(f"{host} does not accept the user {user} with this {' and '.join(ways)}.") from None
        raise RetryableError(f"{host} ended the connection while {user} signed in.") from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise RetryableError(f"{host} gave no answer while {user} signed in: {_reason(error)}.") from None
    raise ConfigError(f"{host} wants more than the key of {user}: a password as well.")


def _ways(transport: paramiko.Transport, user: str, values: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
    password, key = str(values.get("password") or ""), str(values.get("private_key") or "").strip()
    found: dict[str, Callable[[], Any]] = {}
    if key:
        private = keys.private_key(key, str(values.get("passphrase") or ""))
        found["key"] = lambda: transport.auth_publickey(user, private)
    if password:
        found["password"] = lambda: transport.auth_password(user, password)
    if not found:
        raise ConfigError("Enter a password or a private key: there is nothing to sign in with.")
    return found


def _started(transport: paramiko.Transport, host: str) -> Session:
    try:
        channel = transport.open_session()
        channel.settimeout(transport.channel_timeout)
        channel.invoke_subsystem("sftp")
        return Session(transport, Client(channel))
    except paramiko.ChannelException:
        raise ConfigError(f"{host} lets this user sign in, but not transfer files.") from None
    except (paramiko.SSHException, paramiko.sftp.SFTPError, OSError, EOFError) as error:
        raise RetryableError(f"{host} did not begin with SFTP: {_reason(error)}.") from None


def _reason(error: BaseException) -> str:
    return "nothing was heard for too long" if isinstance(error, TimeoutError) else "the connection ended"

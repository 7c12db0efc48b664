"""What a tenant enters."""

from __future__ import annotations

from connectors.base import Setting
from connectors.gateways.base import WHERE

EXPLICIT, IMPLICIT, PLAIN = "explicit", "implicit", "plain"
PORTS = {EXPLICIT: 21, IMPLICIT: 990, PLAIN: 21}
SERVER, SIGN_IN, TRUST = "Server", "Sign in", "Certificates"
SECURED = ("security", (EXPLICIT, IMPLICIT))

SETTINGS = (
    Setting(
        "host", "Host", "The server's name, as its certificate has it, such as ftp.example.com.", "host", group=SERVER,
    ),
    Setting(
        "security", "Security", kind="choice", default=EXPLICIT, group=SERVER, leads=True,
        choices=(
            (EXPLICIT, "FTPS, secured after the greeting (explicit)"),
            (IMPLICIT, "FTPS, secured at once (implicit)"),
            (PLAIN, "FTP, not secured"),
        ),
        help="Not secured, anybody on the way can read and change the password and every file: only inside a network "
        "that you trust.",
    ),
    Setting(
        "port", "Port", "Empty: 21, and 990 for FTPS that is secured at once.", "port", default="", required=False,
        group=SERVER, leads=True,
    ),
    Setting("user", "User", "Empty: anonymous.", required=False, group=SIGN_IN),
    Setting("password", "Password", "From the people who run the server.", "secret", required=False, group=SIGN_IN),
    Setting(
        "authorities", "Trusted authorities", required=False, lines=True, group=TRUST, when=SECURED,
        help="Certificates in PEM, if the server's was not issued by a public authority. Then only these are trusted.",
    ),
    Setting(
        "certificate", "Client certificate", "In PEM, if the server wants one.", required=False, lines=True,
        group=TRUST, when=SECURED,
    ),
    Setting(
        "certificate_key", "Key of the client certificate", "In PEM, without a password.", "secret", required=False,
        lines=True, stays=True, group=TRUST, when=SECURED,
    ),
    Setting(
        "start", "Start in", required=False, group="Where files go",
        help="The folder on the server in which all others lie, such as /ErpCache. Empty: where one arrives.",
    ),
    *WHERE,
)  # fmt: skip

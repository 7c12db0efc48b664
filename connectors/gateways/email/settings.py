"""The form of an e-mail connection: how it sends and how it fetches, either of which may be left empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from arhub.network.errors import ConfigError
from arhub.network.tls import Tls
from connectors.base import Setting
from connectors.gateways.base import FILE_NAME

SENDING, FETCHING = "Sending (SMTP)", "Fetching (IMAP)"
STARTTLS, TLS, NONE = "starttls", "tls", "none"
PORTS = {"smtp": {STARTTLS: 587, TLS: 465, NONE: 25}, "imap": {STARTTLS: 143, TLS: 993, NONE: 143}}
AUTHORITIES = "In PEM. Only for a server whose certificate is not from a public authority."
WITHOUT = "Without it, passwords and files travel in the clear."


def _server(prefix: str, group: str, security: str) -> tuple[Setting, ...]:
    ports = PORTS[prefix]
    choices = ((STARTTLS, "STARTTLS, required"), (TLS, "TLS from the beginning"), (NONE, "None"))
    return (
        Setting(
            f"{prefix}_host", "Server", kind="host", required=False, group=group,
            help="Such as mail.example.com. Empty: this connection does not do that.",
        ),
        Setting(
            f"{prefix}_security", "Security", kind="choice", default=security, choices=choices, group=group,
            help=WITHOUT, leads=True,
        ),
        Setting(
            f"{prefix}_port", "Port", kind="port", required=False, group=group, leads=True,
            help=f"Empty: {ports[STARTTLS]} with STARTTLS, {ports[TLS]} with TLS, {ports[NONE]} without.",
        ),
        Setting(f"{prefix}_user", "User", required=False, group=group, help="Often the whole e-mail address."),
        Setting(
            f"{prefix}_password", "Password", kind="secret", required=False, group=group,
            help="Of the mailbox. Where people sign in with a second factor, an app password made for the hub.",
        ),
        Setting(
            f"{prefix}_authorities", "Trusted authorities", required=False, lines=True, group=group, help=AUTHORITIES
        ),
    )  # fmt: skip


SETTINGS = (
    *_server("smtp", SENDING, STARTTLS),
    Setting(
        "from_address", "From", required=False, group=SENDING,
        help="The address that mails come from, and that mails which cannot be delivered come back to.",
    ),
    Setting("from_name", "From, name", required=False, group=SENDING, help="Such as the name of your company."),
    Setting("reply_to", "Reply to", required=False, group=SENDING, help="Empty: answers go to the From address."),
    Setting(
        "to", "To", kind="template", default="{email}", required=False, group=SENDING,
        help="One address or several, with commas or semicolons between them. {email} is the customer's.",
    ),
    Setting("cc", "Copy to", kind="template", required=False, group=SENDING),
    Setting(
        "bcc", "Blind copy to", kind="template", required=False, group=SENDING, help="Nobody else sees who gets these."
    ),
    Setting("subject", "Subject", kind="template", default="{number} from {company}", group=SENDING),
    Setting(
        "body", "Text", kind="template", lines=True, required=False, group=SENDING,
        default="Dear {account_name},\n\nplease find {number} of {date} attached.\n\n{company}",
    ),
    FILE_NAME,
    *_server("imap", FETCHING, TLS),
    Setting(
        "mailbox", "Folder", default="INBOX", required=False, group=FETCHING,
        help="Where mails are looked for, with / before a folder below. Empty: INBOX.",
    ),
    Setting(
        "takes", "Takes", kind="choice", default="all", choices=(("all", "All mails"), ("unseen", "Unread mails")),
        group=FETCHING, help="The hub takes each file once, and leaves mails unread.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Server:
    """Where to connect to, and as whom."""

    protocol: str
    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    tls: Tls = field(repr=False)

    @classmethod
    def of(cls, values: Mapping[str, Any], prefix: str) -> Server | None:
        """None when its group of settings is left empty."""
        given = {name: values.get(f"{prefix}_{name}") or "" for name in ("host", "port", "user", "password")}
        if not str(given["host"]).strip():
            return None
        security = str(values[f"{prefix}_security"])
        return cls(
            prefix.upper(), str(given["host"]).strip(" []"), int(given["port"] or PORTS[prefix][security]), security,
            str(given["user"]), str(given["password"]), Tls(authorities=str(values.get(f"{prefix}_authorities") or "")),
        )  # fmt: skip

    @property
    def answers(self) -> str:
        secured = "in the clear" if self.security not in (STARTTLS, TLS) else "over a secure connection"
        return f"{self.host}, port {self.port}, answers {secured}."

    def without_starttls(self) -> ConfigError:
        return ConfigError(
            f"{self.host}, port {self.port}, does not offer STARTTLS. The hub signed in nowhere and sent nothing: "
            "choose TLS with its port, or ask whoever runs the server."
        )

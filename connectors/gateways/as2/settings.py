"""The form of an AS2 connection."""

from __future__ import annotations

from connectors.base import Setting
from connectors.gateways.base import FILE_NAME

NONE = "none"
SYNCHRONOUS, ASYNCHRONOUS = "sync", "async"

_WHO, _WHERE, _CERTIFICATES = "Who you are to each other", "Where messages go", "Certificates"
_PROTECTION, _RECEIPTS, _RECEIVING = "How messages are protected", "Receipts (MDN)", "What the partner sends you"

WHO = (
    Setting("own_id", "Your AS2 id", "The name the partner has for you. Capital and small letters differ.", group=_WHO),
    Setting("partner_id", "The partner's AS2 id", "The partner tells it, often together with address and certificate.",
            group=_WHO),
)  # fmt: skip

WHERE = (
    Setting("url", "Address", "Where the partner takes AS2 messages, such as https://as2.partner.example/as2.",
            kind="url", group=_WHERE),
    Setting("subject", "Subject", "The header Subject, which programs show to people.", kind="template",
            default="{name}", required=False, group=_WHERE),
    FILE_NAME,
    Setting("user", "User", "Only where the partner asks for one (HTTP Basic).", required=False, group=_WHERE),
    Setting("password", "Password", "Comes from the partner with the user.", kind="secret", required=False,
            group=_WHERE),
    Setting("authorities", "Trusted authorities", "PEM. Only where the partner's web server has a certificate of an "
            "authority of its own; empty for the public ones.", lines=True, required=False, group=_WHERE),
)  # fmt: skip

CERTIFICATES = (
    Setting("own_certificate", "Your certificate", "PEM. The partner gets the same. Several may stand one after "
            "another, each with its key below: the first signs, and what is encrypted for any of them is read.",
            lines=True, required=False, group=_CERTIFICATES),
    Setting("private_key", "Your private key", "PEM without a password, RSA: the one your certificate was made with.",
            kind="secret", lines=True, required=False, stays=True, group=_CERTIFICATES),
    Setting("partner_certificate", "The partner's certificate", "PEM. Messages are encrypted for it, and what the "
            "partner signs is checked with it. Being exactly this one is what counts, not who issued it.", lines=True,
            required=False, group=_CERTIFICATES),
    Setting("partner_signing_certificate", "The partner's certificate for signatures", "Only where it is another than "
            "the one above.", lines=True, required=False, group=_CERTIFICATES),
    Setting("partner_next_certificate", "The partner's next certificate", "For the change to a new one: what is signed "
            "with it is taken from now on, and messages are encrypted for it once the first has expired.", lines=True,
            required=False, group=_CERTIFICATES),
)  # fmt: skip

PROTECTION = (
    Setting("sign", "Sign", "With your private key. Nearly every partner wants it.", kind="choice", default="sha256",
            choices=(("sha256", "SHA-256"), ("sha384", "SHA-384"), ("sha512", "SHA-512"), (NONE, "No")),
            group=_PROTECTION),
    Setting("encrypt", "Encrypt", "For the partner's certificate.", kind="choice", default="aes256",
            choices=(("aes256", "AES-256"), ("aes128", "AES-128"), (NONE, "No")), group=_PROTECTION),
    Setting("compress", "Compress", "Worth it for large files; the partner has to agree.", kind="choice", default=NONE,
            choices=((NONE, "No"), ("before", "Before signing"), ("after", "After signing")), group=_PROTECTION),
)  # fmt: skip

RECEIPTS = (
    Setting("mdn", "Receipt", "At once is simplest. Later is for partners who take long: they call back.",
            kind="choice", default=SYNCHRONOUS, choices=((SYNCHRONOUS, "At once, in the answer"),
            (ASYNCHRONOUS, "Later, by a call back"), (NONE, "None: nothing then proves that a file arrived whole")),
            group=_RECEIPTS),
    Setting("mdn_signed", "Signed", "Only a signed receipt proves who gave it.", kind="bool", default=True,
            required=False, group=_RECEIPTS, when=("mdn", (SYNCHRONOUS, ASYNCHRONOUS))),
    Setting("mdn_url", "Address for later receipts", "Where the partner calls back: the address at which this "
            "connection takes messages in.", kind="url", required=False, group=_RECEIPTS,
            when=("mdn", (ASYNCHRONOUS,))),
    Setting("knows_repeats", "The partner knows a repeated message", "It takes a message with the same Message-ID "
            "once (AS2 Reliability). Then one whose receipt got lost is sent again; otherwise a person decides.",
            kind="bool", default=True, required=False, group=_RECEIPTS),
)  # fmt: skip

RECEIVING = (
    Setting("require_signed", "Must be signed", "Otherwise anybody who knows both ids can send you files.",
            kind="bool", default=True, required=False, group=_RECEIVING),
    Setting("require_encrypted", "Must be encrypted", kind="bool", default=True, required=False, group=_RECEIVING),
    Setting("outdated", "Take SHA-1 and 3DES", "For partners whose program knows nothing newer. Nothing is sent with "
            "them.", kind="bool", default=False, required=False, group=_RECEIVING),
)  # fmt: skip

SETTINGS = (*WHO, *WHERE, *CERTIFICATES, *PROTECTION, *RECEIPTS, *RECEIVING)

"""What can be chosen for each customer: the profile, the interchange's parties, and what differs from the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adaptors.formats.edifact.characters import CHARACTER_SETS
from adaptors.formats.edifact.profiles import PARTS, PROFILES, Profile
from connectors.base import Setting

_AS_PROFILE = ("", "As the profile says")
_QUALIFIERS = (
    ("", "None"), ("14", "14: GLN"), ("1", "1: D-U-N-S"), ("30", "30: ISO 6523"), ("55", "55: BIC"),
    ("91", "91: given by the seller"), ("92", "92: given by the buyer"), ("ZZZ", "ZZZ: agreed between the two"),
)  # fmt: skip
_ENDS = {"": "", "lf": "\n", "crlf": "\r\n"}


def _choice(name: str, label: str, choices: tuple[tuple[str, str], ...], help: str = "", **more: Any) -> Setting:
    is_open = any(not value for value, _ in choices)
    return Setting(name, label, help, kind="choice", choices=choices, required=not is_open, **more)


def _interchange(side: str, label: str, party: str) -> tuple[Setting, Setting]:
    return (
        Setting(f"{side}_id", f"{label}'s interchange ID", f"Empty for the {party}'s GLN, or else its endpoint.",
                required=False, group="Interchange"),
        _choice(f"{side}_qualifier", f"{label}'s qualifier", _QUALIFIERS, "Of the interchange ID above.",
                default="14", group="Interchange"),
    )  # fmt: skip


OPTIONS: tuple[Setting, ...] = (
    _choice("profile", "Profile", tuple((name, one.label) for name, one in PROFILES.items()),
            "Which segments and qualifiers the partner wants; each can be chosen otherwise below.", default="eancom"),
    *_interchange("sender", "Sender", "supplier"),
    *_interchange("receiver", "Receiver", "customer"),
    Setting("application_reference", "Application reference", "UNB 0026, at most 14 characters.", default="INVOIC",
            required=False, group="Interchange"),
    Setting("agreement", "Agreement", "UNB 0032; empty for what the profile says.", required=False,
            group="Interchange"),
    Setting("prepared_at", "Prepared at", "UNB 0017 and 0019 as YYMMDD:HHMM; empty for the document's date, 00:00.",
            required=False, group="Interchange"),
    Setting("acknowledge", "Ask for an acknowledgement", kind="bool", default=False, required=False,
            group="Interchange"),
    Setting("test", "Mark as a test", kind="bool", default=False, required=False, group="Interchange"),
    Setting("una", "Write UNA", "Tells the separators; they are always the usual ones.", kind="bool", default=True,
            required=False, group="Interchange"),
    _choice("segment_ends", "After each segment", (("", "Nothing"), ("lf", "LF"), ("crlf", "CR LF")),
            group="Interchange"),
    _choice("characters", "Character set", (_AS_PROFILE, *((name, name) for name in CHARACTER_SETS)),
            "UNOC is ISO 8859-1; UNOA has capitals alone.", group="Texts"),
    _choice("unknown_characters", "Characters the set does not have",
            (("refuse", "Hold the document"), ("replace", "Write ? for each")), default="refuse", group="Texts"),
    _choice("long_texts", "Texts that are too long", (("refuse", "Hold the document"), ("cut", "Cut them")),
            "Numbers and codes are never cut.", default="refuse", group="Texts"),
    _choice("attachments", "Attached files", (("refuse", "Hold the document"), ("leave_out", "Leave them out")),
            "EDIFACT carries none; addresses of files are told in a note.", default="refuse", group="Texts"),
    _choice("association", "Association code", (_AS_PROFILE, ("none", "None"), ("EAN008", "EAN008")),
            group="Codes"),
    _choice("supplier", "Supplier's role", (_AS_PROFILE, ("SU", "SU: supplier"), ("SE", "SE: seller")),
            group="Codes"),
    _choice("known_by", "Parties are identified by",
            (_AS_PROFILE, ("gln", "GLN"), ("registration_number", "Registration number (CVR)"),
             ("vat_number", "VAT number"), ("number", "The number the other party gave")), group="Codes"),
    _choice("register", "Registration numbers are told as",
            (_AS_PROFILE, ("GN", "RFF+GN"), ("AHO", "RFF+AHO"), ("AHP", "RFF+AHP")), group="Codes"),
    _choice("reverse_charge", "Reverse charge is told as",
            (_AS_PROFILE, ("E", "E: exempt, and a text"), ("Z", "Z: zero rate, and a text")), group="Codes"),
    _choice("gross", "Total with VAT", (_AS_PROFILE, ("77", "MOA+77"), ("86", "MOA+86")), group="Codes"),
    *(_choice(f"part_{name}", label, (_AS_PROFILE, ("yes", "Write"), ("no", "Leave out")), group="Segments")
      for name, label in PARTS),
)  # fmt: skip


def ends_of(values: Mapping[str, Any]) -> str:
    return _ENDS[values["segment_ends"]]


def profile_of(values: Mapping[str, Any]) -> Profile:
    """The profile that is chosen, with what is chosen otherwise."""
    base = PROFILES[values["profile"]]
    changed: dict[str, Any] = {
        name: values[name] for name in ("supplier", "register", "characters", "agreement") if values[name]
    }
    if values["association"]:
        changed["association"] = values["association"].removeprefix("none")
    if values["known_by"]:
        changed["known_by"] = (values["known_by"],)
    if values["reverse_charge"]:
        changed["categories"] = {**base.categories, "AE": values["reverse_charge"], "K": values["reverse_charge"]}
    if values["gross"]:
        changed["totals"] = tuple((name, values["gross"] if name == "gross" else code) for name, code in base.totals)
    said = {name: values[f"part_{name}"] for name, _ in PARTS}
    parts = (base.parts | {name for name in said if said[name] == "yes"}) - {n for n in said if said[n] == "no"}
    return replace(base, parts=parts, **changed)

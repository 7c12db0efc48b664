"""What rules mean, in plain words, and what to mend. A rule that is not in the tables is told in its own words."""

from __future__ import annotations

from typing import Any

from adaptors.validation.base import Finding
from adaptors.validation.meanings import en16931, oioubl, peppol
from adaptors.validation.places import field_of, line_of, party_of, path_of
from adaptors.validation.schematron import Breach

MEANINGS = {**en16931.MEANINGS, **peppol.MEANINGS, **oioubl.MEANINGS}
"""Rule → sentence and field. In both, {party} is supplier or customer, of whom the place speaks. Without a field, the
place tells it."""


def finding(breach: Breach, root: Any) -> Finding:
    """What a rule's breach says to people. `root` is the document's."""
    path = path_of(breach.location)
    party = party_of(path)
    meaning, field = MEANINGS.get(breach.rule, (breach.text, ""))
    if "{party}" in field and not party:
        field = ""
    if breach.rule in MEANINGS:
        meaning = meaning.replace("{party}", party or "party")
    return Finding(
        breach.rule, breach.severity, breach.text, meaning, path,
        field.replace("{party}", party) or field_of(path), line_of(path, root),
    )  # fmt: skip

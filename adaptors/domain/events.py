"""The events of adaptors."""

from __future__ import annotations

KINDS = {
    "adaptor.changed": "An adaptor was activated, changed, connected, switched or removed: what was done, and by whom.",
}

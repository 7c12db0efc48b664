"""The events of adaptors."""

from __future__ import annotations

KINDS = {
    "adaptor.changed": "An adaptor was activated, changed, connected, switched or removed: what was done, and by whom.",
    "adaptor.run_done": "A run of an adaptor went well: what it did, in counts.",
    "adaptor.run_failed": "A run of an adaptor failed, after the last attempt that was made by itself.",
    "transaction.delivered": "A document reached its customer's gateway.",
    "transaction.acknowledged": "The other side said that it has a document, or accepts it.",
    "transaction.rejected": "The other side said that it does not take a document.",
    "transaction.failed": "A document could not be delivered, and is not tried again by itself.",
    "transaction.uncertain": "Nobody knows whether a document has arrived: a person has to decide.",
    "transaction.held": "A document is held: something in it, or in the settings of its customer, is wrong.",
    "transaction.changed": "A document was changed in its source after it had gone out.",
    "answer.overdue": "What the other side was to say of a document stayed away.",
    "answer.unmatched": "An answer came that speaks of nothing that was sent from here.",
}

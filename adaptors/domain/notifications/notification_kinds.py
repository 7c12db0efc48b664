"""Which events belong to which cell of an activation's notifications, and what people call them."""

from __future__ import annotations

from dataclasses import dataclass

from adaptors.models import NotificationSetting

Level, Tone = NotificationSetting.Level, NotificationSetting.Tone
Cell = tuple[NotificationSetting.Level, NotificationSetting.Tone]
DOCUMENTS = "transaction."


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: how the form names it, and how a message begins of one or of several."""

    label: str
    one: str
    many: str

    def what(self, count: int) -> str:
        return self.one if count == 1 else self.many.format(count=f"{count:,}")


CELLS: dict[Cell, dict[str, Kind]] = {
    (Level.DOCUMENT, Tone.NEGATIVE): {
        "transaction.rejected": Kind("Rejected", "A document was rejected", "{count} documents were rejected"),
        "transaction.failed": Kind("Failed", "A document failed", "{count} documents failed"),
        "transaction.uncertain": Kind(
            "Uncertain", "Nobody knows whether a document has arrived",
            "Nobody knows whether {count} documents have arrived",
        ),
        "transaction.held": Kind("On hold", "A document is on hold", "{count} documents are on hold"),
        "answer.overdue": Kind("Answer overdue", "An answer is overdue", "{count} answers are overdue"),
    },
    (Level.DOCUMENT, Tone.POSITIVE): {
        "transaction.delivered": Kind("Delivered", "A document was delivered", "{count} documents were delivered"),
        "transaction.acknowledged": Kind(
            "Acknowledged", "A document was acknowledged", "{count} documents were acknowledged"
        ),
    },
    (Level.ADAPTOR, Tone.NEGATIVE): {
        "adaptor.run_failed": Kind("Run failed", "A run failed", "{count} runs failed"),
        "gateway.paused": Kind("Gateway paused", "A gateway is paused", "A gateway was paused {count} times"),
        "answer.unmatched": Kind(
            "Unmatched answer", "An answer speaks of nothing that was sent",
            "{count} answers speak of nothing that was sent",
        ),
    },
    (Level.ADAPTOR, Tone.POSITIVE): {
        "adaptor.run_done": Kind("Run done", "A run is done", "{count} runs are done"),
        "gateway.resumed": Kind(
            "Gateway resumed", "A gateway takes documents again", "A gateway took documents again {count} times"
        ),
    },
}  # fmt: skip
CELL_OF = {kind: cell for cell, kinds in CELLS.items() for kind in kinds}
KINDS = {name: kind for kinds in CELLS.values() for name, kind in kinds.items()}

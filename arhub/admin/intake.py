"""How a source takes its files in, in words: the choices that are not the safe default."""

from __future__ import annotations

from dataclasses import dataclass

from arhub.models import Source


@dataclass(frozen=True, slots=True)
class Said:
    """A choice in a few words for a list, and as a sentence for who uploads a file."""

    words: str
    sentence: str


def not_default(source: Source) -> list[Said]:
    """What somebody chose about a source's files, in the order of its page; empty when all is as it comes."""
    share, stop = source.reject_above_percent, source.stop_above_percent
    choices = (
        (source.empty_cells == Source.EmptyCells.CLEAR,
         Said("empty cells clear", "An empty cell of a file of this source clears what is stored.")),
        (source.unknown_accounts == Source.UnknownAccounts.CREATE,
         Said("makes unknown accounts", "A row for an account nobody knows makes that account.")),
        (source.duplicate_keys == Source.DuplicateKeys.LAST,
         Said("last line wins", "Of several lines with the same key the last one counts.")),
        (source.rejects == Source.Rejects.FILE,
         Said("one invalid row refuses the load", "One invalid row refuses the whole load.")),
        (source.rejects == Source.Rejects.SHARE,
         Said(f"refuses a load above {share} % invalid", f"More than {share} % invalid rows refuse the whole load.")),
        (source.extent == Source.Extent.SNAPSHOT,
         Said(f"full snapshot, stops above {stop} %",
              "A file of this source is a full snapshot: what it leaves out is marked as missing at source, and "
              f"documents among that count as closed. It stops when that is more than {stop} % of them or of their "
              "money.")),
    )  # fmt: skip
    return [said for is_chosen, said in choices if is_chosen]

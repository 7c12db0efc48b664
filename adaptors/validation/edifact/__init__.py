"""The check of an INVOIC D.96A: by a table of what its directory says, and by what its envelope counts."""

from adaptors.validation.edifact.invoic import check

__all__ = ["check"]

"""State → colour, once: grey waiting or over, blue working, green done, amber needs a person, red failed."""

from __future__ import annotations

from arhub.domain.ageing import BUCKETS, Ageing

COLOURS = {
    "Open": "info",
    "Closed": "default",
    "Late": "warning",
    "In time": "success",
    "As expected": "success",
    "Missing": "danger",
    "Empty": "warning",
    "Repeated": "warning",
    "Out of order": "warning",
    "Other": "warning",
    "Unapplied": "info",
    "Settled": "success",
    "Applied": "success",
    "Overdue": "warning",
    "Disputed": "warning",
    "On hold": "warning",
    "Unmatched": "warning",
    "Matched": "success",
    "Voided": "default",
    "Draft": "default",
    "Active": "success",
    "Not active": "default",
    "Waiting": "default",
    "Queued": "default",
    "Running": "info",
    "Succeeded": "success",
    "Paused": "warning",
    "Info": "default",
    "Warning": "warning",
    "Error": "danger",
    "Sending": "info",
    "Delivered": "success",
    "Uncertain": "warning",
    "Failed": "danger",
    "Cancelled": "default",
    "Not taken": "danger",
    "Refused for good": "danger",
    "No answer": "danger",
    "Worker stopped": "danger",
    "At work": "info",
    "Ready": "info",
    "Handed over": "info",
    "Held": "default",
    "Held back": "default",
    "Looking it up": "info",
    "No longer wanted": "default",
    "Found there": "success",
    "Not there": "default",
    "Working": "success",
    "Not tried": "default",
    "Receipt awaited": "info",
    "Accepted": "success",
    "Refused": "danger",
    "Waiting to be whole": "default",
    "Taken in": "success",
    "Came before": "default",
    "Set aside": "danger",
    "Bounce": "warning",
    "Gone": "default",
    "On": "success",
    "Failing": "danger",
    "Switched off": "warning",
    "Registered": "success",
    "Not registered": "warning",
    "Not looked up": "default",
    "Not known": "default",
    "Nothing open": "default",
    "Not due": "success",
    "1-30 days": "warning",
    "31-60 days": "warning",
    "61-90 days": "danger",
    "Over 90 days": "danger",
    "Customer": "default",
    "Vendor": "default",
    "Both": "default",
    "Own": "default",
}


def ageing_chip(rows: list[Ageing]) -> str:
    """The oldest bucket with money in it, of any currency."""
    order = [name for name, _ in BUCKETS]
    oldest = max((order.index(row.oldest) for row in rows if row.oldest), default=None)
    if oldest is None:
        return "Nothing open"
    label = BUCKETS[oldest][1]
    return label if oldest == 0 else f"{label} days"

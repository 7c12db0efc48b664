"""The figures as a table and as bench.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RATE, SPEED, MEGABYTES, MILLISECONDS, TIMES = "rows/s", "MB/s", "MB", "ms", "times"
DOCUMENTS = "documents/s"


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is ours, `reference` what it is measured against, in the same unit. A higher ratio is better."""

    name: str
    value: float
    unit: str
    reference: float
    ratio: float


def rate(name: str, ours: float, other: float) -> Figure:
    """Both in rows a second."""
    return Figure(name, round(ours), RATE, round(other), round(ours / other, 3))


def documents(name: str, ours: float, other: float) -> Figure:
    """Both in documents a second."""
    return Figure(name, round(ours), DOCUMENTS, round(other), round(ours / other, 3))


def speed(name: str, ours: float, other: float) -> Figure:
    """Both in megabytes a second."""
    return Figure(name, round(ours, 1), SPEED, round(other, 1), round(ours / other, 3))


def memory(name: str, ours: float, other: float) -> Figure:
    """Both in megabytes. A database elsewhere shows no memory, but the loader always does."""
    return at_most(name, ours, other, MEGABYTES)


def at_most(name: str, ours: float, limit: float, unit: str) -> Figure:
    """What should stay below its reference."""
    return Figure(name, round(ours, 1), unit, round(limit, 1), round(limit / ours, 3))


def show(figures: list[Figure]) -> None:
    width = max(len(figure.name) for figure in figures)
    print(f"\n{'name':<{width}} {'value':>12} {'reference':>12} {'unit':>8} {'ratio':>8}")
    for figure in figures:
        value, reference = f"{figure.value:,}", f"{figure.reference:,}"
        print(f"{figure.name:<{width}} {value:>12} {reference:>12} {figure.unit:>8} {figure.ratio:>8.2f}")


def write(figures: list[Figure], path: Path) -> None:
    text = json.dumps([asdict(figure) for figure in figures], indent=2)
    path.write_text(text + "\n", encoding="utf-8")

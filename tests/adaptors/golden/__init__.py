"""What formats make of the samples, byte by byte, one folder for each kind of format.

    python -m tests.adaptors.golden bis3        # writes the files anew; look at the diff before you commit it

A sample that a format cannot say has no file: the format's tests list it with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from adaptors.formats.base import Format, Unsayable
from adaptors.formats.document import OutgoingDocument
from tests.adaptors.samples import SAMPLES

FOLDER = Path(__file__).parent


def stored(format: Format, name: str) -> Path:
    """Where the golden file of a sample is."""
    return FOLDER / format.kind / f"{name}.{format.ending}"


def readable(content: bytes, ending: str) -> bytes:
    """As it is stored. XML gets a line for each tag, so that a diff shows what changed: nothing else is touched, and as
    texts have no > of their own, equal files mean equal bytes."""
    return content.replace(b"><", b">\n<") + b"\n" if ending == "xml" else content


def write(
    format: Format, cases: Mapping[str, tuple[Format, Callable[[], OutgoingDocument]]] | None = None
) -> tuple[int, list[str]]:
    """Makes the files of a format anew: how many, and which it cannot say. `cases` are those of its own, by the names
    of their files, each with its options; without them it is the samples."""
    cases = cases or {name: (format, make) for name, make in SAMPLES.items()}
    (FOLDER / format.kind).mkdir(exist_ok=True)
    unsayable = []
    for name, (chosen, make) in cases.items():
        stored(format, name).unlink(missing_ok=True)
        try:
            content = chosen.render(make()).content
        except Unsayable as error:
            unsayable.append(f"{name}: {error}")
        else:
            stored(format, name).write_bytes(readable(content, format.ending))
    return len(cases) - len(unsayable), unsayable

"""What formats make of the samples, byte by byte, one folder for each kind of format.

    python -m tests.adaptors.golden bis3        # writes the files anew; look at the diff before you commit it

A sample that a format cannot say has no file: the format's tests list it with the reason.
"""

from __future__ import annotations

from pathlib import Path

from adaptors.formats.base import Format, Unsayable
from tests.adaptors.samples import SAMPLES

FOLDER = Path(__file__).parent


def stored(format: Format, name: str) -> Path:
    """Where the golden file of a sample is."""
    return FOLDER / format.kind / f"{name}.{format.ending}"


def readable(content: bytes, ending: str) -> bytes:
    """As it is stored. XML gets a line for each tag, so that a diff shows what changed: nothing else is touched, and as
    texts have no > of their own, equal files mean equal bytes."""
    return content.replace(b"><", b">\n<") + b"\n" if ending == "xml" else content


def write(format: Format) -> tuple[int, list[str]]:
    """Makes the files of a format anew: how many, and which samples it cannot say."""
    (FOLDER / format.kind).mkdir(exist_ok=True)
    unsayable = []
    for name, make in SAMPLES.items():
        stored(format, name).unlink(missing_ok=True)
        try:
            content = format.render(make()).content
        except Unsayable as error:
            unsayable.append(f"{name}: {error}")
        else:
            stored(format, name).write_bytes(readable(content, format.ending))
    return len(SAMPLES) - len(unsayable), unsayable

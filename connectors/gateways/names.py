"""File names of other machines: bytes there, text here.

Most are UTF-8. One that is not is shown with its bytes written out, as caf\\xe9.csv, and found again by that.
"""

from __future__ import annotations

import re

from arhub.network.errors import PermanentError

_WRITTEN_OUT = re.compile(rb"\\x([89a-f][0-9a-f])")
_ENDS_A_LINE = re.compile(r"[\r\n\0]")


def shown(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def as_there(path: str) -> bytes:
    """Raises PermanentError for what no protocol can name."""
    if _ENDS_A_LINE.search(path):
        raise PermanentError(f"{path!r} cannot be the name of a file there: it has a line break in it.")
    return _WRITTEN_OUT.sub(lambda found: bytes.fromhex(found[1].decode()), path.encode("utf-8", "replace"))

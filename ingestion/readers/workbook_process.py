"""The parent's end of the workbook parser's process: start it, take its frames, say why it died."""

from __future__ import annotations

import marshal
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingestion.content import descriptors
from ingestion.errors import Unreadable
from ingestion.readers import signatures
from ingestion.readers.workbook_child import CPU_SECONDS, DAMAGED, MEMORY_LIMIT, OUT_OF_MEMORY, PROTECTED

_ROOT = Path(__file__).resolve().parents[2]
_WAIT_SECONDS = CPU_SECONDS + 60
_TOO_LARGE = "This workbook needs more memory than the {} MB it may use; save it as CSV and upload that."
_TOO_SLOW = f"This workbook takes longer than {CPU_SECONDS} seconds to open; save it as CSV and upload that."
_DAMAGED = "The workbook is damaged. Open it, save it again and upload it."


class WorkbookProcess:
    """One pass over one sheet, in at most `memory_limit` bytes of address space."""

    def __init__(self, path: Path, sheet: str, memory_limit: int = MEMORY_LIMIT) -> None:
        if "\0" in sheet:
            raise Unreadable(_DAMAGED)
        self._memory_limit = memory_limit
        module = "ingestion.readers.workbook_child"
        command = [sys.executable, "-m", module, str(path.absolute()), sheet, str(memory_limit)]
        # An environment of its own: the parser of a stranger's file needs none of our secrets.
        environment = {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(
            command, cwd=_ROOT, env=environment, bufsize=0,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            pass_fds=descriptors(path),
        )  # fmt: skip

    def frames(self) -> Iterator[Any]:
        while (size := struct.unpack(">I", self._read(4))[0]) > 0:
            yield marshal.loads(self._read(size))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._read_some(size - len(parts))
            if not part:
                raise Unreadable(self._cause_of_death())
            parts += part
        return bytes(parts)

    def _read_some(self, size: int) -> bytes | None:
        stdout = self._process.stdout
        assert stdout is not None
        ready, _, _ = select.select([stdout], [], [], _WAIT_SECONDS)
        if not ready:
            self.close()
            raise Unreadable(_TOO_SLOW)
        return stdout.read(size)

    def _cause_of_death(self) -> str:
        code = self._process.wait()
        if code == DAMAGED:
            return _DAMAGED
        if code == PROTECTED:
            return signatures.PROTECTED
        if code == -signal.SIGXCPU:
            return _TOO_SLOW
        # A failed reservation in the parser aborts the process; the system's own limit kills it.
        if code == OUT_OF_MEMORY or code < 0:
            return _TOO_LARGE.format(self._memory_limit >> 20)
        raise RuntimeError(f"The workbook parser ended with code {code}.")

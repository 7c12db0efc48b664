"""The digest by which Dropbox names a content: SHA-256 over the SHA-256 of each block of 4 MB.
https://www.dropbox.com/developers/reference/content-hash"""

from __future__ import annotations

import hashlib

BLOCK = 4 << 20


class ContentHash:
    def __init__(self) -> None:
        self._whole, self._block, self._filled = hashlib.sha256(), hashlib.sha256(), 0

    def update(self, content: bytes) -> None:
        at = 0
        while at < len(content):
            piece = content[at : at + BLOCK - self._filled]
            self._block.update(piece)
            self._filled += len(piece)
            at += len(piece)
            if self._filled == BLOCK:
                self._whole.update(self._block.digest())
                self._block, self._filled = hashlib.sha256(), 0

    def hexdigest(self) -> str:
        whole = self._whole.copy()
        if self._filled:
            whole.update(self._block.digest())
        return whole.hexdigest()

"""The SFTP protocol, version 3, over a channel of paramiko's.

Files are written and read with a number of requests under way, in constant memory, and the answer to each is looked at:
paramiko's own pipelined files forget those to the last hundred writes and to the closing.
"""

from __future__ import annotations

import stat
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

import paramiko
from paramiko import sftp
from paramiko.message import Message
from paramiko.sftp_attr import SFTPAttributes

BLOCK = 1 << 15
"""Bytes: what every server takes in one request."""
AHEAD = 64
END, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED, EXISTS, DISK_FULL, OVER_QUOTA = 1, 2, 3, 4, 8, 11, 14, 15
WRITE_ANEW = sftp.SFTP_FLAG_WRITE | sftp.SFTP_FLAG_CREATE | sftp.SFTP_FLAG_TRUNC


class Status(OSError):
    """The server's answer that it did not do it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    name: bytes
    size: int | None
    modified_at: datetime | None


class Client(paramiko.SFTPClient):
    """Paths are bytes. Every method raises Status, and what the channel raises."""

    def _convert_status(self, msg: Message) -> None:
        code, text = msg.get_int(), msg.get_binary().decode("utf-8", "replace")
        if code != sftp.SFTP_OK:
            raise Status(code, text)

    def put(self, path: bytes, blocks: Iterable[bytes]) -> None:
        handle = self._handle(sftp.CMD_OPEN, path, WRITE_ANEW, SFTPAttributes())
        try:
            self._write(handle, blocks)
        except BaseException:
            self._let_go(handle)
            raise
        self._request(sftp.CMD_CLOSE, handle)

    def _write(self, handle: bytes, blocks: Iterable[bytes]) -> None:
        answers, at = Answers(self), 0
        for block in blocks:
            for start in range(0, len(block), BLOCK):
                piece = block[start : start + BLOCK]
                answers.ask(sftp.CMD_WRITE, handle, sftp.int64(at), piece)
                at += len(piece)
                if len(answers) > AHEAD:
                    answers.next()
        while answers:
            answers.next()

    def get(self, path: bytes, into: BinaryIO) -> None:
        handle = self._handle(sftp.CMD_OPEN, path, sftp.SFTP_FLAG_READ, SFTPAttributes())
        try:
            with until_the_end():
                at = self._read_ahead(handle, into)
                while True:  # a file that has grown, or of which no size was told
                    into.write(block := self._piece(handle, at, BLOCK))
                    at += len(block)
        finally:
            self._let_go(handle)

    def _read_ahead(self, handle: bytes, into: BinaryIO) -> int:
        """As far as the size says; returns how far that is."""
        _, answer = self._request(sftp.CMD_FSTAT, handle)
        size = SFTPAttributes._from_msg(answer).st_size or 0
        answers, asked, at = Answers(self), 0, 0
        while answers or asked < size:
            while asked < size and len(answers) < AHEAD:
                answers.ask(sftp.CMD_READ, handle, sftp.int64(asked), BLOCK)
                asked += BLOCK
            block = answers.next().get_string()
            while len(block) < min(BLOCK, size - at):  # a server may give less than was asked for
                block += self._piece(handle, at + len(block), BLOCK - len(block))
            into.write(block)
            at += len(block)
        return at

    def _piece(self, handle: bytes, at: int, size: int) -> bytes:
        _, answer = self._request(sftp.CMD_READ, handle, sftp.int64(at), size)
        found: bytes = answer.get_string()
        if not found:
            raise Status(END, "")
        return found

    def entries(self, folder: bytes) -> Iterator[Entry]:
        """Plain files."""
        handle = self._handle(sftp.CMD_OPENDIR, folder)
        try:
            with until_the_end():
                while True:
                    yield from _plain_files(self._request(sftp.CMD_READDIR, handle)[1])
        finally:
            self._let_go(handle)

    def _let_go(self, handle: bytes) -> None:
        """Close it, whatever the server says to that."""
        with suppress(OSError, EOFError):
            self._async_request(type(None), sftp.CMD_CLOSE, handle)

    def facts(self, path: bytes) -> Any | None:
        """What lies there: st_size, st_mode. None when nothing does."""
        try:
            return self.stat(path)
        except Status as status:
            if status.code == NO_SUCH_FILE:
                return None
            raise

    def _handle(self, command: int, *arguments: Any) -> bytes:
        _, answer = self._request(command, *arguments)
        handle: bytes = answer.get_string()
        return handle


class Answers:
    """Requests under way, and their answers in the order of the requests, whatever order they come in."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._asked: deque[int] = deque()
        self._found: dict[int, tuple[int, Message]] = {}

    def __len__(self) -> int:
        return len(self._asked)

    def ask(self, command: int, *arguments: Any) -> None:
        self._asked.append(self._client._async_request(self, command, *arguments))

    def next(self) -> Message:
        """The answer to the oldest request. Raises Status, and EOFError where a file ends."""
        number = self._asked.popleft()
        while number not in self._found:
            self._client._read_response()
        kind, answer = self._found.pop(number)
        if kind == sftp.CMD_STATUS:
            self._client._convert_status(answer)
        return answer

    def _async_response(self, kind: int, answer: Message, number: int) -> None:
        """What paramiko calls with an answer."""
        self._found[number] = kind, answer


@contextmanager
def until_the_end() -> Iterator[None]:
    """What comes after the last byte or name is a Status too."""
    try:
        yield
    except Status as status:
        if status.code != END:
            raise


def _plain_files(answer: Message) -> Iterator[Entry]:
    """As many as stand there, whatever number the server says."""
    for _ in range(answer.get_int()):
        name, _ = answer.get_string(), answer.get_string()
        if not name:
            return
        facts = SFTPAttributes._from_msg(answer)
        if b"/" not in name and stat.S_ISREG(facts.st_mode or stat.S_IFREG):
            changed = None if facts.st_mtime is None else datetime.fromtimestamp(facts.st_mtime, UTC)
            yield Entry(name, facts.st_size, changed)

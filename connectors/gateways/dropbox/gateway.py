"""Files in a folder of Dropbox, put there and taken from there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, ClassVar

from arhub.network.errors import BadAnswer, ConfigError, RetryableError, Uncertain
from connectors.base import Check, Setting, Setup
from connectors.gateways.base import WHERE, Content, Gone, Listed, NameTaken, Parcel
from connectors.gateways.dropbox.client import DropboxClient, Row
from connectors.gateways.dropbox.errors import WrongOffset
from connectors.gateways.dropbox.hashing import ContentHash
from connectors.gateways.shelf import ShelfGateway, joined

PIECE = 8 << 20
"""Bytes; a multiple of 4 MB, as Dropbox likes them. What is larger goes up in several."""
PAGE, MOST_PAGES = 1_000, 500
ADDRESSES = "Addresses of Dropbox"


class DropboxGateway(ShelfGateway):
    kind: ClassVar[str] = "dropbox"
    label: ClassVar[str] = "Dropbox"
    summary: ClassVar[str] = "Puts files into a folder of Dropbox, and takes files in from there."
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("app_key", "App key", help="On the page of your app in Dropbox's App Console, under Settings."),
        Setting("app_secret", "App secret", kind="secret", help="Below the app key: press Show."),
        Setting(
            "refresh_token", "Refresh token", kind="secret", decides=True,
            help="Made once, by signing in to Dropbox: the README of this gateway tells how, in five steps.",
        ),
        Setting(
            "start", "Start in", required=False, group="Where files go",
            help="A folder, such as Invoices/Out. Empty: the app's own folder, or all of Dropbox if the app sees it.",
        ),
        *WHERE,
        Setting(
            "api_url", "API", kind="url", default="https://api.dropboxapi.com", group=ADDRESSES,
            help="Only a simulator has another.",
        ),
        Setting(
            "content_url", "Contents", kind="url", default="https://content.dropboxapi.com", group=ADDRESSES,
            help="Only a simulator has another.",
        ),
    )  # fmt: skip

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.client = DropboxClient(setup)

    def checks(self) -> Sequence[Check]:
        return (Check("Sign-in", self._check_sign_in), Check("Folder", self._check_folder))

    def _check_sign_in(self) -> str:
        self.client.sign_in()
        return "Dropbox takes the refresh token."

    def _check_folder(self) -> str:
        count = sum(1 for _ in self.list(""))
        return f"Files in {self._at('') or 'the folder where one arrives'}: {count:,}."

    def make_folder(self, folder: str) -> None:
        try:
            self.client.ask("files/create_folder_v2", folder, {"path": self._at(folder), "autorename": False})
        except NameTaken:
            if self._tag(folder) != "folder":
                raise

    def write(self, path: str, content: Content) -> None:
        """Dropbox shows nothing of a file before all of it is there."""
        digest = ContentHash()
        commit = {"path": self._at(path), "mode": "overwrite", "autorename": False, "mute": True}
        with content.open() as source:
            if content.size <= PIECE:
                digest.update(piece := source.read())
                made = self.client.upload("upload", path, piece, commit)
            else:
                made = self._in_pieces(path, source, digest, commit)
        if made.get("content_hash") != digest.hexdigest():
            self.remove(path)
            raise RetryableError(f"Dropbox got other bytes of {path} than were sent: they were taken back.")

    def size(self, path: str) -> int | None:
        found = self._metadata(path)
        return int(found["size"]) if found and found.get(".tag") == "file" else None

    def read(self, path: str, into: BinaryIO) -> None:
        self.client.download(path, into, {"path": self._at(path)})

    def rename(self, path: str, to: str, *, replace: bool) -> None:
        """Dropbox replaces nothing by a move: what has the name goes first. It keeps old versions for people."""
        paths = {"from_path": self._at(path), "to_path": self._at(to), "autorename": False}
        try:
            self.client.change("files/move_v2", to, paths)
        except NameTaken:
            if not replace or self._tag(to) == "folder":
                raise
            self.remove(to)
            self.client.change("files/move_v2", to, paths)
        except Gone:
            if not path.endswith(self.temporary_ending):
                raise
            raise Uncertain(
                f"{to} was there whole, and lost its temporary name: it may have been moved twice."
            ) from None

    def remove(self, path: str) -> None:
        try:
            self.client.ask("files/delete_v2", path, {"path": self._at(path)})
        except Gone:
            return

    def list(self, folder: str) -> Iterator[Listed]:
        try:
            page = self.client.ask("files/list_folder", folder, {"path": self._at(folder), "limit": PAGE})
        except Gone:
            raise ConfigError(f"There is no folder {self._at(folder)} in Dropbox.") from None
        for _ in range(MOST_PAGES):
            yield from (_listed(row, folder) for row in _rows(page) if row.get(".tag") == "file")
            if not page.get("has_more"):
                return
            page = self.client.ask("files/list_folder/continue", folder, {"cursor": page.get("cursor")})
        raise RetryableError(f"{folder or 'The folder'} in Dropbox has more than {MOST_PAGES * PAGE:,} files.")

    def _is_there(self, parcel: Parcel) -> bool:
        """By Dropbox's own digest: nothing has to be fetched."""
        found = self._metadata(joined(parcel.folder, parcel.name))
        if not found or found.get("size") != parcel.content.size:
            return False
        digest = ContentHash()
        with parcel.content.open() as source:
            while piece := source.read(PIECE):
                digest.update(piece)
        return found.get("content_hash") == digest.hexdigest()

    def _in_pieces(self, path: str, source: BinaryIO, digest: ContentHash, commit: Row) -> Row:
        piece, offset = source.read(PIECE), 0
        digest.update(piece)
        session = self.client.upload("upload_session/start", path, piece, {"close": False}).get("session_id")
        while offset := offset + len(piece):
            cursor = {"session_id": session, "offset": offset}
            piece = source.read(PIECE)
            digest.update(piece)
            if not piece:
                break
            self._append(path, piece, cursor)
        finished = {"cursor": cursor, "commit": commit}
        return self.client.upload("upload_session/finish", path, b"", finished, repeatable=False)

    def _append(self, path: str, piece: bytes, cursor: Row) -> None:
        """A piece whose answer was lost is sent again: Dropbox says then that it has it."""
        try:
            self.client.upload("upload_session/append_v2", path, piece, {"cursor": cursor, "close": False})
        except WrongOffset as error:
            if error.correct != cursor["offset"] + len(piece):
                raise

    def _metadata(self, path: str) -> Row | None:
        try:
            return self.client.ask("files/get_metadata", path, {"path": self._at(path)})
        except Gone:
            return None

    def _tag(self, path: str) -> str:
        found = self._metadata(path)
        return str(found.get(".tag")) if found else ""

    def _at(self, path: str) -> str:
        """As Dropbox writes it: with a slash before each folder, the root as nothing."""
        start = "" if path.startswith("/") else str(self.setup.values.get("start") or "")
        return "".join(f"/{part}" for part in f"{start}/{path}".split("/") if part)


def _rows(page: Row) -> Sequence[Row]:
    rows = page.get("entries")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadAnswer("Expected a list of entries from Dropbox, found something else.")
    return rows


def _listed(row: Row, folder: str) -> Listed:
    try:
        modified_at = datetime.strptime(str(row["server_modified"]), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return Listed(str(row["name"]), folder, int(row["size"]), modified_at, str(row["rev"]), is_whole=True)
    except (KeyError, ValueError, TypeError):
        raise BadAnswer("Expected a file with name, size and rev from Dropbox, found something else.") from None

"""Everything that a tenant's hub shows, answers, hands out and keeps, as texts: to search them for what must be in
none."""

from __future__ import annotations

import base64
import html
import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from arhub.database.binaries import find_binaries
from arhub.database.roles import OWNER
from arhub.database.server import ADMINISTRATOR
from tests.arhub.admin.conftest import LISTS, text_of
from tests.arhub.api.routes import routes

Texts = dict[str, str]
"""Where it was found → the text."""

CRAWLED = re.compile(
    r"/connectors/[a-z]+/(\d+/change/|add/)?|/arhub/(run|schedule|source|account)/(\d+/change/)?"
    r"|/ingestion/ingestion/(\d+/change/)?"
)
TELLING = frozenset({"tab", "kind"})
"""Parameters of an address that lead to another page; the others sort and narrow down."""
LINK = re.compile(r"""(?:href|action|hx-get|data-url)=["']([^"'#]+)""")
MOST_PAGES = 250
MOST_OF_A_KIND = 9


def found_in(texts: Mapping[str, str], words: Sequence[str]) -> list[tuple[str, str]]:
    """Where which of some words stands, however it is written there."""
    wanted = [(word, spelling) for word in words for spelling in spellings(word)]
    return sorted({(place, word) for place, text in texts.items() for word, spelling in wanted if spelling in text})


def spellings(word: str) -> set[str]:
    """A word as itself, and as HTML, JSON, addresses, dumps of bytes and Base64 have it, wherever it begins there."""
    plain = {word, html.escape(word), json.dumps(word)[1:-1], quote(word, safe=""), word.encode().hex()}
    coded = set()
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + word.encode()).decode().rstrip("=")
        coded.add(whole[(0, 2, 3)[shift] : -2])
    return plain | coded | {one.translate(str.maketrans("+/", "-_")) for one in coded}


def pages(client: Client, *starts: str) -> Texts:
    """The pages that can be reached from some, each with the others that its links lead to: a few of each kind."""
    found: Texts = {}
    seen: Counter[str] = Counter()
    waiting = list(starts)
    while waiting and len(found) < MOST_PAGES:
        address = waiting.pop(0)
        kind = re.sub(r"\d+", "#", address)
        if address in found or seen[kind] == MOST_OF_A_KIND:
            continue
        seen[kind] += 1
        answer = client.get(address)
        found[address] = text_of(answer) + answer.headers.get("Location", "")
        waiting += [one for link in LINK.findall(found[address]) if (one := _page(address, html.unescape(link)))]
    assert len(found) < MOST_PAGES, f"{MOST_PAGES} pages, and more: {sorted(found)[-20:]}"
    return found


def _page(base: str, link: str) -> str:
    """The page that a link leads to; empty for what is not walked through."""
    place = urlsplit(urljoin(base, link))
    if place.netloc or not CRAWLED.fullmatch(place.path):
        return ""
    kept = "&".join(f"{name}={value}" for name, value in parse_qsl(place.query) if name in TELLING)
    return f"{place.path}?{kept}" if kept else place.path


def answers(api: Client) -> Texts:
    """What every route of the API that reads says of all there is."""
    found: Texts = {}
    ids: dict[str, list[str]] = {}
    for route in sorted((one for one in routes() if one.method == "get"), key=lambda one: one.has_id):
        resource = route.address().split("/")[4]
        for record in ids.get(resource, [])[:MOST_OF_A_KIND] if route.has_id else [""]:
            address = route.address(int(record or 0))
            found[address] = text_of(api.get(address))
            if not route.has_id:
                ids[resource] = re.findall(r'"id":(\d+)', found[address])
    return found


def exports(client: Client) -> Texts:
    """Every list, handed out in every format."""
    found: Texts = {}
    for name in LISTS:
        for form in "012":
            answer = client.post(f"/arhub/{name}/export/", {"format": form, "resource": "0"})
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            found[f"{name} as {answer.headers['Content-Type']}"] = "".join(_texts(content))
    return found


def _texts(content: bytes) -> Iterator[str]:
    if not content.startswith(b"PK"):
        yield content.decode("utf-8", "replace")
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield archive.read(name).decode("utf-8", "replace")


def kept() -> Texts:
    """The whole database, what signed-in people's sessions hold, and every stored file."""
    sessions = {f"session {row.pk[:4]}": json.dumps(row.get_decoded()) for row in Session.objects.all()}
    folder = Path(default_storage.location)  # type: ignore[attr-defined]
    files = {str(path): "".join(_texts(path.read_bytes())) for path in folder.rglob("*") if path.is_file()}
    return {"dump of the database": _dump(), **sessions, **files}


def _dump() -> str:
    where = connection.settings_dict
    is_own = bool(where["OPTIONS"].get("embedded"))
    program = str(find_binaries().directory / "pg_dump") if is_own else shutil.which("pg_dump")
    if not program or not Path(program).exists():
        pytest.skip("The database is not the hub's own, and there is no pg_dump on this machine to dump it with.")
    role = ["--username", ADMINISTRATOR] if is_own else ["--username", str(where["USER"]), "--role", OWNER]
    place = ["--host", str(where["HOST"]), "--port", str(where["PORT"] or 5432), "--dbname", str(where["NAME"])]
    said = subprocess.run(
        [program, *place, *role, "--inserts"], capture_output=True, check=False,
        env={**os.environ, "PGPASSWORD": str(where["PASSWORD"] or "")},
    )  # fmt: skip
    assert said.returncode == 0, said.stderr.decode()
    return said.stdout.decode()

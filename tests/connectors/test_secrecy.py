"""What opens the doors of other systems stands nowhere: not on a page, in an answer, an export, a log, a file, or a
dump of the database, whatever was done with it and however it failed."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from arhub.domain import api_keys, runs
from arhub.domain.tenants import create_tenant
from arhub.models import Account, Membership, Outbound, Role, Run, User
from arhub.network import http
from arhub.paths import BASE_DIR
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.domain.setup import Memory
from connectors.erp.dinero import client as dinero_client
from connectors.models import Connection, ConnectionMemory, PulledPage, WriteBack
from connectors.simulators.dinero import seeds
from connectors.simulators.dinero import simulator as dinero
from connectors.simulators.dinero.simulator import DineroSimulator
from connectors.simulators.intacct.simulator import IntacctSimulator
from connectors.simulators.server import FAULTS, RunningSimulator
from ingestion import tasks as loads
from tests.connectors import surfaces
from tests.connectors.careless import TOKEN, Parrot
from tests.connectors.faults import world as place
from tests.ingestion.conftest import keeping_files
from tests.processes import hub_environment

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

RIGHT = {
    "sender_password": """Sender&right<'1">""", "user_password": """User&right<'2">""",
    "client_secret": """Client&right<'3">""", "api_key": """Key&right<'4">""",
}  # fmt: skip
WRONG = {name: value.replace("right", "wrong") for name, value in RIGHT.items()}
PUBLIC = {"sender_id": "sender-1", "company_id": "COMPANY1", "user_id": "xml_gateway", "client_id": "client-1"}
"""Such settings are shown: finding them tells that looking works."""
SETTINGS: dict[str, dict[str, Any]] = {
    "intacct": {
        **{name: place.ACCESS[name] for name in place.ACCESS if not name.endswith("password")}, "base_currency": "USD",
        "payment_method": "EFT", "read_with": "query", "overlap_minutes": "10",
    },
    "dinero": {"client_id": "client-1", "payments": "on", "requests_per_minute": "6000", "overlap_minutes": "10"},
    "sage_network": {"send_as": "zip", "page_size": "250", "overlap_minutes": "60"},
}  # fmt: skip
SECRETS = {"intacct": ("sender_password", "user_password"), "dinero": ("client_secret", "api_key"),
           "sage_network": ("api_key",)}  # fmt: skip
WORKER = """
import logging
import django
django.setup()
from arhub.domain import outbound, runs
from arhub.tenancy.scope import scope_all
from connectors.domain.setup import secrets_of
from connectors.models import Connection
while claimed := outbound.claim():
    outbound.deliver(*claimed)
while claimed := runs.claim():
    runs.work(*claimed)
with scope_all("a careless line in a log"):
    logging.getLogger("careless").warning("All is done with %s", [secrets_of(one) for one in Connection.objects.all()])
"""


class Story:
    """A tenant and its manager, who makes connections and does all that can be done with them."""

    def __init__(self) -> None:
        self.tenant = create_tenant("acme", name="Acme A/S", currency="USD")
        self.world = place.make_world(self.tenant)
        self.user = User.objects.create_user("ana@example.com", "a-long-password-7", name="Ana")
        Membership.objects.create(user=self.user, tenant=self.tenant, role=Role.ADMINISTRATOR)
        self.client = Client()
        self.client.force_login(self.user, backend="django.contrib.auth.backends.ModelBackend")
        with scope(self.tenant.pk):
            key = api_keys.make("Reader", ["read", "write"], requests_per_minute=100_000)[1]
        self.api = Client(headers={"Api-Key": key})
        self.said: surfaces.Texts = {}

    def post(self, address: str, given: dict[str, Any]) -> Any:
        """Remember what is answered, too."""
        answer = self.client.post(address, given)
        self.said[f"POST {len(self.said)} {address}"] = answer.content.decode() + str(answer.headers)
        return answer

    def connect(self, kind: str, name: str, address: str, secrets: dict[str, str]) -> Connection:
        given = self.form(kind, name, address, secrets)
        self.post(f"/connectors/connection/add/?kind={kind}", {**given, "name": ""})
        self.post(f"/connectors/connection/add/?kind={kind}", given)
        with scope(self.tenant.pk):
            return Connection.objects.get(name=name)

    def form(self, kind: str, name: str, address: str, secrets: dict[str, str]) -> dict[str, Any]:
        places = ("api_url", "sign_in_url") if kind == "dinero" else ("address",)
        settings = {**SETTINGS[kind], **dict.fromkeys(places, address)}
        settings |= {secret: secrets[secret] for secret in SECRETS[kind]}
        return {"name": name, **{f"setting-{name}": value for name, value in settings.items()}}

    def use(self, connection: Connection, *, in_process: bool = True) -> None:
        """Test it, pull, pull everything, and push a record."""
        page = f"/connectors/connection/{connection.pk}/"
        for given in ({}, {"step": "0"}):
            self.post(f"{page}test/", given)
        for action in ("pull-now", "full-pull"):
            self.post(f"{page}{action}/", {"_form_submitted": "on"})
        record = {"record_type": "account", "ids": str(self.world.record("customer").pk), "connection": connection.pk}
        self.post("/connectors/connection/send/", record)
        if in_process:
            self.work()

    def work(self) -> None:
        place.deliver(self.world, 2)
        while claimed := runs.claim():
            runs.work(*claimed)
        while loads.answer() != "nothing due":
            pass

    def held(self) -> list[str]:
        """The sessions and tokens that are remembered now."""
        with scope(self.tenant.pk):
            rows = list(ConnectionMemory.objects.values_list("connection", "name"))
        found = [Memory(self.tenant.pk, pk).get(name) for pk, name in rows]
        return [str(one.get("id") or one.get("token")) for one in found if isinstance(one, dict)]


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    monkeypatch.setattr(http, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(dinero_client, "PAUSE_SECONDS", 0.01)
    monkeypatch.setitem(dinero.CLIENTS, "client-1", RIGHT["client_secret"])
    monkeypatch.setitem(seeds.API_KEYS, RIGHT["api_key"], (123456,))
    with keeping_files(tmp_path / "media"):
        yield Story()


@pytest.fixture
def sides() -> Iterator[dict[str, RunningSimulator]]:
    """The other side of each kind, as it should be; Sage Network's is a careless one from the beginning."""
    intacct, books = IntacctSimulator(), DineroSimulator()
    company = intacct.gateway.sessions.company
    company.sender_password, company.password = RIGHT["sender_password"], RIGHT["user_password"]
    books.configure({"requests_per_minute": 0})
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(RunningSimulator(side))
            for kind, side in {
                "intacct": intacct, "dinero": books, "sage_network": Parrot(lets_in=True),
                "parrot": Parrot(lets_in=True), "doubting parrot": Parrot(lets_in=False),
            }.items()
        }  # fmt: skip


def test_secrets_stand_nowhere(
    story: Story, sides: dict[str, RunningSimulator], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secret = [*RIGHT.values(), *WRONG.values(), TOKEN]
    for kind in SETTINGS:
        address = sides[kind].url + (IntacctSimulator.path if kind == "intacct" else "")
        connection = story.connect(kind, f"Good {kind}", address, WRONG)
        story.use(connection)
        page = f"/connectors/connection/{connection.pk}/change/"
        story.post(page, {**story.form(kind, f"Good {kind}", "nowhere", RIGHT)})
        story.post(page, story.form(kind, f"Good {kind}", address, RIGHT))
        story.use(connection)
        secret += story.held()
        for fault in FAULTS:
            sides[kind].misbehave(fault, seconds=0.01)
            story.post(f"/connectors/connection/{connection.pk}/test/", {})
        for name in ("parrot", "doubting parrot"):
            address = sides[name].url + (IntacctSimulator.path if kind == "intacct" else "")
            story.use(story.connect(kind, f"{name} {kind}", address, RIGHT), in_process=name == "parrot")
    worker = subprocess.run(
        [sys.executable, "-c", WORKER], cwd=BASE_DIR, env=hub_environment(), capture_output=True, check=True, text=True
    )
    logs = {"log": "\n".join([*caplog.messages, caplog.text]), "stderr of a worker": worker.stderr + worker.stdout}
    shown = surfaces.pages(story.client, "/", "/search/?extended=1&s=Good", "/search/?extended=1&s=Nordic",
                           "/connectors/connection/", "/connectors/outboundpush/", "/arhub/run/", "/arhub/schedule/",
                           "/arhub/account/", "/arhub/source/", "/ingestion/ingestion/")  # fmt: skip
    said, handed_out, kept = surfaces.answers(story.api), surfaces.exports(story.client), surfaces.kept()

    everywhere = {**story.said, **shown, **said, **handed_out, **kept, **logs}
    assert surfaces.found_in(everywhere, secret) == []

    with scope(story.tenant.pk):
        assert Connection.objects.count() == 9
        assert WriteBack.objects.exists() and PulledPage.objects.exists()
        assert {*Run.objects.values_list("state", flat=True)} >= {"succeeded", "failed"}
        assert {*Outbound.objects.values_list("state", flat=True)} >= {"delivered", "failed"}
    assert len(set(secret)) > len({*RIGHT, *WRONG}) + 2, "no session and no token was found"
    for texts in (shown, {"": kept["dump of the database"]}):
        assert {word for _, word in surfaces.found_in(texts, [*PUBLIC.values()])} == {*PUBLIC.values()}
    for texts in (shown, said, handed_out, kept):
        assert surfaces.found_in(texts, ["Nordic Pumps"])
    assert surfaces.found_in(logs, ["All is done with"])


def test_secret_that_leaks_is_found(story: Story) -> None:
    secret = RIGHT["api_key"]
    with scope(story.tenant.pk):
        connection = connections.create("sage_network", name="Leaking", values={"api_key": secret})
        Connection.objects.update(last_error=f"It refused {secret}.", last_error_at=timezone.now())
        Outbound.objects.create(channel="push", destination=str(connection.pk), identity="1", content=secret.encode())
        run = Run.objects.create(kind="pull", subject_id=connection.pk, title="Pull", reason=f"It refused {secret}.")
        Account.objects.update(name=secret)
    default_storage.save("pulls/1.jsonl", ContentFile(json.dumps({"key": secret}).encode()))

    shown = surfaces.pages(story.client, "/connectors/connection/", "/arhub/run/")
    kept = surfaces.kept()

    assert {"/connectors/connection/", f"/arhub/run/{run.pk}/change/"} <= places_of(shown, secret)
    assert f"/api/hub/v1/runs/{run.pk}/" in places_of(surfaces.answers(story.api), secret)
    assert {place.partition(" ")[0] for place in places_of(surfaces.exports(story.client), secret)} >= {"account"}
    assert len(places_of(kept, secret)) == 2, "the dump and the file"
    assert secret.encode().hex() in kept["dump of the database"]


def places_of(texts: surfaces.Texts, word: str) -> set[str]:
    return {place for place, _ in surfaces.found_in(texts, [word])}


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_secret_is_found_in_base64_wherever_it_begins(before: str) -> None:
    text = base64.b64encode(f"{before}{RIGHT['api_key']} and more".encode()).decode()

    assert surfaces.found_in({"": text}, [RIGHT["api_key"]]) == [("", RIGHT["api_key"])]

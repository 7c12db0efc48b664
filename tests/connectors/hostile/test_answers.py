"""Answers that no honest system gives: bombs, numbers without end, words that no database holds, places elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from arhub.network.answer import Answer
from arhub.network.errors import BadAnswer, ConfigError, NetworkError, PermanentError
from arhub.network.http import get
from arhub.tenancy.scope import scope
from connectors.base import Cursor, Setup
from connectors.domain import connections, spool, write_backs
from connectors.domain.connections import WrongSettings, checked
from connectors.erp.dinero import values
from connectors.erp.dinero.connector import DineroConnector
from connectors.erp.intacct.answers import Unreadable, outcome_of
from connectors.erp.intacct.connector import IntacctConnector
from connectors.erp.intacct.reading import reaching_back
from connectors.erp.intacct.values import read_decimal, read_time
from connectors.erp.sage_network.connector import SageNetworkConnector
from connectors.gateways.sftp.gateway import SftpGateway
from connectors.models import Connection, ConnectionEntry, WriteBack
from connectors.simulators.server import Request, Response, RunningSimulator, Simulator
from tests.arhub.admin.conftest import text_of
from tests.connectors.admin.conftest import Linked, connect
from tests.connectors.faults.world import ACCESS

UGLY = "<script>alert(1)</script>\x00\x1b[31m\ud800‮" + "x" * 1_000_000


def answered(content: bytes = b"", **headers: str) -> Answer:
    return Answer(
        200, {name.replace("_", "-"): value for name, value in headers.items()}, content, "https://x.example/"
    )


@pytest.mark.parametrize(
    "given", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "Mon, 01 Jan 2026 00:00:00 +99999999999", "", "nonsense"]
)
def test_date_that_is_none_is_no_date(given: str) -> None:
    assert (answered(retry_after=given).retry_after, answered(date=given).date) == (None, None)


@pytest.mark.parametrize("number", ["1e999999999", "-1e-999999999", "NaN", "Infinity", "9" * 5_000])
def test_number_without_end_is_no_answer(number: str) -> None:
    with pytest.raises(BadAnswer):
        answered(f'{{"total": {number}}}'.encode()).json()


def test_last_of_two_values_under_one_name_counts() -> None:
    assert answered(b'{"a": 1, "a": 2}').json() == {"a": 2}


@pytest.mark.parametrize("given", [Decimal("1e30"), 10**400, -(10**15)])
def test_amount_that_nobody_owes_is_refused(given: Any) -> None:
    with pytest.raises(PermanentError, match="beyond 1,000,000,000,000,000"):
        values.money({"total": given}, "total", "DKK")


def test_amount_of_intacct_without_end_is_refused() -> None:
    with pytest.raises(PermanentError, match="Expected a number from Intacct"):
        read_decimal("1e999999999")


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_time_outside_of_the_calendar_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setattr("connectors.erp.dinero.client.PAUSE_SECONDS", 0)
    monkeypatch.setattr("arhub.network.http.PAUSE_SECONDS", 0)
    with pytest.raises(PermanentError, match="Expected a time like"):
        read_time(given)
    for one in to("http://127.0.0.1:9"):
        for stream in one.streams:
            with pytest.raises(NetworkError):
                list(one.pull(Cursor({stream.name: given})))


def test_cursor_that_lies_before_all_time_is_refused() -> None:
    with pytest.raises(ConfigError, match="too long ago"):
        reaching_back("0001-01-01T00:00:00", 10)


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 9))


@pytest.mark.parametrize(
    "content",
    [
        f'<!DOCTYPE r [<!ENTITY e0 "lol">{ENTITIES}]><response>&e8;</response>',
        f'<!DOCTYPE r [<!ENTITY e0 "lol">{ENTITIES}]><response at="&e8;"/>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><response>&a;</response>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><response/>',
        f"<response>{'<a>' * 100_000}{'</a>' * 100_000}</response>",
        f"<response><a>{'x' * 11_000_000}</a></response>",
    ],
    ids=["bomb", "bomb in an attribute", "file", "address", "depth", "length"],
)
def test_xml_that_is_an_attack_is_unreadable(content: str) -> None:
    with pytest.raises(Unreadable) as problem:
        outcome_of(content.encode())

    assert len(str(problem.value)) < 200
    assert "root:" not in str(problem.value)


def test_count_without_end_is_none() -> None:
    good = "<status>success</status>"
    text = (
        f"<response><control>{good}</control><operation><authentication>{good}</authentication>"
        f'<result>{good}<data totalcount="{"9" * 5_000}"/></result></operation></response>'
    )

    assert outcome_of(text.encode()).count("totalcount") == 0


@pytest.mark.parametrize("address", ["https://mine.example\\.intacct.com/", "http://mine.example\\x/"])
def test_address_that_can_be_read_in_two_ways_is_not_called(address: str) -> None:
    with pytest.raises(ConfigError, match="in two ways"):
        get(address)


class Villain(Simulator):
    """Answers everything with the same: `content`, and where to go on."""

    kind = "villain"
    content, status, location = b"", 200, ""

    def reset(self) -> None:
        self.asked: list[Request] = []

    def state(self) -> Mapping[str, Any]:
        return {}

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(self.status, self.content, headers={"Location": self.location} if self.location else {})


@pytest.fixture
def villain() -> Iterator[RunningSimulator]:
    with RunningSimulator(Villain()) as running:
        yield running


class Nothing:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def put(self, name: str, value: Any) -> None:
        self.values[name] = value

    def wait(self) -> None:
        """No limit."""


def connector(kind: type[Any], **given: Any) -> Any:
    nothing = Nothing()
    defaults = {setting.name: setting.default for setting in kind.settings}
    return kind(Setup({**defaults, **given}, nothing, nothing))


def to(address: str) -> list[Any]:
    return [
        connector(IntacctConnector, **{**ACCESS, "address": f"{address}/ia/xml/xmlgw.phtml"}),
        connector(DineroConnector, api_url=address, sign_in_url=address, client_id="c", client_secret="s", api_key="k"),
        connector(SageNetworkConnector, address=address, api_key="k"),
    ]


def tried(one: Any) -> NetworkError:
    """What stops a test and a pull."""
    for step in (*one.checks(), None):
        try:
            if step is None:
                list(one.pull(Cursor()))
            else:
                step.run()
        except NetworkError as error:
            return error
    pytest.fail("Nothing went wrong.")


@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254", "http://10.0.0.1", "http://[::1]:9", "http://[::ffff:10.0.0.1]", "http://0.0.0.0:9",
     "http://2130706433", "http://0x7f.1", "http://[fe80::1]", "http://192.168.1.1"],
)  # fmt: skip
def test_addresses_inside_are_not_called(settings: Any, address: str) -> None:
    settings.ALLOWED_NETWORKS = []
    for one in to(address):
        assert isinstance(tried(one), ConfigError)


def test_redirect_is_not_followed_with_credentials(villain: RunningSimulator) -> None:
    with RunningSimulator(Villain()) as other:
        other_side: Any = other.simulator
        for status in (301, 302, 307, 308):
            villain.simulator.status, villain.simulator.location = status, f"{other.url}/x"  # type: ignore[attr-defined]
            for one in to(villain.url):
                tried(one)

    told = {name for request in other_side.asked for name in request.headers} | {one.body for one in other_side.asked}
    assert told & {"authorization", "api-key"} == set()
    assert {text for text in told if isinstance(text, bytes)} <= {b""}


@pytest.mark.parametrize(
    "content",
    [b"[]", b"null", b'"x"', b"{}", b'{"Collection": 7}', b'{"Collection": [1]}', b'{"access_token": {"a": 1}}',
     b"1e5", b'{"access_token": "t", "expires_in": "999999999999999999999"}', b"{" * 100_000,
     b'{"a":' * 900 + b"1" + b"}" * 900, b"\xff\xfe", b'{"records": [null]}',
     b'{"loggedIn": true, "records": {}, "roles": {}, "userName": []}',
     b'{"access_token": "t\\n\\ud800"}', b"<response/>", b"<response><control/></response>", b" " * 9_000_000],
)  # fmt: skip
def test_answer_of_another_shape_is_told_of(
    villain: RunningSimulator, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr("connectors.erp.dinero.client.PAUSE_SECONDS", 0)
    monkeypatch.setattr("arhub.network.http.PAUSE_SECONDS", 0)
    villain.simulator.content = content  # type: ignore[attr-defined]

    told = [str(tried(one)) for one in to(villain.url)]

    assert all(0 < len(text) < 500 for text in told), told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"page_size": "9" * 5_000}, "at most 1,000,000"), ({"overlap_minutes": 10**20}, "at most 1,000,000"),
        ({"send_as": ["zip"]}, "expected zip, batch"), ({"send_as": {}}, "expected zip, batch"),
        ({"address": "https://ana:secret@x.example"}, "without a user or password"),
        ({"address": "file:///etc/passwd"}, "begins with https://"), ({"own_company": "\ud800"}, "can be seen"),
        ({"own_company": "a\x00b"}, "can be seen"), ({"api_key": "k\x00"}, "can be seen"),
        ({"api_key": "k" * 20_001}, "at most 20,000 characters"), ({"api_key": ["k"]}, "a text"),
    ],
)  # fmt: skip
def test_setting_that_nobody_could_use_is_refused(given: dict[str, Any], said: str) -> None:
    good = {setting.name: setting.default for setting in SageNetworkConnector.settings} | {"api_key": "key-of-ours"}

    with pytest.raises(WrongSettings) as problem:
        checked(SageNetworkConnector.settings, {**good, **given})

    assert said in str(problem.value)
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize("port", [0, 65_536, "99999", "9" * 5_000, "٢٢"])
def test_port_that_does_not_exist_is_refused(port: Any) -> None:
    good = {setting.name: setting.default for setting in SftpGateway.settings} | {"host": "sftp.example", "user": "ana"}

    with pytest.raises(WrongSettings) as problem:
        checked(SftpGateway.settings, {**good, "port": port})

    assert list(problem.value.errors) == ["port"]


def test_what_the_other_side_says_is_shown_as_words(client: Client, acting: Linked) -> None:
    own = acting.connection
    push = acting.push("uncertain")
    with scope(acting.records.tenant.pk):
        connections.health(own, UGLY)
        connections.note(own, UGLY)
        write_backs.store(own, "account", acting.records.first("account").pk, {"id": UGLY})
        entry, key = ConnectionEntry.objects.latest("id"), WriteBack.objects.get()
        error = Connection.objects.get().last_error

    assert (len(entry.text), len(key.value), len(error)) == (1_000, 255, 400)
    assert all(text.startswith("<script>alert(1)</script>  [31m") for text in (entry.text, key.value, error))
    page = f"/connectors/connection/{own.pk}/change/"
    for address in (
        "/",
        page,
        f"{page}?tab=log",
        f"{page}?tab=write_backs",
        f"/connectors/outboundpush/{push.pk}/change/",
    ):
        assert "<script>alert(1)" not in text_of(client.get(address))


def test_test_of_a_villain_is_short_and_harmless(
    client: Client, acting: Linked, villain: RunningSimulator, side_joins_default: None
) -> None:
    villain.simulator.status, villain.simulator.content = 500, UGLY.encode("utf-8", "replace")  # type: ignore[attr-defined]
    own = connect(acting.records.tenant, villain.url, "Villain")

    for given in ({}, {"step": "0"}, {"step": "-1"}, {"step": "9" * 30}, {"step": "\x00"}):
        answer = client.post(f"/connectors/connection/{own.pk}/test/", given)
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
        assert b"<script>alert" not in answer.content


def test_half_a_character_is_spooled(tmp_path: Any, settings: Any) -> None:
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": place}

    spool.write(1, 1, 1, {"account": [{"erp_key": "a\ud800"}]})

    assert (tmp_path / "pulls/1/1/000001-account.jsonl").read_text() == '{"erp_key": "a?"}\n'


def test_simulator_is_not_steered_by_a_page_in_a_browser(villain: RunningSimulator) -> None:
    steer = f"{villain.url}/_simulator/"

    assert get(steer, {"Origin": "https://evil.example"}).status == 403
    assert get(steer).json()["kind"] == "villain"

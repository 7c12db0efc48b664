"""Signing in, and what each refusal is told as."""

from __future__ import annotations

from typing import Any

import pytest

from arhub.network.errors import ConfigError, NetworkError, PermanentError, RetryableError
from connectors.base import Cursor
from connectors.erp.dinero.connector import DineroConnector
from connectors.erp.dinero.errors import Gone
from connectors.simulators.server import RunningSimulator
from tests.connectors.erp.dinero.conftest import Connect

SECRETS = ("client-secret", "api-key-1", "api-key-2", "wrong-secret", "wrong-key")


def _tested(connector: DineroConnector) -> list[str]:
    """As Test connection does: up to the first step that fails, whose sentence is the last."""
    found = []
    for check in connector.checks():
        try:
            found.append(check.run())
        except NetworkError as error:
            return [*found, f"{type(error).__name__}: {error}"]
    return found


def test_right_key_passes_every_step(connect: Connect, dinero: RunningSimulator) -> None:
    assert _tested(connect()) == [
        f"{dinero.url.removeprefix('http://')} answers.",
        "Client id, client secret and API key are right.",
        "Reads 123456, Hansen & Co ApS.",
        "Found “Nordic Pumps A/S”, one of 6.",
        "Found “Faktura”, draft, one of 25.",
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"client_secret": "wrong-secret"}, "ConfigError: Dinero does not know the client id with this client secret."),
        ({"client_id": "nobody"}, "ConfigError: Dinero does not know the client id with this client secret."),
        (
            {"api_key": "wrong-key"},
            "ConfigError: Dinero does not take the API key: copy it again from Dinero, or make a new one there.",
        ),
        (
            {"api_key": "api-key-2"},
            "ConfigError: Uden Pro IVS has no Dinero Pro subscription, which Dinero's API needs.",
        ),
        (
            {"organization": "999"},
            "ConfigError: Expected organization 999; the API key sees: 123456 (Hansen & Co ApS). Give one of their ids "
            "in the settings.",
        ),
        (
            {"api_key": "api-key-3"},
            "ConfigError: Expected which organization to read, as there are several; the API key sees: 123456 (Hansen "
            "& Co ApS), 234567 (Uden Pro IVS). Give one of their ids in the settings.",
        ),
    ],
)
def test_wrong_setting_is_told_in_a_sentence(connect: Connect, values: dict[str, Any], sentence: str) -> None:
    assert _tested(connect(**values))[-1] == sentence


def test_organization_is_chosen_by_its_id(connect: Connect) -> None:
    found = _tested(connect(api_key="api-key-3", organization="123456"))

    assert found[2] == "Reads 123456, Hansen & Co ApS. The API key sees also 234567 (Uden Pro IVS)."
    assert len(found) == 5


def test_address_without_a_dinero_behind_it_is_told(connect: Connect, dinero: RunningSimulator) -> None:
    dinero.misbehave("status", times=2, on="/dineroapi/oauth/token", status=404)

    assert _tested(connect())[-1] == (
        "ConfigError: The sign-in's address answered with status 404: it does not look like Dinero."
    )


def test_sign_in_that_is_in_trouble_is_not_taken_for_reached(connect: Connect, dinero: RunningSimulator) -> None:
    dinero.misbehave("status", status=503)

    assert _tested(connect()) == ["RetryableError: Dinero has a problem of its own (status 503)."]


def test_sign_in_address_may_have_its_path(connect: Connect, dinero: RunningSimulator) -> None:
    assert len(_tested(connect(sign_in_url=f"{dinero.url}/dineroapi/oauth/token"))) == 5


def test_organization_without_pro_cannot_be_pulled(connect: Connect) -> None:
    with pytest.raises(ConfigError, match="The organization has no Dinero Pro subscription"):
        next(connect(api_key="api-key-2").pull(Cursor()))


def test_organization_that_the_key_does_not_see_signs_in_once_more_and_tells(
    connect: Connect, dinero: RunningSimulator
) -> None:
    connector = connect(organization="234567")

    with pytest.raises(ConfigError, match=r"does not let the API key read this\. Dinero said: “You are not authorized"):
        next(connector.pull(Cursor()))

    assert dinero.simulator.counts["requests"] == 4


def test_token_is_kept_and_another_process_uses_it(connect: Connect, dinero: RunningSimulator) -> None:
    first = connect()
    list(first.client.organizations())

    second = DineroConnector(first.setup)
    list(second.client.organizations())

    assert dinero.simulator.state()["tokens"] == 1


def test_token_is_given_up_before_it_ends(connect: Connect, dinero: RunningSimulator) -> None:
    dinero.simulator.configure({"token_seconds": 1})
    connector = connect()
    connector.client.sign_in()
    kept = connector.setup.store.get("token")

    connector.setup.store.put("token", kept | {"until": 0})
    connector.client.organizations()

    assert dinero.simulator.state()["tokens"] == 2


def test_token_that_ended_while_it_reads_is_made_anew(connect: Connect, dinero: RunningSimulator) -> None:
    connector = connect()
    pull = connector.pull(Cursor())
    pages = [next(pull)]

    dinero.simulator.configure({"token_seconds": 0})
    dinero.simulator.configure({"token_seconds": 3600})
    pages += pull

    assert sum(len(page.records.get("invoice", ())) for page in pages) == 22
    assert dinero.simulator.state()["tokens"] == 1


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        ({"kind": "status", "status": 429, "retry_after": 0}, RetryableError, "no more requests for now (429)"),
        ({"kind": "status", "status": 429, "retry_after": 40}, RetryableError, "It asks to wait 40 seconds."),
        ({"kind": "status", "status": 480}, RetryableError, "switched this part of its API off for a while (480)"),
        ({"kind": "status", "status": 500}, RetryableError, "a problem of its own (status 500)"),
        ({"kind": "status", "status": 503, "retry_after": 0}, RetryableError, "a problem of its own (status 503)"),
        ({"kind": "garbage"}, RetryableError, "Dinero's answer could not be read."),
        ({"kind": "drop"}, RetryableError, "no complete answer came"),
        ({"kind": "status", "status": 418}, PermanentError, "refused the request (status 418, code None)"),
    ],
)
def test_other_side_in_trouble(
    connect: Connect, dinero: RunningSimulator, fault: dict[str, Any], kind: type[NetworkError], sentence: str
) -> None:
    connector = connect()
    next(connector.pull(Cursor()))
    dinero.misbehave(**fault, times=10, on="/sales")

    with pytest.raises(kind) as caught:
        list(connector.pull(Cursor()))

    assert sentence in str(caught.value)


@pytest.mark.parametrize("kind", ["status", "drop", "refuse"])
def test_short_trouble_is_passed_over(connect: Connect, dinero: RunningSimulator, kind: str) -> None:
    dinero.misbehave(kind, times=2, on="/invoices/", **({"status": 502} if kind == "status" else {}))

    pages = list(connect().pull(Cursor()))

    assert sum(len(page.records.get("invoice", ())) for page in pages) == 22


def test_what_is_not_there_is_told_apart(connect: Connect) -> None:
    with pytest.raises(Gone, match=r"Dinero said: “The voucher was not found\.”"):
        connect().client.invoice("00000000-0000-4000-8000-000000000000")


def test_request_that_is_refused_says_which_field(connect: Connect) -> None:
    client = connect().client

    with pytest.raises(PermanentError, match=r"code 42.*pageSize: Expected at most 1000"):
        client.listing(f"/v1/{client.organization_id()}/sales", 0, 1001)


def test_products_and_bank_accounts_can_be_read(connect: Connect) -> None:
    client = connect().client

    assert [row["productnumber"] for row in client.products()] == ["V-1", "V-2"]
    assert [row["accountnumber"] for row in client.deposit_accounts()] == [55000, 55010]
    assert client.organization()["vatnumber"] == "12345674"


def test_secrets_stand_in_no_error_and_in_nothing_that_was_asked_for(
    connect: Connect, dinero: RunningSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    texts = []
    for values in ({"client_secret": "wrong-secret"}, {"api_key": "wrong-key"}, {"organization": "1"}, {}):
        connector = connect(**values)
        texts += _tested(connector)
        token = (connector.setup.store.get("token") or {"token": "none"})["token"]
        dinero.misbehave("garbage", times=3)
        texts += _tested(connector)
        assert token not in " ".join([*texts, caplog.text])

    assert not [secret for secret in SECRETS if secret in " ".join([*texts, caplog.text])]


def test_error_that_repeats_a_secret_is_cleaned(connect: Connect) -> None:
    client = connect().client

    error = client._without_secrets(PermanentError("Dinero said: “api-key-1, client-secret and t0ken”"), "t0ken")

    assert (type(error), str(error)) == (PermanentError, "Dinero said: “…, … and …”")

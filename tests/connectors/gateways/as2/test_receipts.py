"""What becomes of a delivery, by what the partner answers: each wrong receipt is told for what it is."""

from __future__ import annotations

from typing import Any

import pytest

from arhub.network.errors import ConfigError, NetworkError, RetryableError, Uncertain
from connectors.base import NeverThere, Unsupported
from connectors.gateways.as2.receipts import Unconvincing
from connectors.gateways.base import Receipt, Rejected, TakesRepeats
from connectors.simulators.as2_partner.keys import certificate_pem, made
from connectors.simulators.server import RunningSimulator
from tests.connectors.gateways.as2.place import gateway, partner
from tests.contracts.connector_contract import Remembered
from tests.contracts.gateway_contract import parcel


def stored(running: RunningSimulator) -> list[tuple[str, bytes]]:
    return list(running.simulator.messages.values())  # type: ignore[attr-defined]


def deliver(behaviour: dict[str, Any], store: Remembered | None = None, **given: Any) -> Receipt:
    with partner(**behaviour) as running:
        return gateway(running.url, store, **given).deliver(parcel())


def test_receipt_confirms_the_very_bytes_and_is_kept() -> None:
    receipt = deliver({})

    assert receipt.text == "The partner took it; its signed receipt confirms the very bytes."
    assert (receipt.kind, receipt.media_type, receipt.awaits, receipt.warning) == ("mdn", "multipart/signed", False, "")
    assert receipt.speaks_of.startswith("sha256:")
    assert receipt.content.startswith(b"Content-Type: multipart/signed; ")
    assert b"Original-Message-ID: <parcel-1@hub>\r\n" in receipt.content


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("unsigned", "A signed receipt was asked for, and the one that came is not signed: it proves nothing."),
        ("other message", "The receipt is for another message, <another@partner>."),
        ("no mic", "The receipt does not say which bytes it is for: its check (MIC) is missing."),
        ("altered", "The content is not what was signed: it was changed on the way."),
        ("other signer", "It is signed by Somebody else, not by AS2 partner, number "),
        ("expired", "It is signed by AS2 partner, not by AS2 partner, number "),
    ],
)
def test_receipt_that_does_not_convince_leaves_it_uncertain(how: str, text: str) -> None:
    store = Remembered()

    with pytest.raises(Unconvincing) as caught:
        deliver({"receipt": how}, store)

    assert str(caught.value).startswith(f"It may have arrived. {text}")
    assert b"disposition-notification" in caught.value.receipt.content
    with pytest.raises(RetryableError) as asked:
        gateway(store=store).look_up(parcel())
    assert str(asked.value) == f"{caught.value} Ask the partner whether <parcel-1@hub> is there."


def test_receipt_signed_with_a_known_certificate_that_has_expired_is_told_so() -> None:
    with pytest.raises(Unconvincing) as caught:
        deliver({"receipt": "expired"}, partner_next_certificate=certificate_pem(made("AS2 partner", -10)))

    assert "It is signed with AS2 partner, number " in str(caught.value)
    assert "a certificate that is not valid now (until " in str(caught.value)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("html", "It may have arrived. Expected a receipt (MDN), found text/html."),
        ("none", "{} answered (status 200) without a receipt (MDN)."),
    ],
)
def test_no_receipt_leaves_it_uncertain_and_the_same_is_sent_again(how: str, text: str) -> None:
    store = Remembered()
    with partner(receipt=how) as running:
        with pytest.raises(Uncertain) as caught:
            gateway(running.url, store).deliver(parcel())
        with pytest.raises(TakesRepeats):
            gateway(running.url, store).look_up(parcel())
        running.simulator.configure({"receipt": "right"})
        receipt = gateway(running.url, store).deliver(parcel())

        assert str(caught.value) == text.format(running.url.removeprefix("http://"))
        assert receipt.text == "The partner had it already; its signed receipt says so."
        assert stored(running) == [("a.xml", b"<a/>")]


def test_receipt_over_other_bytes_is_a_refusal() -> None:
    store = Remembered()

    with pytest.raises(Rejected) as caught:
        deliver({"receipt": "wrong mic"}, store)

    assert str(caught.value).startswith("The partner took other bytes than were sent: expected the check (MIC) sha256:")
    assert str(caught.value).endswith("found sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=.")
    assert caught.value.receipt.content
    with pytest.raises(NeverThere) as gone:
        gateway(store=store).look_up(parcel())
    assert str(gone.value) == str(caught.value)


@pytest.mark.parametrize(
    ("disposition", "meaning"),
    [
        ("processed/error: decryption-failed",
         ": it could not decrypt the message; it may have another certificate than the one you have."),
        ("processed/Error: authentication-failed",
         ": it could not tell that the message is from you; it may have another certificate of yours."),
        ("processed/error: integrity-check-failed", ": the content it got is not what was signed."),
        ("processed/error: decompression-failed", ": it could not unpack the message."),
        ("processed/error: insufficient-message-security", ": it wants messages signed or encrypted otherwise."),
        ("processed/error: unknown-trading-partner", ": it does not know your AS2 id, or not together with its own."),
        ("processed/error: unexpected-processing-error", ": something went wrong there."),
        ("failed/failure: unsupported format", "."),
        ("failed", "."),
        ("denied", "."),
    ],
)  # fmt: skip
def test_disposition_that_says_no_is_a_refusal_with_its_meaning(disposition: str, meaning: str) -> None:
    with pytest.raises(Rejected) as caught:
        deliver({"receipt": "refused", "modifier": disposition})

    said = "It says: “This is what our program says.”"
    assert str(caught.value) == f"The partner did not take it ({disposition}){meaning} {said}"
    assert disposition.encode() in caught.value.receipt.content


def test_warning_of_the_partner_is_passed_on() -> None:
    unchecked = {"receipt": "refused", "modifier": "processed/warning: sender-is-slow"}

    receipt = deliver(unchecked, sign="none", mdn_signed=False)

    assert receipt.warning == "The partner warns: sender-is-slow. The receipt does not say which bytes it is for."


def test_unsigned_receipt_counts_where_that_was_agreed() -> None:
    receipt = deliver({}, mdn_signed=False)

    assert receipt.text == "The partner took it; its unsigned receipt confirms the very bytes."


def test_unsigned_refusal_in_the_answer_is_believed() -> None:
    """A partner that does not know who is calling cannot sign for it."""
    with pytest.raises(Rejected) as caught:
        deliver({"hub_id": "ANOTHER"})

    assert str(caught.value) == (
        "The partner did not take it (processed/error: unknown-trading-partner): it does not know your AS2 id, or not "
        "together with its own. It says: “Expected a message from ANOTHER to PARTNER.”"
    )


def test_without_a_receipt_the_status_is_all_there_is() -> None:
    store = Remembered()
    with partner() as running:
        receipt = gateway(running.url, store, mdn="none").deliver(parcel())

        assert gateway(running.url, store, mdn="none").look_up(parcel()) == receipt
        assert receipt.text == (
            f"{running.url.removeprefix('http://')} took it (status 200); no receipt (MDN) was asked for."
        )


def test_repeat_after_a_lost_answer_is_known_there_and_taken_once() -> None:
    store = Remembered()
    with partner() as running:
        running.misbehave("drop")
        with pytest.raises(Uncertain):
            gateway(running.url, store).deliver(parcel())
        with pytest.raises(TakesRepeats):
            gateway(running.url, store).look_up(parcel())
        receipt = gateway(running.url, store).deliver(parcel())
        later = gateway(running.url, store).look_up(parcel())

        assert receipt.text == "The partner had it already; its signed receipt says so."
        assert later == receipt
        assert stored(running) == [("a.xml", b"<a/>")]


def test_where_the_partner_knows_no_repeats_a_person_decides() -> None:
    store = Remembered()
    with partner() as running:
        running.misbehave("drop")
        with pytest.raises(Uncertain):
            gateway(running.url, store, knows_repeats=False).deliver(parcel())

    with pytest.raises(Unsupported) as caught:
        gateway(store=store, knows_repeats=False).look_up(parcel())

    assert str(caught.value) == "Only the partner can tell whether <parcel-1@hub> is there, and may take it twice."


def test_delivery_that_was_confirmed_is_not_sent_again() -> None:
    store = Remembered()
    with partner() as running:
        first = gateway(running.url, store).deliver(parcel())
        counted = running.simulator.counts["requests"]
        second = gateway(running.url, store).deliver(parcel())

        assert first == second
        assert running.simulator.counts["requests"] == counted


def test_delivery_that_was_refused_may_be_sent_again() -> None:
    store = Remembered()
    with partner(receipt="refused") as running:
        with pytest.raises(Rejected):
            gateway(running.url, store).deliver(parcel())
        running.simulator.reset()

        receipt = gateway(running.url, store).deliver(parcel())

        assert receipt.text == "The partner took it; its signed receipt confirms the very bytes."


def test_check_of_every_attempt_counts_when_settings_have_changed_meanwhile() -> None:
    """The first attempt arrived compressed, and the partner confirms it when it sees the second."""
    store = Remembered()
    with partner() as running:
        running.misbehave("drop")
        with pytest.raises(Uncertain):
            gateway(running.url, store, compress="before").deliver(parcel())

        receipt = gateway(running.url, store).deliver(parcel())

        assert receipt.text == "The partner had it already; its signed receipt says so."


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, ConfigError, "refuses the user and password, or wants some."),
        (404, ConfigError, "takes no AS2 messages at this address."),
        (400, NetworkError, "refuses the message, without a receipt that says why."),
        (500, Uncertain, "failed, and did not say whether it had taken the message."),
        (503, RetryableError, "is busy."),
    ],
)
def test_status_without_a_receipt_is_told(status: int, kind: type[NetworkError], text: str) -> None:
    with partner() as running:
        running.misbehave("status", status=status)

        with pytest.raises(kind) as caught:
            gateway(running.url).deliver(parcel())

        assert str(caught.value) == f"{running.url.removeprefix('http://')} (status {status}) {text}"


def test_password_of_the_partner_is_given_and_a_wrong_one_told() -> None:
    with partner(password="user:secret-7") as running:
        receipt = gateway(running.url, user="user", password="secret-7").deliver(parcel())
        wrong = gateway(running.url, user="user", password="wrong-7")
        said = []
        for call in (wrong.checks()[-1].run, lambda: wrong.deliver(parcel(identity="2"))):
            with pytest.raises(ConfigError) as caught:
                call()
            said.append(str(caught.value))

        host = running.url.removeprefix("http://")
        assert receipt.kind == "mdn"
        assert said == [
            f"{host} wants another user or password (status 401).",
            f"{host} (status 401) refuses the user and password, or wants some.",
        ]


def test_names_in_other_alphabets_and_quoted_ids_arrive() -> None:
    with partner(hub_id='My "hub" \\ 1', own_id="The partner") as running:
        sender = gateway(running.url, own_id='My "hub" \\ 1', partner_id="The partner", subject="Faktura {name} ✓")

        sender.deliver(parcel(b"x", name="Rechnung æ 世界.xml"))

        assert stored(running) == [("Rechnung æ 世界.xml", b"x")]

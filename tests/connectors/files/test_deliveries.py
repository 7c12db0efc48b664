"""A file goes out once, whatever happens on the way, and what the other side said of it is kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from arhub.domain import outbound
from arhub.domain.tenants import create_tenant
from arhub.models import Outbound, Tenant
from arhub.network.errors import ConfigError
from arhub.tenancy.scope import scope
from connectors.domain import connections, deliveries, settling
from connectors.domain.deliveries import Meaning
from connectors.gateways.base import Receipt
from connectors.models import Connection, ConnectionMemory, Delivery
from connectors.tasks import forget_parcels
from tests.connectors.files.careless import CarelessGateway, Killed

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

State = Outbound.State
CONTENT = b"<Invoice>\r\n\xc3\xa6</Invoice>\n"


def files_in(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def send(tenant: Tenant, connection: Connection, name: str = "INV-1.xml", **given: str) -> Delivery:
    with scope(tenant.pk):
        return deliveries.send(connection, CONTENT, name=name, media_type="application/xml", facts=given)


def stored(tenant: Tenant, delivery: Delivery) -> Delivery:
    with scope(tenant.pk):
        return Delivery.objects.select_related("outbound").get(pk=delivery.pk)


def died(tenant: Tenant) -> None:
    """Let the lease of whoever was at work run out, and sweep."""
    with scope(tenant.pk):
        Outbound.objects.update(claimed_at=timezone.now() - timedelta(hours=1))
    outbound.sweep()


class TestNames:
    def test_templates_make_name_and_folder(
        self, tenant: Tenant, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        with scope(tenant.pk):
            values = {"folder": "{document_type}/{year}", "file_name": "{number}_{currency}.{ending}"}
            connection = connections.create("careless", name="Named", values=values)
        send(tenant, connection, number="A/../1", document_type="invoice", date="2025-01-31", currency="DKK")

        assert deliver() == [State.DELIVERED]
        assert files_in(place) == {"invoice/2025/A-..-1_DKK.xml": CONTENT}

    def test_field_nobody_knows_is_refused_in_the_settings(self, tenant: Tenant) -> None:
        with scope(tenant.pk), pytest.raises(connections.WrongSettings) as caught:
            connections.create("careless", name="Wrong", values={"file_name": "{invoice_no}.xml"})

        assert caught.value.errors == {
            "file_name": "File name: Expected a field such as {number} or {date}, found {invoice_no}."
        }

    def test_name_that_comes_out_empty_is_refused(self, tenant: Tenant, place: Path) -> None:
        with scope(tenant.pk):
            connection = connections.create("careless", name="Empty", values={"file_name": "{order_number}"})

        with pytest.raises(ConfigError, match="which is not known of this file"):
            send(tenant, connection)
        with scope(tenant.pk):
            assert Outbound.objects.count() == 0


class TestOnce:
    def test_file_arrives_with_a_receipt(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)

        assert deliver() == [State.DELIVERED]
        assert files_in(place) == {"INV-1.xml": CONTENT}
        with scope(tenant.pk):
            receipt = delivery.receipts.get()
        assert (receipt.kind, receipt.file_sha256) == ("answer", delivery.sha256)
        assert receipt.speaks_of == f"sha256:{delivery.sha256}"

    @pytest.mark.parametrize("given", ["text/xml\nX-Slipped: in", "x" * 200, "a/" + "b" * 119, "", "text/xml\r"])
    def test_media_type_that_is_none_is_not_passed_on(self, tenant: Tenant, connection: Connection, given: str) -> None:
        with scope(tenant.pk):
            wrong = deliveries.send(connection, CONTENT, name="a.xml", media_type=given)
            right = deliveries.send(connection, CONTENT, name="a.xml", media_type='text/xml; charset="utf-8"')

        assert wrong.media_type == "application/octet-stream"
        assert right.media_type == 'text/xml; charset="utf-8"'

    def test_same_identity_is_the_same_delivery(self, tenant: Tenant, connection: Connection) -> None:
        with scope(tenant.pk):
            first, second = (
                deliveries.send(connection, io.BytesIO(CONTENT), name="a.xml", identity="one") for _ in range(2)
            )

        assert first == second

    @pytest.mark.parametrize("fault", ["busy", "wrong password"])
    def test_what_was_not_taken_goes_again(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]], fault: str
    ) -> None:
        send(tenant, connection)
        CarelessGateway.fault = fault

        assert deliver() == [State.WAITING]
        assert deliver() == [State.DELIVERED]
        assert files_in(place) == {"INV-1.xml": CONTENT}

    def test_lost_answer_is_looked_up_and_nothing_goes_again(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        send(tenant, connection)
        CarelessGateway.fault = "no answer"

        assert deliver() == [State.UNCERTAIN]
        assert deliver() == [State.DELIVERED]
        assert (CarelessGateway.delivered, files_in(place)) == (1, {"INV-1.xml": CONTENT})

    def test_refusal_of_an_attempt_before_says_nothing_of_this_one(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)
        CarelessGateway.fault = "refused"
        first = deliver()
        with scope(tenant.pk):
            assert settling.send_again(Outbound.objects.get(), None)
        CarelessGateway.fault = "no answer"

        assert (first, deliver(), deliver()) == ([State.FAILED], [State.UNCERTAIN], [State.DELIVERED])
        assert files_in(place) == {"INV-1.xml": CONTENT}
        assert stored(tenant, delivery).verdict == Delivery.Verdict.NONE

    @pytest.mark.parametrize(
        ("fault", "deliveries_made"), [("killed before", 2), ("killed before its name", 2), ("killed after", 1)]
    )
    def test_killed_worker_leaves_one_file(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]], fault: str,
        deliveries_made: int,
    ) -> None:  # fmt: skip
        send(tenant, connection)
        CarelessGateway.fault = fault
        with pytest.raises(Killed):
            deliver()
        died(tenant)
        with scope(tenant.pk):  # long enough ago that nothing can still be on its way
            Outbound.objects.update(uncertain_at=timezone.now() - timedelta(hours=1))

        states = [deliver() for _ in range(deliveries_made)]

        assert states[-1] == [State.DELIVERED]
        assert CarelessGateway.delivered == deliveries_made
        assert files_in(place) == {"INV-1.xml": CONTENT}

    def test_file_that_somebody_took_after_it_got_its_name_is_left_to_a_person(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)
        CarelessGateway.fault = "killed before its name"
        with pytest.raises(Killed):
            deliver()
        for path in place.iterdir():
            path.unlink()  # it got its name after all, and the partner has taken it
        died(tenant)

        assert deliver() == [State.UNCERTAIN]
        assert "Somebody may have taken it already" in stored(tenant, delivery).outbound.answer
        assert CarelessGateway.delivered == 1

    def test_file_that_somebody_took_before_its_arrival_was_stored_does_not_go_again(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)
        CarelessGateway.fault = "killed after"
        with pytest.raises(Killed):
            deliver()
        (place / "INV-1.xml").unlink()
        died(tenant)
        with scope(tenant.pk):
            Outbound.objects.update(uncertain_at=timezone.now() - timedelta(hours=1))

        assert deliver() == [State.UNCERTAIN]
        assert "Somebody may have taken it already" in stored(tenant, delivery).outbound.answer
        assert CarelessGateway.delivered == 1

    def test_nothing_is_remembered_of_what_has_arrived(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        send(tenant, connection)

        assert deliver() == [State.DELIVERED]
        with scope(tenant.pk):
            assert not ConnectionMemory.objects.exists()

    def test_folder_that_is_away_is_waited_for(
        self, tenant: Tenant, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        with scope(tenant.pk):
            mounted = connections.create("careless", name="Mounted", values={"start": "share"})
        send(tenant, mounted)

        first = deliver()
        (place / "share").mkdir()

        assert (first, deliver()) == ([State.WAITING], [State.DELIVERED])
        assert files_in(place) == {"share/INV-1.xml": CONTENT}

    def test_taken_name_is_refused_and_the_other_file_stays(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        (place / "INV-1.xml").write_bytes(b"another")
        delivery = send(tenant, connection)

        assert deliver() == [State.FAILED]
        assert files_in(place) == {"INV-1.xml": b"another"}
        assert "lies there already" in stored(tenant, delivery).outbound.answer

    def test_disabled_connection_holds_it(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        with scope(tenant.pk):
            connections.switch(connection, on=False, user=None)
        send(tenant, connection)

        assert deliver() == [State.HELD]
        with scope(tenant.pk):
            connections.switch(connection, on=True, user=None)
        assert deliver() == [State.DELIVERED]
        assert files_in(place) == {"INV-1.xml": CONTENT}


class TestReceipts:
    def test_refusal_is_kept_and_nothing_goes_again(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)
        CarelessGateway.fault = "refused"

        assert deliver() == [State.FAILED]
        with scope(tenant.pk):
            receipt = delivery.receipts.get()
        assert (receipt.is_refusal, bytes(receipt.content)) == (True, b"<no/>")
        assert (stored(tenant, delivery).verdict, files_in(place)) == (Delivery.Verdict.REFUSED, {})

    def test_receipt_that_comes_later_settles_the_verdict_once(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)
        CarelessGateway.fault = "receipt later"
        deliver()
        awaited = stored(tenant, delivery).verdict
        mdn = Receipt("Processed.", kind="mdn", content=b"processed")

        with scope(tenant.pk):
            for _ in range(2):
                deliveries.receipt_came(connection, delivery.outbound.identity, mdn, Meaning.TAKEN)

        with scope(tenant.pk):
            kinds = list(delivery.receipts.order_by("id").values_list("kind", flat=True))
        assert (awaited, stored(tenant, delivery).verdict, kinds) == ("awaited", "accepted", ["answer", "mdn"])

    def test_receipt_that_comes_before_the_answer_is_not_undone_by_it(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)
        with scope(tenant.pk):
            mdn = Receipt("Processed.", kind="mdn", content=b"processed")
            deliveries.receipt_came(connection, delivery.outbound.identity, mdn, Meaning.TAKEN)
        CarelessGateway.fault = "receipt later"

        assert deliver() == [State.DELIVERED]
        assert stored(tenant, delivery).verdict == Delivery.Verdict.ACCEPTED

    def test_receipt_settles_what_is_uncertain(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)
        CarelessGateway.fault = "no answer"
        deliver()

        with scope(tenant.pk):
            mdn = Receipt("Processed.", kind="mdn", content=b"processed")
            deliveries.receipt_came(connection, delivery.outbound.identity, mdn, Meaning.TAKEN)

        assert stored(tenant, delivery).outbound.state == State.DELIVERED

    def test_receipt_of_another_company_changes_nothing(
        self, tenant: Tenant, connection: Connection, place: Path, deliver: Callable[[], list[str]]
    ) -> None:
        delivery = send(tenant, connection)
        other = create_tenant("other", name="Other", currency="EUR")
        with scope(other.pk):
            theirs = connections.create("careless", name="Theirs", values={})
            mdn = Receipt("Processed.", kind="mdn")
            found = deliveries.receipt_came(theirs, delivery.outbound.identity, mdn, Meaning.TAKEN)

        assert found is None
        assert stored(tenant, delivery).verdict == Delivery.Verdict.NONE


def test_what_was_remembered_of_parcels_is_forgotten_after_long(tenant: Tenant, connection: Connection) -> None:
    with scope(tenant.pk):
        for name, days in (("parcel old", 91), ("parcel new", 89), ("token", 91)):
            stored_at = timezone.now() - timedelta(days=days)
            ConnectionMemory.objects.create(connection=connection, name=name, value="1", stored_at=stored_at)

    forgotten = forget_parcels()

    with scope(tenant.pk):
        left = set(ConnectionMemory.objects.values_list("name", flat=True))
    assert (forgotten, left) == ("1 parcels forgotten", {"parcel new", "token"})

"""Looking participants up in the networks' own directories, in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import dns.rcode
import pytest
from django.db import connections
from django.utils import timezone

from arhub.domain import runs, schedules
from arhub.domain.tenants import create_tenant
from arhub.models import Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import look_ups, participants
from connectors.gateways.access_point.participants import name_of
from connectors.models import Participant
from tests.arhub.network.servers import Server, answer, serve
from tests.servers.dns import NameServer, name_server

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Work = Callable[[Run], Run]

ZONE = "sml.example.org"
SOA = "ns.example.org. admin.example.org. 1 7200 900 1209600 86400"
TYPE = "busdox-docid-qns::urn:oasis:names:specification:ubl:schema:xsd:Invoice-2::Invoice##OIOUBL-2.1::2.1"
LISTED = (
    '<ServiceGroup xmlns="http://busdox.org/serviceMetadata/publishing/1.0/"><ServiceMetadataReference '
    f'href="http://smp.example.org/x/services/{quote(TYPE, safe="")}"/></ServiceGroup>'
)


@dataclass
class Directory:
    """A network's directory on loopback: who is registered there, and who was asked about. `meanwhile` happens before
    it tells what somebody takes."""

    names: NameServer
    smp: Server
    meanwhile: Callable[[], object]

    def register(self, *participants: Participant) -> None:
        record = f'100 10 "U" "Meta:SMP" "!^.*$!{self.smp.url()}!" .'
        self.names.records |= {(name_of(one.endpoint, ZONE), "NAPTR"): record for one in participants}

    def asked(self, *participants: Participant) -> list[int]:
        """The places of those who were asked about, in this order."""
        known = [name_of(one.endpoint, ZONE) for one in participants]
        return [known.index(name) for name, kind in self.names.asked if kind == "NAPTR"]


@pytest.fixture
def directory(settings: Any) -> Iterator[Directory]:
    listed = answer(LISTED.encode(), Content_Type="application/xml")

    def tell(request: Any) -> None:
        made.meanwhile()
        listed(request)

    with name_server({(ZONE, "SOA"): SOA}) as names, serve(tell) as smp:
        made = Directory(names, smp, meanwhile=lambda: None)
        settings.PARTICIPANT_ZONES = {"peppol": ZONE, "nemhandel": ""}
        settings.PARTICIPANT_NAMESERVER = names.address
        yield made


def made(tenant: Tenant, number: int, route: str = "peppol") -> Participant:
    with scope(tenant.pk):
        return participants.add({"endpoint": f"9930:DE{number}", "name": f"Number {number}", "route": route})


def start(tenant: Tenant, *chosen: int) -> Run:
    with scope(tenant.pk):
        return look_ups.start(chosen)


def known(participant: Participant) -> tuple[str, str, list[str]]:
    with scope(participant.tenant_id):
        participant.refresh_from_db()
    return participant.registered, participant.look_up_text, participant.document_types


def test_answers_are_kept_and_counted(tenant: Tenant, directory: Directory, work: Work) -> None:
    yes, no = made(tenant, 1), made(tenant, 2)
    directory.register(yes)

    run = work(start(tenant))

    assert (run.state, run.counts) == ("succeeded", {"Registered": 1, "Not registered": 1})
    host = f"127.0.0.1:{directory.smp.port}"
    said = f"9930:de1 is registered in {ZONE} and takes one type of document, says {host}."
    assert known(yes) == ("Registered", said, [TYPE])
    assert known(no) == ("Not registered", f"9930:de2 is not registered in {ZONE}.", [])


def test_who_could_not_be_asked_stays_as_known(tenant: Tenant, directory: Directory, work: Work) -> None:
    participant, new, at = made(tenant, 1), made(tenant, 2), timezone.now()
    directory.names.rcode = dns.rcode.SERVFAIL
    with scope(tenant.pk):
        Participant.objects.filter(pk=participant.pk).update(
            is_registered=True, looked_up_at=at, document_types=["invoice"]
        )

    run = work(start(tenant))

    assert (run.state, run.counts) == ("succeeded", {"Not known": 2})
    said = "Whether 9930:de1 is registered could not be found out: no name server answered."
    assert known(participant) == ("Registered", said, ["invoice"])
    assert participant.looked_up_at == at
    assert known(new)[0] == "Not known"


def test_chosen_ones_alone_are_asked_about(tenant: Tenant, directory: Directory, work: Work) -> None:
    rows = [made(tenant, number) for number in (1, 2, 3)]
    stranger = made(create_tenant("other"), 4)

    work(start(tenant, rows[1].pk, rows[2].pk, stranger.pk))

    assert directory.asked(*rows) == [1, 2]


def test_route_without_a_directory_is_not_asked_about(tenant: Tenant, directory: Directory, work: Work) -> None:
    rows = [made(tenant, number, route) for number, route in enumerate(("nemhandel", "vans", "hub"))]

    run = work(start(tenant))

    assert (run.state, run.counts, directory.names.asked) == ("succeeded", {}, [])
    assert [look_ups.can_be_asked(row) for row in rows] == [False, False, False]
    with scope(tenant.pk):
        assert "Nobody was asked about" in run.log.first().text


def test_run_waits_when_nobody_answers_and_goes_on_there(
    tenant: Tenant, directory: Directory, monkeypatch: pytest.MonkeyPatch, work: Work
) -> None:
    monkeypatch.setattr(look_ups, "MOST_IN_VAIN", 2)
    rows = [made(tenant, number) for number in range(5)]
    directory.names.rcode = dns.rcode.SERVFAIL

    waiting = work(start(tenant))
    directory.names.rcode = None
    directory.names.asked.clear()
    directory.register(*rows)
    with scope(tenant.pk):
        Run.objects.update(next_attempt_at=timezone.now())
    done = work(waiting)

    assert waiting.state == "queued"
    assert "2 look-ups in a row told nothing, the last one this: Whether 9930:de1 is registered" in waiting.reason
    assert (done.state, done.counts) == ("succeeded", {"Not known": 2, "Registered": 3})
    assert directory.asked(*rows) == [2, 3, 4]


def test_retry_goes_on_with_those_that_were_chosen(tenant: Tenant, directory: Directory, work: Work) -> None:
    rows = [made(tenant, number) for number in (1, 2, 3)]
    with scope(tenant.pk):
        first = look_ups.start([rows[0].pk, rows[2].pk])
        runs.cancel(first)
        again = runs.retry(first)

    assert again is not None
    work(again)

    assert directory.asked(*rows) == [0, 2]


def test_answer_about_an_endpoint_that_was_changed_meanwhile_is_not_kept(
    tenant: Tenant, directory: Directory, work: Work
) -> None:
    participant = made(tenant, 1)
    directory.register(participant)

    def moved() -> None:
        with scope(tenant.pk):
            participants.change(participant, {"endpoint": "9930:DE9"})
        connections.close_all()

    directory.meanwhile = moved
    run = work(start(tenant))

    assert run.counts == {"Registered": 1}
    assert known(participant) == ("Not looked up", "", [])


def test_all_participants_can_be_looked_up_by_schedule(tenant: Tenant, directory: Directory, work: Work) -> None:
    made(tenant, 1)
    with scope(tenant.pk):
        schedule = schedules.save(schedules.Schedule(name="Nightly", kind=look_ups.KIND, subject_id=look_ups.DIRECTORY))
        run = schedules.run_now(schedule, None)

    assert (run.title, work(run).state) == ("Look-up of participants", "succeeded")

"""Looking participants up in the networks' own directories, in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from arhub.domain import runs, schedules
from arhub.domain.tenants import create_tenant
from arhub.models import Run, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import look_ups, participants
from connectors.models import Participant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "side"])

Work = Callable[[Run], Run]


@dataclass
class Said:
    registered: bool | None
    document_types: list[str] = field(default_factory=list)
    text: str = ""
    smp: str = ""


class Directory:
    """What the directories of the networks know; they are beyond the hub."""

    says: ClassVar[dict[str, Said]] = {}
    asked: ClassVar[list[tuple[str, str, str | None]]] = []


def ask(identifier: str, *, zone: str, nameserver: str | None = None) -> Said:
    Directory.asked.append((identifier, zone, nameserver))
    return Directory.says.get(identifier, Said(None, text="The name server does not answer."))


@pytest.fixture(autouse=True)
def directory(settings: Any) -> Iterator[None]:
    settings.PARTICIPANT_LOOK_UP = f"{__name__}.ask"
    settings.PARTICIPANT_ZONES = {"peppol": "zone.example", "nemhandel": ""}
    settings.PARTICIPANT_NAMESERVER = "127.0.0.1"
    yield
    Directory.says.clear()
    Directory.asked.clear()


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


def test_answers_are_kept_and_counted(tenant: Tenant, work: Work) -> None:
    yes, no = made(tenant, 1), made(tenant, 2)
    Directory.says |= {"9930:DE1": Said(True, ["invoice"], "It is there."), "9930:DE2": Said(False, text="It is not.")}

    run = work(start(tenant))

    assert (run.state, run.counts) == ("succeeded", {"Registered": 1, "Not registered": 1})
    assert known(yes) == ("Registered", "It is there.", ["invoice"])
    assert known(no) == ("Not registered", "It is not.", [])
    assert Directory.asked == [("9930:DE1", "zone.example", "127.0.0.1"), ("9930:DE2", "zone.example", "127.0.0.1")]


def test_who_could_not_be_asked_stays_as_known(tenant: Tenant, work: Work) -> None:
    participant, new, at = made(tenant, 1), made(tenant, 2), timezone.now()
    with scope(tenant.pk):
        Participant.objects.filter(pk=participant.pk).update(
            is_registered=True, looked_up_at=at, document_types=["invoice"]
        )

    run = work(start(tenant))

    assert (run.state, run.counts) == ("succeeded", {"Not known": 2})
    assert known(participant) == ("Registered", "The name server does not answer.", ["invoice"])
    assert participant.looked_up_at == at
    assert known(new)[0] == "Not known"


def test_chosen_ones_alone_are_asked_about(tenant: Tenant, work: Work) -> None:
    rows = [made(tenant, number) for number in (1, 2, 3)]
    stranger = made(create_tenant("other"), 4)

    work(start(tenant, rows[1].pk, rows[2].pk, stranger.pk))

    assert [asked for asked, *_ in Directory.asked] == ["9930:DE2", "9930:DE3"]


def test_route_without_a_directory_is_not_asked_about(tenant: Tenant, work: Work) -> None:
    rows = [made(tenant, number, route) for number, route in enumerate(("nemhandel", "vans", "hub"))]

    run = work(start(tenant))

    assert (run.state, run.counts, Directory.asked) == ("succeeded", {}, [])
    assert [look_ups.can_be_asked(row) for row in rows] == [False, False, False]
    with scope(tenant.pk):
        assert "Nobody was asked about" in run.log.first().text


def test_run_waits_when_nobody_answers_and_goes_on_there(tenant: Tenant, monkeypatch: Any, work: Work) -> None:
    monkeypatch.setattr(look_ups, "MOST_IN_VAIN", 2)
    for number in range(5):
        made(tenant, number)

    waiting = work(start(tenant))
    with scope(tenant.pk):
        Run.objects.update(next_attempt_at=timezone.now())
    Directory.says |= {f"9930:DE{number}": Said(True) for number in range(5)}
    done = work(waiting)

    assert waiting.state == "queued"
    assert "2 look-ups in a row told nothing, the last one this: The name server does not answer." in waiting.reason
    assert (done.state, done.counts) == ("succeeded", {"Not known": 2, "Registered": 3})
    assert [asked for asked, *_ in Directory.asked] == [f"9930:DE{number}" for number in range(5)]


def test_retry_goes_on_with_those_that_were_chosen(tenant: Tenant, work: Work) -> None:
    rows = [made(tenant, number) for number in (1, 2, 3)]
    with scope(tenant.pk):
        first = look_ups.start([rows[0].pk, rows[2].pk])
        runs.cancel(first)
        again = runs.retry(first)

    assert again is not None
    work(again)

    assert [asked for asked, *_ in Directory.asked] == ["9930:DE1", "9930:DE3"]


def test_answer_about_an_endpoint_that_was_changed_meanwhile_is_not_kept(tenant: Tenant) -> None:
    participant = made(tenant, 1)
    with scope(tenant.pk):
        before = Participant.objects.get()
        participants.change(participant, {"endpoint": "9930:DE9"})
        look_ups._keep(before, Said(True, text="It is there."))

    assert known(participant) == ("Not looked up", "", [])


def test_all_participants_can_be_looked_up_by_schedule(tenant: Tenant, work: Work) -> None:
    made(tenant, 1)
    with scope(tenant.pk):
        schedule = schedules.save(schedules.Schedule(name="Nightly", kind=look_ups.KIND, subject_id=look_ups.DIRECTORY))
        run = schedules.run_now(schedule, None)

    assert (run.title, work(run).state) == ("Look-up of participants", "succeeded")

"""Sums, choices, answers, approvals and secrets: what reaches nobody with whom a thing is not shared."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors.domain.customers import rule_import
from adaptors.domain.transactions import causes, day_counts
from adaptors.models import Activation, Answer, DayCount, ExportRule, Transaction
from arhub.domain import approvals, shares
from arhub.domain.sharing import EVERYTHING, Actor
from arhub.models import Approval, Membership
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.models import Connection
from ingestion.small_files import Row
from tests.adaptors.conftest import account_of
from tests.adaptors.sharing.conftest import WORD, Person, Shared
from tests.adaptors.world import document, transaction
from tests.arhub.admin.conftest import text_of

API = "/api/hub/v1/"


def member(client: Client) -> Membership:
    found: Membership = Membership.objects.get(user=client.user)  # type: ignore[attr-defined]
    return found


def test_sums_and_troubles_of_the_company_are_of_what_is_seen(shared: Shared, person: Person) -> None:
    today, manager = timezone.now().date(), Actor.person(member(person()))
    with scope(shared.tenant.pk):
        Transaction.objects.update(asks_person=True, cause="x")
        open_one = Activation.objects.create(adaptor="file_invoices", name="Open", source=shared.activation.source)
        for one, delivered in ((shared.activation, 5), (open_one, 2)):
            DayCount.objects.create(activation=one, day=today, delivered=delivered)
        account = account_of(open_one.source, "10043")  # type: ignore[arg-type]
        row = transaction(open_one, document(account, "77"), asks_person=True, cause="y")

        assert day_counts.total(day_counts.by_day(None, today, manager)).delivered == 2
        assert day_counts.total(day_counts.by_day(None, today, EVERYTHING)).delivered == 7
        assert [one.last for one in causes.troubles(None, manager)] == [row]
        assert len(causes.troubles(None, EVERYTHING)) == 2


def test_answer_that_nothing_was_found_for_is_for_clerks_and_above(shared: Shared, person: Person) -> None:
    with scope(shared.tenant.pk):
        Answer.objects.update(transaction=None)
    page = f"/adaptors/answer/{shared.rows['adaptors/answer']}/"

    assert WORD in text_of(person("clerk").get("/adaptors/answer/"))
    assert WORD not in text_of(person("viewer").get("/adaptors/answer/"))
    assert person("viewer").get(f"{page}file/").status_code == 404


def matched(client: Client, shared: Shared) -> tuple[int, str]:
    address = f"/adaptors/answer/{shared.rows['adaptors/answer']}/match/"
    answer: Any = client.post(address, {"_form_submitted": "on", "transaction": str(shared.ids["sent"])})
    return answer.status_code, text_of(answer)


def test_answer_is_matched_by_who_operates_the_adaptor_of_the_transaction(shared: Shared, person: Person) -> None:
    with scope(shared.tenant.pk):
        Answer.objects.update(transaction=None)
    stranger, looker, user = person("clerk"), person("clerk"), person("clerk")

    assert "Expected the number of a document that went out" in matched(stranger, shared)[1]
    shared.grant(looker.user, "view")  # type: ignore[attr-defined]
    assert matched(looker, shared)[0] == 403
    shared.grant(user.user, "operate")  # type: ignore[attr-defined]
    assert matched(user, shared)[0] == 200
    with scope(shared.tenant.pk):
        assert Answer.objects.get().transaction_id == shared.ids["sent"]


def test_file_that_speaks_of_hidden_documents_too_is_kept_back(shared: Shared, person: Person) -> None:
    with scope(shared.tenant.pk):
        other = Answer.objects.create(
            kind="contrl", verdict="accepted", text="Open", content=b"", sha256="1" * 64, place=1, transaction=None
        )

    assert WORD in text_of(person("administrator").get(f"/adaptors/answer/{other.pk}/change/"))
    assert WORD not in text_of(person("manager").get(f"/adaptors/answer/{other.pk}/change/"))


def test_what_an_adaptor_sent_is_settled_by_who_operates_the_adaptor(shared: Shared, person: Person) -> None:
    client, outbound = person(), shared.rows["connectors/outbounddelivery"]
    with scope(shared.tenant.pk):
        shares.share(shared.gateway, "all")
        shares.share(shared.activation, "chosen")
        shares.grant(shared.activation, client.user, "view")  # type: ignore[attr-defined]
    page, resource = f"/connectors/outbounddelivery/{outbound}/send-again/", f"{API}deliveries/{outbound}/send-again/"

    assert client.post(page, {"_form_submitted": "on"}).status_code == 403
    assert client.post(resource).json()["code"] == "not_shared"
    with scope(shared.tenant.pk):
        shares.grant(shared.activation, client.user, "operate")  # type: ignore[attr-defined]
    assert client.post(resource).status_code in (202, 409)
    assert client.post(page, {"_form_submitted": "on"}).status_code == 200


def waiting(shared: Shared, kind: str, key: str) -> Approval:
    with scope(shared.tenant.pk):
        return approvals.request(
            approvals.Wanted(kind, key, "0" * 64, f"About {WORD}", [], facts={"activation": shared.activation.pk})
        )


@pytest.mark.parametrize("kind", ["bank", "address"])
def test_approval_is_decided_by_those_who_see_what_it_is_about(shared: Shared, person: Person, kind: str) -> None:
    found = waiting(shared, kind, f"{kind}:{shared.gateway.pk}")
    hidden = shared.gateway if kind == "address" else shared.activation
    stranger, user, administrator = person(), person(), person("administrator")
    shared.share("all")
    with scope(shared.tenant.pk):
        shares.share(hidden, "chosen")
        shares.grant(hidden, user.user, "view")  # type: ignore[attr-defined]
    page = f"/arhub/approval/{found.pk}/"

    for place in ("/arhub/approval/", "/"):
        assert f"About {WORD}" not in text_of(stranger.get(place))
        assert f"About {WORD}" in text_of(user.get(place))
    stranger.post(f"{page}approve/", {"_form_submitted": "on", "digest": found.digest})
    with scope(shared.tenant.pk):
        assert Approval.objects.get().is_pending
        assert approvals.why_not(found, member(stranger)) == "It is about what is not shared with you."
        assert approvals.why_not(found, member(user)) == ""
        people = [str(one.user) for one in (user, administrator)]  # type: ignore[attr-defined]
        assert sorted(approvals.deciders(found)) == sorted(people)


def test_list_of_rules_names_no_hidden_connection(shared: Shared, person: Person) -> None:
    manager = Actor.person(member(person()))
    with scope(shared.tenant.pk):
        other = connections.create("folder", name="Other share", values={})
        shares.share(shared.activation, "all")
        shares.share(other, "admins")
        rows = [
            Row(line, {"number": "10042", "destination": name}) for line, name in ((2, "Other share"), (3, "No share"))
        ]
        plans = [rule_import.plan(shared.activation, [row], manager) for row in rows]
        reasons = [plan.shown["refused"][0].reason for plan in plans]
        everything = rule_import.plan(shared.activation, rows[:1], EVERYTHING)

        assert reasons[0].replace("Other share", "") == reasons[1].replace("No share", "")
        with pytest.raises(rule_import.ChangedMeanwhile):
            rule_import.apply(shared.activation, everything.changes, everything.digest, None, manager)
        assert not ExportRule.objects.filter(destination=other).exists()


def test_deliveries_of_webhooks_are_called_by_their_kind_alone(shared: Shared, person: Person) -> None:
    places = (
        f"/arhub/webhookendpoint/{shared.ids['endpoint']}/change/",
        f"/arhub/outbound/{shared.ids['told']}/change/",
    )
    for place in places:
        assert WORD in text_of(person("administrator").get(place))
        page = text_of(person().get(place))
        assert WORD not in page and "adaptor.run_done" in page


def test_incident_of_a_hidden_gateway_is_told_to_nobody_else(shared: Shared, person: Person) -> None:
    pk = shared.rows["arhub/incident"]
    page, incident = f"/arhub/incident/{pk}/", f"{API}incidents/{pk}/"
    for client, is_there in ((person("administrator"), True), (person(), False)):
        assert (client.get(f"{page}change/").status_code == 200) is is_there
        assert (client.get(incident).status_code == 200) is is_there
    person().post(f"{page}close/", {"_form_submitted": "on", "reason": "Done"})
    assert person("administrator").get(incident).json()["state"] == "open"


@pytest.mark.parametrize(("name", "value"), [("host", "thief.example"), ("port", "2222")])
def test_who_may_edit_sends_no_stored_secret_elsewhere(shared: Shared, person: Person, name: str, value: str) -> None:
    client, given = person(), {"host": "sftp.example", "port": 22, "user": "x", "password": "secret"}
    with scope(shared.tenant.pk):
        gateway = connections.create("sftp", name="Partner", values=given)
        shares.share(gateway, "chosen")
        shares.grant(gateway, client.user, "edit")  # type: ignore[attr-defined]
    form = {f"setting-{key}": text for key, text in {**given, name: value}.items()}

    page = text_of(client.post(f"/connectors/connection/{gateway.pk}/change/", {"name": "Partner", **form}))
    assert "Password: enter it again, as the address has changed." in page
    answer = client.patch(f"{API}connections/{gateway.pk}/", {"values": {name: value}}, content_type="application/json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["values.password"])
    with scope(shared.tenant.pk):
        assert Connection.objects.get(pk=gateway.pk).values[name] == given[name]


@pytest.mark.parametrize("place", ["/", "/adaptors/transaction/", "/arhub/approval/", "/adaptors/answer/?show=all"])
def test_what_is_shared_with_all_costs_one_query_a_request(shared: Shared, person: Person, place: str) -> None:
    client = person()
    shared.share("all")
    with scope(shared.tenant.pk):
        shares.forget(shared.activation)
        shares.forget(shared.gateway)
    client.get(place)

    with CaptureQueriesContext(
        database,
    ) as seen:
        client.get(place)
    assert len([one for one in seen.captured_queries if "arhub_share" in one["sql"]]) == 1

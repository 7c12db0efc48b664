"""Activations: made, connected, changed, switched, removed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adaptors.catalogue import CATALOGUE
from adaptors.domain import activations
from adaptors.domain.activations import InUse, Refused, WrongSettings
from adaptors.models import Activation, ExportRule, FieldMapping
from arhub.models import Event, Run, Schedule, Source, Tenant, User
from tests.adaptors.activations.conftest import Company
from tests.adaptors.world import connection, customer, document, rule, transaction


def told() -> list[tuple[str, list[str]]]:
    rows = Event.objects.filter(kind="adaptor.changed").order_by("id")
    return [(row.data["what"], row.data["names"]) for row in rows]


def test_activation_begins_as_the_catalogue_has_it(company: Company) -> None:
    made = activations.activate("dinero_invoices", destination=company.gateway, user=company.user)

    assert (made.name, made.owner, made.created_by) == (
        "Dinero: Export Customer Invoices", company.user, company.user,
    )  # fmt: skip
    assert (made.format, made.document_types, made.is_on) == ("bis3", ["invoice", "credit_memo"], False)
    assert (made.destination, made.connection, made.source) == (company.gateway, None, None)
    assert told() == [("activated", [])]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_activation_is_dated_where_the_company_is(company: Company, zone: str) -> None:
    Tenant.objects.filter(pk=company.tenant.pk).update(time_zone=zone)

    made = activations.activate("dinero_invoices", user=company.user)

    assert made.dated_from == datetime.now(ZoneInfo(zone)).date()


def test_name_that_is_taken_gets_a_number(company: Company) -> None:
    names = [activations.activate("sync_upload", user=company.user).name for _ in range(3)]

    label = "Sage Network: Sync Upload"
    assert names == [label, f"{label} (2)", f"{label} (3)"]


def test_adaptor_without_formats_has_none(company: Company) -> None:
    assert activations.activate("sync_upload", user=company.user).format == ""


def test_destination_must_carry_what_the_adaptor_sends(company: Company) -> None:
    with pytest.raises(WrongSettings) as wrong:
        activations.activate("publish_outstanding", destination=company.dinero, user=company.user)

    assert wrong.value.errors == {
        "destination": "Dinero DK carries nothing of ERP Cache: Publish Outstanding Items, or is switched off."
    }
    assert not Activation.objects.exists()


def test_only_what_fits_and_is_on_can_be_chosen(company: Company) -> None:
    connection("dinero", "Off", source=True, is_enabled=False)
    connection("sftp", "Silent", is_enabled=False)
    invoices, files, post = (CATALOGUE[kind] for kind in ("dinero_invoices", "file_invoices", "post_receivables"))

    assert list(activations.connections_for(invoices)) == [company.dinero]
    assert list(activations.connections_for(files)) == []
    assert list(activations.destinations_for(invoices)) == [company.gateway]
    assert list(activations.sources_for(invoices)) == []
    assert list(activations.sources_for(files)) == [company.files]
    assert company.dinero.source in activations.sources_for(post)


def test_what_is_posted_comes_from_elsewhere(company: Company) -> None:
    intacct = connection("intacct", "Intacct", source=True)

    assert intacct.source not in activations.sources_for(CATALOGUE["post_receivables"])
    assert intacct.source in activations.sources_for(CATALOGUE["publish_outstanding"])


def test_connecting_takes_the_connections_records(company: Company, activation: Activation) -> None:
    activations.connect(activation, company.dinero, company.user)

    activation.refresh_from_db()
    assert (activation.connection, activation.source) == (company.dinero, company.dinero.source)
    assert told()[-1] == ("connected", ["Dinero DK"])


def test_files_are_taken_from_a_source(company: Company) -> None:
    activation = activations.activate("file_invoices", user=company.user)

    activations.connect(activation, company.files, company.user)

    activation.refresh_from_db()
    assert (activation.connection, activation.source) == (None, company.files)


@pytest.mark.parametrize("wrong", ["gateway", "files"])
def test_what_brings_other_records_is_refused(company: Company, activation: Activation, wrong: str) -> None:
    with pytest.raises(WrongSettings, match="brings nothing that Dinero: Export Customer Invoices takes"):
        activations.connect(activation, getattr(company, wrong), company.user)


def test_rules_of_the_old_ledger_go_when_another_is_chosen(company: Company, activation: Activation) -> None:
    activations.connect(activation, company.dinero, company.user)
    own = rule(activation, customer(company.dinero.source, "1"))  # type: ignore[arg-type]
    other = connection("dinero", "Dinero SE", source=True)

    with pytest.raises(InUse, match="Customers of Dinero DK are active here"):
        activations.connect(activation, other, company.user)
    ExportRule.objects.filter(pk=own.pk).update(is_active=False)
    activations.connect(activation, other, company.user)

    assert activation.source == other.source
    assert not ExportRule.objects.exists()


def test_source_stays_once_documents_were_sent(company: Company, activation: Activation) -> None:
    activations.connect(activation, company.dinero, company.user)
    transaction(activation, document(customer(company.dinero.source, "1"), "I-1"))  # type: ignore[arg-type]

    with pytest.raises(InUse, match="Documents of Dinero DK were sent by it"):
        activations.connect(activation, connection("dinero", "Dinero SE", source=True), company.user)


def test_change_stores_what_is_other_and_tells_it(company: Company, activation: Activation) -> None:
    given: dict[str, Any] = {
        "name": "Invoices", "dated_from": date(2026, 1, 1), "document_types": ["credit_memo", "invoice"],
        "statuses": ["Booked", " Booked", ""], "destination": company.gateway,
        "file_name": "{number}.{ending}", "general": {"when_changed": "again", "no_vat_category": ""},
    }  # fmt: skip

    changed = activations.change(activation, given, company.user)

    activation.refresh_from_db()
    assert changed == ["name", "dated_from", "statuses", "destination", "file_name", "general"]
    assert (activation.statuses, activation.general) == (["Booked"], {"when_changed": "again"})
    assert told()[-1] == ("changed", changed)
    assert activations.change(activation, given, company.user) == []
    assert len(told()) == 2


def test_options_are_those_of_the_format_that_is_chosen(company: Company, activation: Activation) -> None:
    activations.change(activation, {"format": "csv", "format_values": {"sign": ","}}, company.user)
    Activation.objects.update(format_values={"columns": ["number"], "headings": True, "sign": ","})

    activations.change(activation, {"format_values": {"headings": False}}, company.user)

    activation.refresh_from_db()
    assert activation.format_values == {"columns": ["number"], "headings": False, "sign": ","}
    activations.change(activation, {"format": "bis3"}, company.user)
    assert activation.format_values == {}


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": " "}, {"name": "An adaptor needs a name."}),
        ({"name": "Taken"}, {"name": "There is an adaptor called Taken already."}),
        (
            {"document_types": ["order"]},
            {"document_types": "Expected invoice, credit_memo, debit_memo, found “order”."},
        ),
        ({"document_types": []}, {"document_types": "Choose at least one type of document."}),
        (
            {"file_name": "{numbr}"},
            {"file_name": "Expected a field such as {number} or {date}, found {numbr}."},
        ),
        (
            {"general": {"when_changed": "never"}},
            {"general-when_changed": "Documents changed after sending: expected tell, again, found “never”."},
        ),
        (
            {"format": "csv", "format_values": {"sign": "!"}},
            {"format_values-sign": "Decimal sign: expected ., ,, found “!”."},
        ),
        (
            {"format_values": {"colour": "red"}},
            {"format_values-colour": "Expected a setting of , found colour."},
        ),
    ],
)
def test_change_says_what_is_wrong(
    company: Company, activation: Activation, given: dict[str, Any], errors: dict[str, str]
) -> None:
    activations.activate("dinero_invoices", name="Taken", user=company.user)

    with pytest.raises(WrongSettings) as wrong:
        activations.change(activation, {"statuses": ["x"], **given}, company.user)

    assert wrong.value.errors == errors
    activation.refresh_from_db()
    assert activation.statuses == []


def test_format_that_is_not_offered_is_refused(company: Company) -> None:
    activation = activations.activate("sync_upload", user=company.user)

    with pytest.raises(WrongSettings, match="Expected one of none, as it has no formats, found “bis3”"):
        activations.change(activation, {"format": "bis3"}, company.user)


def test_owner_is_one_of_the_company(company: Company, activation: Activation) -> None:
    stranger = User.objects.create_user("stranger@example.com")

    with pytest.raises(WrongSettings, match="Expected one of the people of your company"):
        activations.change(activation, {"owner": stranger}, company.user)


def test_check_list_of_an_export(company: Company, activation: Activation) -> None:
    def done() -> dict[str, bool]:
        return {step.label: step.is_done for step in activations.steps(activation)}

    assert done() == {"Source connected": False, "Destination chosen": False, "Customers activated": False}
    activations.connect(activation, company.dinero, company.user)
    assert done()["Source connected"]
    active = rule(activation, customer(company.dinero.source, "1"))  # type: ignore[arg-type]
    assert done() == {"Source connected": True, "Destination chosen": False, "Customers activated": True}
    ExportRule.objects.filter(pk=active.pk).update(destination=company.gateway)
    assert done()["Destination chosen"]


def test_check_list_of_what_has_no_customers(company: Company) -> None:
    post = activations.activate("post_receivables", user=company.user)
    publish = activations.activate("publish_outstanding", destination=company.gateway, user=company.user)
    sync = activations.activate("sync_upload", user=company.user)
    lists = activations.steps_of([post, publish, sync])

    assert [[step.label for step in lists[one.pk]] for one in (post, publish, sync)] == [
        ["Source chosen", "Destination chosen", "Fields mapped"],
        ["Source chosen", "Destination chosen", "Settings filled in"],
        ["Source chosen", "Destination chosen"],
    ]
    assert lists[publish.pk][2].text == "Fill in Shop."
    activations.change(publish, {"values": {"shop": "nordic"}}, company.user)
    assert activations.steps(publish)[2].is_done


def test_check_list_of_a_post_asks_for_what_nothing_fills(company: Company) -> None:
    books = connection("intacct", "Books", values={"account": "4000"})
    post = activations.activate("post_receivables", user=company.user)
    first = activations.steps(post)[2]
    activations.change(post, {"destination": books}, company.user)
    second = activations.steps(post)[2]
    for name in ("advance", "payment"):
        FieldMapping.objects.create(
            activation=post, record_type=name, target="FinancialEntity", kind="constant", value="BANK"
        )

    assert (first.is_done, first.text.split(":")[0]) == (False, "Choose where it goes to first")
    assert second.text == "Say what fills FinancialEntity of Advance, FinancialEntity of Payment."
    assert activations.steps(post)[2].is_done


def test_connection_that_is_off_counts_as_not_done(company: Company, activation: Activation) -> None:
    activations.connect(activation, company.dinero, company.user)
    company.dinero.is_enabled = False

    assert activations.steps(activation)[0].text == "Dinero DK is switched off."


def test_switching_on_waits_for_the_check_list(company: Company, activation: Activation) -> None:
    with pytest.raises(Refused, match="Source connected: not yet"):
        activations.switch(activation, on=True, user=company.user)

    ready(company, activation)
    assert activations.switch(activation, on=True, user=company.user) is True
    assert activations.switch(activation, on=True, user=company.user) is False
    activation.refresh_from_db()
    assert activation.is_on
    assert activations.switch(activation, on=False, user=company.user) is True
    assert [what for what, _ in told()][-2:] == ["switched on", "switched off"]


def ready(company: Company, activation: Activation) -> None:
    activations.connect(activation, company.dinero, company.user)
    activations.change(activation, {"destination": company.gateway}, company.user)
    rule(activation, customer(company.dinero.source, "1"))  # type: ignore[arg-type]


def test_run_is_made_of_what_is_on(company: Company, activation: Activation) -> None:
    with pytest.raises(Refused, match="is switched off"):
        activations.run_now(activation, company.user)

    ready(company, activation)
    activations.switch(activation, on=True, user=company.user)
    activation.refresh_from_db()
    run = activations.run_now(activation, company.user)

    assert (run.kind, run.subject_id, run.title, run.created_by) == (
        "adaptor", activation.pk, activation.name, company.user,
    )  # fmt: skip


def test_removing_takes_rules_and_schedules_along(company: Company, activation: Activation) -> None:
    ready(company, activation)
    Schedule.objects.create(name="Daily", kind="adaptor", subject_id=activation.pk)

    activations.remove(activation, company.user)

    assert not Activation.objects.exists() and not ExportRule.objects.exists() and not Schedule.objects.exists()
    assert told()[-1] == ("removed", [])


def test_what_was_sent_is_kept(company: Company, activation: Activation) -> None:
    ready(company, activation)
    transaction(activation, document(customer(company.dinero.source, "2"), "I-1"))  # type: ignore[arg-type]

    with pytest.raises(InUse, match="Documents went through it"):
        activations.remove(activation, company.user)


def test_run_at_work_keeps_it(company: Company, activation: Activation) -> None:
    Run.objects.create(title="x", kind="adaptor", subject_id=activation.pk)

    with pytest.raises(InUse, match="A run of it is at work"):
        activations.remove(activation, company.user)


def test_sources_statuses_are_known_words(company: Company) -> None:
    own = customer(company.files, "1")
    for number, status in enumerate(("Booked", "Paid", "Booked", "", None)):
        document(own, f"I-{number}", status=status)
    elsewhere = customer(Source.objects.get(pk=company.dinero.source_id), "2")  # type: ignore[misc]
    document(elsewhere, "I-9", status="Overdue")

    assert activations.status_words(company.files) == ["Booked", "Paid"]
    assert activations.status_words(None) == []

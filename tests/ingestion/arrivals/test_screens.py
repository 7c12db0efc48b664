"""Expected arrivals on the screens: the form with its preview, the page of the source, the list, the Start page."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from arhub.domain.tenants import add_member, create_tenant
from arhub.models import Incident, Ledger, Role, Source, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import arrivals
from ingestion.models import ArrivalWatch
from tests.arhub.admin.conftest import text_of
from tests.ingestion.arrivals.conftest import Come, Watch, at, check, fresh, kinds
from tests.ingestion.test_screens import signed_in

ROOT = "/ingestion/arrivalwatch/"
SENT = {"_form_submitted": "on"}
FORM = {
    "is_enabled": "on", "every": "daily", "minute": "0", "at": "07:00", "weekdays": ["0"], "cron": "",
    "zone": "Europe/Copenhagen", "country": "DK", "subdivision": "", "at_least_files": "1", "at_least_rows": "100",
    "index_mark": "SHOP_items_#", "owner": "",
}  # fmt: skip
SENTENCE = (
    "Every business day in Denmark by 07:00 Copenhagen time, at least 1 file and 100 rows; "
    "the number in SHOP_items_# counts on"
)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    return signed_in(tenant, Role.MANAGER)


def source_of(tenant: Tenant) -> Source:
    with scope(tenant.pk):
        return Source.objects.order_by("pk")[0]


def watches(tenant: Tenant) -> list[ArrivalWatch]:
    with scope(tenant.pk):
        return list(ArrivalWatch.objects.select_related("source", "owner"))


def words(page: str) -> str:
    """What people read of a page, without what it greets them with."""
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page.partition('id="content"')[2]))


def test_manager_says_what_is_expected_and_reads_it_back_at_the_source(tenant: Tenant, client: Client) -> None:
    source, ida = source_of(tenant), add_member("ida@acme.example", tenant, "clerk", name="Ida")

    begin = text_of(client.get(f"/arhub/source/{source.pk}/change/"))
    answer = client.post(f"{ROOT}add/", {**FORM, "source": source.pk, "owner": ida.pk})
    page = text_of(client.get(f"/arhub/source/{source.pk}/change/"))

    (made,) = watches(tenant)
    assert f"{ROOT}add/?source={source.pk}" in begin
    assert answer["Location"] == f"/arhub/source/{source.pk}/change/"
    assert (made.source, made.owner, made.at, made.at_least_rows, made.may_repeat) == (source, ida, time(7), 100, False)
    assert SENTENCE in page and "Ida" in words(page)
    times = re.findall(r"<time [^>]*>(\w{3}) \d+ \w{3} \d{4} 07:00 \(UTC\+0[12]00\)</time>", page)
    assert (len(times), {"Sat", "Sun"} & set(times)) == (3, set())
    assert f"{ROOT}{made.pk}/change/" in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"index_mark": "items"}, "Expected one # where the number stands"),
        ({"at_least_files": "0"}, "Expected at least one file."),
        ({"at_least_rows": "-1"}, "greater than or equal to 0"),
        ({"zone": "Europe/Atlantis"}, "Select a valid choice"),
        ({"every": "cron", "cron": "* *"}, "Expected five fields"),
        ({"every": "weekly", "weekdays": []}, "Expected at least one day of the week"),
        ({"source": ""}, "This field is required."),
    ],
)
def test_form_that_says_nothing_sensible_says_why(
    tenant: Tenant, client: Client, given: dict[str, Any], said: str
) -> None:
    page = text_of(client.post(f"{ROOT}add/", {**FORM, "source": source_of(tenant).pk, **given}))

    assert said in page
    assert watches(tenant) == []


def test_source_owner_and_watch_of_another_tenant_are_out_of_reach(
    tenant: Tenant, client: Client, watch: Watch
) -> None:
    other = create_tenant("other")
    olaf = add_member("olaf@other.example", other, "clerk", name="Olaf")
    theirs = watch(of=other)

    anothers_source = text_of(client.post(f"{ROOT}add/", {**FORM, "source": theirs.source_id}))
    anothers_person = text_of(
        client.post(f"{ROOT}add/", {**FORM, "source": source_of(tenant).pk, "owner": olaf.pk})
    )  # fmt: skip
    answers = [client.get(f"{ROOT}{theirs.pk}/{page}/").status_code for page in ("change", "delete")]
    answers += [client.post(f"{ROOT}{theirs.pk}/change/", FORM).status_code]
    answers += [client.post(f"{ROOT}{theirs.pk}/count-anew/", SENT).status_code]

    assert "Select a valid choice" in anothers_source and "Select a valid choice" in anothers_person
    assert "Olaf" not in anothers_person and "olaf@" not in anothers_person
    assert set(answers) <= {302, 403, 404}
    assert watches(tenant) == []
    assert "Every day by 07:00 UTC" not in text_of(client.get(ROOT))
    assert (fresh(theirs).index_mark, fresh(theirs).country) == ("", "")


def test_source_that_is_watched_is_not_offered_again(tenant: Tenant, client: Client, watch: Watch) -> None:
    made = watch()

    page = text_of(client.post(f"{ROOT}add/", {**FORM, "source": made.source_id}))

    assert "Select a valid choice" in page
    assert len(watches(tenant)) == 1


def test_preview_reads_the_form_back(tenant: Tenant, client: Client) -> None:
    page = text_of(client.get(f"{ROOT}preview/", {**FORM, "country": "DE", "subdivision": "BY"}))

    assert "Every business day in Germany (Bayern) by 07:00 Copenhagen time, at least 1 file and 100 rows" in page
    assert '<option value="BY" selected>Bayern</option>' in page
    assert watches(tenant) == []


@pytest.mark.parametrize("given", [{}, {"at_least_files": "x"}, {"at_least_rows": ""}, {"index_mark": "nothing"}])
def test_preview_of_an_unfinished_form_is_no_mistake_of_ours(client: Client, given: dict[str, str]) -> None:
    assert client.get(f"{ROOT}preview/", {**FORM, **given} if given else {}).status_code == 200


def test_change_leads_back_to_the_source(tenant: Tenant, client: Client, watch: Watch) -> None:
    made = watch()

    shown = text_of(client.get(f"{ROOT}{made.pk}/change/"))
    answer = client.post(f"{ROOT}{made.pk}/change/", {**FORM, "at": "08:30", "is_enabled": ""})

    found = fresh(made)
    assert "Uploaded files" in words(shown)
    assert answer["Location"] == f"/arhub/source/{made.source_id}/change/"
    assert (found.at, found.source_id, found.is_enabled, found.next_due_at) == (
        time(8, 30),
        made.source_id,
        False,
        None,
    )
    assert "It is switched off" in text_of(client.get(answer["Location"]))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK])
def test_others_than_managers_only_look(tenant: Tenant, watch: Watch, role: Role) -> None:
    made, client = watch(index_mark="items_#"), signed_in(tenant, role)

    page = text_of(client.get(f"/arhub/source/{made.source_id}/change/"))

    assert "Every day by 07:00 UTC, at least 1 file" in page and "Change what is expected" not in page
    assert "Every day by 07:00 UTC, at least 1 file" in text_of(client.get(f"{ROOT}{made.pk}/change/"))
    assert client.post(f"{ROOT}{made.pk}/change/", FORM).status_code == 403
    assert client.post(f"{ROOT}{made.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{ROOT}{made.pk}/count-anew/", SENT).status_code == 403
    assert client.get(f"{ROOT}preview/", FORM).status_code == 403
    assert fresh(made).country == ""


def test_page_of_the_source_marks_what_came_in_time_and_late(
    tenant: Tenant, client: Client, watch: Watch, come: Come
) -> None:
    made = watch()
    come(at(3, 6), rows=2)
    check(at(3, 7))
    check(at(4, 7))
    late = come(at(4, 9), rows=3)
    check(at(5, 7))

    page = words(text_of(client.get(f"/arhub/source/{made.source_id}/change/")))

    assert re.search(rf"Ingestion {late.pk} \d.* 2026, 09:00 1 3 Committed Late", page)
    assert "1 2 Committed In time" in page
    assert "Missing Expected at least 1 file by Thu 5 Mar 2026 07:00 (UTC+0000), found nothing. See to it" in page


def test_count_begins_anew(tenant: Tenant, client: Client, watch: Watch) -> None:
    made = watch(index_mark="items_#")
    with scope(tenant.pk):
        arrivals.noted(made.source, name="items_7", sha256="ab", size=1)
        before = fresh(made).last_index

    answer = client.post(f"{ROOT}{made.pk}/count-anew/", SENT)

    assert answer["HX-Redirect"] == f"{ROOT}{made.pk}/change/"
    assert (before, fresh(made).last_index) == (7, None)


def test_deleted_watch_leaves_its_incident_to_a_person(tenant: Tenant, client: Client, watch: Watch) -> None:
    made = watch()
    check(at(3, 7))

    client.post(f"{ROOT}{made.pk}/delete/", {"post": "yes"})

    assert (watches(tenant), kinds(tenant)) == ([], [("missing", "open")])


def test_list_tells_how_each_source_keeps_to_it_in_as_many_queries_for_three(
    tenant: Tenant, client: Client, watch: Watch
) -> None:
    watch()
    check(at(3, 7))
    client.get(ROOT)
    with CaptureQueriesContext(connection) as one:
        first = words(text_of(client.get(ROOT)))
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True)
        for name in ("B", "C"):
            source = Source.objects.create(name=name, ledger=ledger)
            arrivals.save(ArrivalWatch(source=source))
    with CaptureQueriesContext(connection) as three:
        page = client.get(ROOT)

    assert "Uploaded files Missing Every day by 07:00 UTC, at least 1 file" in first
    assert (len(page.context["cl"].result_list), len(three)) == (3, len(one))
    assert "B As expected" in words(text_of(page))


def test_list_of_a_tenant_without_any_says_what_it_is_for(client: Client) -> None:
    assert "Say of a source by when its files are expected" in text_of(client.get(ROOT))


def test_start_tells_what_waits_and_how_the_source_keeps_to_it(
    tenant: Tenant, client: Client, watch: Watch, come: Come
) -> None:
    watch()
    come(at(2, 13))
    kept = words(text_of(client.get("/")))
    check(at(4, 7))
    with scope(tenant.pk):
        incident = Incident.objects.get()

    page = text_of(client.get("/"))

    assert "· as expected" in kept
    assert "· missing" in words(page) and f'href="/arhub/incident/{incident.pk}/change/"' in page
    assert "found nothing. Owner: nobody." in words(page)

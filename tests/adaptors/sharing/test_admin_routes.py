"""Each page and action of the admin, by people who are not to see what it is about, and by those granted too little."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from arhub.domain import shares
from arhub.tenancy.scope import scope
from tests.adaptors.sharing.admin_routes import AdminRoute, admin_routes
from tests.adaptors.sharing.conftest import WORD, Person, Shared
from tests.arhub.admin.conftest import text_of

SENT = {"_form_submitted": "on", "name": "x", "chosen": "1"}
READS = re.compile(
    r"_(download|preview|page|body|history)$|^(adaptors|connectors|arhub)_((rules|participant|lookuptable)_export|rules)$"
    r"|^adaptors_(dashboard|manual_find|transaction_evidence)$"
)
"""What shows something and changes nothing, whatever the method."""
OPERATES = re.compile(
    r"_(run_now|retry|cancel|pull_now|send_a_file|send_file|test|fetch_now|again|look_up|arrived|did_not_arrive"
    r"|send_again|send_now|try_again|activation_pull|activation_documents|answer_match"
    r"|incident_close|incident_change_owner|manual_export|transaction_retry|transaction_act)$"
)
ADMINISTERS = re.compile(
    r"^(adaptors_activation|connectors_connection)_(switch_on|switch_off|remove|new_address|confirm|sharing|delete)$"
)


def status(client: Client, method: str, address: str) -> tuple[int, str, str]:
    answer: Any = getattr(client, method)(address, SENT if method == "post" else {})
    return answer.status_code, getattr(answer, "url", ""), text_of(answer)


def tried(client: Client, shared: Shared, wanted: list[AdminRoute]) -> dict[str, int]:
    return {f"{one}": status(client, "post", one.address(shared))[0] for one in wanted}


@pytest.mark.parametrize("method", ["get", "post"])
def test_excluded_person_finds_nothing_anywhere(shared: Shared, person: Person, method: str) -> None:
    client, there = person(), person("administrator")
    for route in admin_routes():
        address = route.address(shared)
        code, _, text = status(client, method, address)
        assert code == 404 or (code == 403 and not READS.search(route.name)), route
        assert WORD not in text, route
        if method == "get":
            assert status(there, method, address)[0] != 404, route


@pytest.mark.parametrize(
    ("level", "free"), [("view", [READS]), ("operate", [READS, OPERATES]), ("edit", None)]
)  # fmt: skip
def test_who_was_granted_too_little_is_refused(
    shared: Shared, person: Person, level: str, free: list[re.Pattern[str]] | None
) -> None:
    client = person()
    shared.grant(client.user, level)  # type: ignore[attr-defined]
    known = admin_routes()
    refused = (
        [one for one in known if not any(kind.search(one.name) for kind in free)]
        if free is not None
        else [one for one in known if ADMINISTERS.search(one.name)]
    )
    answers = tried(client, shared, refused)
    assert answers and {name: code for name, code in answers.items() if code != 403} == {}


def test_lock_holds_a_manager_to_what_operators_do(shared: Shared, person: Person) -> None:
    shared.share("all")
    shared.lock()
    refused = [one for one in admin_routes() if not READS.search(one.name) and not OPERATES.search(one.name)]
    answers = tried(person(), shared, refused)
    assert {name: code for name, code in answers.items() if code != 403} == {}


LISTS = (
    "adaptors/activation/", "adaptors/transaction/", "connectors/connection/", "connectors/inbox/",
    "connectors/outbounddelivery/", "connectors/outboundpush/", "connectors/participant/", "arhub/run/",
    "arhub/schedule/", "arhub/schedule/add/", "connectors/inbox/add/", "connectors/participant/add/", "",
    "adaptors/activation/catalogue/", "adaptors/activation/catalogue/file_invoices/",
    "connectors/connection/add/?kind=vans", f"search/?extended=1&s={WORD}", "adaptors/answer/?show=all",
    "adaptors/activation/manual-export/", "arhub/outbound/", "arhub/approval/", "arhub/incident/",
)  # fmt: skip


@pytest.mark.parametrize("place", LISTS)
def test_list_choice_search_and_panel_leave_out_what_is_not_for_them(
    shared: Shared, person: Person, place: str
) -> None:
    def shown(client: Client) -> str:
        return text_of(client.get(f"/{place}")).replace(f"s={WORD}", "").replace(f"“{WORD}”", "")

    assert WORD not in shown(person())


def test_page_of_a_customer_says_nothing_of_a_hidden_adaptor(shared: Shared, person: Person) -> None:
    page = f"/arhub/account/{shared.ids['account']}/change/"
    assert WORD in text_of(person("administrator").get(page))
    assert WORD not in text_of(person().get(page))


def test_what_a_hidden_adaptor_sent_through_a_gateway_for_all_stays_hidden(shared: Shared, person: Person) -> None:
    with scope(shared.tenant.pk):
        shares.share(shared.gateway, "all")
    client, outbound = person(), shared.rows["connectors/outbounddelivery"]
    assert client.get(f"/connectors/outbounddelivery/{outbound}/change/").status_code == 404
    assert f"outbounddelivery/{outbound}/" not in text_of(client.get("/connectors/outbounddelivery/"))
    assert f"outbounddelivery/{outbound}/" not in text_of(
        client.get(f"/connectors/connection/{shared.gateway.pk}/change/?tab=deliveries")
    )


def test_adaptor_is_used_by_who_does_not_see_its_gateway(shared: Shared, person: Person) -> None:
    with scope(shared.tenant.pk):
        shares.share(shared.activation, "all")
    client = person()
    sent = f"/adaptors/transaction/{shared.ids['sent']}/change/"
    for place in (f"/adaptors/activation/{shared.activation.pk}/change/?tab=general", sent):
        page = text_of(client.get(place))
        assert f"{WORD} folder" in page
        assert f"/connectors/connection/{shared.gateway.pk}/" not in page
        assert f"/connectors/outbounddelivery/{shared.rows['connectors/outbounddelivery']}/" not in page
    assert f"/connectors/connection/{shared.gateway.pk}/" in text_of(person("administrator").get(sent))
    assert status(client, "post", f"/adaptors/activation/{shared.activation.pk}/run-now/")[0] == 200

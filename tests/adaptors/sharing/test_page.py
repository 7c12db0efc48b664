"""The tab *Sharing* and the marks in lists."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from adaptors.domain import activations
from adaptors.models import Activation
from arhub.domain import api_keys, shares
from arhub.domain.tenants import create_tenant
from arhub.models import Event, Team
from arhub.tenancy.scope import scope
from tests.adaptors.sharing.conftest import WORD, Person, Shared
from tests.arhub.admin.conftest import text_of


def pages_of(shared: Shared) -> tuple[str, ...]:
    return (
        f"/adaptors/activation/{shared.activation.pk}/", f"/connectors/connection/{shared.gateway.pk}/",
    )  # fmt: skip


def post(client: Client, page: str, **given: Any) -> Any:
    return client.post(f"{page}sharing/", given, follow=True)


@pytest.fixture
def administrator(person: Person) -> Client:
    return person("administrator")


def test_sharing_is_changed_on_the_page_of_each(shared: Shared, administrator: Client, person: Person) -> None:
    clerk = person("clerk").user  # type: ignore[attr-defined]
    with scope(shared.tenant.pk):
        team, (key, _) = Team.objects.create(name="Sales"), api_keys.make("Shop", ["write"])
    for page, thing in zip(pages_of(shared), shared.things(), strict=True):
        post(administrator, page, do="share", audience="chosen", locked="on")
        for to, level in ((f"user:{clerk.pk}", "operate"), (f"team:{team.pk}", "view"), (f"key:{key.pk}", "edit")):
            assert "Nothing was changed" not in text_of(post(administrator, page, do="grant", to=to, level=level))
        post(administrator, page, do="hand_over", owner=clerk.pk)
        with scope(shared.tenant.pk):
            found = shares.shared_of(thing)
        assert (found.owner, found.audience, found.is_locked) == (clerk, "chosen", True)
        assert sorted(grant.level for grant in found.grants) == ["edit", "operate", "view"]
        text = text_of(administrator.get(f"{page}change/?tab=sharing"))
        assert "Sales" in text and "Shop" in text and "Take away" in text
        post(administrator, page, do="take", grant=found.grants[0].pk)
        with scope(shared.tenant.pk):
            assert len(shares.shared_of(thing).grants) == 2
    with scope(shared.tenant.pk):
        assert Event.objects.filter(kind="sharing.changed").exists()


def test_what_is_not_known_changes_nothing(shared: Shared, administrator: Client) -> None:
    foreign = create_tenant("foreign", name="Foreign")
    with scope(foreign.pk):
        theirs = Team.objects.create(name="Theirs")
    for given in (
        {"do": "grant", "to": f"team:{theirs.pk}", "level": "view"}, {"do": "grant", "to": "user:x", "level": "view"},
        {"do": "share", "audience": "everybody"}, {"do": "hand_over", "owner": "999999"}, {"do": "nothing"},
    ):  # fmt: skip
        answer = post(administrator, pages_of(shared)[0], **given)
        assert "Nothing was changed." in text_of(answer), given


def test_who_edits_sees_the_tab_and_changes_nothing_there(shared: Shared, person: Person) -> None:
    client = person("manager")
    shared.grant(client.user, "edit")  # type: ignore[attr-defined]
    for page in pages_of(shared):
        text = text_of(client.get(f"{page}change/?tab=sharing"))
        assert "Who administers it changes this." in text and "Save sharing" not in text
        assert post(client, page, do="share", audience="all").status_code == 403


def test_who_shuts_themselves_out_is_led_to_the_list(shared: Shared, person: Person) -> None:
    shared.share("all")
    answer = post(person("manager"), pages_of(shared)[0], do="share", audience="admins")
    assert answer.redirect_chain == [("/adaptors/activation/", 302)]
    assert "You are not among those who see it now." in text_of(answer)


def test_what_nobody_owns_is_not_left_to_its_owner_alone(shared: Shared, person: Person) -> None:
    shared.share("all")
    client = person("manager")

    text = text_of(post(client, pages_of(shared)[0], do="share", audience="owner"))

    assert "Nothing was changed. It has no owner" in text and "Save sharing" in text


def test_menu_in_the_list_offers_what_somebody_may_do_and_what_makes_sense(shared: Shared, person: Person) -> None:
    place = f"/adaptors/activation/{shared.activation.pk}/"
    actions = ("run-now", "switch-on", "switch-off")

    def offered(client: Client) -> list[str]:
        text = client.get("/adaptors/activation/").content.decode()
        return [name for name in actions if f'href="{place}{name}/"' in text]

    viewing, operating, manager = person("clerk"), person("clerk"), person("manager")
    shared.grant(viewing.user, "view")  # type: ignore[attr-defined]
    shared.grant(operating.user, "operate")  # type: ignore[attr-defined]
    shared.grant(manager.user, "administer")  # type: ignore[attr-defined]
    with scope(shared.tenant.pk):
        Activation.objects.filter(pk=shared.activation.pk).update(is_on=True)
    on = [offered(client) for client in (viewing, operating, manager)]
    with scope(shared.tenant.pk):
        Activation.objects.filter(pk=shared.activation.pk).update(is_on=False)

    assert on == [[], ["run-now"], ["run-now", "switch-off"]]
    assert [offered(client) for client in (viewing, operating, manager)] == [[], [], ["switch-on"]]


def test_lists_say_with_whom_and_whether_it_is_locked(shared: Shared, administrator: Client) -> None:
    shared.lock()
    for place in ("adaptors/activation/", "connectors/connection/"):
        text = text_of(administrator.get(f"/{place}"))
        assert WORD in text and "Only administrators" in text and "Locked" in text


def test_owner_chosen_in_general_is_the_one_it_is_shared_by(shared: Shared, person: Person) -> None:
    owner = person("manager")
    shared.share("admins")
    with scope(shared.tenant.pk):
        activations.change(shared.activation, {"owner": owner.user})  # type: ignore[attr-defined]
    assert owner.get(f"{pages_of(shared)[0]}change/").status_code == 200

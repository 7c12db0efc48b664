"""Groups: made, filled, renamed and deleted by administrators."""

from __future__ import annotations

from django.test import Client

from arhub.domain import shares
from arhub.domain.tenants import create_tenant
from arhub.models import Grant, Team
from arhub.tenancy.scope import scope
from connectors.models import Connection
from tests.arhub.admin.conftest import text_of
from tests.arhub.sharing.conftest import Company, joined

LIST = "/arhub/team/"


def browser(company: Company, name: str) -> Client:
    client = Client()
    client.force_login(company.people[name], backend="django.contrib.auth.backends.ModelBackend")
    return client


def members_of(team: Team) -> list[str]:
    return sorted(one.user.name for one in team.members.select_related("user"))


def test_group_is_made_renamed_and_filled_with_own_people_alone(company: Company) -> None:
    client = browser(company, "administrator")
    stranger = joined(create_tenant("foreign", name="Foreign"), "stranger", "manager")
    clerk, other = company.people["clerk"].pk, company.people["other"].pk

    assert client.post(f"{LIST}add/", {"name": "Sales", "people": [clerk]}).status_code == 302
    team = Team.objects.get()
    assert members_of(team) == ["Clerk"]
    client.post(f"{LIST}{team.pk}/change/", {"name": "Sales DK", "people": [other]})
    team.refresh_from_db()
    assert (team.name, members_of(team)) == ("Sales DK", ["Other"])
    refused = client.post(f"{LIST}{team.pk}/change/", {"name": "Sales DK", "people": [stranger.pk]})
    assert "Select a valid choice" in text_of(refused)
    assert stranger.email not in text_of(client.get(f"{LIST}add/"))
    assert "There is such a group." in text_of(client.post(f"{LIST}add/", {"name": "Sales DK"}))


def test_deleting_a_group_says_what_it_takes_with_it(company: Company, team: Team, thing: Connection) -> None:
    client = browser(company, "administrator")
    shares.grant(thing, team, "edit")

    said = text_of(client.get(f"{LIST}{team.pk}/remove/"))
    assert "Its 1 member lose what it was granted on one adaptor or connection." in said
    client.post(f"{LIST}{team.pk}/remove/", {"_form_submitted": "on"})
    assert (Team.objects.count(), Grant.objects.count()) == (0, 0)


def test_managers_look_and_clerks_do_not(company: Company, team: Team) -> None:
    page = f"{LIST}{team.pk}/change/"
    assert "Clerk" in text_of(browser(company, "manager").get(page))
    assert browser(company, "manager").post(page, {"name": "x"}).status_code == 403
    assert browser(company, "clerk").get(LIST).status_code == 403
    assert browser(company, "clerk").get(page).status_code == 403


def test_group_of_another_tenant_is_out_of_reach(company: Company) -> None:
    foreign = create_tenant("foreign", name="Foreign")
    with scope(foreign.pk):
        theirs = Team.objects.create(name="Theirs")
    client = browser(company, "administrator")
    assert client.get(f"{LIST}{theirs.pk}/change/").status_code == 404
    assert client.post(f"{LIST}{theirs.pk}/remove/", {"_form_submitted": "on"}).status_code == 404

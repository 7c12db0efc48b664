"""Who may see and do what."""

from __future__ import annotations

import re

import pytest

from tests.arhub.admin.conftest import LISTS, SignIn, World, text_of

ROLES = ("viewer", "clerk", "manager", "administrator")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", LISTS)
def test_everyone_reads_receivables_and_nobody_changes_them(
    world: World, sign_in: SignIn, role: str, name: str
) -> None:
    client = sign_in(world.acting.tenant, role=role)

    assert client.get(f"/arhub/{name}/").status_code == 200
    assert client.get(f"/arhub/{name}/add/").status_code == 403
    assert client.get(f"/arhub/{name}/export/").status_code == 200


@pytest.mark.parametrize(("role", "status"), list(zip(ROLES, (403, 403, 200, 200), strict=True)))
def test_sources_are_the_managers(world: World, sign_in: SignIn, role: str, status: int) -> None:
    client = sign_in(world.acting.tenant, role=role)

    assert client.get("/arhub/source/").status_code == 200
    assert client.get("/arhub/source/add/").status_code == status


@pytest.mark.parametrize(("role", "status"), list(zip(ROLES, (403, 403, 200, 200), strict=True)))
def test_schedules_and_closed_days_are_the_managers(world: World, sign_in: SignIn, role: str, status: int) -> None:
    client = sign_in(world.acting.tenant, role=role)

    for name in ("run", "schedule", "closedday"):
        assert client.get(f"/arhub/{name}/").status_code == 200
        assert client.get(f"/arhub/{name}/{world.acting.first(name).pk}/change/").status_code == 200
    for address in ("schedule/add/", "schedule/preview/", "closedday/add/"):
        assert client.get(f"/arhub/{address}").status_code == status, address
    assert client.get("/arhub/run/add/").status_code == 403


@pytest.mark.parametrize(("role", "status"), list(zip(ROLES, (403, 403, 403, 200), strict=True)))
def test_settings_are_the_administrators(world: World, sign_in: SignIn, role: str, status: int) -> None:
    client = sign_in(world.acting.tenant, role=role)
    tenant = world.acting.tenant.pk

    for address in (
        "membership/",
        "membership/add-person/",
        f"tenant/{tenant}/change/",
        "apikey/",
        "apikey/add/",
        "webhookendpoint/add/",
    ):
        assert client.get(f"/arhub/{address}").status_code == status, address


@pytest.mark.parametrize(
    ("role", "groups", "uploads"),
    [
        ("viewer", ["Receivables", "Integration", "Connections", "Adaptors", "Automation", "API"], False),
        ("clerk", ["Receivables", "Integration", "Connections", "Adaptors", "Automation", "API"], True),
        ("manager", ["Receivables", "Integration", "Connections", "Adaptors", "Automation", "API", "Settings"], True),
        (
            "administrator",
            ["Receivables", "Integration", "Connections", "Adaptors", "Automation", "API", "Settings"],
            True,
        ),
    ],
)
def test_menu_shows_what_the_role_may_use(
    world: World, sign_in: SignIn, role: str, groups: list[str], uploads: bool
) -> None:
    page = sign_in(world.acting.tenant, role=role).get("/")

    assert [group["title"] for group in page.context["sidebar_navigation"] if "title" in group] == groups
    assert bool(re.search("Upload File", text_of(page))) is uploads


def test_nobody_comes_in_without_signing_in(world: World, client: object) -> None:
    for name in LISTS:
        answer = client.get(f"/arhub/{name}/")  # type: ignore[attr-defined]
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/login/")


def test_pages_of_libraries_do_not_exist(world: World, sign_in: SignIn) -> None:
    client = sign_in(world.acting.tenant)
    client.user.is_superuser = True  # type: ignore[attr-defined]
    client.user.save()  # type: ignore[attr-defined]

    for path in ("auth/group", "django_q/schedule", "axes/accessattempt"):
        assert client.get(f"/{path}/").status_code == 404

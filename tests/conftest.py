"""Fixtures for every test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import TransactionTestCase, override_settings
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from arhub.models import Tenant
from arhub.tenancy.scope import scope_all
from tests.emptying import Emptying, empty_tables
from tests.hub import end_hub, hub, hub_process
from tests.template import migrated_template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

__all__ = ["hub", "hub_process"]

settings.register_profile("short", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=500, deadline=None)  # pytest --hypothesis-profile thorough
settings.load_profile("short")

Tenants = tuple[Tenant, Tenant, Tenant]


WITH_A_HUB = ("tests/e2e/", "tests/connectors/erp/sage_network/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no process is left alone with it."""
    items.sort(key=lambda item: not item.nodeid.startswith((*WITH_A_HUB, "tests/arhub/test_supervisor.py")))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Those with a hub come first, and together: what follows has its database to itself."""
    if not item.nodeid.startswith(WITH_A_HUB):
        end_hub()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return Scheduling(config, log)


class Scheduling(LoadScopeScheduling):
    """What shares something dear shares a process: the rows of a file, and a hub in processes of its own."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "with a hub" if file.startswith(WITH_A_HUB) else file


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """A password is hashed in no time instead of a third of a second, and a client made without a look at every static
    file there is."""
    hashers = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("MD5", "PBKDF2")]
    with override_settings(PASSWORD_HASHERS=hashers, WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, which has to survive no crash and is emptied fast."""
    with django_db_blocker.unblock():
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute(f"alter database {connection.settings_dict['NAME']} set synchronous_commit = off")
        connection.close()
        emptying, flush = Emptying(), TransactionTestCase._fixture_teardown
        connection.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: emptying.after(lambda: flush(case)))
        yield


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For a module's fixtures whose rows stay until its last test. Its tests take `rolled_back`, so that nothing else
    of theirs stays, and nothing with real transactions."""
    with django_db_blocker.unblock():
        yield
        empty_tables()
        connections.close_all()


@pytest.fixture
def rolled_back(db: None) -> Iterator[None]:
    """Sums that are kept between requests are told apart by what stands in the database, which comes again."""
    yield
    cache.clear()


@pytest.fixture
def side_joins_default(db: None) -> Iterator[None]:
    """The side connection becomes the test's own, so that code which uses it sees the test's rows. A test about
    what survives a rollback wants two real ones: `django_db(transaction=True, databases=["default", "side"])`.
    The real one is back before Django allows it again to the tests that follow."""
    side = connections["side"]
    connections["side"] = connections["default"]
    yield
    connections["side"] = side


@pytest.fixture
def tenants(db: None) -> Tenants:
    return make_tenants()


def make_tenants() -> Tenants:
    """One acts, one must stay invisible, one is empty."""
    with scope_all("make tenants"):
        acting, hidden, empty = (
            Tenant.objects.create(name=name, slug=name.lower()) for name in ("Acting", "Hidden", "Empty")
        )
    return acting, hidden, empty

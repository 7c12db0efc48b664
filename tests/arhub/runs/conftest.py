"""A tenant with kinds of runs of its own, in real transactions on two connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from arhub.domain import runs
from arhub.domain.tenants import create_tenant
from arhub.models import Run, RunEntry, Tenant
from arhub.tenancy.scope import scope
from tests.arhub.runs import kinds

Start = Callable[..., Run]
KINDS = {"copying": "tests.arhub.runs.kinds.Copying", "counting": "tests.arhub.runs.kinds.Counting"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs are told of on a second connection, so whoever works has committed rows."""
    for item in items:
        if "tenant" in getattr(item, "fixturenames", ()) and "runs" in item.path.parts:
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "side"]))


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return create_tenant("acme", name="Acme A/S", currency="DKK")


@pytest.fixture(autouse=True)
def run_kinds(settings: Any) -> Iterator[None]:
    """The kinds `copying`, alone with its subject, and `counting`."""
    settings.RUN_KINDS = KINDS
    yield
    kinds.WORKED.clear()
    kinds.SLICES.clear()


@pytest.fixture
def start(tenant: Tenant) -> Start:
    """start(7, kind="counting", of=tenant) queues a run."""

    def made(subject_id: int = 7, *, kind: str = "copying", of: Tenant | None = None, **given: Any) -> Run:
        with scope((of or tenant).pk):
            return runs.start(kind, subject_id, **given)

    return made


def fresh(run: Run) -> Run:
    with scope(run.tenant_id):
        return Run.objects.get(pk=run.pk)


def story(run: Run) -> list[tuple[str, str]]:
    with scope(run.tenant_id):
        return list(RunEntry.objects.filter(run=run).values_list("level", "text"))


def change(run: Run, **fields: Any) -> None:
    with scope(run.tenant_id):
        Run.objects.filter(pk=run.pk).update(**fields)

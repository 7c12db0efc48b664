"""How long the pages of transactions take with a million of them behind: the whole request, as members and
programs from whom adaptors are hidden."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import Any, NamedTuple

from django.test import Client
from django.utils import timezone

from adaptors.models import Activation, Transaction
from arhub.admin.paging import ROWS
from arhub.domain import api_keys
from arhub.domain.pages import Pages
from arhub.domain.tenants import add_member
from arhub.models import Grant, Level, Role, Share
from arhub.tenancy.scope import scope
from tests.benchmarks.loads import WrongResultError
from tests.benchmarks.transaction_rows import DAYS, PILOT, Filled, empty, fill

TIMES = 9
START, LIST, API = "/", "/adaptors/transaction/", "/api/hub/v1/transactions/"
SHARED_WITH_ALL, HIDDEN = "Pilot", "Others only"
QUICK = ("person", "failed", "uncertain", "held", "delivered", "changed")


class Taken(NamedTuple):
    """Milliseconds of a page, as medians: by the clock, and of this process's own work."""

    wall: float
    cpu: float


def measure(rows: int) -> dict[str, Taken]:
    """By page."""
    filled = fill(rows)
    asked = zip(clients(filled), (pages(filled), guest_pages(filled), api_pages(filled)), strict=True)
    found = {name: _median(client, address) for client, every in asked for name, address in every.items()}
    empty()
    return found


def pages(filled: Filled) -> dict[str, str]:
    adaptors, gateways = filled.adaptors, filled.gateways
    middle = timezone.localdate() - timedelta(days=DAYS // 2)
    early = timezone.localdate() - timedelta(days=DAYS - DAYS // 20)
    number = filled.rows // 3
    with scope(filled.tenant.pk):
        older = Transaction.objects.order_by("-pk").filter(pk__lte=filled.start + filled.rows // 2)
        deep = Pages(older, ROWS).first().next
        arrived = Transaction.objects.filter(state=Transaction.State.DELIVERED, activation=adaptors["Export"]).first()
        failed = Transaction.objects.filter(state=Transaction.State.FAILED, activation=adaptors["Export"]).first()
    assert arrived is not None and failed is not None
    searches = {
        "number": f"I{number:08d}", "number_beginning": f"I{number // 1000:05d}", "customer_order": f"po-{number}",
        "customer_order_beginning": "po-77", "supplier_order_beginning": "SO-12", "file": f"I{number:08d}.xml",
        "message": arrived.sha256, "message_beginning": arrived.sha256[:5], "receipt": f"MDN-I{number:08d}",
        "receipt_beginning": "MDN-I0", "nothing": "zebra", "everything": "I",
    }  # fmt: skip
    return {
        "first": LIST,
        "deep": f"{LIST}?after={deep}",
        **{f"show_{name}": f"{LIST}?show={name}" for name in QUICK},
        "by_number": f"{LIST}?o=3",
        "of_format": f"{LIST}?format=bis3",
        "of_rare_format": f"{LIST}?format=edifact",
        "of_format_without_any": f"{LIST}?format=pdf",
        "of_gateway": f"{LIST}?gateway={gateways['Share'].pk}",
        "of_rare_gateway": f"{LIST}?gateway={gateways['Pilot share'].pk}",
        "of_adaptor": f"{LIST}?activation__id__exact={adaptors['Export'].pk}",
        "of_small_adaptor": f"{LIST}?activation__id__exact={adaptors['Pilot'].pk}",
        "of_small_adaptor_failed": f"{LIST}?activation__id__exact={adaptors['Pilot'].pk}&show=failed",
        "of_cause": f"{LIST}?activation__id__exact={adaptors['Export'].pk}&cause=cause+7",
        "of_customer": f"{LIST}?customer=Customer+7",
        "since": f"{LIST}?since={middle}",
        "until": f"{LIST}?until={middle}",
        "until_failed": f"{LIST}?until={middle}&show=failed",
        "until_by_number": f"{LIST}?until={early}&o=-3",
        **{f"search_{name}": f"{LIST}?q={term}" for name, term in searches.items()},
        "search_number_failed": f"{LIST}?q=I{number // 1000:05d}&show=failed",
        "dashboard": f"/adaptors/activation/{adaptors['Export'].pk}/dashboard/",
        "dashboard_failed": f"/adaptors/activation/{adaptors['Export'].pk}/dashboard/?show=failed",
        "dashboard_small": f"/adaptors/activation/{adaptors['Pilot'].pk}/dashboard/",
        "start": START,
        "page": f"{LIST}{arrived.pk}/change/",
        "page_failed": f"{LIST}{failed.pk}/change/",
    }


def api_pages(filled: Filled) -> dict[str, str]:
    with scope(filled.tenant.pk):
        older = Transaction.objects.order_by("-pk").filter(pk__lte=filled.start + filled.rows // 2)
        deep = Pages(older, 1).first().next
    return {
        "api": API,
        "api_deep": f"{API}?cursor=n{deep}",
        "api_failed": f"{API}?state=failed",
        "api_included": f"{API}?include=log,receipts,entries",
        "api_number": f"{API}?number=I{PILOT:08d}",
    }


def guest_pages(filled: Filled) -> dict[str, str]:
    """For somebody who sees nothing but what the smallest and oldest adaptor sent."""
    return {
        "guest_first": LIST,
        **{f"guest_show_{name}": f"{LIST}?show={name}" for name in QUICK},
        "guest_of_format_without_any": f"{LIST}?format=bis3",
        "guest_by_number": f"{LIST}?o=-3",
        "guest_search_everything": f"{LIST}?q=I",
        "guest_start": START,
    }


def clients(filled: Filled) -> tuple[Client, Client, Client]:
    """Browsers of a clerk and of a guest, and a program. The clerk and the program are granted all adaptors but one,
    the guest has only the one that is shared with all."""
    with scope(filled.tenant.pk):
        key, secret = api_keys.make("Benchmark", ["read"], requests_per_minute=1_000_000)
        clerk, guest = (add_member(f"{name}@example.com", filled.tenant, Role.CLERK) for name in ("clerk", "guest"))
        for name, adaptor in filled.adaptors.items():
            _share(name, adaptor, user=clerk, api_key=key)
    browsers = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    for browser, member in zip(browsers, (clerk, guest), strict=True):
        browser.force_login(member, "django.contrib.auth.backends.ModelBackend")
    return *browsers, Client(SERVER_NAME="localhost", headers={"Api-Key": secret})


def _share(name: str, adaptor: Activation, **chosen: Any) -> None:
    if name == SHARED_WITH_ALL:
        return
    share = Share.objects.create(kind="activation", thing_id=adaptor.pk, audience=Share.Audience.CHOSEN)
    if name != HIDDEN:
        Grant.objects.bulk_create(Grant(share=share, level=Level.OPERATE, **{who: one}) for who, one in chosen.items())


def _median(client: Client, address: str) -> Taken:
    walls, cpus = [], []
    for _ in range(TIMES + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = client.get(address)
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
        if answer.status_code != 200:
            raise WrongResultError(f"{address} answers {answer.status_code}.")
    return Taken(statistics.median(walls[1:]), statistics.median(cpus[1:]))  # the first one reads templates

"""How long the list of invoices takes with millions of documents behind it: the whole request, as a member."""

from __future__ import annotations

import re
import statistics
import time

from django.db import connection
from django.test import Client

from arhub.domain.tenants import add_member
from arhub.models import Account, Ledger, Role, Tenant
from arhub.tenancy.scope import scope
from tests.benchmarks.loads import WrongResultError
from tests.benchmarks.peers import TABLE, empty

TIMES = 9
ADDRESS = "/arhub/invoice/"
MIDDLE = "2025-08-01"
SLICE = 1_000_000
FILL = f"""
insert into {TABLE} (
    tenant_id, ledger_id, account_id, erp_key, number, document_type, direction, given_sign, invoice_date, due_date,
    currency, total_amount, balance_due, outstanding_amount, outstanding_origin, status, description
)
select %(tenant)s, %(ledger)s, (%(accounts)s::bigint[])[1 + noise %% %(count)s], 'ERP-' || lpad(n::text, 10, '0'),
    'INV' || lpad(n::text, 8, '0'), case when noise %% 19 = 0 then 'credit_memo' else 'invoice' end, 'receivable', 1,
    date '2025-01-01' + day, date '2025-01-01' + day + 30, 'DKK', round(cents / 100.0, 2), owed, owed, 'own', 'Open',
    'Order ' || noise %% 99999
from (
    select n, noise, (noise %% 479)::int as day, cents,
        case when noise %% 23 = 0 then round(cents / 100.0, 2) else 0 end as owed
    from (
        select n, (n * 2654435761 %% 4294967291) as noise, 10000 + n * 7919 %% 4000000 as cents
        from generate_series(%(first)s::bigint, %(last)s) as n
    ) as numbers
) as rows
"""


def milliseconds(tenant: Tenant, rows: int) -> dict[str, float]:
    """Medians per page: the first one, one in the middle, a search for beginnings, and open invoices only."""
    empty()
    _fill(tenant, rows)
    client = Client(SERVER_NAME="localhost")
    client.force_login(
        add_member("bench@example.com", tenant, Role.VIEWER), "django.contrib.auth.backends.ModelBackend"
    )
    found = {
        "first": _median(client, ADDRESS),
        "deep": _median(client, _deep(client)),
        "search": _median(client, f"{ADDRESS}?q=INV000123"),
        "search_name": _median(client, f"{ADDRESS}?q=customer+12"),
        "filter": _median(client, f"{ADDRESS}?show=open"),
    }
    empty()
    return found


def _fill(tenant: Tenant, rows: int) -> None:
    """Straight into the table: how documents come in is measured elsewhere."""
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True).pk
        accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    own = {"tenant": tenant.pk, "ledger": ledger, "accounts": accounts, "count": len(accounts)}
    with connection.as_owner(), connection.cursor() as cursor:
        for first in range(0, rows, SLICE):
            cursor.execute(FILL, {**own, "first": first, "last": min(first + SLICE, rows) - 1})
        cursor.execute(f"vacuum analyze {TABLE}")


def _deep(client: Client) -> str:
    """A page in the middle of the whole list, by the link to the second page of what is dated before a day."""
    page = client.get(f"{ADDRESS}?invoice_date_to={MIDDLE}").content.decode()
    link = re.search(r'rel="next" href="[^"]*after=([^"&]+)', page)
    if link is None:
        raise WrongResultError(f"The list up to {MIDDLE} has no second page.")
    return f"{ADDRESS}?after={link[1]}"


def _median(client: Client, address: str) -> float:
    taken = []
    for _ in range(TIMES + 1):
        started = time.perf_counter()
        answer = client.get(address)
        taken.append(1000 * (time.perf_counter() - started))
        if answer.status_code != 200 or b'name="_selected_action"' not in answer.content:
            raise WrongResultError(f"{address} answers {answer.status_code} or shows no rows.")
    return statistics.median(taken[1:])  # the first one reads templates

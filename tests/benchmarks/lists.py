"""How long lists take with millions of documents behind them: the whole request, as a member."""

from __future__ import annotations

import re
import statistics
import time

from django.db import connection
from django.test import Client

from arhub.domain import api_keys
from arhub.domain.pages import Pages
from arhub.domain.tenants import add_member
from arhub.models import Account, Document, Ledger, Role, Tenant
from arhub.tenancy.scope import scope
from tests.benchmarks.loads import WrongResultError
from tests.benchmarks.peers import TABLE, empty

TIMES = 9
START, INVOICES, CREDIT_MEMOS, ACCOUNTS = "/", "/arhub/invoice/", "/arhub/creditmemo/", "/arhub/account/"
DOCUMENTS = "/api/hub/v1/documents/"
MIDDLE = "2025-08-01"
SLICE = 1_000_000
NAMES = """
update arhub_account set name =
    (array['Nordic', 'Baltic', 'Jutland', 'Acme', 'Hansen', 'Jensen', 'Harbour', 'Royal', 'Fjord', 'Union'])
        [1 + mod(id, 10)] || ' ' ||
    (array['Foods', 'Pumps', 'Logistics', 'Marine', 'Steel', 'Print', 'Energy', 'Glass', 'Timber', 'Dairy', 'Tools'])
        [1 + mod(id, 11)] || ' ' || id || ' ' || (array['Ltd', 'A/S', 'ApS', 'AB'])[1 + mod(id, 4)]
"""
# Account, day, kind and what is open each follow a noise of their own: nothing tells the planner one from another.
FILL = f"""
insert into {TABLE} (
    tenant_id, ledger_id, account_id, erp_key, number, document_type, direction, given_sign, invoice_date, due_date,
    currency, total_amount, balance_due, outstanding_amount, outstanding_origin, status, description
)
select %(tenant)s, %(ledger)s, (%(accounts)s::bigint[])[1 + mod(account_noise, %(count)s)],
    'ERP-' || lpad(n::text, 10, '0'), 'INV' || lpad(n::text, 8, '0'),
    case when mod(kind_noise, 20) = 0 then 'credit_memo' else 'invoice' end, 'receivable', 1,
    date '2025-01-01' + mod(day_noise, 480)::int, date '2025-01-01' + mod(day_noise, 480)::int + 30, 'DKK', total,
    owed, owed, 'own', 'Open', 'Order ' || mod(n, 99999)
from (
    select *, case when mod(open_noise, 5) = 0 then total else 0 end as owed
    from (
        select n, round((10000 + n * 7919 %% 4000000) / 100.0, 2) as total,
            hashint8extended(n, 1) & 2147483647 as account_noise, hashint8extended(n, 2) & 2147483647 as kind_noise,
            hashint8extended(n, 3) & 2147483647 as day_noise, hashint8extended(n, 4) & 2147483647 as open_noise
        from generate_series(%(first)s::bigint, %(last)s) as n
    ) as numbers
) as rows
"""


def milliseconds(tenant: Tenant, rows: int) -> dict[str, float]:
    """Medians per page: the first one, deep ones, searches by beginnings, filters, other lists, and Start.

    The overdue accounts and Start's sums are kept between two loads: the first look after one is not in these figures.
    """
    empty()
    _fill(tenant, rows)
    client = Client(SERVER_NAME="localhost")
    client.force_login(
        add_member("bench@example.com", tenant, Role.VIEWER), "django.contrib.auth.backends.ModelBackend"
    )
    pages = {
        "first": INVOICES,
        "deep": _deep(client),
        "search": f"{INVOICES}?q=INV000123",
        "search_key": f"{INVOICES}?q=ERP-00001",
        "search_name": f"{INVOICES}?q=jensen",
        "search_words": f"{INVOICES}?q=jensen+pumps+1",
        "search_account": f"{INVOICES}?q=C-00123",
        "filter_open": f"{INVOICES}?show=open",
        "filter_overdue": f"{INVOICES}?show=overdue",
        "by_number": f"{INVOICES}?o=1",
        "by_account": f"{INVOICES}?o=2",
        "by_due_date": f"{INVOICES}?o=5",
        "credit_memos": CREDIT_MEMOS,
        "accounts": ACCOUNTS,
        "accounts_overdue": f"{ACCOUNTS}?show=overdue",
        "start": START,
    }
    found = {name: _median(client, address) for name, address in pages.items()}
    empty()
    return found


def api_milliseconds(tenant: Tenant, rows: int) -> dict[str, float]:
    """Medians of the hub API's pages of a hundred documents: the first one, the one nine tenths in, and with all that
    can be included."""
    empty()
    _fill(tenant, rows)
    with scope(tenant.pk):
        key = api_keys.make("Benchmark", ["read"], requests_per_minute=1_000_000)[1]
        documents = Document.objects.order_by("pk")
        place = Pages(documents.filter(pk__gte=documents.values_list("pk", flat=True)[rows * 9 // 10]), 1).first().next
    client = Client(SERVER_NAME="localhost", headers={"Api-Key": key})
    pages = {
        "first": DOCUMENTS,
        "deep": f"{DOCUMENTS}?cursor=n{place}",
        "included": f"{DOCUMENTS}?include=account,lines,applications,custom_fields",
    }
    found = {name: _median(client, address, b'"invoice_number"') for name, address in pages.items()}
    empty()
    return found


def _fill(tenant: Tenant, rows: int) -> None:
    """Straight into the table: how documents come in is measured elsewhere."""
    with scope(tenant.pk):
        ledger = Ledger.objects.get(is_default=True).pk
        accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    own = {"tenant": tenant.pk, "ledger": ledger, "accounts": accounts, "count": len(accounts)}
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(NAMES)
        for first in range(0, rows, SLICE):
            cursor.execute(FILL, {**own, "first": first, "last": min(first + SLICE, rows) - 1})
        cursor.execute(f"vacuum analyze {TABLE}, {Account._meta.db_table}")


def _deep(client: Client) -> str:
    """A page in the middle of the whole list, by the link to the second page of what is dated before a day."""
    page = client.get(f"{INVOICES}?invoice_date_to={MIDDLE}").content.decode()
    link = re.search(r'rel="next" href="[^"]*after=([^"&]+)', page)
    if link is None:
        raise WrongResultError(f"The list up to {MIDDLE} has no second page.")
    return f"{INVOICES}?after={link[1]}"


def _median(client: Client, address: str, shown: bytes = b'name="_selected_action"') -> float:
    taken = []
    for _ in range(TIMES + 1):
        started = time.perf_counter()
        answer = client.get(address)
        taken.append(1000 * (time.perf_counter() - started))
        if answer.status_code != 200 or (address != START and shown not in answer.content):
            raise WrongResultError(f"{address} answers {answer.status_code} or shows no rows.")
    return statistics.median(taken[1:])  # the first one reads templates

"""dlt's `merge` of a CSV of invoices, as `peers_dlt` starts it: `python dlt_merge.py JSON`, in dlt's own environment.

It knows nothing of the hub. The argument says what to load and where to; printed is {"seconds": ...}.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import dlt
import duckdb
from dlt.destinations import postgres

ROWS_AT_ONCE = 50_000
# What the rows of the file are in our table: the account by its id, the type as we call it, amounts as numbers.
ROWS = """
select {tenant}::bigint as tenant_id, {ledger}::bigint as ledger_id, erp_key, invoice_number as number,
    account.id as account_id, lower(document_type) as document_type, 'receivable' as direction,
    1::smallint as given_sign, invoice_date, due_date, currency,
    total_amount::decimal(18, 2) as total_amount, net_amount::decimal(18, 2) as net_amount,
    tax_amount::decimal(18, 2) as tax_amount, balance_due::decimal(18, 2) as balance_due,
    balance_due::decimal(18, 2) as outstanding_amount, 'own' as outstanding_origin,
    customer_order_number, payment_terms, status, description
from (select * from read_csv('{path}', header = true, all_varchar = false) limit {rows}) as invoice
join read_csv('{accounts}', header = true, columns = {{'number': 'varchar', 'id': 'bigint'}}) as account
    on account.number = invoice.account_id
"""


@dlt.resource(write_disposition="merge", primary_key=("tenant_id", "ledger_id", "erp_key"))
def documents(wanted: dict[str, Any]) -> Iterator[Any]:
    """The rows as Arrow tables, the quickest form dlt takes."""
    found = duckdb.sql(ROWS.format(**wanted))
    yield from found.fetch_arrow_reader(ROWS_AT_ONCE)


def main() -> None:
    wanted = json.loads(sys.argv[1])
    pipeline = dlt.pipeline(
        "bench",
        destination=postgres(credentials=wanted["url"]),
        dataset_name=wanted["schema"],
        pipelines_dir=wanted["folder"],
    )
    resource = documents(wanted).with_name(wanted["table"])
    started = time.perf_counter()
    pipeline.run(resource, table_name=wanted["table"])
    print(json.dumps({"seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()

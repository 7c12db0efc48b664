"""A million transactions with what hangs on them, straight into the tables: how they are made is measured elsewhere."""

from __future__ import annotations

import math
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from adaptors.domain.documents.producing import Producer
from adaptors.models import Activation, DayCount, Transaction
from arhub.models import Attempt, Document, Outbound, Tenant
from arhub.tenancy.scope import scope
from connectors.domain import connections
from connectors.models import Connection, Delivery, DeliveryReceipt
from tests.benchmarks import documents
from tests.benchmarks.loads import WrongResultError

DAYS, DOCUMENTS, SLICE = 400, 500, 250_000
ADAPTORS = ("Export", "Wholesale", "Retail", "Public sector", "Others only", "Pilot")
GATEWAYS = ("Share", "Mail room", "Second share", "Pilot share")
PILOT = 1_000
"""Transactions of the last activation, in its own format over its own gateway: the oldest ones."""

# 92 % arrived; those in trouble ask for a person, for one of twenty causes. Each noise follows none of the others.
FILL = """
create temporary table made on commit drop as
select n, %(start)s + n as id, n / {documents} as again, (%(documents)s::bigint[])[1 + mod(n, {documents})] as document,
    (%(accounts)s::bigint[])[1 + mod(n, {documents})] as account,
    case when n < %(pilot)s then 6 when spread < 60 then 1 when spread < 80 then 2 when spread < 92 then 3
        when spread < 98 then 4 else 5 end as adaptor,
    case when n < %(pilot)s then 4 when road < 70 then 1 when road < 95 then 2 else 3 end as gateway,
    case when n < %(pilot)s then 'edifact' when road < 90 then 'bis3' else 'oioubl' end as format,
    case when fate < 620 then 'acknowledged' when fate < 920 then 'delivered' when fate < 940 then 'held'
        when fate < 960 then 'failed' when fate < 970 then 'rejected' when fate < 972 then 'uncertain'
        when fate < 980 then 'cancelled' when fate < 990 then 'elsewhere' else 'sending' end as state,
    now() - make_interval(secs => {days} * 86400.0 * (%(rows)s - n) / %(rows)s) as at,
    'cause ' || mod(reason, 20) as cause, md5(n::text) as identity, 'I' || lpad(n::text, 8, '0') as number
from (
    select n, mod(hashint8extended(n, 1) & 2147483647, 100) as spread,
        mod(hashint8extended(n, 2) & 2147483647, 100) as road,
        mod(hashint8extended(n, 3) & 2147483647, 1000) as fate, hashint8extended(n, 4) & 2147483647 as reason
    from generate_series(%(first)s::bigint, %(last)s) as n
) as noises;
create temporary table sent on commit drop as select *, (%(gateways)s::bigint[])[gateway] as connection from made
where state not in ('held', 'cancelled');
insert into {outbound} (
    id, tenant_id, channel, destination, identity, subject, content, digest, content_type, headers, state, attempts,
    created_at, looks, waits_for, answer, settled_at
)
select id, %(tenant)s, 'delivery', connection, identity, number, '', identity, 'application/xml', '{{}}',
    case state when 'failed' then state when 'uncertain' then state when 'sending' then 'waiting' else 'delivered' end,
    1, at, 0, '', '', case when state in ('uncertain', 'sending') then null else at end
from sent;
insert into {delivery} (
    id, tenant_id, connection_id, outbound_id, content, size, sha256, name, folder, media_type, facts, verdict
)
select id, %(tenant)s, connection, id, %(content)s, 9000, identity, number || '.xml', '', 'application/xml', '{{}}', ''
from sent;
insert into {attempt} (tenant_id, outbound_id, started_at, is_look_up, outcome, text, excerpt, duration_ms)
select %(tenant)s, id, at, false, case state when 'failed' then 'refused' else 'delivered' end, 'Taken.', '', 40
from sent;
insert into {receipt} (
    tenant_id, delivery_id, kind, text, warning, is_refusal, content, sha256, media_type, reference, speaks_of,
    file_sha256, received_at
)
select %(tenant)s, id, 'mdn', 'Processed.', '', false, '', identity, '', 'MDN-' || number, '', identity, at from sent;
insert into {transaction} (
    id, tenant_id, activation_id, account_id, document_id, again, version, state, number, sender, receiver,
    customer_order_number, supplier_order_number, document_date, amount, currency, format, connection_id, delivery_id,
    content, name, reference, media_type, size, sha256, facts, problems, checked_by, bound_to, waits_for, said, cause,
    asks_person, created_at, rendered_at, validated_at, delivered_at, moved_at, looked_at, changed_at
)
select id, %(tenant)s, (%(adaptors)s::bigint[])[adaptor], account, document, again, identity, state,
    number, 'Vestjysk Pumpefabrik ApS', 'Customer ' || mod(account, 50), 'PO-' || n, 'SO-' || n * 7 %% 900001, at::date,
    round((10000 + n * 7919 %% 4000000) / 100.0, 2), 'DKK', format, (%(gateways)s::bigint[])[gateway],
    case when state in ('held', 'cancelled') then null else id end, %(content)s, number || '.xml', 'INT-' || number,
    'application/xml', 9000, identity, '{{}}', '[]', '[]', '[]', '[]',
    case when is_in_trouble then 'The customer did not take it: ' || cause else '' end,
    case when is_in_trouble then cause else '' end, is_in_trouble, at, at, at,
    case when state in ('delivered', 'acknowledged') then at end, at, at, case when mod(n, 500) = 7 then at end
from (select *, state in ('held', 'failed', 'rejected', 'uncertain') as is_in_trouble from made) as rows;
drop table made, sent
"""
COUNT = """
insert into {day_count} (tenant_id, activation_id, day, delivered, acknowledged, rejected, failed, waited, longest)
select tenant_id, activation_id, created_at::date, count(*) filter (where state in ('delivered', 'acknowledged')),
    count(*) filter (where state = 'acknowledged'), count(*) filter (where state = 'rejected'),
    count(*) filter (where state = 'failed'), 60 * count(*), 900
from {transaction} where tenant_id = %s group by 1, 2, 3
"""
TABLES = {
    "outbound": Outbound, "delivery": Delivery, "attempt": Attempt, "receipt": DeliveryReceipt,
    "transaction": Transaction, "day_count": DayCount,
}  # fmt: skip
NAMES = {name: model._meta.db_table for name, model in TABLES.items()}


class Filled(NamedTuple):
    """`start` is the id before the first transaction's; adaptors and gateways by their names."""

    tenant: Tenant
    start: int
    rows: int
    adaptors: dict[str, Activation]
    gateways: dict[str, Connection]


def fill(rows: int) -> Filled:
    first = documents.activation("transactions")
    with scope(first.tenant_id):
        tenant = Tenant.objects.get(pk=first.tenant_id)
        ids = documents.stored(first, DOCUMENTS)
        accounts = [Document.objects.values_list("account", flat=True).get(pk=pk) for pk in ids]
        content = _content(first, ids[0])
        adaptors, gateways = _adaptors(first), _gateways()
    own = {
        "tenant": tenant.pk, "documents": ids, "accounts": accounts, "content": content, "rows": rows,
        "adaptors": [adaptors[name].pk for name in ADAPTORS], "gateways": [gateways[name].pk for name in GATEWAYS],
        "pilot": min(PILOT, math.ceil(rows / 10)),
    }  # fmt: skip
    return Filled(tenant, _insert(tenant.pk, rows, own), rows, adaptors, gateways)


def _insert(tenant: int, rows: int, own: dict[str, object]) -> int:
    """Returns the id before the first one."""
    statement = FILL.format(documents=DOCUMENTS, days=DAYS, **NAMES)
    with connection.as_owner(), connection.cursor() as cursor:
        start = max(_last(cursor, NAMES[name]) for name in ("outbound", "delivery", "transaction")) + 1
        for first in range(0, rows, SLICE):
            cursor.execute(statement, {**own, "start": start, "first": first, "last": min(first + SLICE, rows) - 1})
        for name in ("outbound", "delivery", "transaction"):
            cursor.execute("select setval(pg_get_serial_sequence(%s, 'id'), %s)", [NAMES[name], start + rows])
        cursor.execute(COUNT.format(**NAMES), [tenant])
        cursor.execute(f"vacuum analyze {', '.join(NAMES.values())}")
    return start


def _last(cursor: object, table: str) -> int:
    cursor.execute(f"select coalesce(max(id), 0) from {table}")  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]


def _content(activation: Activation, pk: int) -> str:
    """Where the bytes lie that all of them have."""
    (made,) = Producer(activation, is_checking=True).produce([pk])
    if made.rendered is None:
        raise WrongResultError(f"Nothing was made of a document: {made.problems}")
    return str(default_storage.save("documents/benchmark.xml", ContentFile(made.rendered.content)))


def _adaptors(first: Activation) -> dict[str, Activation]:
    """Others like the first one."""
    found = {first.name: first}
    for name in ADAPTORS[1:]:
        values = {field.attname: getattr(first, field.attname) for field in first._meta.fields if field.name != "id"}
        found[name] = Activation.objects.create(**{**values, "name": name})
    return found


def _gateways() -> dict[str, Connection]:
    """The first of them is that of the first adaptor."""
    for name in GATEWAYS[1:]:
        connections.create("folder", name=name, values={})
    return {one.name: one for one in Connection.objects.filter(name__in=GATEWAYS)}


def empty() -> None:
    """Take all of them out again, as the owner."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"truncate {', '.join(NAMES.values())} cascade")

"""A table of 10,000 customers stays usable: bounded queries, whatever is done with all of them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adaptors.domain.customers import rules
from adaptors.models import Activation, ExportRule
from arhub.models import Account, Source
from arhub.tenancy.scope import scope, scope_all
from tests.adaptors.conftest import rules_of
from tests.adaptors.rules.test_export_rules import url_of, words
from tests.adaptors.rules.test_rule_settings import packed
from tests.arhub.admin.conftest import text_of

MANY = 10_000


@pytest.fixture
def many(bis3: Activation, source: Source) -> Activation:
    with scope(bis3.tenant_id):
        with database.cursor() as cursor:
            cursor.execute(
                f"insert into {Account._meta.db_table} (tenant_id, ledger_id, erp_key, number, name, city, country, "
                "registration_number) select %s, %s, n, n, 'Customer ' || lpad(n::text, 5, '0'), 'Odense', 'DK', "
                "'25313763' from generate_series(0, %s) n",
                [bis3.tenant_id, source.ledger_id, MANY - 1],
            )
        rules.follow(bis3)
        rules_of(bis3).update(is_ready=True, judged_at=timezone.now())
    with scope_all("statistics, which the owner alone can take"), database.cursor() as cursor:
        cursor.execute(f"analyze {Account._meta.db_table}, {ExportRule._meta.db_table}")
    return bis3


def test_table_and_each_filter_take_few_queries(client: Client, many: Activation) -> None:
    for query in ("", "?show=active", "?show=not_ready", "?q=customer+09", "?o=2", "?since=2020-01-01"):
        with CaptureQueriesContext(database) as queries:
            page = client.get(url_of(many, query))
        assert (page.status_code, query, len(queries) < 20) == (200, query, True)
    assert len(client.get(url_of(many)).context["cl"].result_list) == 50


def test_all_are_activated_in_as_many_queries_as_one(client: Client, many: Activation) -> None:
    counts = []
    for address in (f"activate/?ids={_first(many)}", "activate/?all=1"):
        asked = words(text_of(client.get(url_of(many, address))))
        with CaptureQueriesContext(database) as queries:
            client.post(url_of(many, address), {"existing": "leave"})
        counts.append(len(queries))

    assert "Activate 9,999 customers" in asked
    with scope(many.tenant_id):
        assert rules_of(many).filter(is_active=True).count() == MANY
    assert counts[1] <= counts[0] < 40


def test_common_setting_of_all_is_shown_and_saved(client: Client, many: Activation) -> None:
    url = url_of(many, "common/customer/")
    with CaptureQueriesContext(database) as queries:
        page = text_of(client.post(url, {"customer_city": "Vejle", "customer_buyer_reference": "Purchasing"}))
    client.post(url, {**packed(page), "confirm": "1"})

    assert "Changes 10,000 of 10,000 customers" in words(page)
    assert len(queries) < 20 + 10 * 12
    with scope(many.tenant_id):
        assert Activation.objects.get().customer["customer_city"] == "Vejle"


def test_sheet_of_all_is_imported(client: Client, many: Activation) -> None:
    lines = "".join(f"{place},yes,City {place},Note of {place}\n" for place in range(MANY))
    file = io.BytesIO(f"Number,Active,Customer: City,Note\n{lines}".encode())

    page = text_of(client.post(url_of(many, "import/"), {"file": SimpleUploadedFile("rules.csv", file.getvalue())}))
    client.post(url_of(many, "import/"), packed(page))

    assert "Customers changed 10,000" in words(page)
    with scope(many.tenant_id):
        found: Any = rules_of(many).get(account__number="4711")
        assert (found.is_active, found.values) == (True, {"customer_city": "City 4711", "note": "Note of 4711"})
        assert rules_of(many).filter(is_active=True).count() == MANY


def _first(activation: Activation) -> int:
    with scope(activation.tenant_id):
        return int(rules_of(activation).values_list("pk", flat=True)[0])

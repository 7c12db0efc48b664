"""Lookup tables on the screens: listed, added, changed, imported, exported, removed."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from adaptors.models import Activation, FieldMapping, LookupEntry, LookupTable
from arhub.models import Tenant
from arhub.tenancy.scope import scope
from tests.arhub.admin.conftest import SignIn, World, text_of
from tests.connectors.admin.conftest import SENT

pytestmark = pytest.mark.django_db

LIST = "/adaptors/lookuptable/"


def page(table: LookupTable, then: str = "change") -> str:
    return f"{LIST}{table.pk}/{then}/"


def entries(table: LookupTable) -> dict[str, str]:
    with scope(table.tenant_id):
        return dict(LookupEntry.objects.filter(table=table).values_list("key", "value"))


def tables(tenant: Tenant) -> list[str]:
    with scope(tenant.pk):
        return list(LookupTable.objects.values_list("name", flat=True))


def words(answer: Any) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def carried(answer: Any) -> dict[str, str]:
    """What a preview gives back."""
    return dict(re.findall(r'name="(packed|digest)" value="([^"]*)"', answer.content.decode()))


def use(table: LookupTable) -> None:
    with scope(table.tenant_id):
        activation = Activation.objects.create(adaptor="post_receivables", name="To Intacct")
        FieldMapping.objects.create(
            activation=activation, record_type="invoice", target="AccountNo", kind="lookup",
            value="line.product_code", table=table,
        )  # fmt: skip


def test_empty_list_says_what_a_table_is_for(client: Client) -> None:
    assert "A lookup table says what a word of yours is called somewhere else" in text_of(client.get(LIST))


def test_list_counts_entries_and_uses(client: Client, products: LookupTable, hidden: LookupTable) -> None:
    use(products)

    found = words(client.get(LIST))

    assert "Products 4000 2 1" in found
    assert "Hidden" not in found


def test_table_is_added_with_its_entries(client: Client, world: World) -> None:
    given = {**SENT, "name": "Banks", "default": "", "entries": "1", "key": ["DK1", ""], "value": ["BOFA1435", ""]}

    answer = client.post(f"{LIST}add/", given)

    with scope(world.acting.tenant.pk):
        made = LookupTable.objects.get()
    assert (answer.status_code, made.name, entries(made)) == (302, "Banks", {"DK1": "BOFA1435"})


def test_entries_are_changed_removed_and_added(client: Client, products: LookupTable) -> None:
    given = {**SENT, "name": "Products", "default": "", "entries": "1", "key": ["P1", "", "P3"],
             "value": ["4011", "", "6000"]}  # fmt: skip

    client.post(page(products), given)

    assert entries(products) == {"P1": "4011", "P3": "6000"}


def test_a_page_that_is_old_takes_nothing_away(client: Client, products: LookupTable) -> None:
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page(products)).content.decode())
    assert seen is not None
    with scope(products.tenant_id):
        LookupEntry.objects.create(table=products, key="P9", value="9000")
    given = {**SENT, "name": "Products", "default": "", "entries": "1", "seen": seen[1], "key": ["P1"], "value": ["1"]}

    answer = client.post(page(products), given)

    assert "Somebody has changed the entries meanwhile." in text_of(answer)
    assert entries(products)["P9"] == "9000"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"key": ["P1", "P1"], "value": ["1", "2"]}, "The key P1 stands there twice."),
        ({"key": ["P1"], "value": [""]}, "P1: Expected a value, found nothing."),
        ({"key": [""], "value": ["1"]}, "1: Expected a key, found nothing."),
        ({"key": ["P1"], "value": ["x" * 256]}, "P1: Expected a value of at most 255 characters, found 256."),
    ],
)
def test_entries_that_cannot_be_kept_come_back_with_the_reason(
    given: dict[str, list[str]], said: str, client: Client, products: LookupTable
) -> None:
    answer = client.post(page(products), {**SENT, "name": "Products", "default": "", "entries": "1", **given})

    assert said in text_of(answer)
    assert f'value="{given["value"][0]}"' in answer.content.decode()
    assert entries(products) == {"P1": "4010", "P2": "4100"}


def test_pasted_columns_are_shown_before_they_are_written(client: Client, products: LookupTable) -> None:
    answer = client.post(page(products, "import"), {"pasted": "P1\t4010\nP2\t4200\nP3\t6000\nP3\t6001\nP4\t"})
    shown, before = words(answer), entries(products)
    done = client.post(page(products, "import"), carried(answer))

    assert "New 1 Changed 1 Unchanged 1 Refused 2" in shown
    assert "P2 4100 4200" in shown and "The key stands there twice." in shown
    assert before == {"P1": "4010", "P2": "4100"}
    assert done.status_code == 302
    assert entries(products) == {"P1": "4010", "P2": "4200", "P3": "6000"}


@pytest.mark.parametrize("pasted", ["P9;1", "P9,1", "key\tvalue\nP9\t1", "KEY;VALUE\nP9;1"])
def test_paste_may_have_a_header_and_other_marks(pasted: str, client: Client, products: LookupTable) -> None:
    client.post(page(products, "import"), carried(client.post(page(products, "import"), {"pasted": pasted})))

    assert entries(products)["P9"] == "1"


def test_workbook_is_imported(client: Client, products: LookupTable) -> None:
    book, content = Workbook(), io.BytesIO()
    for row in (("Key", "Value"), ("P9", "6000"), ("P8", 4100)):
        book.active.append(row)
    book.save(content)

    file = SimpleUploadedFile("table.xlsx", content.getvalue())
    client.post(page(products, "import"), carried(client.post(page(products, "import"), {"file": file})))

    assert entries(products) == {"P1": "4010", "P2": "4100", "P9": "6000", "P8": "4100"}


def test_import_of_a_table_that_changed_meanwhile_writes_nothing(client: Client, products: LookupTable) -> None:
    answer = client.post(page(products, "import"), {"pasted": "P1\t1"})
    with scope(products.tenant_id):
        LookupEntry.objects.filter(key="P1").update(value="other")

    again = client.post(page(products, "import"), carried(answer))

    assert "The table was changed meanwhile, so nothing was imported." in text_of(again)
    assert entries(products)["P1"] == "other"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pasted": " "}, "Paste two columns or choose a file: nothing was sent."),
        ({"file": SimpleUploadedFile("a.csv", b"word,meaning\na,b\n")}, "Expected a column key, with words of yours"),
        ({"packed": "rubbish"}, "What the page carried is too old or was altered."),
    ],
)
def test_what_cannot_be_read_says_so(given: dict[str, Any], said: str, client: Client, products: LookupTable) -> None:
    answer = client.post(page(products, "import"), given)

    assert (answer.status_code, said in text_of(answer)) == (400, True)


def test_export_comes_back_unchanged(client: Client, products: LookupTable, hidden: LookupTable) -> None:
    answer = client.post(f"{LIST}export/?pk__in={products.pk}", {"format": "0", "resource": "0"})
    content = b"".join(answer)  # type: ignore[call-overload]

    file = SimpleUploadedFile("export.csv", content)
    shown = words(client.post(page(products, "import"), {"file": file}))

    assert content.decode("utf-8-sig").split() == ["table,key,value", "Products,P1,4010", "Products,P2,4100"]
    assert "New 0 Changed 0 Unchanged 2 Refused 0" in shown


def test_entries_of_another_table_are_refused(client: Client, products: LookupTable) -> None:
    file = SimpleUploadedFile("export.csv", b"table,key,value\nBanks,P1,1\n")

    assert "It is of the table Banks." in text_of(client.post(page(products, "import"), {"file": file}))


def test_table_in_use_stays_and_says_where(client: Client, world: World, products: LookupTable) -> None:
    use(products)

    client.post(page(products, "remove"), SENT)

    assert tables(world.acting.tenant) == ["Products"]
    assert "AccountNo of To Intacct" in text_of(client.get(page(products, "remove")))


def test_table_that_nothing_uses_is_removed(client: Client, world: World, products: LookupTable) -> None:
    client.post(page(products, "remove"), SENT)

    assert tables(world.acting.tenant) == []


@pytest.mark.parametrize("then", ["change", "import", "remove"])
def test_clerks_look_and_change_nothing(then: str, world: World, sign_in: SignIn, products: LookupTable) -> None:
    client = sign_in(world.acting.tenant, role="clerk")
    seen = client.get(page(products))

    answer = client.post(page(products, then), {**SENT, "name": "Mine", "entries": "1", "pasted": "P1\t1"})

    assert "4010" in text_of(seen) and 'name="key"' not in seen.content.decode()
    assert answer.status_code == 403
    assert (tables(world.acting.tenant), entries(products)["P1"]) == (["Products"], "4010")


@pytest.mark.parametrize("then", ["change", "import", "remove"])
def test_table_of_another_company_is_not_there(then: str, client: Client, world: World, hidden: LookupTable) -> None:
    answers = [client.get(page(hidden, then)), client.post(page(hidden, then), {**SENT, "pasted": "Secret\t1"})]

    assert not any(name in words(answer) for answer in answers for name in ("Secret", "Hidden table"))
    assert entries(hidden) == {"Secret": "9999"}


@pytest.mark.parametrize("column", range(1, 6))
def test_list_is_sorted_by_any_column_or_none(client: Client, products: LookupTable, column: int) -> None:
    assert "Products" in text_of(client.get(f"{LIST}?o={column}"))


@pytest.mark.parametrize(("key", "value"), [("a\x00", "b"), ("a", "b\x00")])
def test_entry_with_a_nul_is_refused(client: Client, products: LookupTable, key: str, value: str) -> None:
    given = {"name": "Products", "default": "", "entries": "1", "key": [key], "value": [value]}

    answer = client.post(page(products), given)

    assert (answer.status_code, "found a NUL character" in words(answer)) == (200, True)
    assert entries(products) == {"P1": "4010", "P2": "4100"}

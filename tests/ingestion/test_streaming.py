"""First loads that are written while they are read, and what makes them fall back."""

from __future__ import annotations

import pytest

from arhub.models import Document, Tenant
from arhub.tenancy.scope import scope
from ingestion.domain import staging, streaming
from ingestion.models import IngestionFile
from tests.ingestion.conftest import ACCOUNTS, COMMITTED, FAILED, Load, counts, problems

HEADER = "erp_key,invoice_number,account_id,total_amount\n"


def rows(first: int, last: int, account: str = "C1") -> str:
    return "".join(f"{n},INV-{n},{account},{n}\n" for n in range(first, last))


def test_first_load_goes_in_slice_by_slice(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)

    loaded = load(invoice=HEADER + rows(1, 12_001) + "x,INV-x,C9,5\ny,INV-y,C1,abc\n")

    assert counts(loaded) == {"INVOICE": (12_002, 12_000, 0, 0, 2)}
    assert problems(loaded) == [
        (12_002, "account_id: expected the key or number of one account of this ledger or of this load, "
                 "found 'C9', which no account has"),
        (12_003, "total_amount: expected an amount like 1234.50, found 'abc'"),
    ]  # fmt: skip
    with scope(tenant.pk):
        assert Document.objects.count() == 12_000
        assert Document.objects.get(number="INV-7000").created_line == 7_001
        assert streaming.may_stream(loaded, list(IngestionFile.objects.filter(ingestion=loaded)))


def test_key_that_comes_twice_in_different_slices_is_rejected_as_ever(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)

    loaded = load(invoice=HEADER + rows(1, 8_001) + "3,INV-3,C1,3\n")

    assert loaded.state == COMMITTED
    assert counts(loaded) == {"INVOICE": (8_001, 8_000, 0, 0, 1)}
    assert [line for line, _ in problems(loaded)] == [8_002]
    with scope(tenant.pk):
        assert loaded.log.filter(text__startswith="Read invoice.csv as").count() == 1


def test_unreadable_file_leaves_nothing_of_its_first_slices(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)

    loaded = load(invoice=HEADER + rows(1, 9_001) + "9001,INV-9001,C1," + "1" * 1_200_000 + "\n")

    with scope(tenant.pk):
        assert (loaded.state, Document.objects.count()) != (COMMITTED, 0)
        assert Document.objects.count() == (9_000 if loaded.state == COMMITTED else 0)


def test_second_load_knows_the_rows_of_the_first(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(invoice=HEADER + rows(1, 6_001))

    again = load(
        invoice=HEADER + rows(1, 6_001).replace("5000,INV-5000,C1,5000", "5000,INV-5000,C1,1") + "n,INV-n,C2,1\n"
    )

    assert counts(again) == {"INVOICE": (6_001, 1, 1, 5_999, 0)}


def test_known_row_and_a_changed_one_with_its_key_are_told_apart(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(invoice=HEADER + rows(1, 4))

    later = load(invoice=HEADER + rows(1, 4) + "2,INV-2,C1,77\n")
    earlier = load(invoice=HEADER + "2,INV-2,C1,88\n" + rows(1, 4))
    twice = load(invoice=HEADER + rows(3, 4) + rows(3, 4))

    assert counts(later) == {"INVOICE": (4, 0, 0, 3, 1)}
    assert [line for line, _ in problems(later)] == [5]
    assert counts(earlier) == {"INVOICE": (4, 0, 1, 2, 1)}
    assert [line for line, _ in problems(earlier)] == [4]
    assert counts(twice) == {"INVOICE": (2, 0, 0, 1, 1)}


def test_reference_that_comes_to_mean_another_record_is_no_known_row(tenant: Tenant, load: Load) -> None:
    load(account="erp_key,account_id,account_name\nK1,C7,Seven\n")
    load(invoice=HEADER + "1,INV-1,C7,10\n")

    load(account="erp_key,account_id,account_name\nC7,C8,Whose key is the other's number\n")
    again = load(invoice=HEADER + "1,INV-1,C7,10\n")

    assert counts(again) == {"INVOICE": (1, 0, 1, 0, 0)}
    with scope(tenant.pk):
        assert Document.objects.get().account.erp_key == "C7"


def test_key_that_comes_twice_early_in_a_long_file_lets_go_of_what_is_being_read(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)

    loaded = load(invoice=HEADER + rows(1, 5_500) + "3,INV-3,C1,3\n" + rows(5_500, 60_000))

    assert (loaded.state, counts(loaded)) == (COMMITTED, {"INVOICE": (60_000, 59_999, 0, 0, 1)})


def test_file_that_breaks_off_within_a_slice_fails_at_once_and_leaves_nothing(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)

    loaded = load(invoice=HEADER + rows(1, 12_001) + '"' + "x" * 1_200_000 + "\n")

    assert loaded.reason == ("invoice.csv: Line 12002 has a cell longer than 128 KB; this is not a table of rows.")
    with scope(tenant.pk):
        assert (loaded.state, Document.objects.count()) == (FAILED, 0)
    assert loaded.pk not in staging.staged_loads()


def test_rows_read_before_their_file_was_surveyed_are_not_known_by_that(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    header = "erp_key,invoice_number,account_id,invoice_date,total_amount\n"
    load(invoice=header + "0,INV-0,C1,2020-01-01,5\n")
    body = header + "".join(f"{n},INV-{n},C1,01-03-2016,5\n" for n in range(1, 6_001))

    load(invoice=body + "x,INV-x,C1,31-12-2016,5\n")
    again = load(invoice=body + "x,INV-x,C1,12-31-2016,5\n")

    assert counts(again) == {"INVOICE": (6_001, 0, 6_000, 1, 0)}
    with scope(tenant.pk):
        assert str(Document.objects.get(number="INV-5999").invoice_date) == "2016-01-03"


@pytest.mark.parametrize("amount", ["3", "77"])
def test_record_that_an_earlier_slice_brought_is_not_written_again(tenant: Tenant, load: Load, amount: str) -> None:
    load(account=ACCOUNTS)
    load(invoice=HEADER + "0,INV-0,C1,5\n")

    loaded = load(invoice=HEADER + rows(1, 6_001) + f"3,INV-3,C1,{amount}\n")

    assert counts(loaded) == {"INVOICE": (6_001, 6_000, 0, 0, 1)}
    with scope(tenant.pk):
        assert Document.objects.get(number="INV-3").total_amount == 3


def test_slices_of_new_rows_follow_those_of_stored_ones(tenant: Tenant, load: Load) -> None:
    load(account=ACCOUNTS)
    load(invoice=HEADER + rows(1, 6_001))
    changed = HEADER + rows(1, 3_001, account="C2") + rows(3_001, 6_001) + rows(6_001, 21_001)

    mixed = load(invoice=changed)
    repeated = load(invoice=HEADER + rows(1, 6_001) + rows(21_001, 36_001) + "30000,INV-x,C1,1\n")

    assert counts(mixed) == {"INVOICE": (21_000, 15_000, 3_000, 3_000, 0)}
    assert counts(repeated) == {"INVOICE": (21_001, 15_000, 3_000, 3_000, 1)}
    assert [line for line, _ in problems(repeated)] == [21_002]
    with scope(tenant.pk):
        assert Document.objects.count() == 36_000

"""What stands there for one reason has one cause, whatever the documents are called."""

from __future__ import annotations

import pytest

from adaptors.domain.transactions.ladder import Place, cause_of
from adaptors.models import Transaction

State = Transaction.State


def cause(number: str, said: str) -> str:
    return cause_of(Transaction(number=number, connection_id=7), Place(State.FAILED, said))


@pytest.mark.parametrize("number", ["2", "4", "41", "e", "It", "I", ".", "", "(a+)+$", "é", "10482"])
def test_number_that_stands_within_the_sentence_changes_nothing(number: str) -> None:
    assert cause(number, "It answered 401 at line 12.") == cause("99", "It answered 503 at line 7.")


@pytest.mark.parametrize("number", ["F-10482/2", "10482", "(1)"])
def test_number_itself_is_left_out(number: str) -> None:
    assert cause(number, f"{number} was not taken by “ap@{number}”.") == cause("7", "7 was not taken by “x”.")


def test_other_words_are_another_cause() -> None:
    assert cause("1", "It answered 401.") != cause("1", "It hung up.")


def test_sentence_of_nothing_but_quotes_takes_no_time() -> None:
    assert cause("1", "“" * 1_000_000) == cause("1", "“" * 2_000_000)

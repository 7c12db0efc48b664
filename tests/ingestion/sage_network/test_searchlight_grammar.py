"""The filter language: what is read, what is refused and with which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.sage_network.searchlight import SearchlightError, parse_filter, parse_include, parse_order, parse_page
from ingestion.sage_network.searchlight import errors as named
from ingestion.sage_network.searchlight.orders import Sort
from ingestion.sage_network.searchlight.pages import PageOf
from ingestion.sage_network.searchlight.syntax import DATE_WORDS, Clause, Group, Literal, Node, Operator

A = Clause("a", Operator.EQUAL, (Literal("1"),))
B = Clause("b", Operator.EQUAL, (Literal("2"),))
C = Clause("c", Operator.EQUAL, (Literal("3"),))

SPELLINGS = [
    ("=", Operator.EQUAL), ("eq", Operator.EQUAL), ("EQ", Operator.EQUAL),
    ("<>", Operator.UNEQUAL), ("!=", Operator.UNEQUAL), ("ne", Operator.UNEQUAL),
    (">", Operator.GREATER), ("Gt", Operator.GREATER),
    (">=", Operator.AT_LEAST), ("GE", Operator.AT_LEAST), ("gte", Operator.AT_LEAST),
    ("<", Operator.LESS), ("LT", Operator.LESS),
    ("<=", Operator.AT_MOST), ("LE", Operator.AT_MOST), ("lte", Operator.AT_MOST),
    ("startswith", Operator.STARTS), ("EndsWith", Operator.ENDS), ("CONTAINS", Operator.CONTAINS),
]  # fmt: skip


@pytest.mark.parametrize(("spelled", "operator"), SPELLINGS)
def test_operators_are_read_in_every_spelling(spelled: str, operator: Operator) -> None:
    assert parse_filter(f"name {spelled} 1") == Clause("name", operator, (Literal("1"),))
    assert parse_filter(f"name NOT {spelled} 1") == Clause("name", operator, (Literal("1"),), negated=True)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("  \t\n", None),
        ("a=1", A),
        ("a = '1'", A),
        ("((a = 1))", A),
        ("a = 1 AND b = 2", Group("AND", (A, B))),
        ("a = 1 or b = 2 OR c = 3", Group("OR", (A, B, C))),
        ("a = 1 AND (b = 2 OR c = 3)", Group("AND", (A, Group("OR", (B, C))))),
        ("(a = 1 OR b = 2) AND c = 3", Group("AND", (Group("OR", (A, B)), C))),
        ("a = 'O''Brien'", Clause("a", Operator.EQUAL, (Literal("O'Brien"),))),
        ("a = ''", Clause("a", Operator.EQUAL, (Literal(""),))),
        ("a = ''''", Clause("a", Operator.EQUAL, (Literal("'"),))),
        ("a = 'x AND (y'", Clause("a", Operator.EQUAL, (Literal("x AND (y"),))),
        ('a = "x"', Clause("a", Operator.EQUAL, (Literal('"x"'),))),
        ("a = 'NULL'", Clause("a", Operator.EQUAL, (Literal("NULL"),))),
        ("a = -1.50", Clause("a", Operator.EQUAL, (Literal("-1.50"),))),
        ("d between 2021-01-01 and 2021-12-31",
         Clause("d", Operator.BETWEEN, (Literal("2021-01-01"), Literal("2021-12-31")))),
        ("a = 1 AND d BETWEEN 1 AND 2 AND b = 2",
         Group("AND", (A, Clause("d", Operator.BETWEEN, (Literal("1"), Literal("2"))), B))),
        ("c IN ('USD','EUR', GBP)", Clause("c", Operator.IN, (Literal("USD"), Literal("EUR"), Literal("GBP")))),
        ("c not in (1)", Clause("c", Operator.IN, (Literal("1"),), negated=True)),
        ("a is null", Clause("a", Operator.IS_NULL)),
        ("a IS NOT NULL", Clause("a", Operator.IS_NULL, negated=True)),
        ("a NOT IS NULL", Clause("a", Operator.IS_NULL, negated=True)),
        ("d > today - 30", Clause("d", Operator.GREATER, (Literal("today", -30),))),
        ("d > NOW + 1 AND a = 1", Group("AND", (Clause("d", Operator.GREATER, (Literal("NOW", 1),)), A))),
        ("d > TOMORROW", Clause("d", Operator.GREATER, (Literal("TOMORROW"),))),
        ("d BETWEEN YESTERDAY - 1 AND TODAY + 2",
         Clause("d", Operator.BETWEEN, (Literal("YESTERDAY", -1), Literal("TODAY", 2)))),
        ("AppEnrollmentId='0d6b'", Clause("AppEnrollmentId", Operator.EQUAL, (Literal("0d6b"),))),
    ],
)  # fmt: skip
def test_filter_is_read(text: str, tree: Node | None) -> None:
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("()", "EmptyClause", "Expected a clause at character 2 of the filter, found “)”."),
        ("a IN ()", "EmptyClause", "Expected a value at character 7 of the filter, found an empty list."),
        ("(a = 1", "OpenClause",
         "Expected a closing bracket for the one at character 1 of the filter, found the end."),
        ("a = 1 AND (", "OpenClause",
         "Expected a closing bracket for the one at character 11 of the filter, found the end."),
        ("a = 1)", "InvalidToken", "Expected AND, OR or the end at character 6 of the filter, found “)”."),
        ("a = 1 b = 2", "InvalidToken", "Expected AND, OR or the end at character 7 of the filter, found “b”."),
        ("(a = 1 b = 2)", "InvalidToken",
         "Expected AND, OR or a closing bracket at character 8 of the filter, found “b”."),
        ("a", "InvalidToken", "Expected an operator after “a”, found the end of the filter."),
        ("a =", "InvalidToken", "Expected a value, found the end of the filter."),
        ("a = AND b = 1", "InvalidToken", "Expected AND, OR or the end at character 9 of the filter, found “b”."),
        ("a = NULL", "InvalidToken",
         "Expected a value at character 5 of the filter, found NULL. Write IS NULL or IS NOT NULL."),
        ("a IS 1", "InvalidToken", "Expected NULL at character 6 of the filter, found “1”."),
        ("a IN 1", "InvalidToken", "Expected an opening bracket after IN at character 6 of the filter, found “1”."),
        ("a IN (1 2)", "InvalidToken",
         "Expected a comma or a closing bracket at character 9 of the filter, found “2”."),
        ("a BETWEEN 1 OR 2", "InvalidToken",
         "Expected AND between the two values of BETWEEN at character 13 of the filter, found “OR”."),
        ("NOT (a = 1)", "InvalidToken", "character 5 of the filter, found “(”."),
        ("'a' = 1", "InvalidToken", "Expected a field at character 1 of the filter, found “a”."),
        ("a ! 1", "InvalidToken",
         "Expected a word, a value or an operator at character 3 of the filter, found “!”."),
        ("d = TODAY + soon", "InvalidToken", "Expected a number of days at character 13 of the filter, found “soon”."),
        ("a = '\0'", "InvalidToken", "Expected text at character 6 of the filter, found half a character or a NUL."),
        ("a = 1 AND", "TrailingConjunction",
         "Expected a clause after AND at character 7 of the filter, found none."),
        ("(a = 1 OR) AND b = 1", "TrailingConjunction",
         "Expected a clause after OR at character 8 of the filter, found none."),
        ("a = 'x", "UnterminatedString",
         "Expected a closing quote for the one at character 5 of the filter, found the end. "
         "A quote inside a value is written twice."),
        ("a = O'Brien", "UnterminatedString", "for the one at character 6 of the filter"),
        ("a = 1 AND b = 2 OR c = 3", "InconsistentConjunction",
         "Expected AND again at character 17 of the filter, found OR. Put what belongs together in brackets."),
    ],
)  # fmt: skip
def test_wrong_filter_is_refused_by_name_and_place(text: str, name: str, words: str) -> None:
    with pytest.raises(SearchlightError) as caught:
        parse_filter(text)

    assert caught.value.name == name
    assert words in str(caught.value)
    assert caught.value.parameter == "filter"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" AND ".join(["a = 1"] * 10_000), "Expected at most 32,768 characters in the filter, found 99,995."),
        (" AND ".join(["a = 1"] * 501), "Expected at most 500 clauses in the filter, found more."),
        ("(" * 51 + "a = 1" + ")" * 51, "Expected at most 50 brackets inside one another in the filter, found more."),
        ("(" * 32_768, "Expected at most 50 brackets inside one another in the filter, found more."),
        ("a IN (" + ",".join("1" * 1_001) + ")", "Expected at most 1,000 values in the filter, found more."),
    ],
    ids=["length", "clauses", "brackets", "open brackets", "values"],
)
def test_filter_beyond_reason_is_refused(text: str, words: str) -> None:
    with pytest.raises(named.TooManyParameters, match=words):
        parse_filter(text)


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("", ()),
        ("created desc", (Sort("created", True),)),
        ("a ASC, b descending,c, d Ascending", (Sort("a"), Sort("b", True), Sort("c"), Sort("d"))),
        ("desc desc", (Sort("desc", True),)),
    ],
)
def test_order_is_read(text: str, sorts: tuple[Sort, ...]) -> None:
    assert parse_order(text) == sorts


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("a,", "TrailingConjunction", "Expected a field after the comma at character 2 of the order, found none."),
        ("a b", "InvalidToken", "Expected ASC, DESC or a comma at character 3 of the order, found “b”."),
        ("a desc asc", "InvalidToken", "Expected a comma at character 8 of the order, found “asc”."),
        (",a", "InvalidToken", "Expected a field at character 1 of the order, found “,”."),
        ("''", "InvalidToken", "Expected a field at character 1 of the order, found “”."),
        (",".join("a" * 21), "TooManyParameters", "Expected at most 20 fields in the order, found more."),
    ],
)
def test_wrong_order_is_refused(text: str, name: str, words: str) -> None:
    with pytest.raises(SearchlightError) as caught:
        parse_order(text)

    assert (caught.value.name, str(caught.value), caught.value.parameter) == (name, words, "order")


def test_include_is_read_in_any_case_and_refused_with_the_names_there_are() -> None:
    assert parse_include(" lines,CUSTOMER ,, lines", ["Lines", "Customer"]) == {"Lines", "Customer"}
    assert parse_include("", ["Lines"]) == frozenset()
    with pytest.raises(named.IncludeNotFound) as caught:
        parse_include("Lines,Nope", ["Lines", "Notes"])
    assert str(caught.value) == (
        "Expected the name of a collection in the include, found “Nope”. Known collections: Lines, Notes."
    )


@pytest.mark.parametrize(
    ("size", "number", "page"),
    [("", "", PageOf(0, 250)), ("500", "3", PageOf(3, 500)), ("1", "2147483646", PageOf(2147483646, 1))],
)
def test_page_is_read(size: str, number: str, page: PageOf) -> None:
    assert parse_page(size, number) == page


@pytest.mark.parametrize("size", ["0", "-1", "501", "x", "1.5", "9" * 5_000, "٣"])
def test_wrong_page_size_is_refused(size: str) -> None:
    with pytest.raises(named.InvalidPageSize, match="Expected a pageSize from 1 to 500, found "):
        parse_page(size, "")


@pytest.mark.parametrize("number", ["-1", "x", "4294967", "9" * 5_000])
def test_wrong_page_number_is_refused(number: str) -> None:
    with pytest.raises(named.InvalidPageNumber, match="Expected a pageNumber from 0 to 4,294,966, found "):
        parse_page("500", number)


_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,12}", fullmatch=True)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_VALUES = st.one_of(
    st.builds(Literal, _TEXTS),
    st.builds(Literal, st.sampled_from(sorted(DATE_WORDS)), st.integers(-999, 999)),
)
_ONE = sorted(set(Operator) - {Operator.BETWEEN, Operator.IN, Operator.IS_NULL})
_CLAUSES = st.one_of(
    st.builds(Clause, _NAMES, st.sampled_from(_ONE), st.tuples(_VALUES), st.booleans()),
    st.builds(Clause, _NAMES, st.just(Operator.BETWEEN), st.tuples(_VALUES, _VALUES), st.booleans()),
    st.builds(
        Clause, _NAMES, st.just(Operator.IN), st.lists(_VALUES, min_size=1, max_size=4).map(tuple), st.booleans()
    ),
    st.builds(Clause, _NAMES, st.just(Operator.IS_NULL), st.just(()), st.booleans()),
)
TREES = st.recursive(
    _CLAUSES,
    lambda parts: st.builds(Group, st.sampled_from(["AND", "OR"]), st.lists(parts, min_size=2, max_size=4).map(tuple)),
    max_leaves=12,
)


@given(TREES)
def test_text_of_any_tree_is_read_back_as_the_tree(tree: Node) -> None:
    assert parse_filter(str(tree)) == tree


_PIECES = st.sampled_from(
    ["(", ")", ",", "'", "''", "=", "<", ">", "!", "AND", "or", "NOT", "IN", "IS", "NULL", "BETWEEN", "a", "today", "+",
     "-", "1", "2021-01-01", " ", "\t", "é", "\0", "\ud800", "asc", "desc"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(_PIECES).map(" ".join), st.lists(_PIECES).map("".join)))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    for read in (parse_filter, parse_order):
        try:
            read(text)  # type: ignore[operator]
        except SearchlightError as error:
            assert error.name in vars(named)
            assert len(str(error)) < 400

"""Reading: what is found, in which pages, under which tags."""

from __future__ import annotations

import pytest

from tests.connectors.simulators.intacct.client import Client, customer, invoice, query, tags

ASCENDING = "<order><field>{}</field><ascending/></order>"


@pytest.fixture
def seeded(client: Client) -> Client:
    """45 invoices of three customers."""
    client.configure(seed_invoices=45)
    return client


def _by_query(kind: str, line: str = "", fields: str = "RECORDNO", **more: object) -> str:
    line = line.replace("<", "&lt;")
    return f"<readByQuery>{tags(object=kind, fields=fields, query=line, **more)}</readByQuery>"


def test_seeding_fills_customers_and_invoices_with_lines(seeded: Client) -> None:
    state = seeded.state()

    assert (state["CUSTOMER"], state["CONTACT"], state["ARINVOICE"], state["documents"]) == (3, 3, 45, [])
    assert state["ARINVOICEITEM"] > 45
    owed = seeded.do("<query><object>ARINVOICE</object><select><sum>TRX_TOTALDUE</sum></select></query>").rows
    due = seeded.do("<query><object>CUSTOMER</object><select><sum>TOTALDUE</sum></select></query>").rows
    assert owed[0]["SUM.TRX_TOTALDUE"] == due[0]["SUM.TOTALDUE"]


def test_query_pages_by_offset(seeded: Client) -> None:
    order = ASCENDING.format("WHENMODIFIED") + ASCENDING.format("RECORDNO")
    pages = [
        seeded.do(query("ARINVOICE", "RECORDNO", order=order, pagesize=20, offset=offset)) for offset in (0, 20, 40, 60)
    ]

    numbers = [int(row["RECORDNO"]) for page in pages for row in page.rows]
    assert numbers == list(range(1, 46))
    counters = ("listtype", "totalcount", "offset", "count", "numremaining")
    assert [[page.data.get(name) for name in counters] for page in pages] == [
        ["ARINVOICE", "45", "0", "20", "25"], ["ARINVOICE", "45", "20", "20", "5"],
        ["ARINVOICE", "45", "40", "5", "0"], ["ARINVOICE", "45", "60", "0", "0"],
    ]  # fmt: skip
    assert {record.tag for page in pages for record in page.data} == {"ARINVOICE"}


def test_query_has_a_largest_page_and_a_usual_one(seeded: Client) -> None:
    seeded.configure(seed_invoices=60)

    refused = seeded.refused(query("ARINVOICE", pagesize=2001))
    usual = seeded.do(query("ARINVOICE")).data

    assert refused == ("Query Failed", "The page size must be from 1 to 2000, found 2001.")
    assert (usual.get("count"), usual.get("totalcount")) == ("100", "105")


def test_read_by_query_pages_by_result_id(seeded: Client) -> None:
    session = seeded.do("<getAPISession/>").data.findtext("api/sessionid")
    first = seeded.do(_by_query("ARINVOICE", pagesize=20), session=session)
    more = "<readMore><resultId>{}</resultId></readMore>".format(first.data.get("resultId"))

    second, third = (seeded.do(more, session=session) for _ in range(2))

    counters = ("listtype", "count", "totalcount", "numremaining")
    assert [[each.data.get(name) for name in counters] for each in (first, second, third)] == [
        ["arinvoice", "20", "45", "25"], ["arinvoice", "20", "45", "5"], ["arinvoice", "5", "45", "0"],
    ]  # fmt: skip
    assert {record.tag for record in first.data} == {"arinvoice"}
    numbers = [int(row["RECORDNO"]) for page in (first, second, third) for row in page.rows]
    assert numbers == list(range(1, 46))
    assert seeded.call(more, session=session).status == "failure"


def test_result_id_belongs_to_its_session(seeded: Client) -> None:
    session, other = (seeded.do("<getAPISession/>").data.findtext("api/sessionid") for _ in range(2))
    key = seeded.do(_by_query("ARINVOICE", pagesize=20), session=session).data.get("resultId")

    refused = seeded.refused(f"<readMore><resultId>{key}</resultId></readMore>", session=other)

    assert refused[1] == f"The result id '{key}' is unknown or has expired."


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("<equalto><field>RECORDID</field><value>I2</value></equalto>", ["I2"]),
        ("<notequalto><field>RECORDID</field><value>I2</value></notequalto>", ["I1", "I3"]),
        ("<greaterthan><field>TRX_TOTALDUE</field><value>9</value></greaterthan>", ["I2", "I3"]),
        ("<lessthanorequalto><field>TRX_TOTALDUE</field><value>9.00</value></lessthanorequalto>", ["I1"]),
        ("<between><field>TRX_TOTALDUE</field><value>5</value><value>50</value></between>", ["I1", "I2"]),
        ("<in><field>RECORDID</field><value>I1</value><value>I3</value></in>", ["I1", "I3"]),
        ("<notin><field>RECORDID</field><value>I1</value></notin>", ["I2", "I3"]),
        ("<like><field>DESCRIPTION</field><value>%pump_</value></like>", ["I2"]),
        ("<notlike><field>DESCRIPTION</field><value>%pump_</value></notlike>", ["I1", "I3"]),
        ("<isnull><field>DESCRIPTION</field></isnull>", ["I3"]),
        ("<isnotnull><field>DESCRIPTION</field></isnotnull>", ["I1", "I2"]),
        ("<lessthan><field>WHENDUE</field><value>02/05/2026</value></lessthan>", ["I1", "I2", "I3"]),
        ("<equalto><field>CONTACT.PRINTAS</field><value>Nobody</value></equalto>", []),
        (
            "<or><equalto><field>RECORDID</field><value>I1</value></equalto><and>"
            "<equalto><field>STATE</field><value>Posted</value></equalto>"
            "<equalto><field>RECORDID</field><value>I3</value></equalto></and></or>",
            ["I1", "I3"],
        ),
    ],
)  # fmt: skip
def test_query_filters(books: Client, filter: str, expected: list[str]) -> None:
    _three(books)

    found = books.do(query("ARINVOICE", "RECORDID", filter=filter, order=ASCENDING.format("RECORDID"))).rows

    assert [row["RECORDID"] for row in found] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ["I1", "I2", "I3"]),
        ("RECORDID = 'I2'", ["I2"]),
        ("RECORDID <> 'I2' AND TRX_TOTALDUE > 9", ["I3"]),
        ("RECORDID in ('I1', 'I3')", ["I1", "I3"]),
        ("not (RECORDID = 'I1' or RECORDID = 'I3')", ["I2"]),
        ("DESCRIPTION like '%Bo\\'s%'", ["I1"]),
        ("DESCRIPTION is null", ["I3"]),
        ("DESCRIPTION is not null and TRX_TOTALDUE <= 9.00", ["I1"]),
        ("STATE = 'A'", ["I1", "I2", "I3"]),
        ("STATE = 'Posted'", []),
        ("WHENMODIFIED >= '01/01/2020 00:00:00'", ["I1", "I2", "I3"]),
    ],
)
def test_read_by_query_filters(books: Client, line: str, expected: list[str]) -> None:
    _three(books)

    found = books.do(_by_query("ARINVOICE", line, "RECORDID")).rows

    assert [row["RECORDID"] for row in found] == expected


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (query("ARBILL"), ("Query Failed", "Object definition ARBILL not found")),
        (query("CUSTOMER", "NICKNAME"), ("Query Failed", "Invalid field 'NICKNAME' for object CUSTOMER.")),
        (query("CUSTOMER", "*"), ("Query Failed", "Invalid field '*' for object CUSTOMER.")),
        (
            query("CUSTOMER", filter="<equalto><field>NAME</field><value>1</value></equalto>" * 2),
            ("Query Failed", "A filter takes exactly one operator; join several with and, or."),
        ),
        (
            query("CUSTOMER", filter="<and><isnull><field>NAME</field></isnull></and>"),
            ("Query Failed", "The operator and takes at least two conditions."),
        ),
        (
            query("CUSTOMER", filter="<in><field>NAME</field>" + "<value>1</value>" * 1001 + "</in>"),
            ("Query Failed", "The operator in takes 1 to 1000 values."),
        ),
        (
            query("CUSTOMER", filter="<equalto><field>WHENMODIFIED</field><value>2026-01-01</value></equalto>"),
            ("Query Failed", "The value '2026-01-01' of field WHENMODIFIED is not a time as mm/dd/yyyy hh:mm:ss."),
        ),
        (
            _by_query("CUSTOMER", fields="NAME,NICKNAME"),
            ("Invalid fields list specified", "Invalid fields list: NICKNAME of CUSTOMER."),
        ),
        (_by_query("CUSTOMER", "NAME is"), ("Query Failed", "Expected NULL in the query, found its end.")),
        (_by_query("CUSTOMER", "NAME = 'a' NAME"), ("Query Failed", "The query is not understood at: NAME")),
        (_by_query("CUSTOMER", pagesize=1001), ("Query Failed", "The page size must be from 1 to 1000, found 1001.")),
    ],
)  # fmt: skip
def test_query_that_is_not_right_is_refused(client: Client, function: str, error: tuple[str, str]) -> None:
    assert client.refused(function) == error


def test_query_can_fold_case(books: Client) -> None:
    filter = "<equalto><field>NAME</field><value>NORDIC pumps</value></equalto>"
    fold = "<caseinsensitive>true</caseinsensitive>"

    found = [len(books.do(query("CUSTOMER", filter=filter, options=options)).rows) for options in (None, fold)]

    assert found == [0, 1]


def test_query_orders_by_several_fields(books: Client) -> None:
    _three(books)
    order = ASCENDING.format("STATE") + "<order><field>TRX_TOTALDUE</field><descending/></order>"

    found = books.do(query("ARINVOICE", "RECORDID", order=order)).rows

    assert [row["RECORDID"] for row in found] == ["I3", "I2", "I1"]


def test_query_counts_and_sums_by_group(books: Client) -> None:
    _three(books)
    selected = "<field>CUSTOMERID</field><count>RECORDNO</count><sum>TRX_TOTALDUE</sum><max>TRX_TOTALDUE</max>"

    found = books.do(f"<query><object>ARINVOICE</object><select>{selected}</select></query>").rows

    assert found == [
        {"CUSTOMERID": "C1", "COUNT.RECORDNO": "3", "SUM.TRX_TOTALDUE": "119.00", "MAX.TRX_TOTALDUE": "100.00"},
    ]


def test_nothing_found_is_a_success(client: Client) -> None:
    for function in (
        query("ARINVOICE"),
        _by_query("ARINVOICE"),
        "<read><object>CUSTOMER</object><keys>9</keys></read>",
    ):
        result = client.do(function)

        assert (result.data.get("count"), result.rows) == ("0", [])


def test_read_gives_a_document_with_its_lines(books: Client) -> None:
    key = books.do(invoice("I1", "9", "10")).key

    record = books.do(f"<read><object>ARINVOICE</object><keys>{key}</keys><fields>*</fields></read>").data[0]

    assert (record.tag, record.findtext("RECORDID")) == ("arinvoice", "I1")
    assert [line.findtext("TRX_AMOUNT") for line in record.iterfind("ARINVOICEITEMS/arinvoiceitem")] == [
        "9.00",
        "10.00",
    ]


def test_read_by_name_finds_up_to_a_hundred(books: Client) -> None:
    books.do(customer("C2", NAME="Æblegården"))
    function = (
        "<readByName><object>CUSTOMER</object><keys>{}</keys><fields>NAME,DISPLAYCONTACT.PRINTAS</fields></readByName>"
    )

    found = books.do(function.format("C2,C9,C1"))
    refused = books.refused(function.format(",".join(f"C{place}" for place in range(101))))

    names = [(each.findtext("NAME"), each.findtext("DISPLAYCONTACT/PRINTAS")) for each in found.data]
    assert names == [("Æblegården", "Nordic"), ("Nordic Pumps", "Nordic")]
    assert refused[1] == "At most 100 keys can be read at once, found 101."


def test_lookup_names_the_fields(client: Client) -> None:
    client.do(customer("C1", CUSTOM_REGION="North"))

    described = client.do("<lookup><object>CUSTOMER</object></lookup>").data.find("Type")

    fields = {field.findtext("ID"): field for field in described.iterfind("Fields/Field")}
    assert (described.get("Name"), fields["TOTALDUE"].findtext("DATATYPE")) == ("CUSTOMER", "CURRENCY")
    assert "DISPLAYCONTACT.MAILADDRESS.CITY" in fields
    customs = [name for name, field in fields.items() if field.findtext("ISCUSTOM") == "true"]
    assert customs == ["CUSTOM_REGION"]


def _three(books: Client) -> None:
    """I1 owes 9, I2 owes 10, I3 owes 100."""
    for number, amount, text in (("I1", "9", "Bo's service"), ("I2", "10", "A pump!"), ("I3", "100", None)):
        books.do(invoice(number, amount, before_items=tags(description=text)))

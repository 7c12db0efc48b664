"""What a client with bad intentions sends: it is told what is wrong with it, and the service answers the next one."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client

from arhub.models import Tenant
from arhub.tenancy.scope import scope
from ingestion.models import Ingestion
from tests.ingestion.sage_network.conftest import client_of, problem_of
from tests.ingestion.sage_network.test_sync import COMPANIES, packed, upload, work

CLAUSES = " OR ".join(f"erpKey = '{number}'" for number in range(10_000))
QUERY = "/api/v1/Invoices/query"
MULTIPART = "multipart/form-data; boundary=x"


@pytest.fixture
def api(tenant: Tenant) -> Client:
    return client_of(tenant, "read", "write")


def told(tenant: Tenant, api: Client, response: Any) -> tuple[int, str]:
    """What the problem tells. Nothing was taken in, and the service answers."""
    problem = problem_of(response)
    with scope(tenant.pk):
        assert Ingestion.objects.count() == 0
    assert api.get("/api/v1/Status").json()["loggedIn"] is True
    return problem


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"filter": CLAUSES}, "TooManyParameters"),
        ({"filter": CLAUSES[: CLAUSES.index(" OR erpKey = '600'")]}, "TooManyParameters"),
        ({"filter": "(" * 100_000}, "TooManyParameters"),
        ({"filter": "(" * 1_000 + "erpKey = 'a'" + ")" * 1_000}, "TooManyParameters"),
        ({"filter": "NOT " * 2_000}, "InvalidToken"),
        ({"order": "erpKey," * 10_000}, "TooManyParameters"),
        ({"include": "Lines," * 10_000}, "TooManyParameters"),
        ({"pageNumber": "9" * 10_000}, "InvalidPageNumber"),
    ],
)
@pytest.mark.parametrize("is_packed", [False, True])
def test_query_beyond_reason_is_told(
    tenant: Tenant, api: Client, query: dict[str, str], name: str, is_packed: bool
) -> None:
    response = api.get(QUERY, {"params": json.dumps(query)} if is_packed else query)
    status, detail = told(tenant, api, response)

    assert status == 400
    assert detail.startswith((f"{name}.", "Expected at most 65,536 characters in params") if is_packed else f"{name}.")


@pytest.mark.parametrize("unusable", ["\0", "\ud800"])
def test_text_that_no_database_takes_is_told(tenant: Tenant, api: Client, unusable: str) -> None:
    text = f"a{unusable}"
    packed_query = {"params": json.dumps({"filter": f"erpKey = '{text}'"})}
    answers = [
        api.get(QUERY, packed_query),
        api.post("/api/v1/Sync", json.dumps({"appEnrollmentId": text}), content_type="application/json"),
        api.post("/api/v1/Sync/batch", json.dumps({"appEnrollmentId": text}), content_type="application/json"),
    ]

    assert [told(tenant, api, answer)[0] for answer in answers] == [400] * 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Invoices/query?filter=erpKey%20=%20'a%00'", 400),
        ("Invoices/query?filter=%FF%FE", 400),
        ("Invoices/%00", 404),
        ("Invoices/" + "a" * 5_000, 404),
        ("Sync/%2e%2e/%2e%2e/etc/passwd", 404),
        ("//" * 1_000, 404),
    ],
)
def test_address_beyond_reason_is_told(tenant: Tenant, api: Client, path: str, status: int) -> None:
    assert told(tenant, api, api.get(f"/api/v1/{path}"))[0] == status


@pytest.mark.parametrize("path", ["Sync", "Sync/batch"])
@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, '{"companies": [' + '{"a":' * 100_000, "\xff", ""])
def test_deep_or_broken_json_is_told(tenant: Tenant, api: Client, path: str, body: str) -> None:
    response = api.post(f"/api/v1/{path}", body.encode("latin-1"), content_type="application/json")

    assert told(tenant, api, response)[0] == 400


def test_deep_parameters_are_told(tenant: Tenant, api: Client) -> None:
    for text in ("[" * 60_000, '{"params":' * 6_000, "[" * 70_000, '{"filter": {}}', "1"):
        assert told(tenant, api, api.get(QUERY, {"params": text}))[0] == 400


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"PK\x03\x04"),
        ("multipart/form-data; boundary=", b"----\r\n"),
        (MULTIPART, b""),
        (MULTIPART, b"nothing of the kind"),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.zip"\r\n\r\nPK\x03\x04'),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="files"; filename="\r\n\r\n--x--\r\n'),
        (MULTIPART, b"--x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n--x--\r\n"),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 5_000 + b"--x--\r\n"),
        ("application/x-www-form-urlencoded", b"--x\r\n\r\nPK\x03\x04 and no end"),
        ("application/x-www-form-urlencoded", b"a=b&" * 10_000),
        ("text/plain", b""),
    ],
)
def test_broken_form_is_told(tenant: Tenant, api: Client, content_type: str, body: bytes) -> None:
    response = api.generic("POST", "/api/v1/Sync/zip", body, content_type)

    assert told(tenant, api, response)[0] in (400, 413)


def test_bomb_is_not_unpacked(tenant: Tenant, api: Client) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("company.csv", "w") as member:
        for _ in range(60):
            member.write(bytes(1 << 20))
    bomb = content.getvalue()
    nested = packed_as({"company.zip": bomb})

    assert told(tenant, api, upload(api, bomb)) == (
        400,
        "The archive unpacks to far more than its size; it is not read.",
    )
    assert told(tenant, api, upload(api, nested))[1].startswith("The archive holds another archive")


def packed_as(files: dict[str, bytes]) -> bytes:
    """A ZIP of members with these very names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/passwd", "..\\..\\passwd.csv", "C:\\passwd", "x" * 600])
def test_archive_of_strange_names_is_told(tenant: Tenant, api: Client, name: str) -> None:
    assert told(tenant, api, upload(api, packed_as({name: COMPANIES.encode()})))[0] == 400


@pytest.mark.parametrize("folder", ["/etc/", "../../", "..\\..\\"])
def test_path_of_a_member_is_a_name_and_leads_nowhere(tenant: Tenant, api: Client, folder: str) -> None:
    done = work(api, upload(api, packed_as({f"{folder}company.csv": COMPANIES.encode()})))

    assert (done["statusCode"], done["details"]["Company"]["insertCount"]) == ("Success", 2)


@pytest.mark.parametrize("path", ["Sync/zip", "Sync/batch", "Sync"])
def test_body_over_the_limit_is_not_read(tenant: Tenant, api: Client, settings: Any, path: str) -> None:
    settings.MOST_BODY_BYTES = 1 << 20
    body = b"x" * ((1 << 20) + 1)
    content_type = MULTIPART if path == "Sync/zip" else "application/json"

    response = api.post(f"/api/v1/{path}", body, content_type=content_type)

    assert told(tenant, api, response) == (413, "The request is larger than 1 MB.")


def test_damaged_archive_is_told(tenant: Tenant, api: Client) -> None:
    whole = packed(company=COMPANIES)

    for content in (whole[: len(whole) // 2], whole.replace(b"PK\x01\x02", b"PK\x01\x09")):
        assert told(tenant, api, upload(api, content))[0] == 400

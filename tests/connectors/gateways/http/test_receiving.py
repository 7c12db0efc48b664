"""What partners post to the hub."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
import requests
from lxml import etree

from connectors.gateways.base import Bytes, Incoming, NotForUs, Received
from connectors.gateways.http.multipart import fields_of, form_of
from tests.connectors.gateways.http.conftest import gateway
from tests.connectors.gateways.http.places import SoapPlace
from tests.contracts.gateway_contract import ODD_CONTENTS, ODD_NAMES

NO_ONE = frozenset[str]()


def post(
    body: bytes, headers: Mapping[str, str] | None = None, *, method: str = "POST", known: frozenset[str] = NO_ONE,
    query: Mapping[str, str] | None = None, **values: Any,
) -> Received:  # fmt: skip
    incoming = Incoming(method, headers or {}, query or {}, Bytes(body), known.__contains__)
    return gateway(url="https://partner.example/", **values).receive(incoming)


def files(received: Received) -> list[tuple[str, bytes]]:
    return [(one.name, one.content.open().read()) for one in received.files]


def refusal(received: Received) -> tuple[int, str]:
    assert (list(received.files), received.message_id) == ([], "")
    return received.reply.status, json.loads(received.reply.body)["message"]


def test_file_is_taken_and_answered_with_its_digest() -> None:
    digest = hashlib.sha256(b"<Invoice/>").hexdigest()

    got = post(b"<Invoice/>", {"content-type": "text/xml; charset=utf-8", "idempotency-key": "m-1",
                               "content-disposition": "attachment; filename*=UTF-8''INV%201.xml"})  # fmt: skip

    assert (files(got), got.message_id, got.text) == (
        [("INV 1.xml", b"<Invoice/>")],
        "m-1",
        "INV 1.xml came in, 10 bytes.",
    )
    assert (got.reply.status, got.reply.headers) == (202, {"Content-Type": "application/json"})
    assert json.loads(got.reply.body) == {
        "status": "taken", "id": "m-1", "files": [{"name": "INV 1.xml", "size": 10, "sha256": digest}],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["idempotency-key", "message-id"])
def test_message_that_came_before_is_known_and_not_taken_again(name: str) -> None:
    got = post(b"again", {name: "<m-1@partner>"}, known=frozenset({"<m-1@partner>"}))

    assert (files(got), got.message_id, got.reply.status) == ([], "<m-1@partner>", 200)
    assert json.loads(got.reply.body) == {"status": "known", "id": "<m-1@partner>"}


DIGEST_NAME = hashlib.sha256(b"x").hexdigest()[:16]


@pytest.mark.parametrize(
    ("headers", "query", "name"),
    [
        ({"content-disposition": 'attachment; filename="a b.xml"'}, {}, "a b.xml"),
        ({"content-disposition": 'attachment; filename="Æ.xml"'.encode().decode("latin-1")}, {}, "Æ.xml"),
        ({"content-disposition": "attachment; filename=a.xml; filename*=UTF-8''%C3%86.xml"}, {}, "Æ.xml"),
        ({"content-disposition": 'form-data; filename="../../etc/passwd"'}, {}, "passwd"),
        ({"content-disposition": "attachment; filename*=klingon''%FF"}, {"name": "q.xml"}, "q.xml"),
        ({"x-file-name": "C:\\out\\b.csv"}, {"name": "q.xml"}, "b.csv"),
        ({"x-file-name": "a\x00:b?.csv"}, {}, "a--b-.csv"),
        ({"x-file-name": "/"}, {"name": ".."}, f"{DIGEST_NAME}.bin"),
        ({}, {"name": "q.xml"}, "q.xml"),
        ({"content-type": "application/json; charset=utf-8"}, {}, f"{DIGEST_NAME}.json"),
        ({}, {}, f"{DIGEST_NAME}.bin"),
    ],
)
def test_name_is_found_and_leads_nowhere(headers: dict[str, str], query: dict[str, str], name: str) -> None:
    assert files(post(b"x", headers, query=query)) == [(name, b"x")]


# --- Who may --------------------------------------------------------------------------------------------------------


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


BOTH = {"receiver_user": "partner", "receiver_password": "pässword", "receiver_token": "t0ken"}


@pytest.mark.parametrize("headers", [basic("partner", "pässword"), {"authorization": "bearer t0ken"}])
def test_sender_who_signs_in_is_taken(headers: dict[str, str]) -> None:
    assert len(post(b"x", headers, **BOTH).files) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {}, basic("partner", "wrong"), basic("other", "pässword"), basic("partner", ""), {"authorization": "Basic §"},
        {"authorization": "Bearer"}, {"authorization": "Bearer T0KEN"}, {"authorization": "Basic t0ken"},
        {"authorization": "Bearer " + base64.b64encode("partner:pässword".encode()).decode()},
        {"authorization": "Digest t0ken"},
    ],
)  # fmt: skip
def test_sender_who_does_not_sign_in_is_not_heard(headers: dict[str, str]) -> None:
    with pytest.raises(NotForUs) as told:
        post(b"x", headers, **BOTH)

    assert "t0ken" not in str(told.value) and "pässword" not in str(told.value)


def test_password_without_a_user_opens_nothing() -> None:
    with pytest.raises(NotForUs):
        post(b"x", basic("", ""), receiver_token="t0ken")


# --- What is wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "headers", "status", "sentence"),
    [
        (b"", {}, 400, "Expected a file in the body, found nothing."),
        (b"x", {"content-encoding": "gzip"}, 415, "Expected a body that is not packed (Content-Encoding)."),
        (b"x", {"idempotency-key": "k" * 201}, 400, "Expected an Idempotency-Key of at most 200 characters."),
        (b"x", {"content-digest": f"md5=:eA==:, sha-256=:{base64.b64encode(b'y' * 32).decode()}:"}, 400,
         "The body is not the one that its Content-Digest speaks of: it came damaged."),
        (b"x", {"content-type": "multipart/form-data"}, 400,
         "Expected a form with a boundary in its Content-Type, found none."),
        (b"x", {"content-type": "multipart/form-data; boundary=b"}, 400,
         "Expected a form that ends with its boundary: it came incomplete."),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--',
         {"content-type": "multipart/form-data; boundary=b"}, 400, "Expected a form with a file in it, found none."),
        (b"--b\r\n" * 1_001, {"content-type": "multipart/form-data; boundary=b"}, 400,
         "Expected a form of at most 1,000 parts."),
    ],
)  # fmt: skip
def test_request_that_is_wrong_is_told_so(body: bytes, headers: dict[str, str], status: int, sentence: str) -> None:
    assert refusal(post(body, headers)) == (status, sentence)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_other_methods_are_refused_with_those_that_are_not(method: str) -> None:
    got = post(b"x", method=method)

    assert refusal(got) == (405, f"Expected POST or PUT, found {method}.")
    assert got.reply.headers["Allow"] == "POST, PUT"


def test_empty_file_with_a_name_is_a_file() -> None:
    assert files(post(b"", {"x-file-name": "empty.txt"}, method="PUT")) == [("empty.txt", b"")]


# --- Forms ----------------------------------------------------------------------------------------------------------


def test_form_of_another_program_brings_all_its_files() -> None:
    sent = {name: content for name, content in zip(ODD_NAMES, ODD_CONTENTS, strict=False) if '"' not in name}
    given = [("files", (name, content, "application/xml")) for name, content in sent.items()]
    request = requests.Request("POST", "https://hub.example/", files=given, data={"note": "two"}).prepare()

    got = post(request.body, {"content-type": request.headers["Content-Type"]})  # type: ignore[arg-type]

    assert dict(files(got)) == sent
    assert {one.media_type for one in got.files} == {"application/xml"}
    assert got.text == f"{len(sent)} files came in."


@pytest.mark.parametrize("size", [0, 1, 65_400, 65_500, 65_529, 65_530, 65_531, 65_536, 65_600, 131_072, 200_000])
@pytest.mark.parametrize("end", [b"", b"\r", b"\r\n", b"\r\n--", b"\r\n--b", b"\r\n--b-", b"--b--\r\n"])
def test_form_is_taken_apart_wherever_its_blocks_end(size: int, end: bytes) -> None:
    content = b"\xa5" * size + end
    form = form_of(Bytes(content), boundary="bo", field="file", name="a.bin", media_type="text/plain")

    (field,) = fields_of(form, "bo")

    assert field.content.open().read() == content


def test_form_of_an_older_program_is_read() -> None:
    """A text before the first boundary, blanks after one, folded headers, a file without a name."""
    body = (
        b"This is a form.\r\n--b\t \r\ncontent-disposition: form-data;\r\n name=f; filename=a.txt\r\n\r\none\r\n--b\r\n"
        b'Content-Disposition: form-data; name="f"; filename=""\r\n\r\n\r\n--b\r\n\r\nnothing said\r\n--b--\r\n--b\r\n'
    )

    assert files(post(body, {"content-type": 'multipart/form-data; boundary="b"'})) == [("a.txt", b"one")]


# --- Envelopes ------------------------------------------------------------------------------------------------------

SOAP = {"content-type": "text/xml", "x-file-name": "a.xml"}


@pytest.mark.parametrize(
    ("version", "namespace"), [("1.1", SoapPlace.namespace), ("1.2", "http://www.w3.org/2003/05/soap-envelope")]
)
def test_envelope_is_taken_off_and_its_declarations_stay_with_the_document(version: str, namespace: str) -> None:
    body = (
        f'<?xml version="1.0"?><e:Envelope xmlns:e="{namespace}" xmlns:c="urn:c&amp;" xmlns="urn:d"><e:Header><a/>'
        '</e:Header><e:Body xmlns:x="urn:1"> <Inv\n xmlns:x="urn:2"><c:ID>Æ\r\n</c:ID></Inv><!-- end --></e:Body>'
        "</e:Envelope>"
    )

    got = post(body.encode(), SOAP, unwrap=True)

    document = b'<Inv xmlns:c="urn:c&amp;" xmlns="urn:d"\n xmlns:x="urn:2"><c:ID>\xc3\x86\r\n</c:ID></Inv><!-- end -->'
    assert sorted(files(got)[0][1].split(b" xmlns")) == sorted(document.split(b" xmlns"))
    assert etree.fromstring(files(got)[0][1])[0].tag == "{urn:c&}ID"
    answer = etree.fromstring(got.reply.body)
    assert answer.tag == f"{{{namespace}}}Envelope"
    assert answer[0][0].get("sha256") == hashlib.sha256(files(got)[0][1]).hexdigest()


def test_envelope_in_another_encoding_keeps_it() -> None:
    body = f'<?xml version="1.0" encoding="ISO-8859-1"?><e:Envelope xmlns:e="{SoapPlace.namespace}"><e:Body><a>æ</a>'

    got = post(f"{body}</e:Body></e:Envelope>".encode("latin-1"), SOAP, unwrap=True)

    assert etree.fromstring(files(got)[0][1]).text == "æ"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("<Invoice/>", "Expected a SOAP envelope, found <Invoice>."),
        ("nothing", "Expected XML, found syntax error in line 1, column 1."),
        ("<e:Envelope xmlns:e='%s'><e:Body/></e:Envelope>",
         "Expected one document in the body of the SOAP envelope, found none."),
        ("<e:Envelope xmlns:e='%s'><e:Body><a/><b/></e:Body></e:Envelope>",
         "Expected one document in the body of the SOAP envelope, found more."),
        ("<!DOCTYPE e [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><e:Envelope xmlns:e='%s'>&a;</e:Envelope>",
         "Expected XML without a document type, found one: it may lead to other files."),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_told(body: str, sentence: str) -> None:
    assert refusal(post(body.replace("%s", SoapPlace.namespace).encode(), SOAP, unwrap=True)) == (400, sentence)


def test_envelope_stays_where_nobody_asked_to_take_it_off() -> None:
    body = f"<e:Envelope xmlns:e='{SoapPlace.namespace}'><e:Body><a/></e:Body></e:Envelope>".encode()

    assert files(post(body, SOAP)) == [("a.xml", body)]


def test_large_body_is_not_copied_into_memory() -> None:
    class Large(Bytes):
        opened = 0

        def open(self) -> Any:
            self.opened += 1
            return BytesIO(self._content)

    body = Large(b"x" * 1_000_000)

    got = gateway(url="https://partner.example/").receive(
        Incoming("PUT", {"x-file-name": "large.bin"}, {}, body, lambda known: False)
    )

    assert (got.files[0].content, body.opened) == (body, 0)


HEADER_PIECES = (
    "attachment", ";", "filename", "filename*", "filename*0*", "=", "UTF-8''", "utf-7''", "unicode_escape''", "%FF",
    "+2AA-", "\\ud800", '"', "'", "\\", "/", "..", ":", "\r\n ", "a.xml", "æ", "\x00", "multipart/form-data",
    "boundary", "b", "gzip", "sha-256", "Basic ", "YTpi",
)  # fmt: skip
BODY_PIECES = (
    b"\r\n", b"--b", b"--", b"\r\n--b\r\n", b"Content-Disposition: form-data; filename=", b"x", b"\r\n\r\n", b"<a>",
    b"</a>", b"<?xml version='1.0'?>", b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>",
    b"<e:Body>", b"</e:Body>", b"</e:Envelope>", b"\xff\xfe", b"\x00", b"<!DOCTYPE a>", b"&a;", b"<a xmlns='x'/>",
)  # fmt: skip
HEADERS = ("content-disposition", "content-type", "x-file-name", "idempotency-key", "content-digest", "authorization")


@pytest.mark.parametrize("unwrap", [False, True])
def test_odd_requests_are_answered_and_never_stumbled_over(unwrap: bool) -> None:
    dice, taken = random.Random(8), 0
    for _ in range(1_500):
        headers = {name: "".join(dice.choices(HEADER_PIECES, k=dice.randrange(10))) for name in HEADERS}
        headers = {name: value for name, value in headers.items() if dice.random() < 0.4}
        if dice.random() < 0.4:
            headers["content-type"] = "multipart/form-data; boundary=b"
        got = post(b"".join(dice.choices(BODY_PIECES, k=dice.randrange(14))), headers, unwrap=unwrap)
        taken += len(got.files)
        assert got.reply.status in (200, 202, 400, 415)
        for name, _ in files(got):
            assert name.encode() and "/" not in name
        assert [len(content) for _, content in files(got)] == [one.content.size for one in got.files]

    assert unwrap or taken > 20  # no envelope comes about by chance

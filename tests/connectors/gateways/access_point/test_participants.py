"""Looking participants up, in directories on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import dns.rcode
import pytest

from connectors.gateways.access_point import participants
from connectors.gateways.access_point.participants import Participation, look_up, name_of
from tests.arhub.network.servers import Behaviour, Server, answer, refusing_port, serve
from tests.connectors.gateways.access_point.documents import TYPE
from tests.servers.dns import NameServer, name_server

ZONE = "sml.example.org"
WHO = "0088:5798000000124"
SOA = "ns.example.org. admin.example.org. 1 7200 900 1209600 86400"
OTHER_TYPE = TYPE.replace("Invoice", "CreditNote")


@pytest.fixture
def names() -> Iterator[NameServer]:
    with name_server({(ZONE, "SOA"): SOA}) as server:
        yield server


@pytest.fixture(autouse=True)
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(participants, "SECONDS", 0.5)


def register(names: NameServer, regexp: str, flags: str = "U", service: str = "Meta:SMP") -> None:
    names.records[name_of(WHO, ZONE), "NAPTR"] = f'100 10 "{flags}" "{service}" "{regexp}" .'


def listing(*types: str) -> Behaviour:
    begin = f"http://smp.example.org/iso6523-actorid-upis%3A%3A{quote(WHO, safe='')}/services/"
    services = "".join(f'<ServiceMetadataReference href="{begin}{quote(one, safe="")}"/>' for one in types)
    group = f'<ServiceGroup xmlns="http://busdox.org/serviceMetadata/publishing/1.0/">{services}</ServiceGroup>'
    return answer(group.encode(), Content_Type="application/xml")


def ask(names: NameServer, identifier: str = WHO) -> Participation:
    return look_up(identifier, zone=ZONE, nameserver=names.address)


@pytest.mark.parametrize("identifier", ["0088:123abc", "0088:123ABC"])
def test_name_is_that_of_the_published_example(identifier: str) -> None:
    assert name_of(identifier, "participant.sml.prod.tech.peppol.org") == (
        "y7dzfxaf3d4cjz4kcgrxtec6twvcga4ky7zwa5boif6mswd4tdrq.iso6523-actorid-upis.participant.sml.prod.tech.peppol.org"
    )


@pytest.mark.parametrize("identifier", [WHO, f"iso6523-actorid-upis::{WHO}", f" {WHO} "])
def test_registered_participant_is_told_with_the_types_it_takes(names: NameServer, identifier: str) -> None:
    with serve(listing(TYPE, OTHER_TYPE, TYPE)) as smp:
        register(names, f"!^.*$!{smp.url()}!")
        found = ask(names, identifier)

    host = f"127.0.0.1:{smp.port}"
    assert found == Participation(
        True, f"http://{host}", (OTHER_TYPE, TYPE),
        f"{WHO} is registered in {ZONE} and takes 2 types of documents, says {host}.",
    )  # fmt: skip
    assert [path for _, path, *_ in smp.requests] == [f"/iso6523-actorid-upis%3A%3A{quote(WHO, safe='')}"]
    assert names.asked == [(name_of(WHO, ZONE), "NAPTR")]


def test_unknown_participant_is_a_no_where_the_directory_exists(names: NameServer) -> None:
    assert ask(names) == Participation(False, "", (), f"{WHO} is not registered in {ZONE}.")


def test_name_without_the_record_is_a_no(names: NameServer) -> None:
    names.records[name_of(WHO, ZONE), "TXT"] = '"here"'

    assert ask(names).registered is False


def test_missing_directory_is_no_no(names: NameServer) -> None:
    names.records.clear()

    found = ask(names)

    assert (found.registered, found.text) == (
        None, f"Whether {WHO} is registered could not be found out: there is no directory called {ZONE}.",
    )  # fmt: skip


@pytest.mark.parametrize("trouble", ["silent", dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.FORMERR])
def test_directory_that_cannot_be_asked_has_not_said_no(names: NameServer, trouble: str | dns.rcode.Rcode) -> None:
    if isinstance(trouble, dns.rcode.Rcode):
        names.rcode = trouble
    else:
        names.is_silent = True

    found = ask(names)

    assert (found.registered, found.document_types) == (None, ())
    assert found.text == f"Whether {WHO} is registered could not be found out: no name server answered."


def test_nobody_at_the_name_server_is_no_no() -> None:
    with refusing_port() as port:
        assert look_up(WHO, zone=ZONE, nameserver=f"127.0.0.1:{port}").registered is None


@pytest.mark.parametrize(
    ("regexp", "flags", "service"),
    [
        ("!^.*$!ftp://smp.example.org!", "U", "Meta:SMP"), ("!^.*$!", "U", "Meta:SMP"), ("", "U", "Meta:SMP"),
        ("!^.*$!http://smp.example.org!", "S", "Meta:SMP"), ("!^.*$!http://smp.example.org!", "U", "E2U+sip"),
    ],
)  # fmt: skip
def test_record_without_an_address_is_no_no(names: NameServer, regexp: str, flags: str, service: str) -> None:
    register(names, regexp, flags, service)

    found = ask(names)

    assert (found.registered, found.smp) == (None, "")
    assert found.text.endswith("its record in the directory names no address.")


@pytest.mark.parametrize(
    "identifier", ["", "12345674", "0184", "0184:", "0184:123 456", "01843:1", "0184:1\n2", "0184:é"]
)
def test_what_is_no_endpoint_is_told_without_asking(names: NameServer, identifier: str) -> None:
    found = ask(names, identifier)

    assert (found.registered, names.asked) == (None, [])
    assert found.text.startswith("Expected an endpoint such as 0184:12345674, found ")


# --- The list of services -------------------------------------------------------------------------------------------


def said_by(names: NameServer, behave: Behaviour) -> tuple[Participation, Server]:
    with serve(behave) as smp:
        register(names, f"!^.*$!{smp.url()}!")
        return ask(names), smp


def test_smp_that_does_not_list_it_is_told(names: NameServer) -> None:
    found, smp = said_by(names, answer(b"", 404))

    assert (found.registered, found.document_types) == (True, ())
    assert found.text == f"{WHO} is registered in {ZONE}, but 127.0.0.1:{smp.port} does not list it: status 404."


@pytest.mark.parametrize(
    "body", [b"no xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", b"\xff\xfe<\x00", b""]
)
def test_list_that_cannot_be_read_leaves_the_types_open(names: NameServer, body: bytes) -> None:
    found, _ = said_by(names, answer(body))

    assert (found.registered, found.document_types) == (True, ())
    assert "What it takes is not known: Expected XML" in found.text


def test_endless_list_is_cut(names: NameServer) -> None:
    found, _ = said_by(names, answer(b"<a>" * 500_000))

    assert "What it takes is not known: The answer of" in found.text


def test_smp_inside_of_our_own_network_is_not_called(names: NameServer) -> None:
    register(names, "!^.*$!http://169.254.169.254/latest!")

    found = ask(names)

    assert (found.registered, found.document_types) == (True, ())
    assert "may not be called" in found.text

"""What is particular to FTP: certificates, sessions, addresses, names, listings."""

from __future__ import annotations

import ftplib
import io
import ssl
from pathlib import Path
from typing import Any

import pytest

from arhub.network.errors import ConfigError, NotTrusted, PermanentError, RetryableError
from connectors.gateways.ftp import client
from connectors.gateways.ftp.gateway import FtpGateway
from connectors.gateways.ftp.settings import EXPLICIT, IMPLICIT, PLAIN
from tests.arhub.network.servers import made_for
from tests.connectors.gateways.faults.ways import PYFTPD, VSFTPD
from tests.contracts.gateway_contract import parcel
from tests.servers.ftp_place import FtpServer, identity
from tests.servers.programs import HERE
from tests.servers.pyftpd import pyftpd
from tests.servers.vsftpd import vsftpd

SECURED = [EXPLICIT, IMPLICIT]


def make(server: FtpServer, **others: Any) -> FtpGateway:
    gateway = PYFTPD.make(server, **others)
    assert isinstance(gateway, FtpGateway)
    return gateway


# --- Certificates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", SECURED)
def test_expired_certificate_is_not_trusted(security: str) -> None:
    with vsftpd(security, made=identity(is_expired=True)) as server:
        with pytest.raises(NotTrusted) as caught:
            make(server).deliver(parcel())

        assert str(caught.value) == "No secure connection to 127.0.0.1: certificate has expired."
        assert server.stored() == []


@pytest.mark.parametrize("security", SECURED)
def test_certificate_of_an_unknown_authority_is_not_trusted(security: str) -> None:
    with vsftpd(security) as server, pytest.raises(NotTrusted) as caught:
        make(server, authorities="").deliver(parcel())

    assert str(caught.value) == "No secure connection to 127.0.0.1: self-signed certificate."


def test_certificate_for_another_name_is_not_trusted() -> None:
    with vsftpd(EXPLICIT, made=made_for("ftp.example.com")) as server, pytest.raises(NotTrusted) as caught:
        make(server).deliver(parcel())

    assert "IP address mismatch" in str(caught.value)


def test_client_certificate_is_shown_to_who_asks() -> None:
    ours, other = made_for("hub.example.com"), made_for("other.example.com")
    with pyftpd(EXPLICIT, clients=ours.certificate) as server:
        with make(server, certificate=ours.certificate, certificate_key=ours.key) as gateway:
            gateway.deliver(parcel())
        with pytest.raises(ConfigError):
            make(server, certificate=ours.certificate, certificate_key=other.key).deliver(parcel(name="b.xml"))

        assert server.stored() == [("a.xml", b"<a/>")]


def test_other_security_than_the_server_has_is_told() -> None:
    with pyftpd(PLAIN) as server:
        for security in SECURED:
            with pytest.raises(ConfigError) as caught:
                make(server, security=security).deliver(parcel())

            assert "TLS" in str(caught.value)
    with vsftpd(EXPLICIT) as server, pytest.raises(ConfigError) as caught:
        make(server, security=PLAIN).deliver(parcel())

    assert "must use encryption" in str(caught.value)


# --- Data connections --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("security", SECURED)
def test_session_is_taken_up_again_with_every_tls(security: str, version: str) -> None:
    with vsftpd(security, tls=version) as server, make(server) as gateway:
        said = gateway.checks()[0].run()
        for number in range(3):
            gateway.deliver(parcel(name=f"{number}.xml", identity=str(number)))

        assert said == f"127.0.0.1 answers, secured by {version}."
        assert sorted(server.stored()) == [(f"{number}.xml", b"<a/>") for number in range(3)]


def test_server_of_these_tests_refuses_who_does_not_take_the_session_up() -> None:
    with vsftpd(EXPLICIT) as server, ftplib.FTP_TLS(context=trusting(server)) as plain:
        plain.connect(HERE, server.port, timeout=10)
        plain.login("anonymous", str(server.values()["password"]))
        plain.prot_p()

        with pytest.raises((ftplib.Error, OSError)):
            plain.storbinary("STOR files/a.xml", io.BytesIO(b"<a/>"))


def trusting(server: FtpServer) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=server.authorities)


@pytest.mark.parametrize("without", [(), ("EPSV",)], ids=["EPSV", "PASV"])
def test_data_goes_to_no_other_address_than_the_server_s(without: tuple[str, ...]) -> None:
    with pyftpd(EXPLICIT, without=without, says_it_is="192.0.2.1") as server, make(server) as gateway:
        gateway.deliver(parcel())

        assert server.stored() == [("a.xml", b"<a/>")]


# --- Names and listings ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a\nb.xml", "a.xml\r\nDELE b.xml", "a\0.xml"])
def test_name_with_a_line_break_is_refused(name: str) -> None:
    with pyftpd(PLAIN) as server, make(server) as gateway:
        with pytest.raises(PermanentError) as caught:
            gateway.deliver(parcel(name=name))

        assert "has a line break" in str(caught.value)
        assert server.stored() == []


def test_server_without_unicode_gets_plain_names_only() -> None:
    with pyftpd(PLAIN, without=("OPTS",), encoding="ascii") as server, make(server) as gateway:
        gateway.deliver(parcel(name="plain.xml", identity="plain"))
        with pytest.raises(PermanentError) as caught:
            gateway.deliver(parcel(name="Æbler.xml", identity="odd"))

        assert "takes only names of plain letters" in str(caught.value)
        assert server.stored() == [("plain.xml", b"<a/>")]


def test_name_that_is_no_unicode_is_listed_fetched_and_moved() -> None:
    into = io.BytesIO()
    with vsftpd(EXPLICIT) as server, make(server) as gateway:
        (Path(str(server.files)) / b"caf\xe9.csv".decode("utf-8", "surrogateescape")).write_bytes(b"taken in")
        listed = next(iter(gateway.list("")))
        gateway.fetch(listed, into)
        gateway.move(listed, "done")

        assert listed.name == "caf\\xe9.csv"
        assert into.getvalue() == b"taken in"
        assert [one.name for one in gateway.list("done")] == ["caf\\xe9.csv"]


@pytest.mark.parametrize("way", [VSFTPD, PYFTPD], ids=lambda way: way.name)
def test_folders_are_made_and_not_listed(way: Any, tmp_path: Path) -> None:
    with way.run(tmp_path) as server, way.make(server) as gateway:
        gateway.deliver(parcel(folder="2026/11 November/Ærø"))

        assert server.stored() == [("2026/11 November/Ærø/a.xml", b"<a/>")]
        assert list(gateway.list("")) == []
        assert [one.name for one in gateway.list("2026/11 November/Ærø")] == ["a.xml"]


def test_folder_to_start_in_that_is_missing_is_told() -> None:
    with vsftpd(EXPLICIT) as server:
        gateway = make(server, start="nowhere")
        with pytest.raises(ConfigError) as caught:
            gateway.checks()[2].run()
        with pytest.raises(ConfigError):
            gateway.deliver(parcel())

    assert str(caught.value) == "There is no folder nowhere on 127.0.0.1."


def test_what_the_server_says_never_shows_a_secret() -> None:
    with pyftpd(PLAIN) as server:
        gateway = make(server, password="files")
        error = ftplib.error_perm("553 no files here")

        assert str(gateway.told(error, "a.xml")) == (
            "127.0.0.1 does not let the user do that with a.xml. It says: 553 no … here."
        )


@pytest.mark.parametrize(("limit", "most"), [("MOST_FILES", 2), ("LISTING_SIZE", 500)])
def test_listing_that_fits_into_no_memory_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    with vsftpd(EXPLICIT) as server:
        for number in range(3):
            (server.files / f"{number}{'x' * 200}.csv").touch()
        monkeypatch.setattr(client, limit, most)

        with make(server) as gateway, pytest.raises(RetryableError, match="lists more than"):
            list(gateway.list(""))

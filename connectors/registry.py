"""The connectors there are."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from connectors.base import Connector

CONNECTORS: dict[str, tuple[str, str]] = {  # kind → label, dotted path
    "intacct": ("Sage Intacct", "connectors.erp.intacct.connector.IntacctConnector"),
    "dinero": ("Dinero", "connectors.erp.dinero.connector.DineroConnector"),
    "sage_network": ("Sage Network", "connectors.erp.sage_network.connector.SageNetworkConnector"),
    "folder": ("Local folder", "connectors.gateways.folder.gateway.FolderGateway"),
    "as2": ("AS2", "connectors.gateways.as2.gateway.As2Gateway"),
    "vans": ("VANS", "connectors.gateways.vans.gateway.VansGateway"),
    "network": ("To Network", "connectors.gateways.network.gateway.NetworkGateway"),
    "http": ("HTTP", "connectors.gateways.http.gateway.HttpGateway"),
    "access_point": (
        "Peppol / NemHandel access point",
        "connectors.gateways.access_point.gateway.AccessPointGateway",
    ),
    "sftp": ("SFTP", "connectors.gateways.sftp.gateway.SftpGateway"),
    "ftp": ("FTP and FTPS", "connectors.gateways.ftp.gateway.FtpGateway"),
    "email": ("E-mail", "connectors.gateways.email.gateway.EmailGateway"),
    "dropbox": ("Dropbox", "connectors.gateways.dropbox.gateway.DropboxGateway"),
}


@cache
def load(kind: str) -> type[Connector]:
    """The connector of a kind. Raises KeyError for one nobody knows."""
    module, name = CONNECTORS[kind][1].rsplit(".", 1)
    connector: type[Connector] = getattr(import_module(module), name)
    return connector


def label_of(kind: str) -> str:
    return CONNECTORS[kind][0] if kind in CONNECTORS else kind

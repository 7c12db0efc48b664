"""The catalogue: which adaptors there are, and what each moves from where to where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from adaptors.registry import FORMATS
from connectors.base import Setting


class Work(StrEnum):
    """What an adaptor does when it runs."""

    EXPORT = "export"
    """Documents go to customers, each in its format over its gateway."""
    POST = "post"
    """Records go into another system, by a field mapping."""
    PUBLISH = "publish"
    """Outstanding items go to a shop's cache."""
    SYNC = "sync"
    """Whole record types go to a network."""


GATEWAYS = ("network", "access_point", "vans", "sftp", "ftp", "http", "as2", "email", "dropbox", "folder")


@dataclass(frozen=True, slots=True)
class Adaptor:
    """An entry of the catalogue. `source` is the kind of connection that brings the records, empty for what no
    connection brings: uploaded files, and the hub's own ledgers. `destinations` are kinds of connections."""

    kind: str
    label: str
    summary: str
    work: Work
    source: str = ""
    destinations: tuple[str, ...] = GATEWAYS
    formats: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()


def _export(kind: str, system: str, source: str, brings: str) -> Adaptor:
    return Adaptor(
        kind,
        f"{system}: Export Customer Invoices",
        f"Sends the invoices and credit notes {brings} to your customers, each in the format and over the gateway that "
        "this customer wants.",
        Work.EXPORT,
        source,
        formats=tuple(FORMATS),
    )


CATALOGUE: dict[str, Adaptor] = {
    one.kind: one
    for one in (
        _export("dinero_invoices", "Dinero", "dinero", "of your Dinero company"),
        _export("intacct_invoices", "Intacct", "intacct", "that Sage Intacct holds"),
        _export("sage_network_invoices", "Sage Network", "sage_network", "that Sage Network brings"),
        _export("file_invoices", "Uploaded files", "", "from files, programs and inboxes"),
        Adaptor(
            "post_receivables",
            "Intacct: Post Accounts Receivable",
            "Posts invoices, credit notes, advances, payments and customers to Sage Intacct by your field mapping, and "
            "writes back the keys it gives.",
            Work.POST,
            destinations=("intacct",),
        ),
        Adaptor(
            "publish_outstanding",
            "ERP Cache: Publish Outstanding Items",
            "Tells a shop's ERP Cache what is outstanding: what has changed since the last drop.",
            Work.PUBLISH,
            destinations=("sftp", "ftp", "folder"),
            settings=(
                Setting("shop", "Shop", "The name that the other side has issued, without -Staging."),
                Setting("is_staging", "Staging", "Drops go to the shop's staging.", kind="bool", default=False),
            ),
        ),
        Adaptor(
            "sync_upload",
            "Sage Network: Sync Upload",
            "Keeps a company of Sage Network up to date with accounts, contacts, documents, lines and payments.",
            Work.SYNC,
            destinations=("sage_network",),
        ),
    )
}

"""*Test connection*: one step after another, so that the first that fails says where to look."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlsplit

from arhub.network.errors import ConfigError
from connectors.base import Check
from connectors.erp.intacct.filters import Is
from connectors.erp.intacct.gateway import Gateway, Session
from connectors.erp.intacct.problems import Failed, Level, Refusal, error_of
from connectors.erp.intacct.reading import Reader
from connectors.erp.intacct.settings import Posting


class Trial:
    """The steps share one sign-in, which is always a new one: a session that is remembered proves no password."""

    def __init__(self, gateway: Gateway, reader: Reader, posting: Posting) -> None:
        self._gateway, self._reader, self._posting = gateway, reader, posting

    def checks(self) -> list[Check]:
        posting = self._posting
        accounts = dict.fromkeys((posting.account, posting.vat_account, posting.advance_account))
        known = [
            Check(label, self._known(label, name, field, value))
            for label, name, field, value in (
                *(("AccountNo", "GLACCOUNT", "ACCOUNTNO", account) for account in accounts),
                ("Term", "ARTERM", "NAME", posting.term),
                ("FinancialEntity", "CHECKINGACCOUNT", "BANKACCOUNTID", posting.bank),
                ("Location", "LOCATION", "LOCATIONID", posting.location),
            )
            if value
        ]
        return [
            Check("Gateway", self._reached),
            Check("Sender", self._sender),
            Check("Sign-in", self._signed_in),
            Check("Entity", self._entity),
            Check("Customers", self._customers),
            *known,
        ]

    @cached_property
    def _sign_in(self) -> Session | Failed:
        try:
            return self._gateway.try_sign_in()
        except Failed as failed:
            return failed

    def _reached(self) -> str:
        _ = self._sign_in
        return f"{urlsplit(self._gateway.access.address).hostname} answers as Intacct's gateway does."

    def _sender(self) -> str:
        self._must_pass(Level.CONTROL)
        return f"Sender {self._gateway.access.sender_id} is accepted."

    def _signed_in(self) -> str:
        self._must_pass(Level.CONTROL, Level.SIGN_IN, Level.FUNCTION)
        return f"{self._gateway.access.user_id} is signed in to {self._gateway.access.company_id}."

    def _entity(self) -> str:
        session, wanted = self._must_pass(*Level), self._gateway.access.entity
        if session and wanted and session.entity != wanted:
            raise ConfigError(f"Expected to be in the entity {wanted}, found {session.entity or 'the top level'}.")
        return f"In the entity {wanted}." if wanted else "At the top level."

    def _customers(self) -> str:
        found = self._reader.chunk("CUSTOMER", ("RECORDNO", "CUSTOMERID"), "", {})
        return f"Customers can be read; there are {found.total}."

    def _known(self, label: str, name: str, field: str, value: str) -> Callable[[], str]:
        def run() -> str:
            try:
                found = next(self._reader.all(name, (field,), Is(field, value)), None)
            except (ConfigError, Refusal) as error:  # posting needs no permission to read these lists
                return (
                    f"{value} was not checked, as Intacct does not show the list it should stand in (“{error}”). "
                    "If it is wrong, sending says so."
                )
            if found is None:
                raise ConfigError(f"{label} {value} is not known in Intacct, or this user may not see it.")
            return f"{label} {value} is there."

        return run

    def _must_pass(self, *levels: Level) -> Session | None:
        if isinstance(self._sign_in, Session):
            return self._sign_in
        if self._sign_in.level in levels:
            raise error_of(self._sign_in)
        return None

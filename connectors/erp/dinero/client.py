"""Dinero's API: signing in, asking, and lists page by page. Everything that goes out goes through here.

A token is made of client id, client secret and the API key of an organization, by OAuth's password grant with the key
as user and password; it lives about an hour and cannot be refreshed.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from arhub.network import http
from arhub.network.answer import Answer
from arhub.network.errors import BadAnswer, ConfigError, NetworkError, PermanentError, RetryableError
from connectors.base import Setup
from connectors.erp.dinero.errors import BROWNOUT, NotSignedIn, error_of, refused_sign_in
from connectors.erp.dinero.values import folded

TOKEN_PATH = "/dineroapi/oauth/token"
TOKEN = "token"
SPARE_SECONDS = 120  # a token is given up so long before it ends
ATTEMPTS = 3
PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10
ANSWER_BYTES = 8 * 1024 * 1024
TIMEOUT_SECONDS = 60
LARGEST_PAGE = 1000
ORGANIZATION_FIELDS = (
    "Name,Id,Type,IsPro,IsPayingPro,IsVatFree,Email,Phone,Street,City,ZipCode,AttPerson,IsTaxFreeUnion,VatNumber"
)
DEPOSIT_FIELDS = "AccountNumber,Name,IsDefault,IsHidden"
PRODUCT_FIELDS = (
    "ProductGuid,Name,ProductNumber,Quantity,Unit,AccountNumber,BaseAmountValue,BaseAmountValueInclVat,TotalAmount,"
    "TotalAmountInclVat,ExternalReference,CreatedAt,UpdatedAt,DeletedAt"
)

Row = Mapping[str, Any]
"""One object, its keys in small letters, its numbers int or Decimal."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list. `total` is how many there are on all pages, where Dinero says it; `at` is Dinero's clock."""

    rows: Sequence[Row]
    total: int | None
    at: datetime | None


class DineroClient:
    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.api = str(setup.values["api_url"]).rstrip("/")
        self.sign_in_url = str(setup.values["sign_in_url"]).rstrip("/").removesuffix(TOKEN_PATH)

    def reach_sign_in(self) -> str:
        """The host that answers. It refuses a GET, which is enough to know that it is there."""
        self.setup.pace.wait()
        answer = http.get(self.sign_in_url + TOKEN_PATH, attempts=1, limit=ANSWER_BYTES)
        if answer.status in (429, BROWNOUT) or answer.status >= 500:
            raise error_of(answer)
        return urlsplit(self.sign_in_url).netloc

    def sign_in(self) -> str:
        """A new token, remembered until shortly before it ends."""
        values = self.setup.values
        basic = base64.b64encode(f"{values['client_id']}:{values['client_secret']}".encode()).decode()
        form = {
            "grant_type": "password",
            "scope": "read write",
            "username": values["api_key"],
            "password": values["api_key"],
        }
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
        answer = self._send("POST", self.sign_in_url + TOKEN_PATH, headers, urlencode(form).encode())
        if not answer.ok:
            raise self._without_secrets(refused_sign_in(answer))
        body = _json(answer)
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise ConfigError("The sign-in's address answered without a token: it does not look like Dinero.")
        lives = body.get("expires_in")
        seconds = int(lives) if str(lives).isdecimal() else 3600
        self.setup.store.put(TOKEN, {"token": token, "until": time.time() + seconds - min(SPARE_SECONDS, seconds // 2)})
        return token

    def get(self, path: str, **query: Any) -> tuple[Any, Answer]:
        """What stands at a path, keys in small letters. Signs in again once when the token is not taken any more."""
        try:
            return self._get(path, query, self._token())
        except NotSignedIn:
            self.setup.store.put(TOKEN, None)
        return self._get(path, query, self.sign_in())

    def listing(self, path: str, page: int, size: int, **query: Any) -> Listing:
        """One page, counted from 0, of at most `size` rows."""
        body, answer = self.get(path, page=page, pageSize=size, **query)
        rows = body.get("collection") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise PermanentError("Expected a list with a Collection from Dinero, found something else.")
        paging = body.get("pagination")
        total = paging.get("resultwithoutfilter") if isinstance(paging, dict) else None
        return Listing(rows, total if isinstance(total, int) else None, answer.date)

    def organizations(self) -> list[Row]:
        """Those that the API key sees."""
        body, _ = self.get("/v1/organizations", fields=ORGANIZATION_FIELDS)
        return _rows(body)

    def organization(self) -> Row:
        """The one that is connected: by the setting, else the only one there is."""
        found = self.organizations()
        given = str(self.setup.values.get("organization") or "").strip()
        if not given and len(found) == 1:
            return found[0]
        for row in found:
            if given and str(row.get("id")) == given:
                return row
        seen = ", ".join(f"{row.get('id')} ({row.get('name')})" for row in found) or "none"
        wish = f"organization {given}" if given else "which organization to read, as there are several"
        raise ConfigError(f"Expected {wish}; the API key sees: {seen}. Give one of their ids in the settings.")

    def organization_id(self) -> str:
        given = str(self.setup.values.get("organization") or "").strip()
        known = given or self.setup.store.get("organization")
        if not known:
            known = str(self.organization().get("id"))
            self.setup.store.put("organization", known)
        return str(known)

    def invoice(self, guid: str) -> Row:
        return self._one(f"/v1/{self.organization_id()}/invoices/{guid}")

    def credit_note(self, guid: str) -> Row:
        return self._one(f"/v1/{self.organization_id()}/sales/creditnotes/{guid}")

    def payments(self, guid: str) -> Row:
        """Of an invoice: its payments, and what remains to be paid."""
        return self._one(f"/v2/{self.organization_id()}/invoices/{guid}/payments")

    def deposit_accounts(self) -> list[Row]:
        body, _ = self.get(f"/v1/{self.organization_id()}/accounts/deposit", fields=DEPOSIT_FIELDS)
        return _rows(body)

    def products(self) -> Iterator[Row]:
        page = 0
        while True:
            found = self.listing(f"/v1/{self.organization_id()}/products", page, LARGEST_PAGE, fields=PRODUCT_FIELDS)
            yield from found.rows
            if len(found.rows) < LARGEST_PAGE:
                return
            page += 1

    def _one(self, path: str) -> Row:
        body, _ = self.get(path)
        if not isinstance(body, dict):
            raise PermanentError("Expected one object from Dinero, found something else.")
        return body

    def _token(self) -> str:
        known = self.setup.store.get(TOKEN)
        return known["token"] if known and known["until"] > time.time() else self.sign_in()

    def _get(self, path: str, query: Mapping[str, Any], token: str) -> tuple[Any, Answer]:
        url = f"{self.api}{path}" + (f"?{urlencode(query)}" if query else "")
        answer = self._send("GET", url, {"Authorization": f"Bearer {token}", "Accept": "application/json"})
        if not answer.ok:
            raise self._without_secrets(error_of(answer), token)
        return _json(answer), answer

    def _send(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """Send with a few attempts, each in its own turn of the pace: those of the HTTP client would go out unpaced.
        A token may be asked for twice, so that the POST may be repeated as a GET."""
        for attempt in range(1, ATTEMPTS + 1):
            pause = PAUSE_SECONDS * attempt
            self.setup.pace.wait()
            try:
                answer = http.request(
                    method,
                    url,
                    content,
                    headers,
                    timeout=TIMEOUT_SECONDS,
                    limit=ANSWER_BYTES,
                    attempts=1,
                    repeatable=True,
                )
            except RetryableError:
                if attempt == ATTEMPTS:
                    raise
            else:
                pause = max(pause, answer.retry_after or 0)
                if answer.status not in http.BUSY or attempt == ATTEMPTS or pause > LONGEST_PAUSE_SECONDS:
                    return answer
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _without_secrets(self, error: NetworkError, token: str = "") -> NetworkError:
        """The same error, should the other side have repeated what it was sent."""
        words = str(error)
        for secret in (token, self.setup.values["client_secret"], self.setup.values["api_key"]):
            words = words.replace(secret, "…") if secret else words
        return type(error)(words)


def _json(answer: Answer) -> Any:
    """Keys in small letters. A GET may be repeated, and what answers garbage now is a proxy that will not do so for
    ever."""
    try:
        return folded(answer.json())
    except BadAnswer as error:
        raise RetryableError(f"Dinero's answer could not be read. {error}") from None
    except RecursionError:
        raise RetryableError("Dinero's answer could not be read: expected JSON of a usual depth.") from None


def _rows(body: Any) -> list[Row]:
    found = body.get("collection") if isinstance(body, dict) else body
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise PermanentError("Expected a list from Dinero, found something else.")
    return found

"""Groups of fields that several record types have in common."""

from __future__ import annotations

from arhub.records.base import Field, Kind


def erp_key(what: str, *synonyms: str, example: str = "") -> Field:
    return Field(
        "erp_key",
        help=f"The key of the {what} in the system it comes from. It never changes. Leave it out and the key is made "
        "of the columns named below.",
        example=example,
        synonyms=("external key", "source key", *synonyms),
        sage="erpKey",
    )


def network_id(name: str, sage: str, what: str) -> Field:
    return Field(name, max_length=36, help=f"The Sage Network id of {what}.", sage=sage)


CREATED = Field(
    "source_created_at",
    Kind.DATETIME,
    help="When the record was created in the system it comes from.",
    synonyms=("created", "created at"),
    sage="created",
)

RECORD = (
    network_id("network_id", "networkId", "the record itself"),
    CREATED,
    Field(
        "source_modified_at",
        Kind.DATETIME,
        help="When the record was last changed in the system it comes from.",
        synonyms=("modified", "modified at", "last modified"),
        sage="modified",
    ),
    Field(
        "on_match_action",
        help="Sage Network's instruction for a record that exists already. Every value means: update what differs.",
        max_length=20,
        sage="onMatchAction",
    ),
)
"""What every record of a source may carry."""

_PARTS = (
    ("line1", "Line1", "street and number", "1 High Street"),
    ("line2", "Line2", "second line", ""),
    ("line3", "Line3", "third line", ""),
    ("city", "City", "city", "Aarhus"),
    ("region", "Region", "state, province or region", ""),
    ("postal_code", "PostalCode", "postal code", "8000"),
    ("country", "Country", "country", "DK"),
)


def document_address(prefix: str, label: str, synonyms: dict[str, tuple[str, ...]] | None = None) -> tuple[Field, ...]:
    """The nine columns of one address on a document or line, named as Sage Network names them."""
    sage = prefix.replace("_to", "To") + "Address"
    more = synonyms or {}
    return (
        *(
            Field(
                f"{prefix}_address_{part}",
                Kind.COUNTRY if part == "country" else Kind.TEXT,
                help=f"{label}: {what}.",
                example=example,
                synonyms=more.get(part, ()),
                sage=sage + tail,
            )
            for part, tail, what, example in _PARTS
        ),
        *(
            Field(
                f"{prefix}_address_{name}",
                Kind.COORDINATE,
                help=f"{label}: {name} in degrees.",
                sage=sage + name.capitalize(),
            )
            for name in ("latitude", "longitude")
        ),
    )


def own_address(country: str) -> tuple[Field, ...]:
    """The address of an account or a contact; Sage Network names the country of each in its own way."""
    return (
        Field(
            "address_line1",
            help="Street and number.",
            example="1 High Street",
            synonyms=(
                "address",
                "address 1",
                "street",
                "street address",
                "billing address line 1",
                "bill to address",
                "gade",
                "adresse",
                "vej",
                "straße",
                "strasse",
            ),
            sage="address1",
        ),
        Field("address_line2", synonyms=("address 2", "suite", "apt", "unit", "adresse 2"), sage="address2"),
        Field("address_line3", synonyms=("address 3",), sage="address3"),
        Field("address_line4", synonyms=("address 4",), sage="address4"),
        Field(
            "city",
            example="Aarhus",
            synonyms=("town", "place", "billing city", "by", "poststed", "ort", "stadt"),
            sage="city",
        ),
        Field(
            "region",
            help="State, province or region.",
            synonyms=("state", "province", "state region", "state province", "district", "county"),
            sage="stateRegion",
        ),
        Field(
            "postal_code",
            max_length=40,
            example="8000",
            synonyms=(
                "zip",
                "zip code",
                "postcode",
                "billing postal code",
                "post no",
                "postnr",
                "postnummer",
                "plz",
                "postleitzahl",
            ),
            sage="postalCode",
        ),
        Field(
            "country",
            Kind.COUNTRY,
            help="ISO 3166 code of two letters, or the name.",
            example="DK",
            synonyms=("country key", "country code", "nation", "billing country", "land"),
            sage=country,
        ),
    )


ACCOUNT_SYNONYMS = (
    "account", "account no", "account #", "acct", "acct no", "customer id", "customer no", "customer code", "cust id",
    "cust no", "customer key", "billing customer code", "billing id", "bill to customer id", "bill to customer no",
    "client id", "client no", "client account no", "debtor no", "debitor account no", "debtor id", "external customer id",
    "qb id", "quickbooks id", "accounting code", "manumber", "ma no", "billing account id", "billing account no",
    "sold to", "payer", "kundenr", "kunde no", "kundenummer", "kunde id", "partnummer", "debitornr", "debitor no",
    "debitorennummer", "kd no", "kundennummer", "kundennr", "kunden no", "code client", "klantnummer", "klant no",
    "partner id", "partner no", "contact guid",
)  # fmt: skip

ACCOUNT_NAME_SYNONYMS = (
    "customer", "customer name", "client", "client name", "company", "company name", "business name", "entity",
    "entity name", "party", "party name", "debtor", "debtor name", "buyer", "employer", "display name", "name customer",
    "bill to", "bill to name", "kundenavn", "kunde navn", "kunde", "partnavn", "kundenname", "firma", "klant",
    "klantnaam", "nom client", "debitor", "debitornavn",
)  # fmt: skip

CURRENCY_SYNONYMS = ("currency code", "currency key", "curr", "ccy", "cur", "invoice currency", "curr mark", "valuta",
                     "valutakode", "währung", "waehrung", "devise")  # fmt: skip

ACCOUNT_CURRENCY = (
    "coalesce((select a.currency from arhub_account a where a.id = {account}), "
    "(select t.currency from arhub_tenant t where t.id = {tenant}))"
)
"""Without a currency of its own a row is in its account's currency, else in the tenant's."""

TERMS_SYNONYMS = (
    "terms", "payment condition", "payment condition type", "customer payment terms", "cust payment terms",
    "due period", "default payment period", "net days", "payment condition no of days", "betalingsbetingelser",
    "betalingsbetingelse", "zahlungsbedingung", "zahlungsbedingungen",
)  # fmt: skip

EXCHANGE_RATE = Field(
    "exchange_rate",
    Kind.NUMBER,
    help="What an amount in the base currency is multiplied with to give the document's amount.",
    example="1",
    synonyms=("fx rate", "rate", "valutakurs", "kurs", "wechselkurs"),
    sage="currencyRate",
)

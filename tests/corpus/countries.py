"""How countries write dates and amounts, in the code pages and with the delimiters of their programs."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from tests.corpus.case import Case, Columns, Record, day, lakh, money, text_case

ENGLISH = (
    ("Invoice No", "invoice_number"), ("Customer No", "account_id"), ("Customer Name", "account_name"),
    ("Invoice Date", "invoice_date"), ("Due Date", "due_date"), ("Currency", "currency"),
    ("Invoice Amount", "total_amount"), ("Open Balance", "balance_due"),
)  # fmt: skip
DANISH = (
    ("Fakturanr.", "invoice_number"), ("Kundenr.", "account_id"), ("Kundenavn", "account_name"),
    ("Fakturadato", "invoice_date"), ("Forfaldsdato", "due_date"), ("Valuta", "currency"), ("Beløb", "total_amount"),
    ("Restbeløb", "balance_due"), ("Bemærkninger", "description"),
)  # fmt: skip
GERMAN = (
    ("Rechnungsnummer", "invoice_number"), ("Kundennummer", "account_id"), ("Kundenname", "account_name"),
    ("Rechnungsdatum", "invoice_date"), ("Fälligkeitsdatum", "due_date"), ("Währung", "currency"),
    ("Rechnungsbetrag", "total_amount"), ("Offener Betrag", "balance_due"), ("Mahnstufe", None),
)  # fmt: skip
DUTCH = (
    ("Factuurnummer", "invoice_number"), ("Klantnummer", "account_id"), ("Klantnaam", "account_name"),
    ("Factuurdatum", "invoice_date"), ("Vervaldatum", "due_date"), ("Valuta", "currency"), ("Bedrag", "total_amount"),
    ("Openstaand", "balance_due"),
)  # fmt: skip
FRENCH = (
    ("N° facture", "invoice_number"), ("Code client", "account_id"), ("Nom client", "account_name"),
    ("Date", "invoice_date"), ("Date d'échéance", "due_date"), ("Devise", "currency"), ("Total", "total_amount"),
    ("Reste dû", None),
)  # fmt: skip
NORWEGIAN = (
    ("Fakturanr", "invoice_number"), ("Kundenr", "account_id"), ("Kundenavn", "account_name"),
    ("Fakturadato", "invoice_date"), ("Forfallsdato", "due_date"), ("Valuta", "currency"), ("Beløp", None),
    ("Saldo", "balance_due"),
)  # fmt: skip


def invoices(names: Sequence[str], currency: str, *, whole: bool = False, month_days: bool = True) -> list[Record]:
    """Four invoices of these customers. Their days and amounts show how each column is to be read."""
    days = [date(2026, 1, 31), date(2026, 2, 3), date(2026, 3, 17), date(2026, 4, 5)]
    if not month_days:
        days = [date(2026, 1, 2), date(2026, 2, 3), date(2026, 3, 4), date(2026, 4, 5)]
    amounts = [Decimal("1234.50"), Decimal("99.95"), Decimal("-250.00"), Decimal("1234567.89")]
    if whole:
        amounts = [Decimal("12345"), Decimal("980"), Decimal("-2500"), Decimal("1234567")]
    return [
        {
            "invoice_number": f"F-{4711 + place}",
            "account_id": f"K{100 + place}",
            "account_name": name,
            "invoice_date": given,
            "due_date": date(given.year, given.month + 1, 28),
            "currency": currency,
            "total_amount": amount,
            "balance_due": amount if place != 1 else Decimal(0),
            "description": f"Ordre {place}",
        }
        for place, (name, given, amount) in enumerate(zip(names, days, amounts, strict=True))
    ]


DANES = invoices(["Bøje & Søn ApS", "Ærø Færger", "Ålborg Værft A/S", "Café Ø"], "DKK")
GERMANS = invoices(["Müller & Söhne GmbH", "Bäckerei Weiß", "Größe AG", "Überlandwerk"], "EUR")
DUTCH_NAMES = invoices(["De Vries B.V.", "Van 't Hoff", "Jansen & Zn", "Reünie N.V."], "EUR")
FRENCH_NAMES = invoices(["Société Générale Café", "Crémerie Noël", "L'Été SARL", "Hôtel du Lac"], "EUR")
SWISS = invoices(["Zürcher Käse AG", "Genève Ça SA", "Bündner Möbel", "Tessin Più"], "CHF")
AMERICANS = invoices(["Acme, Inc.", 'The "Best" Co', "Smith & Sons", "O'Brien LLC"], "USD")
BRITONS = invoices(["Marks Ltd", "Jones plc", "Café Royal", "King & Co"], "GBP")
SWEDES = invoices(["Åkeri AB", "Östgöta Bygg", "Äpple & Päron", "Malmö Hamn"], "SEK")
NORWEGIANS = invoices(["Bjørn Fiske AS", "Ålesund Rør", "Sæter Drift", "Tromsø Kjøl"], "NOK")
POLES = invoices(["Żółta Łódź Sp. z o.o.", "Kraków Usługi", "Gdańsk Śruby", "Wrocław Części"], "PLN")
CZECHS = invoices(["Škoda díly s.r.o.", "Plzeň Řezivo", "Dobrý Kůň", "Žluťoučký a syn"], "CZK")
LITHUANIANS = invoices(["Šiaulių Ąžuolas UAB", "Žemaitijos Pienas", "Kėdainių Grūdai", "Vilniaus Šviesa"], "EUR")
RUSSIANS = invoices(["Ромашка ООО", "Северный ветер", "Завод имени Кирова", "Белая берёза"], "RUB")
INDIANS = invoices(["Tata Traders", "Reliance Retail", "Mumbai Mills", "Delhi Dairy"], "INR")
INDIANS = [{**record, "total_amount": abs(record["total_amount"]), "balance_due": abs(record["balance_due"])}  # type: ignore[arg-type]
           for record in INDIANS]  # fmt: skip
JAPANESE = invoices(["東京商事", "大阪工業", "名古屋物産", "札幌食品"], "JPY", whole=True)
SPANIARDS = invoices(["Muñoz e Hijos", "Peña S.L.", "Año Nuevo S.A.", "Cádiz Mar"], "EUR")
FINNS = invoices(["Hämeen Leipä Oy", "Öljy ja Kaasu", "Pöytä Oy", "Jyväskylän Sähkö"], "EUR")

COMMA = money(".", ",")
POINT = money(",", ".")
NARROW = money("\u202f", ",")
HARD = money("\u00a0", ",")


def serial(value: date) -> str:
    return str((value - date(1899, 12, 30)).days)


def cases() -> list[Case]:
    dashes, points, slashes = day("%d-%m-%Y"), day("%d.%m.%Y"), day("%d/%m/%Y")
    english: Columns = ENGLISH
    return [
        text_case("dk windows", DANISH, DANES, day=dashes, money=COMMA, delimiter=";", encoding="cp1252"),
        text_case("dk utf8 with mark", DANISH, DANES, day=points, delimiter=";", mark=b"\xef\xbb\xbf",
                  money=money(".", ",", positive="{} DKK", negative="-{} DKK")),
        text_case("dk dos", DANISH, DANES, day=day("%d.%m.%y"), money=COMMA, delimiter=";", encoding="cp850"),
        text_case("dk kr in front", DANISH, DANES, day=dashes, delimiter="\t",
                  money=money(".", ",", positive="kr. {}", negative="kr. -{}")),
        text_case("de windows euro sign", GERMAN, GERMANS, day=points, delimiter=";", encoding="cp1252",
                  money=money(".", ",", positive="{} €", negative="-{} €")),
        text_case("de minus behind", GERMAN, GERMANS, day=points, delimiter=";",
                  money=money(".", ",", negative="{}-")),
        text_case("at utf16", GERMAN, GERMANS, day=points, money=COMMA, delimiter="\t", encoding="utf-16-le",
                  mark=b"\xff\xfe"),
        text_case("nl euro in front", DUTCH, DUTCH_NAMES, day=dashes, delimiter=";",
                  money=money(".", ",", positive="€ {}", negative="€ -{}")),
        text_case("nl comma quoted", DUTCH, DUTCH_NAMES, day=dashes, money=COMMA, delimiter=",",
                  quoting=csv.QUOTE_ALL),
        text_case("fr narrow blanks", FRENCH, FRENCH_NAMES, day=slashes, money=NARROW, delimiter=";"),
        text_case("fr windows hard blanks", FRENCH, FRENCH_NAMES, day=slashes, delimiter=";", encoding="cp1252",
                  money=money("\u00a0", ",", positive="{} €", negative="-{} €")),
        text_case("ch apostrophes", GERMAN, SWISS, day=points, money=money("'", "."), delimiter=";",
                  encoding="cp1252"),
        text_case("ch curly apostrophes", GERMAN, SWISS, day=points, delimiter=";",
                  money=money("’", ".", positive="CHF {}", negative="CHF -{}")),
        text_case("us dollars", english, AMERICANS, day=day("%m/%d/%Y"),
                  money=money(",", ".", positive="${}", negative="-${}")),
        text_case("us parentheses", english, AMERICANS, day=day("%m/%d/%y"),
                  money=money(",", ".", positive="{}", negative="({})")),
        text_case("us minus behind", english, AMERICANS, day=day("%b %d, %Y"), money=money(",", ".", negative="{}-")),
        text_case("us credit and debit", english, AMERICANS, day=day("%m/%d/%Y"),
                  money=money(",", ".", positive="{} DR", negative="{}CR")),
        text_case("uk pounds", english, BRITONS, day=slashes, encoding="cp1252",
                  money=money(",", ".", positive="£{}", negative="-£{}")),
        text_case("uk month names", english, BRITONS, day=day("%d-%b-%y"), money=POINT, delimiter="|"),
        text_case("se iso and hard blanks", english, SWEDES, money=HARD, delimiter=";", encoding="cp1252"),
        text_case("no points and blanks", NORWEGIAN, NORWEGIANS, day=points, money=money(" ", ","), delimiter=";",
                  encoding="cp1252"),
        text_case("pl windows 1250", english, POLES, day=points, delimiter=";", encoding="cp1250",
                  money=money("\u00a0", ",", positive="{} zł", negative="-{} zł")),
        text_case("cz windows 1250", english, CZECHS, day=day("%d. %m. %Y"), delimiter=";", encoding="cp1250",
                  money=money("\u00a0", ",", positive="{} Kč", negative="-{} Kč")),
        text_case("lt windows 1257", english, LITHUANIANS, money=HARD, delimiter=";", encoding="cp1257"),
        text_case("ru windows 1251", english, RUSSIANS, day=points, money=HARD, delimiter=";", encoding="cp1251"),
        text_case("in lakhs", english, INDIANS, day=day("%d-%b-%Y"), money=lambda amount: lakh(amount)),
        text_case("in rupees", english, INDIANS, day=dashes, money=lambda amount: f"₹ {lakh(amount)}"),
        text_case("jp years first", english, JAPANESE, day=day("%Y/%m/%d"),
                  money=money(",", ".", places=0, positive="¥{}", negative="-¥{}")),
        text_case("es windows", english, SPANIARDS, day=slashes, money=COMMA, delimiter=";", encoding="cp1252"),
        text_case("fi short days", english, FINNS, delimiter=";", day=lambda value: f"{value.day}.{value.month}.{value.year}",
                  money=money("\u00a0", ",", positive="{} €", negative="−{} €")),
        text_case("iso lines of unix", english, BRITONS, end="\n"),
        text_case("iso lines of an old mac", english, BRITONS, end="\r"),
        text_case("sap days", english, GERMANS, day=day("%Y%m%d"), money=money("", ".", negative="{}-")),
        text_case("excel day numbers", english, DANES, day=serial, money=COMMA, delimiter=";"),
        text_case("sep line", english, BRITONS, day=slashes, money=POINT, delimiter="|", first="sep=|\r\n"),
        text_case("utf16 big endian", english, FRENCH_NAMES, money=COMMA, delimiter=";", encoding="utf-16-be",
                  mark=b"\xfe\xff"),
        text_case("timestamps", english, BRITONS, day=day("%Y-%m-%dT00:00:00")),
    ]  # fmt: skip

"""Invented names. Companies are put together of made-up places; every domain ends in .example."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Country:
    """Where an account is. `cities` are (postal code, city); companies are called start + end + trade + form."""

    code: str
    currency: str
    language: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    phone: str
    number_first: bool = False  # 12 High Street


def _country(code: str, currency: str, language: str, phone: str, **parts: str) -> Country:
    """Each part is one text, its items separated by commas."""
    lists = {name: tuple(item.strip() for item in text.split(",")) for name, text in parts.items() if name != "cities"}
    cities = tuple(tuple(item.strip().split(" ", 1)) for item in parts["cities"].split(","))
    return Country(code, currency, language, phone=phone, cities=cities, number_first=code in ("GB", "US"), **lists)  # type: ignore[arg-type]


COUNTRIES = {
    country.code: country
    for country in (
        _country(
            "DK", "DKK", "da", "+45 ",
            starts="Klint, Ravn, Birke, Ege, Sol, Vester, Tofte, Lyng, Hyben, Søborg, Engel, Grøn",
            ends="vang, sø, dal, holm, skov, bjerg, å, mose, lund",
            trades="VVS, Mejeri, Maskinfabrik, Varmeværk, Entreprise, Gartneri, Køleteknik, Boligselskab, Vandværk",
            forms="A/S, ApS, I/S, A.m.b.a.",
            first_names="Anna, Mette, Lars, Søren, Ida, Jens, Kirsten, Mikkel, Freja, Henrik, Louise, Poul",
            last_names="Holm, Krogh, Dahl, Bech, Lund, Friis, Kjær, Winther, Toft, Skov",
            streets="Havnegade, Industrivej, Møllevej, Nørregade, Smedevænget, Tietgensvej, Værkstedsvej, Åboulevarden",
            cities="8000 Aarhus C, 9000 Aalborg, 5000 Odense C, 6700 Esbjerg, 7100 Vejle, 2650 Hvidovre, 4000 Roskilde",
        ),
        _country(
            "SE", "SEK", "sv", "+46 40 ",
            starts="Gran, Älv, Sten, Björk, Norr, Ek, Silver, Tall", ends="hult, forsa, näs, marken, vik, backa",
            trades="Rör, Verkstad, Fastigheter, Energi, Mejeri, Bryggeri, Pappersbruk", forms="AB, AB, Handelsbolag",
            first_names="Elin, Oskar, Karin, Nils, Astrid, Gustav, Maja, Erik",
            last_names="Lind, Ek, Nyberg, Sandell, Vik, Alm",
            streets="Storgatan, Verkstadsgatan, Hamngatan, Kvarnvägen, Industrigatan",
            cities="21120 Malmö, 41104 Göteborg, 25220 Helsingborg, 58222 Linköping, 70211 Örebro",
        ),
        _country(
            "DE", "EUR", "de", "+49 40 ",
            starts="Eschen, Linden, Falken, Wiesen, Stein, Kaltem, Rosen, Alten",
            ends="brunn, hofen, tal, feld, moor, winkel, horst",
            trades="Anlagenbau, Brauerei, Stadtwerke, Maschinenbau, Haustechnik, Wassertechnik",
            forms="GmbH, GmbH & Co. KG, AG",
            first_names="Anke, Jürgen, Sabine, Uwe, Katrin, Stefan, Heike, Tobias",
            last_names="Brandt, Vogt, Lorenz, Pohl, Seidel, Busch",
            streets="Hafenstraße, Industriestraße, Am Kanal, Gartenweg, Lindenallee",
            cities="20095 Hamburg, 24103 Kiel, 28195 Bremen, 30159 Hannover, 18055 Rostock",
        ),
        _country(
            "NL", "EUR", "nl", "+31 10 ",
            starts="Duin, Wilgen, Rietz, Ooster, Molen, Veen, Zilver", ends="burgh, oord, dijk, meer, waard, kamp",
            trades="Installaties, Techniek, Zuivel, Waterbeheer, Kassenbouw", forms="B.V., B.V., N.V.",
            first_names="Sanne, Daan, Femke, Bram, Lotte, Joris",
            last_names="de Wit, Kuiper, Mulder, van Rijn, Post, Blom",
            streets="Havenweg, Kanaalstraat, Industrieweg, Molenlaan, Parallelweg",
            cities="3011 Rotterdam, 1012 Amsterdam, 3511 Utrecht, 9711 Groningen, 5611 Eindhoven",
        ),
        _country(
            "GB", "EUR", "en", "+44 20 7946 ",
            starts="Ashen, Thorn, Wether, Oaks, Marl, Hazel, Brack", ends="combe, worth, leigh, mere, ford, ton, dale",
            trades="Plumbing, Breweries, Estates, Engineering, Water Services", forms="Ltd, Ltd, plc, LLP",
            first_names="Alice, George, Harriet, Simon, Emily, Thomas",
            last_names="Fenwick, Barlow, Hollis, Marsh, Tate, Webb",
            streets="High Street, Station Road, Mill Lane, Wharf Road, Church Street",
            cities="M1 Manchester, LS1 Leeds, BS1 Bristol, EH1 Edinburgh, NE1 Newcastle upon Tyne",
        ),
        _country(
            "US", "USD", "en", "+1 312 555 ",
            starts="Cedar, Pine, Copper, Eagle, Silver, Prairie, Iron", ends="brook, ridge, fall, stone, field, creek",
            trades="Mechanical, Dairy, Irrigation, Facilities, Fluid Systems", forms="Inc., LLC, Corp.",
            first_names="Emma, Jack, Olivia, Ryan, Grace, Tyler",
            last_names="Parker, Hayes, Collins, Reed, Foster, Boyd",
            streets="Main Street, Lake Avenue, Commerce Drive, Elm Street, Harbor Boulevard",
            cities="60601 Chicago, 02108 Boston, 98101 Seattle, 77002 Houston, 55401 Minneapolis",
        ),
    )
}  # fmt: skip

PRODUCTS = (
    ("P-100", "Circulation pump 25-60", 1450), ("P-110", "Circulation pump 32-80, flanged", 3980),
    ("P-200", "Centrifugal pump 2.2 kW", 11250), ("P-210", "Centrifugal pump 5.5 kW", 19800),
    ("P-300", "Submersible pump, stainless", 8640), ("P-400", "Booster set, two pumps", 38400),
    ("S-010", "Shaft seal kit", 465), ("S-020", "Bearing kit", 720), ("S-030", "Impeller, bronze", 1890),
    ("C-100", "Control unit with display", 5350), ("C-110", "Pressure sensor 0-10 bar", 890),
    ("V-100", "Non-return valve DN 50", 610), ("T-100", "Service visit, technician hour", 745),
    ("T-200", "Commissioning on site", 4200), ("F-100", "Freight", 350),
)  # fmt: skip
"""Item number, name, price in DKK."""


def company_names(country: Country, random: Random, taken: set[str]) -> tuple[str, str]:
    """A new company's name and the domain of its mail."""
    while True:
        place = random.choice(country.starts) + random.choice(country.ends)
        trade = random.choice(country.trades)
        domain = f"{as_domain(place)}-{as_domain(trade)}.example"
        if domain not in taken:
            taken.add(domain)
            return f"{place} {trade} {random.choice(country.forms)}", domain


def person_name(country: Country, random: Random) -> tuple[str, str]:
    return random.choice(country.first_names), random.choice(country.last_names)


def street(country: Country, random: Random) -> str:
    name, number = random.choice(country.streets), random.randint(1, 180)
    return f"{number} {name}" if country.number_first else f"{name} {number}"


def phone_number(country: Country, random: Random) -> str:
    if country.code == "DK":
        return country.phone + " ".join(f"{random.randint(10, 99)}" for _ in range(4))
    digits = "0{:03d}" if country.code in ("GB", "US") else "{:03d} 00"
    return country.phone + digits.format(random.randint(100, 999))


def as_domain(text: str) -> str:
    """ "Søborg Køleteknik" → soborg-koleteknik."""
    plain = text.lower().replace("ø", "o").replace("æ", "ae").replace("ß", "ss")
    ascii_text = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in ascii_text).split())

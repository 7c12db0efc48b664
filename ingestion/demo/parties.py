"""The accounts of the demo tenant and the people at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from ingestion.demo import numbers
from ingestion.demo.names import COUNTRIES, Country, as_domain, company_names, person_name, phone_number, street

Row = dict[str, str]
CUSTOMERS, VENDORS, PARENTS, CONTACTS = 400, 22, 14, 500
_SHARE = {"DK": 52, "SE": 16, "DE": 14, "NL": 7, "GB": 5, "US": 6}
_TERMS = (("8 days", 8), ("14 days", 14), ("30 days", 30), ("30 days", 30), ("45 days", 45), ("60 days", 60))
_TITLES = (("Accountant", "PAYER"), ("Bookkeeper", "PAYER"), ("Purchaser", "BUYER"), ("Managing director", "OWNER"))


@dataclass(slots=True)
class Party:
    """An account. `weight` is how much it buys, `delay` by how many days it tends to pay late."""

    number: str
    name: str
    domain: str
    country: Country
    kind: str
    days: int
    weight: float
    delay: float
    row: Row = field(default_factory=dict)
    contacts: list[Row] = field(default_factory=list)


def make_parties(random: Random, seller: Row) -> list[Party]:
    """The own company first, then customers, then vendors."""
    taken: set[str] = set()
    own = Party("1", seller["name"], "nordlys-pumper.example", COUNTRIES["DK"], "Company", 30, 0, 0)
    own.row = {"account_id": "1", "account_name": seller["name"], "account_type": "Company", "currency": "DKK",
               "vat_number": seller["vat_number"], "registration_number": seller["registration_number"],
               "gln": seller["gln"], "country": "DK", "city": seller["city"], "postal_code": seller["postal_code"],
               "address_line1": seller["address_line1"], "is_active": "true", "language": "da"}  # fmt: skip
    customers = [_party(random, str(10_001 + n), "Customer", taken) for n in range(CUSTOMERS)]
    vendors = [_party(random, str(70_001 + n), "Vendor", taken) for n in range(VENDORS)]
    for customer in customers[7::59]:
        customer.row["account_type"] = "Customer vendor"
    _add_parents(random, customers)
    _add_contacts(random, [*customers, *vendors])
    return [own, *customers, *vendors]


def _party(random: Random, number: str, kind: str, taken: set[str]) -> Party:
    country = COUNTRIES[random.choices(list(_SHARE), list(_SHARE.values()))[0]]
    name, domain = company_names(country, random, taken)
    terms, days = random.choice(_TERMS)
    party = Party(number, name, domain, country, kind, days, random.paretovariate(1.1), random.gauss(3, 9))
    vat, registration = numbers.identity(country.code, random)
    postal, city = random.choice(country.cities)
    party.row = {
        "account_id": number, "account_name": name, "account_type": kind, "currency": country.currency,
        "payment_terms": terms, "credit_limit": f"{random.randint(2, 60) * 25_000}.00", "vat_number": vat,
        "registration_number": registration, "language": country.language, "email": f"accounts@{domain}",
        "gln": numbers.gln(random) if country.code == "DK" or random.random() < 0.3 else "",
        "phone": phone_number(country, random), "address_line1": street(country, random), "postal_code": postal,
        "city": city, "country": country.code, "is_active": "false" if random.random() < 0.02 else "true",
    }  # fmt: skip
    return party


def _add_parents(random: Random, customers: list[Party]) -> None:
    """The first customers head groups: two to five others of their country belong to each."""
    for parent in customers[:PARENTS]:
        free = [
            one for one in customers[PARENTS:] if one.country is parent.country and "parent_account_id" not in one.row
        ]
        for child in random.sample(free, min(len(free), random.randint(2, 5))):
            child.row["parent_account_id"] = parent.number


def _add_contacts(random: Random, parties: list[Party]) -> None:
    """One at each account; the rest at accounts drawn by lot."""
    places = parties + random.choices(parties, k=CONTACTS - len(parties))
    for party in places:
        first, last = person_name(party.country, random)
        title, role = random.choice(_TITLES)
        email = f"{as_domain(first)}.{as_domain(last)}@{party.domain}"
        if any(contact["email"] == email for contact in party.contacts):
            email = email.replace("@", f"{len(party.contacts) + 1}@")
        party.contacts.append({
            "account_id": party.number, "contact_name": f"{first} {last}", "first_name": first, "last_name": last,
            "email": email, "phone": phone_number(party.country, random), "role": role, "title": title,
            "is_primary": "false" if party.contacts else "true", "language": party.country.language,
        })  # fmt: skip

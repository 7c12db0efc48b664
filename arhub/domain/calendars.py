"""Business days of countries and their regions, by the package `holidays`. Knows no database."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from functools import cache

from holidays import HolidayBase, country_holidays
from holidays.registry import COUNTRIES

_SMALL = re.compile(r" (And|Of|The|Da) ")
_WITH_THE = ("United ", "Netherlands", "Philippines", "Bahamas", "Maldives", "Seychelles", "Comoros", "Solomon ")


@cache
def countries() -> dict[str, str]:
    """ISO code → name, by name."""
    names = {codes[1]: _words(codes[0]) for codes in COUNTRIES.values()}
    return dict(sorted(names.items(), key=lambda item: item[1]))


def _words(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=DR)", " ", name)
    return _SMALL.sub(lambda found: found[0].lower(), spaced)


def regions(country: str) -> dict[str, str]:
    """Code → name of the parts of a country that have holidays of their own; empty for none, or no such country."""
    if country not in countries():
        return {}
    found = country_holidays(country)
    names = {code: name for name, code in found.subdivisions_aliases.items()}
    return {code: names.get(code, code) for code in found.subdivisions}


def name_of(country: str, region: str = "") -> str:
    """Such as Denmark, the United States, or Germany (Bayern)."""
    name = countries().get(country, country)
    article = "the " if name.startswith(_WITH_THE) else ""
    return f"{article}{name}" + (f" ({regions(country).get(region, region)})" if region else "")


def business_days(country: str, region: str = "", closed: Collection[date] = ()) -> Callable[[date], bool]:
    """Tells whether a day is one; without a country every day is. Raises ValueError when there is no such calendar."""
    if not country:
        return lambda day: True
    calendar = _calendar(country, region)
    return lambda day: day not in closed and calendar.is_working_day(day)


def _calendar(country: str, region: str) -> HolidayBase:
    if country not in countries() or (region and region not in regions(country)):
        raise ValueError(f"There is no calendar of {name_of(country, region)}.")
    return country_holidays(country, subdiv=region or None)

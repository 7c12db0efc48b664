"""Business days of countries."""

from __future__ import annotations

from datetime import date

import pytest

from arhub.domain.calendars import business_days, countries, name_of, regions

GOOD_FRIDAY = date(2026, 4, 3)


def test_business_days_leave_out_weekends_holidays_and_closed_days() -> None:
    is_open = business_days("DK", closed={date(2026, 4, 8)})

    week = [date(2026, 4, day) for day in range(2, 10)]

    assert [day.day for day in week if is_open(day)] == [7, 9]


def test_weekend_is_that_of_the_country() -> None:
    friday, sunday = date(2026, 6, 12), date(2026, 6, 14)

    assert [business_days(code)(friday) for code in ("DK", "EG")] == [True, False]
    assert [business_days(code)(sunday) for code in ("DK", "EG")] == [False, True]


def test_regions_have_holidays_of_their_own() -> None:
    corpus_christi = date(2026, 6, 4)

    assert [business_days("DE", region)(corpus_christi) for region in ("", "BY", "BE")] == [True, False, True]


def test_without_a_country_every_day_counts() -> None:
    assert business_days("", closed={GOOD_FRIDAY})(GOOD_FRIDAY)


@pytest.mark.parametrize(("country", "region"), [("QQ", ""), ("DK", "BY"), ("dk", "")])
def test_calendar_that_does_not_exist_is_refused(country: str, region: str) -> None:
    with pytest.raises(ValueError, match="There is no calendar of"):
        business_days(country, region)


def test_names_are_words() -> None:
    assert (name_of("DK"), name_of("US"), name_of("DE", "BY")) == ("Denmark", "the United States", "Germany (Bayern)")
    assert countries()["BA"] == "Bosnia and Herzegovina"
    assert countries()["CD"] == "DR Congo"
    assert regions("DK") == {} == regions("QQ")

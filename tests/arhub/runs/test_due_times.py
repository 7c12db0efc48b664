"""When patterns come due, through both clock changes of places that change differently."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arhub.domain.due_times import NotAPattern, checked_pattern, moments, zone_names, zone_of

COPENHAGEN, NEW_YORK, LORD_HOWE = "Europe/Copenhagen", "America/New_York", "Australia/Lord_Howe"
SANTIAGO, CAIRO = "America/Santiago", "Africa/Cairo"


def shown(pattern: str, zone: str, after: str, count: int) -> list[str]:
    """The next moments after one in UTC, as the clocks of the place show them."""
    place = ZoneInfo(zone)
    found = islice(moments(pattern, place, datetime.fromisoformat(f"{after}+00:00")), count)
    return [moment.astimezone(place).strftime("%d %H:%M%z") for moment in found]


@pytest.mark.parametrize(
    ("pattern", "zone", "after", "expected"),
    [
        # what is left out comes at the first moment after the gap
        ("30 2 * * *", COPENHAGEN, "2026-03-28T00:00", ["28 02:30+0100", "29 03:00+0200", "30 02:30+0200"]),
        ("30 2 * * *", NEW_YORK, "2026-03-07T06:00", ["07 02:30-0500", "08 03:00-0400", "09 02:30-0400"]),
        ("15 2 * * *", LORD_HOWE, "2026-10-02T14:00", ["03 02:15+1030", "04 02:30+1100", "05 02:15+1100"]),
        ("0 0 * * *", SANTIAGO, "2026-09-05T00:00", ["05 00:00-0400", "06 01:00-0300", "07 00:00-0300"]),
        ("30 0 * * *", CAIRO, "2026-04-22T23:00", ["24 01:00+0300", "25 00:30+0300"]),
        # several of one gap come once
        ("*/15 2 * * *", COPENHAGEN, "2026-03-29T00:00", ["29 03:00+0200", "30 02:00+0200", "30 02:15+0200"]),
        ("0,30 2,3 * * *", COPENHAGEN, "2026-03-29T00:00", ["29 03:00+0200", "29 03:30+0200", "30 02:00+0200"]),
        # what is repeated comes once
        ("30 2 * * *", COPENHAGEN, "2026-10-24T12:00", ["25 02:30+0200", "26 02:30+0100"]),
        ("30 1 * * *", NEW_YORK, "2026-10-31T12:00", ["01 01:30-0400", "02 01:30-0500"]),
        ("45 1 * * *", LORD_HOWE, "2026-04-04T12:00", ["05 01:45+1100", "06 01:45+1030"]),
        ("30 23 * * *", SANTIAGO, "2026-04-04T12:00", ["04 23:30-0300", "05 23:30-0400"]),
        # without hours, every real hour
        ("30 * * * *", COPENHAGEN, "2026-03-29T00:00", ["29 01:30+0100", "29 03:30+0200", "29 04:30+0200"]),
        (
            "30 * * * *", COPENHAGEN, "2026-10-24T23:00",
            ["25 01:30+0200", "25 02:30+0200", "25 02:30+0100", "25 03:30+0100"],
        ),
        (
            "*/30 * * * *", NEW_YORK, "2026-11-01T05:10",
            ["01 01:30-0400", "01 01:00-0500", "01 01:30-0500", "01 02:00-0500"],
        ),
        ("15 * * * *", LORD_HOWE, "2026-10-03T14:00", ["04 01:15+1030", "04 02:30+1100", "04 03:15+1100"]),
        ("45 * * * *", LORD_HOWE, "2026-04-04T14:00", ["05 01:45+1100", "05 01:45+1030", "05 02:45+1030"]),
        ("0 0-23 * * *", COPENHAGEN, "2026-10-24T23:30", ["25 02:00+0200", "25 02:00+0100", "25 03:00+0100"]),
        # from within the second of two hours
        ("30 2 * * *", COPENHAGEN, "2026-10-25T01:10", ["26 02:30+0100"]),
        ("30 * * * *", COPENHAGEN, "2026-10-25T00:40", ["25 02:30+0100", "25 03:30+0100"]),
    ],
)  # fmt: skip
def test_moments_come_right_through_clock_changes(pattern: str, zone: str, after: str, expected: list[str]) -> None:
    assert shown(pattern, zone, after, len(expected)) == expected


@pytest.mark.parametrize("zone", [COPENHAGEN, NEW_YORK, LORD_HOWE, SANTIAGO, CAIRO])
def test_daily_pattern_comes_once_on_each_day_of_a_year(zone: str) -> None:
    place = ZoneInfo(zone)
    begin = datetime(2026, 1, 1, tzinfo=place)

    for pattern in ("0 0 * * *", "15 2 * * *", "45 1 * * *", "30 0 * * *"):
        days = [moment.astimezone(place).date() for moment in islice(moments(pattern, place, begin), 300)]
        assert len(set(days)) == 300
        assert (days[-1] - days[0]).days == 299


@given(
    st.sampled_from([COPENHAGEN, NEW_YORK, LORD_HOWE, SANTIAGO, CAIRO, "Asia/Kolkata", "Pacific/Apia"]),
    st.sampled_from(["0 * * * *", "59 * * * *", "*/20 * * * *", "30 2 * * *", "0 0 * * *", "5,50 1,2,23 * * *"]),
    st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1)),
)
def test_moments_are_the_same_wherever_one_begins_to_look(zone: str, pattern: str, begin: datetime) -> None:
    after, place = begin.replace(tzinfo=UTC), ZoneInfo(zone)

    first, *others = islice(moments(pattern, place, after), 5)

    assert after < first
    assert [first, *others] == sorted({first, *others})
    assert list(islice(moments(pattern, place, first), 4)) == others


def test_days_that_are_not_open_are_left_out_by_the_wall_date() -> None:
    """The midnight that is left out belongs to the day that begins with it."""
    place, begin = ZoneInfo(SANTIAGO), datetime(2026, 9, 5, 12, tzinfo=UTC)

    found = islice(moments("0 0 * * *", place, begin, lambda day: day != date(2026, 9, 6)), 1)

    assert [moment.astimezone(place).date() for moment in found] == [date(2026, 9, 7)]


def test_pattern_that_no_open_day_has_never_comes() -> None:
    assert list(moments("0 7 * * *", ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC), lambda day: False)) == []


@pytest.mark.parametrize(
    ("given", "pattern"),
    [
        (" 30  6 * * MON-Fri ", "30 6 * * mon-fri"),
        ("0 0 L * *", "0 0 l * *"),
        ("*/5 1,2,3-9/2 ? jan 7", "*/5 1,2,3-9/2 ? jan 7"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("0 0 * * mon#1", "0 0 * * mon#1"),
    ],
)
def test_pattern_of_five_fields_is_taken(given: str, pattern: str) -> None:
    assert checked_pattern(given) == pattern


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("* * * *", "found 4."),
        ("* * * * * *", "found 6."),
        ("@daily", "found 1."),
        ("h * * * *", "found h."),
        ("R * * * *", "found r."),
        ("0 25 * * *", "hours 0 to 23"),
        ("*/0 * * * *", "steps above 0"),
        ("0 0 31 2 *", "There is no such day: it would never run."),
        ("0-99999999 * * * *", "found 0-99999999 * * * *."),
        ("٣ * * * *", "found ٣."),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_sentence(given: str, problem: str) -> None:
    with pytest.raises(NotAPattern) as refused:
        checked_pattern(given)

    assert problem in str(refused.value)


def test_zone_that_does_not_exist_is_refused() -> None:
    assert {COPENHAGEN, "UTC"} <= set(zone_names())
    for name in ("Europe/Atlantis", "", "../etc/passwd", "Europe"):
        with pytest.raises(ValueError, match="Expected a time zone"):
            zone_of(name)

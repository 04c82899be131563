"""Dates as pages and records write them: which instant each is, and why one is none."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.dates import FIRST_DAY, Dated, dated, day_in, day_in_url, instant, local_day
from transforms.months import MONTHS

EDITION = dt.date(2026, 3, 2)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ("0001-01-01", "before 1990"),
        ("0001-01-01T00:00:00Z", "before 1990"),
        ("0000-00-00", "no such day"),
        ("0000-00-00 00:00:00", "no such day"),
        ("-5000-01-01", "before 1990"),
        ("1582-10-10", "before 1990"),
        ("1899-12-30", "before 1990"),
        ("1899-12-30T00:00:00", "before 1990"),
        ("1904-01-01", "before 1990"),
        ("1970-01-01", "before 1990"),
        ("1970-01-01T00:00:00+00:00", "before 1990"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "before 1990"),
        ("1989-12-31", "before 1990"),
        ("0", "no date"),
        ("-1", "no date"),
        ("1772359", "no date"),
        ("100000000", "before 1990"),
        ("2022-02-30", "no such day"),
        ("2023-02-29", "no such day"),
        ("2022-13-01", "no such day"),
        ("2022-00-10", "no such day"),
        ("31.04.2024", "no such day"),
        ("31 April 2024", "no such day"),
        ("20220230", "no such day"),
        ("2022-02-30T25:61:00Z", "no such day"),
        ("9999-12-31", "future"),
        ("9999-12-31T23:59:59.999999+14:00", "future"),
        ("2099-01-01", "future"),
        ("2026-03-05", "future"),
        ("5 March 2026", "future"),
        ("17723592000000000", "no date"),
        ("99999999999999", "before 1990"),
        ("infinity", "no date"),
        ("-infinity", "no date"),
        ("NaN", "no date"),
        ("null", "no date"),
        ("Invalid date", "no date"),
        ("{{ page.date }}", "no date"),
        ("yesterday", "no date"),
        ("03/04/2024", "day or month"),
        ("3-4-2024", "day or month"),
        ("\x00", "no date"),
    ],
)
def test_a_date_that_cannot_be_is_null_with_a_flag(raw: str, flag: str) -> None:
    assert dated(raw, EDITION) == Dated(None, flag)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-03-04", utc(2026, 3, 4)),
        ("1990-01-01", utc(1990, 1, 1)),
        ("2026-03-01T10:00:00.123+0100", dt.datetime(2026, 3, 1, 9, 0, 0, 123_000, dt.UTC)),
        ("Sun, 01 Mar 2026 10:00:00 EST", utc(2026, 3, 1, 15)),
        ("1772359200", utc(2026, 3, 1, 10)),
        ("1772359200000", utc(2026, 3, 1, 10)),
        ("1772359200000000", utc(2026, 3, 1, 10)),
        ("202603011000", utc(2026, 3, 1, 10)),
        ("20260301", utc(2026, 3, 1)),
        ("2026/3/1 10:00", utc(2026, 3, 1)),
        ("1.3.2026", utc(2026, 3, 1)),
        ("01. 03. 2026", utc(2026, 3, 1)),
        ("25/12/2025", utc(2025, 12, 25)),
        ("12/25/2025", utc(2025, 12, 25)),
        ("2026年3月1日", utc(2026, 3, 1)),
        ("2026년 3월 1일", utc(2026, 3, 1)),
        ("2026 Mar 1", utc(2026, 3, 1)),
        ("March 1st, 2026", utc(2026, 3, 1)),
        ("1er mars 2026", utc(2026, 3, 1)),
        ("1. März 2026, 10:00 Uhr", utc(2026, 3, 1)),
        ("1 de marzo de 2026", utc(2026, 3, 1)),
        ("domingo, 1 de março de 2026", utc(2026, 3, 1)),
        ("1 марта 2026", utc(2026, 3, 1)),
        ("1 Mart 2026", utc(2026, 3, 1)),
        ("1. maaliskuuta 2026", utc(2026, 3, 1)),
        ("Published: 1 March 2026 (updated)", utc(2026, 3, 1)),
    ],
)
def test_a_date_is_read_as_it_is_written(raw: str, moment: dt.datetime) -> None:
    assert dated(raw, EDITION) == Dated(moment)


def test_nothing_is_no_wrong_date() -> None:
    assert [dated(raw, EDITION) for raw in (None, "", " \n")] == [Dated(None)] * 3


def test_the_day_of_a_page_is_that_of_its_own_zone() -> None:
    raws = ["2026-03-01T23:30:00-05:00", "Sun, 01 Mar 2026 23:30:00 -0500", "1772359200", "1. März 2026", "never"]
    assert [local_day(raw, instant(raw)) for raw in raws] == ["2026-03-01"] * 4 + [None]


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2026/03/01/x", "2026-03-01"),
        ("https://a.example/news/2026-3-1-x", "2026-03-01"),
        ("https://a.example/20260301/x", "2026-03-01"),
        ("https://a.example/article/A2026030110154400123", "2026-03-01"),
        ("https://a.example/article/A2026030199990000123", None),
        ("https://a.example/20261399/x", None),
        ("https://a.example/2026/x", None),
        ("https://a.example/x-2026-03", None),
        (None, None),
    ],
)
def test_a_day_in_an_address_is_read_from_its_path(url: str | None, day: str | None) -> None:
    assert day_in_url(url) == day


def test_the_first_real_day_of_a_text_is_found() -> None:
    texts = ["By Ada Quill on 30.02.2026, 1.3.2026", "In 1066 and on 14 October 1066", "Room 2026", "May 2026"]
    assert [day_in(text) for text in texts] == ["1.3.2026", None, None, None]


def test_a_name_of_two_months_is_none() -> None:
    assert (MONTHS.get("listopada"), MONTHS["listopadu"], MONTHS["marca"]) == (None, 11, 3)


@given(st.text(max_size=60) | st.from_regex(r"[0-9]{1,5}[-/. ][0-9]{1,3}[-/. ][0-9]{1,5}"), st.dates(FIRST_DAY))
def test_any_string_is_a_believable_instant_or_flagged(raw: str, edition: dt.date) -> None:
    said = dated(raw, edition)
    assert (said.at is None) == (said.flag is not None or not raw.strip())
    assert said.at is None or said.at.date() >= FIRST_DAY

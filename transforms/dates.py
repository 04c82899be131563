"""Instants from the date strings that pages and records carry, and what is wrong with those that give none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from transforms.months import MONTHS

# The Web's first newspapers came after; earlier dates are defaults and typing errors.
FIRST_DAY = dt.date(1990, 1, 1)
DAYS_AHEAD = 2  # time zones and embargoes; anything later is a mistake (a scheduled date, a template)
MOST_SECONDS = 10**10  # since 1970; what is greater counts milliseconds, and a thousand times that microseconds
_LAST_YEAR = 2099  # of a number in a text that is read as a day
_LONGEST = 200  # characters of a date string that are read; "Sunday, 1 March 2026 at 10:00 Central European Time"

_URL_DAY = re.compile(
    r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?:[/_-]|$)|/((?:19|20)\d{2})(\d{2})(\d{2})(?:[/_.-]|$)"
)
# An article's number that begins with the minute of its making: A2026012914320005196.
_URL_MINUTE = re.compile(
    r"/[A-Za-z_-]{0,4}(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d\d{2,}(?:[/?._-]|$)"
)
_EPOCH = re.compile(r"\d{9,16}(?:\.\d+)?")
_YEAR = r"(\d{4})"
_YEAR_FIRST = re.compile(
    rf"(?<!\d)(?<!^-){_YEAR}(?:[-/.]|\s?年\s?|\s?년\s?)(\d{{1,2}})(?:[-/.]|\s?月\s?|\s?월\s?)(\d{{1,2}})(?!\d)"
)
_PACKED = re.compile(rf"(?<!\d){_YEAR}(\d\d)(\d\d)(?=T|\Z|\D)")
_DAY_FIRST = re.compile(rf"(?<!\d)(\d{{1,2}})([./-])\s?(\d{{1,2}})\2\s?{_YEAR}(?!\d)")
_DAY_NAMED = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?[ \u00a0-]*(?:de |of |d')?"
    rf"([^\W\d_]{{3,}})\.?,?[ \u00a0-]+(?:de |del )?{_YEAR}(?!\d)",
    re.IGNORECASE,
)
_NAMED_DAY = re.compile(
    rf"([^\W\d_]{{3,}})\.?[ \u00a0]+(\d{{1,2}})(?:st|nd|rd|th)?\.?,?[ \u00a0]+(?:at |de )?{_YEAR}(?!\d)",
    re.IGNORECASE,
)
_YEAR_NAMED = re.compile(rf"(?<!\d){_YEAR}[ -]([^\W\d_]{{3,}})\.?[ -](\d{{1,2}})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Dated:
    """An instant that an article can have, or why a string gives none."""

    at: dt.datetime | None
    flag: str | None = None  # 'no date', 'no such day', 'day or month', 'before 1990' or 'future'


def dated(raw: str | None, edition: dt.date) -> Dated:
    """Give the instant that a string states, or null with a flag where an article read in `edition` cannot have it.

    Without a string there is nothing to say: null without a flag.

    >>> dated("2022-02-30", dt.date(2026, 3, 2)).flag, dated("31.12.9999", dt.date(2026, 3, 2)).flag
    ('no such day', 'future')
    """
    if not raw or not raw.strip():
        return Dated(None)
    moment = instant(raw)
    if moment is None:
        return Dated(None, _fault(raw.strip()[:_LONGEST]))
    if moment.date() < FIRST_DAY:
        return Dated(None, "before 1990")
    return Dated(moment) if believable(moment, edition) else Dated(None, "future")


def instant(text: str | None) -> dt.datetime | None:
    """Give the UTC instant of a date in ISO 8601, RFC 2822, seconds or words, or None; no zone is read as UTC.

    A day alone is its midnight. A day that may be a month ('03/04/2026') stays unread.

    >>> instant("2026-03-02T08:15:00+01:00").isoformat()
    '2026-03-02T07:15:00+00:00'
    >>> instant("Published 2 mars 2026").date().isoformat(), instant("2026-02-30") is None
    ('2026-03-02', True)
    """
    text = (text or "").strip()[:_LONGEST]
    for parse in (_iso, _rfc, _epoch, _written):
        try:
            moment = parse(text)
        except (ValueError, TypeError, OverflowError, OSError):
            continue
        if moment is not None:
            return _utc(moment)
    return None


def believable(moment: dt.datetime | None, edition: dt.date) -> dt.datetime | None:
    """Give the instant if an article read in `edition` can have been published then, else None."""
    if moment is None or moment.date() < FIRST_DAY or moment.date() - dt.timedelta(days=DAYS_AHEAD) > edition:
        return None
    return moment


def local_day(raw: str | None, moment: dt.datetime | None) -> str | None:
    """Give the calendar day of an instant as its page wrote it, in the page's own zone; None without an instant.

    >>> local_day("2026-03-02T00:30:00+02:00", instant("2026-03-02T00:30:00+02:00"))
    '2026-03-02'
    """
    if moment is None:
        return None
    for parse in (_iso, _rfc):
        try:
            return parse((raw or "").strip()[:_LONGEST]).date().isoformat()
        except (ValueError, TypeError, OverflowError):
            continue
    return moment.date().isoformat()


def day_in_url(url: str | None) -> str | None:
    """Give the day that stands in the path of an address as YYYY-MM-DD, or None.

    >>> day_in_url("https://harbor.example/2026/3/2/ferry-returns"), day_in_url("https://harbor.example/20260302/x")
    ('2026-03-02', '2026-03-02')
    """
    found = _URL_DAY.search(url or "") or _URL_MINUTE.search(url or "")
    if not found:
        return None
    parts = [part for part in found.groups() if part]
    year, month, day = parts
    return f"{year}-{int(month):02d}-{int(day):02d}" if 1 <= int(month) <= _MONTHS_OF_YEAR else None


def day_in(text: str) -> str | None:
    """Give the first day that a text writes and that news can be of, as it writes it; None where it writes none.

    >>> day_in("By Ada Quill | Updated Mar. 2, 2026 at noon"), day_in("Room 2026")
    ('Mar. 2, 2026', None)
    """
    days = ((at, said) for at, said, day in _days(text) if day and FIRST_DAY.year <= day.year <= _LAST_YEAR)
    return min(days, default=(0, None))[1]


def _iso(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _rfc(text: str) -> dt.datetime:
    return parsedate_to_datetime(text)


def _epoch(text: str) -> dt.datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    if _PACKED_INSTANT.fullmatch(text) and text.startswith("20"):
        return dt.datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    seconds = float(text)
    while seconds >= MOST_SECONDS:
        seconds /= 1000
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def _written(text: str) -> dt.datetime | None:
    """Read the first day in words or figures that exists."""
    days = [day for _, _, day in sorted(_days(text), key=lambda found: found[0]) if day is not None]
    return dt.datetime.combine(days[0], dt.time(), dt.UTC) if days else None


def _days(text: str) -> Iterator[tuple[int, str, dt.date | None]]:
    """Give the days that a text writes: where, how, and which; None for one that the calendar lacks."""
    for pattern, order in _FORMS:
        for found in pattern.finditer(text):
            numbers = order(found)
            if numbers is None:
                continue
            try:
                day = dt.date(*numbers)
            except ValueError:
                day = None
            yield found.start(), found.group(), day


def _figures(found: re.Match[str]) -> tuple[int, int, int] | None:
    return int(found[1]), int(found[2]), int(found[3])


def _day_first(found: re.Match[str]) -> tuple[int, int, int] | None:
    first, mark, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
    if mark == "." or first > _MONTHS_OF_YEAR or first == second:
        return year, second, first
    return (year, first, second) if second > _MONTHS_OF_YEAR else None


def _day_named(found: re.Match[str]) -> tuple[int, int, int] | None:
    month = MONTHS.get(found[2].lower())
    return (int(found[3]), month, int(found[1])) if month else None


def _named_day(found: re.Match[str]) -> tuple[int, int, int] | None:
    month = MONTHS.get(found[1].lower())
    return (int(found[3]), month, int(found[2])) if month else None


def _year_named(found: re.Match[str]) -> tuple[int, int, int] | None:
    month = MONTHS.get(found[2].lower())
    return (int(found[1]), month, int(found[3])) if month else None


_MONTHS_OF_YEAR = 12
_PACKED_INSTANT = re.compile(r"20\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?")
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int, int, int] | None]], ...] = (
    (_YEAR_FIRST, _figures),
    (_PACKED, _figures),
    (_DAY_FIRST, _day_first),
    (_DAY_NAMED, _day_named),
    (_NAMED_DAY, _named_day),
    (_YEAR_NAMED, _year_named),
)


def _fault(raw: str) -> str:
    """Say why a date string gives no instant."""
    if _BEFORE_CHRIST.match(raw):
        return "before 1990"
    if any(day is None for _, _, day in _days(raw)) or _LOOKS_LIKE_DAY.match(raw):
        return "no such day"
    return "day or month" if _DAY_FIRST.search(raw) else "no date"


_BEFORE_CHRIST = re.compile(r"-\d+-\d\d-\d\d")
_LOOKS_LIKE_DAY = re.compile(r"\A\d{4}-\d{2}-\d{2}")


def _utc(moment: dt.datetime) -> dt.datetime | None:
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:  # year 1 or 9999 at the edge of the calendar
        return None

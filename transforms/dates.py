"""Instants from the date strings that pages and records carry."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime

FIRST_DAY = dt.date(
    1990, 1, 1
)  # the Web's first newspapers came after; earlier dates are defaults and typing errors
DAYS_AHEAD = 2  # time zones and embargoes; anything later is a mistake (a scheduled date, a template)
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
URL_DAY = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?:[/_-]|$)")
EPOCH = re.compile(r"\d{9,13}(?:\.\d+)?")
MOST_SECONDS = 10**10  # since 1970; what is greater counts milliseconds


def instant(text: str | None) -> dt.datetime | None:
    """Give the UTC instant of an ISO 8601, RFC 2822 or epoch date, or None; without a zone it is read as UTC.

    A day alone is its midnight.

    >>> instant("2026-03-02T08:15:00+01:00").isoformat()
    '2026-03-02T07:15:00+00:00'
    >>> instant("2026-02-30") is None
    True
    """
    text = (text or "").strip()
    for parse in (_iso, _rfc, _epoch, _named_month, _leading_day):
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


def day_in_url(url: str | None) -> str | None:
    """Give the day that stands in the path of an address as YYYY-MM-DD, or None.

    >>> day_in_url("https://harbor.example/2026/3/2/ferry-returns")
    '2026-03-02'
    """
    found = URL_DAY.search(url or "")
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else None


def _iso(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _rfc(text: str) -> dt.datetime:
    return parsedate_to_datetime(text)


def _epoch(text: str) -> dt.datetime | None:
    if not EPOCH.fullmatch(text):
        return None
    seconds = float(text)
    return dt.datetime.fromtimestamp(seconds / 1000 if seconds >= MOST_SECONDS else seconds, tz=dt.UTC)


def _named_month(text: str) -> dt.datetime | None:
    """Read 'March 2, 2026' and its like; a month as a number between slashes stays unread, it may be the day."""
    for form in ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
    return None


def _leading_day(text: str) -> dt.datetime | None:
    found = DAY.match(text)
    return dt.datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=dt.UTC) if found else None


def _utc(moment: dt.datetime) -> dt.datetime | None:
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:  # year 1 or 9999 at the edge of the calendar
        return None

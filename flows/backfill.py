"""The nightly flow over a range of editions: for old scrapes, or after a change of rules."""

from __future__ import annotations

import datetime as dt

from prefect import flow
from prefect.client.schemas.objects import State

from copydesk.report import Report
from flows.nightly import nightly
from transforms.errors import UsageError


@flow(name="backfill")
def backfill(
    first: dt.date,
    last: dt.date,
    inputs: list[str],
    data: str | None = None,
    workers: int = 0,
    accept: str = "",
) -> list[State[Report]]:
    """Make each edition from `first` to `last`; where one fails the others are made, and the backfill fails.

    Args:
        first: the day of the first edition.
        last: the day of the last edition.
        inputs: files and folders with pages; `{edition}` in a path stands for the date.
        data: the folder for everything that is made; copydesk.toml decides where it is not given.
        workers: processes; 0 is one per core.
        accept: why editions are published that the gate finds implausible; without it such a run fails.
    """
    return [
        nightly(inputs=inputs, edition=day, data=data, workers=workers, accept=accept, return_state=True)
        for day in days(first, last)
    ]


def days(first: dt.date, last: dt.date) -> list[dt.date]:
    """Give the days from `first` to `last`, both included; UsageError if there are none.

    >>> [day.isoformat() for day in days(dt.date(2026, 2, 28), dt.date(2026, 3, 1))]
    ['2026-02-28', '2026-03-01']
    """
    if last < first:
        raise UsageError(f"the last edition, {last}, lies before the first, {first}; swap them")
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]

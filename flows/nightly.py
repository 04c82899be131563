"""One edition under Prefect: the steps of copydesk/edition.py with a schedule, retries and artifacts."""

from __future__ import annotations

import argparse
import datetime as dt
import errno
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prefect import flow, runtime, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from copydesk import edition as steps
from copydesk import settings as settings_
from copydesk.report import Report, Row
from copydesk.settings import Settings
from copydesk.text import escape
from flows import alone

# Faults of disks and networks that pass: another try may succeed. All others fail at once.
PASSING = frozenset({errno.EAGAIN, errno.EBUSY, errno.EIO, errno.ENOSPC, errno.ESTALE, errno.ETIMEDOUT})
log = logging.getLogger("copydesk")
log.setLevel(logging.INFO)  # its line per step belongs into the log of the flow run


def is_passing(_task: object, _run: object, state: State[Any]) -> bool:
    """Tell whether a step failed of something that may be over in a minute: never a check, a rule or a bug."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, OSError) and error.errno in PASSING


# Steps know themselves what an earlier run has done; Prefect's cache sees neither files nor imported code.
step = task(cache_policy=NO_CACHE, retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=is_passing)
gather = step(steps.gather)
clean = step(steps.clean)
fold = step(steps.fold)
publish = step(steps.publish)


@task(cache_policy=NO_CACHE)
def present(report: Report) -> None:
    """Show the report in Prefect; text that came from pages is escaped, because table cells are Markdown too."""
    about = f"Edition {report.edition}, version {report.version}"
    create_markdown_artifact(report.to_markdown(), key="edition", description=about)
    create_table_artifact(escaped(report.most_copied), key="most-copied", description=about)
    create_table_artifact(escaped(report.reasons), key="quarantine", description=about)


@flow(name="nightly")
def nightly(
    inputs: list[str],
    edition: dt.date | None = None,
    data: str | None = None,
    workers: int = 0,
    zone: str = "UTC",
    accept: str = "",
) -> Report:
    """Make and publish one edition: that of the day for which the run was scheduled, unless another is named.

    Args:
        inputs: files and folders with pages; `{edition}` in a path stands for the date.
        edition: the day that names the edition.
        data: the folder for everything that is made; copydesk.toml decides where it is not given.
        workers: processes; 0 is one per core.
        zone: the time zone in which the scheduled moment becomes a day.
        accept: why an edition is published that the gate finds implausible; without it such a run fails.
    """
    day = edition or day_of(runtime.flow_run.scheduled_start_time, zone)
    with steps.opened(settings(data, workers), progress) as desk:
        gathered = gather(desk, dated(inputs, day), day)
        cleaned = clean(desk, gathered)
        folded = fold(desk, cleaned)
        report = publish(desk, folded, accept=accept)
    present(report)
    return report


def day_of(moment: dt.datetime, zone: str) -> dt.date:
    """Give the calendar day of a moment in a time zone.

    >>> day_of(dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC), "Europe/Berlin").isoformat()
    '2026-03-02'
    """
    return dt.datetime.fromtimestamp(moment.timestamp(), ZoneInfo(zone)).date()


def dated(inputs: list[str], day: dt.date) -> list[str]:
    """Give the inputs of one edition.

    >>> dated(["inbox/{edition}", "late"], dt.date(2026, 3, 1))
    ['inbox/2026-03-01', 'late']
    """
    return [each.replace("{edition}", day.isoformat()) for each in inputs]


def settings(data: str | None, workers: int) -> Settings:
    """Give the settings of this folder, with what the run was told in their place."""
    found = settings_.load()
    return replace(found, data=Path(data) if data else found.data, workers=workers or found.workers)


def progress(name: str, done: int, total: int) -> None:
    """Log how far a step is; where nobody knows the total, how much is done."""
    log.info("%s: %s", name, f"{done} of {total}" if total else done)


def escaped(rows: Sequence[Row]) -> list[Row]:
    """Give rows whose text Markdown shows as it is.

    >>> escaped([{"title": "<b>", "copies": 2}])
    [{'title': '&lt;b&gt;', 'copies': 2}]
    """
    return [{name: escape(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows]


def main() -> int:
    """Run the flow on this machine, without a server to keep; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m flows.nightly", description="Make one edition under Prefect.")
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="files and folders with scraped pages")
    parser.add_argument("--edition", type=dt.date.fromisoformat, help="the day that names it (default: today)")
    parser.add_argument("--data", help="folder for all that is made (default: copydesk.toml, else data)")
    parser.add_argument(
        "--workers", type=int, default=0, help="processes (default: copydesk.toml, else one per core)"
    )
    parser.add_argument("--zone", default="UTC", help="time zone of today (default: UTC)")
    parser.add_argument("--accept", default="", metavar="WHY", help="publish what the gate finds implausible")
    told = parser.parse_args()
    return alone.run(nightly, direct, settings=settings(told.data, told.workers), parameters=vars(told))


def direct(
    *, inputs: list[str], edition: dt.date | None, data: str | None, workers: int, zone: str, accept: str
) -> Report:
    """Make the same edition without Prefect."""
    day = edition or day_of(dt.datetime.now(dt.UTC), zone)
    told = settings(data, workers)
    return steps.run(dated(inputs, day), day=day, settings=told, progress=progress, accept=accept)


if __name__ == "__main__":
    sys.exit(main())

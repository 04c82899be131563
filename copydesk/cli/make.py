"""The verbs that make editions: run, and doctor before it."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, replace
from typing import Annotated

import typer

from copydesk.cli.shared import Data, Json, json_line, progress_bar, settings_of, write, write_lines
from copydesk.exits import BEYOND_TOLERANCE, CANNOT_WRITE
from transforms.errors import UsageError


def run(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT", help="Files, folders or globs of scraped pages.")],
    edition: Annotated[
        str | None, typer.Option(help="The day that names the run, YYYY-MM-DD (default: today).")
    ] = None,
    data: Data = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Worker processes; 0 is one per core.")] = None,
    accept: Annotated[
        str, typer.Option(metavar="WHY", help="Publish an edition that the gate finds implausible; why is kept.")
    ] = "",
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Make one edition from scraped pages and publish it."""
    from copydesk import edition as edition_

    day = _day(edition)
    settings = settings_of(data)
    settings = settings if workers is None else replace(settings, workers=workers)
    with progress_bar() as progress:
        report = edition_.run(inputs, day=day, settings=settings, progress=progress, accept=accept.strip())
    write(json_line(asdict(report)) if as_json else report.to_text())
    if report.is_beyond(settings.tolerance):
        raise typer.Exit(BEYOND_TOLERANCE)


def doctor(data: Data = None) -> None:
    """Try out whether the data root can be relied on: writing, flushing, renaming, locking, room."""
    from copydesk import doctor as doctor_

    found = doctor_.examine(settings_of(data).data)
    write_lines(doctor_.to_text(found))
    if any(each.problem for each in found):
        raise typer.Exit(CANNOT_WRITE)


def _day(edition: str | None) -> dt.date:
    if edition is None:
        return dt.datetime.now().astimezone().date()
    try:
        return dt.date.fromisoformat(edition)
    except ValueError:
        raise UsageError(f"--edition {edition!r} is not a day; write it as YYYY-MM-DD") from None

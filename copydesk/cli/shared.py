"""What the verbs of the command line share: options, settings, and how they write."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from copydesk.folding import Progress
    from copydesk.settings import Settings

Data = Annotated[Path | None, typer.Option("--data", help="Data root (default: data, or copydesk.toml).")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]


def settings_of(data: Path | None) -> Settings:
    """Give the settings of this folder, with the data root that was asked for."""
    from copydesk import settings

    found = settings.load()
    return found if data is None else replace(found, data=data)


def json_line(value: dict[str, Any]) -> str:
    """Give one line of JSON; what JSON cannot hold (instants, bytes, not-a-number) is text."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps({name: str(item) for name, item in value.items()}, ensure_ascii=False)


def write(text: str) -> None:
    """Write one text and a line feed to standard output."""
    write_lines([text])


def write_lines(lines: Iterable[str]) -> None:
    """Write to standard output; where its reader has left, as `head` does, there is nothing more to do."""
    try:
        for line in lines:
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise typer.Exit(0) from None


def width_of_terminal() -> int:
    """Give the width of the terminal; a file or a pipe has room for every column."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000


def has_colours() -> bool:
    """Say whether standard output shows colours and is asked to; NO_COLOR and FORCE_COLOR have their say."""
    from rich.console import Console

    console = Console()
    return console.color_system is not None and not console.no_color


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a progress bar on a terminal; elsewhere the log lines tell."""
    if not sys.stderr.isatty():
        yield lambda _step, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        known: dict[str, Any] = {}

        def show(step: str, done: int, total: int) -> None:
            task = known.setdefault(step, None) or bars.add_task(step, total=total or None)
            known[step] = task
            bars.update(task, completed=done, total=total or None)

        yield show

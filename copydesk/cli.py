"""The command line: run, strip, explain, sql, editions, learn, ... Each verb is a function of the library.

Exit codes are in copydesk/exits.py.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copydesk.exits import BEYOND_TOLERANCE, guarded
from transforms.errors import UsageError

if TYPE_CHECKING:
    from copydesk.folding import Progress
    from copydesk.settings import Settings

MOST_SHOWN = 0.99  # of a score
PIPE_WIDTH = 120  # of two texts side by side in a file: each as wide as a column of a page
NARROWEST = 40  # of a terminal that has room for two columns
STYLES = {"cut": "red", "move": "cyan", "trim": "yellow", "repair": "green", "read": "blue"}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Make a nightly edition of clean, folded news from scraped pages.",
)
rule_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Try a file of rules before it is accepted; list all rules."
)
app.add_typer(rule_app, name="rule")
learn_app = typer.Typer(rich_markup_mode=None)
app.add_typer(learn_app, name="learn")
Data = Annotated[Path | None, typer.Option("--data", help="Data root (default: data, or copydesk.toml).")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Lines = Annotated[
    list[str], typer.Argument(metavar="LINE", help="(The beginning of) its id; with --site, also its text.")
]
Site = Annotated[str | None, typer.Option(help="The outlet of the lines.")]


@app.command()
def run(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT", help="Files, folders or globs of scraped pages.")],
    edition: Annotated[
        str | None, typer.Option(help="The day that names the run, YYYY-MM-DD (default: today).")
    ] = None,
    data: Data = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Worker processes; 0 is one per core.")] = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Make one edition from scraped pages and publish it."""
    from copydesk import edition as edition_

    day = _day(edition)
    settings = _settings(data)
    settings = settings if workers is None else replace(settings, workers=workers)
    with _progress() as progress:
        report = edition_.run(inputs, day=day, settings=settings, progress=progress)
    _write(_json(asdict(report)) if as_json else report.to_text())
    if report.is_beyond(settings.tolerance):
        raise typer.Exit(BEYOND_TOLERANCE)


@app.command()
def strip(
    file: Annotated[str, typer.Argument(help="A text or HTML file, or - for standard input.")],
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Write the clean text of one page to standard output."""
    from copydesk import inspect

    page = inspect.clean_file(file, _settings(None))
    if not as_json:
        _write(page.body)
        return
    _write(_json({"title": page.title, "body": page.body, **page.fields}))


@app.command()
def explain(
    what: Annotated[str, typer.Argument(metavar="FILE|ARTICLE_ID", help="A file, -, or (the beginning of) an id.")],
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Show each line of a page with its verdict and what decided it."""
    from copydesk import inspect

    page = inspect.explain(what, _settings(data))
    if as_json:
        _write_lines(_json(asdict(line)) for line in page.lines)
        return
    _show_lines(page.lines)
    _write_lines(["", *(f"{name}: {value}" for name, value in {"title": page.title, **page.fields}.items())])


@app.command("explain-pair")
def explain_pair(
    left: Annotated[str, typer.Argument(metavar="A", help="A file, -, or (the beginning of) an article_id.")],
    right: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    full: Annotated[bool, typer.Option("--full", help="Show long stretches whole.")] = False,  # noqa: FBT002  # a flag
    width: Annotated[int | None, typer.Option(min=NARROWEST, help="Columns (default: the terminal's).")] = None,
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Show two texts side by side: what they share, what differs, and why they are one story or two."""
    from copydesk.pair import inputs, reasons, text
    from copydesk.pair.pieces import Folding
    from copydesk.pair.view import view

    one, other, published = inputs.find(left, right, _settings(data))
    is_whole = full or as_json
    seen = view(one, other, published, folding=None if is_whole else Folding())
    if as_json:
        _write(_json(reasons.to_json(seen)))
        return
    width = width or (_width() if sys.stdout.isatty() else PIPE_WIDTH)
    most_rows = None if full else text.MOST_ROWS
    _write(text.to_text(seen, width=max(width, NARROWEST), is_coloured=_has_colours(), most_rows=most_rows))


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="One query; without it, the DuckDB shell where it is found.")
    ] = None,
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Ask the published tables."""
    from copydesk import inspect

    published = inspect.published_by(_settings(data))
    if query is None:
        inspect.shell(published)
    elif as_json:
        _write_lines(_json(row) for row in inspect.rows(published, query))
    else:
        _write(inspect.table(published, query, width=_width()))


@app.command()
def editions(data: Data = None, as_json: Json = False) -> None:  # noqa: FBT002  # a flag
    """List the published editions with their counts."""
    from copydesk import inspect

    published = inspect.published_by(_settings(data))
    query = "select columns(lambda name: not name.ends_with('_digest')) from editions order by edition"
    if as_json:
        _write_lines(_json(row) for row in inspect.rows(published, query))
    else:
        _write(inspect.table(published, query, width=_width()))


@rule_app.command("test")
def rule_test(
    file: Annotated[Path, typer.Argument(help="A rule file; it need not lie where rules are kept.")],
    editions: Annotated[int, typer.Option(min=1, help="How many published editions to try it on.")] = 7,
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Run a file's examples and show what it would change in the last editions; nothing is written."""
    from copydesk.rule_test import try_file

    trial = try_file(file, _settings(data), last=editions)
    _write(_json(trial.to_json()) if as_json else trial.to_text())


@rule_app.command("list")
def rule_list(as_json: Json = False) -> None:  # noqa: FBT002  # a flag
    """List every rule that is in use, in the order in which they are tried."""
    from transforms import rule_files

    rules = rule_files.load(*_settings(None).rules).ordered
    names = ("id", "kind", "action", "where", "sites", "source")
    rows = [{name: getattr(rule, name) for name in names} for rule in rules]
    if as_json:
        _write_lines(_json(row) for row in rows)
        return
    cells = [[" ".join(cell) if isinstance(cell, tuple) else cell for cell in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    _write_lines("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


@learn_app.callback(invoke_without_command=True)
def learn(
    context: typer.Context,
    site: Site = None,
    state: Annotated[str | None, typer.Option(help="proposed, approved or vetoed.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="At most so many lines; 0 shows all.")] = 20,
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """List lines that repeat on a site, those of most stories first; approve, veto or forget them."""
    if context.invoked_subcommand is not None:
        return
    from copydesk import learn as learn_

    rows = learn_.lines(_settings(data), site=site, state=state)
    shown = rows[: limit or None]
    if as_json:
        _write_lines(map(_json, shown))
        return
    _write_lines(learn_.listed(shown, width=_width()))
    if len(shown) < len(rows):
        _write(f"{len(rows) - len(shown):,} more; --limit 0 shows all")


@learn_app.command()
def approve(lines: Lines, site: Site = None, data: Data = None) -> None:
    """Cut these lines on their site, from the next run on; an edition that is made again loses them too."""
    _decide(lines, "approved", site, data)


@learn_app.command()
def veto(lines: Lines, site: Site = None, data: Data = None) -> None:
    """Never cut these lines on their site, whatever rules say."""
    _decide(lines, "vetoed", site, data)


@learn_app.command()
def forget(lines: Lines, site: Site = None, data: Data = None) -> None:
    """Take back what was decided about these lines; they are proposals again."""
    _decide(lines, "proposed", site, data)


def _decide(lines: list[str], state: str, site: str | None, data: Path | None) -> None:
    from copydesk import learn as learn_

    rows = learn_.decide(_settings(data), lines, state, site=site)
    _write_lines([*learn_.listed(rows, width=_width()), "This holds from the next run on."])


def main() -> None:
    """Run the command line; every failure ends in one clear message and its exit code."""
    if sys.stderr.isatty():
        logging.getLogger("copydesk").addHandler(logging.NullHandler())
    else:
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    sys.exit(guarded(_run_app))


def _run_app() -> int:
    """Give the exit code of what the command line asks for; a wrong option is wrong usage like any other."""
    from typer.exceptions import TyperException

    try:
        return int(app(standalone_mode=False) or 0)
    except typer.Exit as error:
        return error.exit_code
    except TyperException as error:
        raise UsageError(f"{error.format_message()}\nTry `copydesk --help`.") from error


def _day(edition: str | None) -> dt.date:
    if edition is None:
        return dt.datetime.now().astimezone().date()
    try:
        return dt.date.fromisoformat(edition)
    except ValueError:
        raise UsageError(f"--edition {edition!r} is not a day; write it as YYYY-MM-DD") from None


def _settings(data: Path | None) -> Settings:
    from copydesk import settings

    found = settings.load()
    return found if data is None else replace(found, data=data)


def _json(value: dict[str, Any]) -> str:
    """Give one line of JSON; what JSON cannot hold (instants, bytes, not-a-number) is text."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps({name: str(item) for name, item in value.items()}, ensure_ascii=False)


def _write(text: str) -> None:
    _write_lines([text])


def _write_lines(lines: Iterable[str]) -> None:
    """Write to standard output; where its reader has left, as `head` does, there is nothing more to do."""
    try:
        for line in lines:
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise typer.Exit(0) from None


def _width() -> int:
    """Give the width of the terminal; a file or a pipe has room for every column."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000


def _has_colours() -> bool:
    """Say whether standard output shows colours and is asked to; NO_COLOR and FORCE_COLOR have their say."""
    from rich.console import Console

    console = Console()
    return console.color_system is not None and not console.no_color


def _show_lines(lines: Any) -> None:
    from rich.console import Console
    from rich.text import Text

    from copydesk.text import printable

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        decider = " ".join(filter(None, (line.rule_id, _score(line.score))))
        verdict = f"{line.line_no:>4} {line.action:<6} {decider:<32} "
        after = "" if line.action not in ("trim", "repair") else f"  \u2192  {printable(line.kept or '')}"
        style = STYLES.get(line.action, "dim" if not line.text.strip() else "")
        console.print(Text.assemble((verdict, f"{style} bold"), (printable(line.text), style), after))


def _score(score: float | None) -> str:
    """Give how sure the classifier was in two digits; never 1.00, since it never is."""
    return "" if score is None else f"{min(score, MOST_SHOWN):.2f}".removeprefix("0")


@contextmanager
def _progress() -> Iterator[Progress]:
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


if __name__ == "__main__":
    main()

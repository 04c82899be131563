"""The verbs that show one page, two texts or the published tables: strip, explain, explain-pair, sql, editions."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from copydesk.cli.shared import (
    Data,
    Json,
    has_colours,
    json_line,
    settings_of,
    width_of_terminal,
    write,
    write_lines,
)  # fmt: skip
from transforms.errors import UsageError

MOST_SHOWN = 0.99  # of a score
PIPE_WIDTH = 120  # of two texts side by side in a file: each as wide as a column of a page
NARROWEST = 40  # of a terminal that has room for two columns
Csv = Annotated[bool, typer.Option("--csv", help="Write CSV.")]
ExcelSafe = Annotated[bool, typer.Option("--excel-safe", help="Write CSV in which no text is a formula.")]
Safe = Annotated[
    bool, typer.Option("--safe", help="Read what is published and do nothing else: no other file, no network.")
]
STYLES = {"cut": "red", "move": "cyan", "trim": "yellow", "repair": "green", "read": "blue"}


def strip(
    file: Annotated[str, typer.Argument(help="A text or HTML file, or - for standard input.")],
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Write the clean text of one page to standard output."""
    from copydesk import inspect

    page = inspect.clean_file(file, settings_of(None))
    if not as_json:
        write(page.body)
        return
    write(json_line({"title": page.title, "body": page.body, **page.fields}))


def explain(
    what: Annotated[str, typer.Argument(metavar="FILE|ARTICLE_ID", help="A file, -, or (the beginning of) an id.")],
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Show each line of a page with its verdict and what decided it."""
    from copydesk import inspect

    page = inspect.explain(what, settings_of(data))
    if as_json:
        write_lines(json_line(asdict(line)) for line in page.lines)
        return
    _show_lines(page.lines)
    write_lines(["", *(f"{name}: {value}" for name, value in {"title": page.title, **page.fields}.items())])


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

    one, other, published = inputs.find(left, right, settings_of(data))
    is_whole = full or as_json
    seen = view(one, other, published, folding=None if is_whole else Folding())
    if as_json:
        write(json_line(reasons.to_json(seen)))
        return
    width = width or (width_of_terminal() if sys.stdout.isatty() else PIPE_WIDTH)
    most_rows = None if full else text.MOST_ROWS
    write(text.to_text(seen, width=max(width, NARROWEST), is_coloured=has_colours(), most_rows=most_rows))


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One query; without it, the DuckDB shell where it is found.")
    ] = None,
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
    as_csv: Csv = False,  # noqa: FBT002  # a flag
    excel_safe: ExcelSafe = False,  # noqa: FBT002  # a flag
    safe: Safe = False,  # noqa: FBT002  # a flag
) -> None:
    """Ask the published tables."""
    from copydesk import inspect

    published = inspect.published_by(settings_of(data))
    if query is None and safe:
        raise UsageError("--safe needs a query: DuckDB's shell may write where it may read")
    if query is None:
        inspect.shell(published)
    elif as_json:
        write_lines(json_line(row) for row in inspect.rows(published, query, is_safe=safe))
    elif as_csv or excel_safe:
        write_lines(inspect.csv(published, query, is_safe=safe, is_excel_safe=excel_safe))
    else:
        write(inspect.table(published, query, width=width_of_terminal(), is_safe=safe))


def editions(data: Data = None, as_json: Json = False) -> None:  # noqa: FBT002  # a flag
    """List the published editions with their counts."""
    from copydesk import inspect

    published = inspect.published_by(settings_of(data))
    query = "select columns(lambda name: not name.ends_with('_digest')) from editions order by edition"
    if as_json:
        write_lines(json_line(row) for row in inspect.rows(published, query))
    else:
        write(inspect.table(published, query, width=width_of_terminal()))


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

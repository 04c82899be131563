"""The verbs about lines that repeat on a site: learn, learn approve, learn veto, learn forget."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from copydesk.cli.shared import Data, Json, json_line, settings_of, width_of_terminal, write, write_lines

Lines = Annotated[
    list[str], typer.Argument(metavar="LINE", help="(The beginning of) its id; with --site, also its text.")
]
Site = Annotated[str | None, typer.Option(help="The outlet of the lines.")]

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
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

    rows = learn_.lines(settings_of(data), site=site, state=state)
    shown = rows[: limit or None]
    if as_json:
        write_lines(map(json_line, shown))
        return
    write_lines(learn_.listed(shown, width=width_of_terminal()))
    if len(shown) < len(rows):
        write(f"{len(rows) - len(shown):,} more; --limit 0 shows all")


@app.command()
def approve(lines: Lines, site: Site = None, data: Data = None) -> None:
    """Cut these lines on their site, from the next run on; an edition that is made again loses them too."""
    _decide(lines, "approved", site, data)


@app.command()
def veto(lines: Lines, site: Site = None, data: Data = None) -> None:
    """Never cut these lines on their site, whatever rules say."""
    _decide(lines, "vetoed", site, data)


@app.command()
def forget(lines: Lines, site: Site = None, data: Data = None) -> None:
    """Take back what was decided about these lines; they are proposals again."""
    _decide(lines, "proposed", site, data)


def _decide(lines: list[str], state: str, site: str | None, data: Path | None) -> None:
    from copydesk import learn as learn_

    rows = learn_.decide(settings_of(data), lines, state, site=site)
    write_lines([*learn_.listed(rows, width=width_of_terminal()), "This holds from the next run on."])

"""The verbs about rules: rule test, rule list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from copydesk.cli.shared import Data, Json, json_line, settings_of, write, write_lines

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Try a file of rules before it is accepted; list all rules."
)


@app.command("test")
def rule_test(
    file: Annotated[Path, typer.Argument(help="A rule file; it need not lie where rules are kept.")],
    editions: Annotated[int, typer.Option(min=1, help="How many published editions to try it on.")] = 7,
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Run a file's examples and show what it would change in the last editions; nothing is written."""
    from copydesk.rule_test import try_file

    trial = try_file(file, settings_of(data), last=editions)
    write(json_line(trial.to_json()) if as_json else trial.to_text())


@app.command("list")
def rule_list(as_json: Json = False) -> None:  # noqa: FBT002  # a flag
    """List every rule that is in use, in the order in which they are tried."""
    from transforms import rule_files

    rules = rule_files.load(*settings_of(None).rules).ordered
    names = ("id", "kind", "action", "where", "sites", "source")
    rows = [{name: getattr(rule, name) for name in names} for rule in rules]
    if as_json:
        write_lines(json_line(row) for row in rows)
        return
    cells = [[" ".join(cell) if isinstance(cell, tuple) else cell for cell in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    write_lines("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)

"""The verbs about what could not be processed: quarantine list, show, replay, drop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from copydesk.cli.shared import (
    Data,
    Json,
    json_line,
    progress_bar,
    settings_of,
    width_of_terminal,
    write,
    write_lines,
)  # fmt: skip
from copydesk.exits import BEYOND_TOLERANCE
from transforms.errors import UsageError

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="(The beginning of) its quarantine_id.")]
Edition = Annotated[str, typer.Option(help="Those of this edition, YYYY-MM-DD.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Those whose reason has this in it.")]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List what could not be processed, show it, put it through again, or give it up.",
)


@app.command("list")
def quarantine_list(
    edition: Edition = "",
    step: Annotated[str, typer.Option(help="sources, extract or strip.")] = "",
    reason: Reason = "",
    limit: Annotated[int, typer.Option(min=0, help="At most so many rows; 0 shows all.")] = 20,
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """List what could not be processed, and how much of what kind there is."""
    from copydesk import quarantine

    rows = quarantine.rows(settings_of(data), quarantine.Choice((), edition, step, reason))
    shown = rows[: limit or None]
    if as_json:
        write_lines(map(json_line, shown))
        return
    if not rows:
        write("nothing is in quarantine")
        return
    write_lines([*quarantine.listed(shown, width=width_of_terminal()), ""])
    if len(shown) < len(rows):
        write(f"{len(rows) - len(shown):,} more rows; --limit 0 shows all\n")
    write_lines(quarantine.summed(rows))


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="(The beginning of) its quarantine_id.")],
    to: Annotated[
        str | None,
        typer.Option("--bytes", metavar="FILE", help="Write its bytes as they are; - is standard output."),
    ] = None,
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Show one record with all that is known of it, its bytes as text that cannot steer a terminal."""
    from copydesk import quarantine

    row = quarantine.show(settings_of(data), name)
    if to is not None:
        _write_bytes(row["bytes"], to)
    elif as_json:
        write(json_line({**row, "bytes": row["bytes"].decode("utf-8", "backslashreplace")}))
    else:
        write_lines(quarantine.shown(row))


@app.command()
def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="(The beginning of) a quarantine_id.")
    ] = None,
    edition: Edition = "",
    reason: Reason = "",
    every: Annotated[bool, typer.Option("--all", help="All that are not dropped.")] = False,  # noqa: FBT002  # a flag
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Put records through the pipeline again, publish, and say what became of each; exit 1 where some stay."""
    from copydesk import quarantine

    if not (ids or edition or reason or every):
        raise UsageError("name what to replay: ids, --edition, --reason or --all")
    with progress_bar() as progress:
        choice = quarantine.Choice(tuple(ids or ()), edition, "", reason)
        done = quarantine.replay(settings_of(data), choice, progress)
    told = [one for one in done.outcomes if ids or not one.row["is_dropped"]]
    stay = sum(one.stays for one in told)
    if as_json:
        write_lines(json_line(one.to_json()) for one in told)
    else:
        write_lines([one.to_line() for one in told])
        write(f"{len(told) - stay} of {len(told)} have left quarantine; version {done.version}")
    if stay:
        raise typer.Exit(BEYOND_TOLERANCE)


@app.command()
def drop(
    ids: Ids,
    reason: Annotated[str, typer.Option(metavar="WHY", help="Why nothing can be had of them.")],
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Give records up: they stay counted, their bytes are gone, and no run exits 1 for them."""
    from copydesk import quarantine

    rows = quarantine.drop(settings_of(data), ids, reason)
    write_lines(map(json_line, rows) if as_json else quarantine.listed(rows, width=width_of_terminal()))


def _write_bytes(data: bytes, to: str) -> None:
    if to == "-" and sys.stdout.isatty():
        raise UsageError("--bytes -: what was refused is not written to a terminal; name a file, or pipe it on")
    if to == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        with Path(to).open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise UsageError(f"--bytes {to}: is there already; name another file") from None

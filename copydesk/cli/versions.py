"""The verbs about what is published as a whole: verify, versions, rollback."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from copydesk.cli.shared import Data, Json, json_line, progress_bar, settings_of, write, write_lines
from copydesk.exits import VERIFICATION

Number = Annotated[int, typer.Argument(metavar="VERSION", min=1, help="The number of a version.")]


def verify(
    version: Annotated[
        int | None, typer.Argument(metavar="[VERSION]", min=1, help="Without it, the current one.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All versions, the stage, reports, decisions.")] = False,  # noqa: FBT002
    repair: Annotated[bool, typer.Option("--repair", help="Make anew what can be; looks at all.")] = False,  # noqa: FBT002
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Recompute checksums, counts, schemas and what became of every input record; say what is wrong."""
    from copydesk import repair as repair_
    from copydesk import verify as verify_
    from copydesk.store import Store
    from copydesk.text import printable

    settings = settings_of(data)
    store = Store(settings.data)
    if repair:
        with progress_bar() as progress:
            repaired = repair_.repair(settings, progress)
        found, lines = repaired.left, repaired.to_lines()
    else:
        found = verify_.verify(store, verify_.chosen(store, version, every=every), is_whole=every)
        lines = found.to_lines()
    write(json_line(found.to_json())) if as_json else write_lines(map(printable, lines))
    if found.faults:
        raise typer.Exit(VERIFICATION)


def versions(data: Data = None, as_json: Json = False) -> None:  # noqa: FBT002  # a flag
    """List the versions that are kept, the newest last."""
    from copydesk import versions as versions_
    from copydesk.store import Store

    found = versions_.versions(Store(settings_of(data).data))
    if as_json:
        write_lines(json_line(asdict(each)) for each in found)
    else:
        write_lines([versions_.HEADER, *(each.to_line() for each in found)])


def rollback(version: Number, data: Data = None, as_json: Json = False) -> None:  # noqa: FBT002  # a flag
    """Make an older version the current one again, after looking whether it is whole."""
    from copydesk import versions as versions_
    from copydesk.store import Store

    rolled = versions_.rollback(Store(settings_of(data).data), version)
    write(json_line(asdict(rolled))) if as_json else write_lines(rolled.to_lines())


VERBS = (verify, versions, rollback)

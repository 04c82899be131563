"""The verb that takes an article out of everything, for good: forget."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from copydesk.cli.shared import Data, Json, json_line, settings_of, write, write_lines
from transforms.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copydesk.forget.found import Found


def forget(
    what: Annotated[
        str | None, typer.Argument(metavar="ARTICLE_ID|URL", help="(The beginning of) its id, or its address.")
    ] = None,
    copies: Annotated[bool, typer.Option("--copies", help="And every article of its story, on any site.")] = False,  # noqa: FBT002  # a flag
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, show what would go.")] = False,  # noqa: FBT002  # a flag
    resume: Annotated[bool, typer.Option("--resume", help="Finish what was cut short.")] = False,  # noqa: FBT002  # a flag
    data: Data = None,
    as_json: Json = False,  # noqa: FBT002  # a flag
) -> None:
    """Take an article out of everything, for good: versions, pages, quarantine, decisions, reports."""
    from copydesk import forget as forget_

    settings = settings_of(data)
    if (what is None) != resume:
        raise UsageError("name one article by its id or address, or give --resume alone")
    if what is None:
        write("The erasure is complete." if forget_.resume(settings) else "Nothing was cut short.")
        return
    act = forget_.forget if yes else forget_.look
    goes = act(settings, what, with_copies=copies, on=dt.datetime.now(dt.UTC).date().isoformat())
    if as_json:
        write_lines(map(json_line, goes.rows))
    else:
        write_lines(_listed(goes, is_done=yes))


def _listed(goes: Found, *, is_done: bool) -> Iterator[str]:
    from copydesk.text import printable

    for row in goes.rows:
        seen = f"versions {', '.join(map(str, row['versions']))}" if row["versions"] else "no version"
        named = (row["article_id"], str(row["edition"]), row["site"] or "-", row["relation"], seen)
        yield printable("  ".join((*named, row["title"] or "-", row["url"] or "-")))
    sources = sorted({source for row in goes.rows for source in row["sources"]})
    yield f"articles: {len(goes.rows)}; records in quarantine that quote them: {len(goes.records)}"
    yield printable(
        f"{'They came' if is_done else 'They come'} from {', '.join(sources)}: those files are yours to change."
    )
    if not is_done:
        yield "Nothing was done; --yes takes them out of everything, for good."

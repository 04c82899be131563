"""What `copydesk learn` does: lists the lines that repeat on a site, approves, vetoes, forgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from copydesk import decisions, inspect
from copydesk.decisions import STATES, Decision
from copydesk.settings import Settings
from copydesk.store import Store
from copydesk.text import printable
from transforms.errors import UsageError
from transforms.site_memory import PERSON, PROPOSED, SUPPORT, is_line, line_key

ID_CHARS = 8  # of a line_id are listed: two of 10,000 lines begin so once in a hundred stores
LINE_CHARS = 20  # of the line are shown however narrow the terminal
_HEAD = ["id", "state", "stories", "editions", "first", "last", "site", "example", "line"]
_PAGE = """
    select
        articles.site,
        left(sha256(articles.site || chr(10) || $3), 16) as line_id,
        $2 as line,
        1 as stories,
        1 as editions,
        articles.edition as first_edition,
        articles.edition as last_edition,
        articles.article_id as example_article_id
    from articles left join cuts on articles.article_id = cuts.article_id and cuts.text = $2
    where
        articles.site = $1
        and (cuts.text is not null or contains(chr(10) || articles.body || chr(10), chr(10) || $2 || chr(10)))
    order by articles.edition, articles.article_id
    limit 1
"""
_ORDER = "stories desc, articles desc, site, line_key"


def lines(settings: Settings, *, site: str | None = None, state: str | None = None) -> list[dict[str, Any]]:
    """Give rows of `site_lines`, those of most stories first, with what was decided since they were published.

    UsageError where nothing is published, or for a state that there is not.
    """
    if state not in (None, *STATES):
        raise UsageError(f"--state {state!r}: there are {', '.join(STATES)}")
    told = {one.key: one.state for one in decisions.read(settings.data)}
    published = inspect.rows(_published(settings), f"from site_lines order by {_ORDER}")
    rows = [_decided(row, told) for row in published]
    return [row for row in rows if site in (None, row["site"]) and state in (None, row["state"])]


def decide(
    settings: Settings, wanted: Sequence[str], state: str, *, site: str | None = None
) -> list[dict[str, Any]]:
    """Write down that lines are approved, vetoed, or proposed as before; give their rows.

    Each is named by (the beginning of) its line_id or, with a site, by its text, which then may be any line of a
    page of that site: so a cut that was wrong is vetoed. UsageError names the first that is unknown; nothing is
    written down then. BusyError while an edition is made.
    """
    known = lines(settings, site=site)
    chosen = [_named(known, name, site) or _seen(settings, name, site) for name in wanted]
    store = Store(settings.data)
    with store.lock("deciding about lines"):
        decisions.add(store, (Decision(row["site"], row["line"], state) for row in chosen))
    return [row | {"state": state, "decided_by": None if state == PROPOSED else PERSON} for row in chosen]


def listed(rows: Sequence[Mapping[str, Any]], *, width: int) -> Iterator[str]:
    """Give rows as a table for a terminal, the line last and shortened to the width."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for *columns, line in cells:
        before = "  ".join(map(str.ljust, columns, widths))
        room = max(width - len(before) - 2, LINE_CHARS)
        yield f"{before}  {line if len(line) <= room else line[: room - 1] + '…'}"


def _cells(row: Mapping[str, Any]) -> list[str]:
    state = f"{row['state']} ({SUPPORT})" if row["decided_by"] == SUPPORT else row["state"]
    counts = [str(row["stories"]), str(row["editions"])]
    days = [str(row[name] or "-") for name in ("first_edition", "last_edition")]
    example = (row["example_article_id"] or "-")[:ID_CHARS]
    return [
        row["line_id"][:ID_CHARS],
        state,
        *counts,
        *days,
        printable(row["site"]),
        example,
        printable(row["line"]),
    ]


def _published(settings: Settings) -> Path:
    published = inspect.published_by(settings)
    if "site_lines" not in {table["name"] for table in Store(settings.data).current().tables}:
        raise UsageError(f"{settings.data}: made by a copydesk that did not learn; make any edition again")
    return published


def _decided(row: Mapping[str, Any], told: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Give the row with the state that holds now: what was taken back since is a proposal again."""
    state = told.get((row["site"], row["line_key"]))
    if state is not None:
        return {**row, "state": state, "decided_by": PERSON}
    return {**row, "state": PROPOSED, "decided_by": None} if row["decided_by"] == PERSON else dict(row)


def _named(known: Sequence[dict[str, Any]], name: str, site: str | None) -> dict[str, Any] | None:
    """Give the one row that a name means, None where there is none; UsageError where there are several."""
    found = [row for row in known if site is not None and row["line_key"] == line_key(name)]
    found = found or [row for row in known if name and row["line_id"].startswith(name)]
    if len(found) > 1:
        raise UsageError(f"{name!r}: the ids of {len(found)} lines begin so; give more of the id")
    return found[0] if found else None


def _seen(settings: Settings, line: str, site: str | None) -> dict[str, Any]:
    """Give a row for a line that no row of `site_lines` is about, but a page of the site has; else UsageError."""
    if site is None:
        raise UsageError(f"{line!r}: no id in site_lines begins so; to name a line by its text, add --site")
    found = (
        list(inspect.rows(_published(settings), _PAGE, site, line, line_key(line)))
        if is_line(line_key(line))
        else []
    )
    if not found:
        raise UsageError(
            f"{line!r}: no page of {site} has such a line; give it whole, as `copydesk explain` shows it"
        )
    return {**found[0], "line_key": line_key(line), "decided_by": None}

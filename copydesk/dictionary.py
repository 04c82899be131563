"""Gives docs/tables.md: every table, column and check, from schemas.py and the comments of sql/.

python -m copydesk.dictionary      writes the page anew
"""

from __future__ import annotations

import pyarrow as pa

from copydesk import models, queries
from copydesk.catalog import FINDER_MEANING, meaning, short_type
from copydesk.queries import Query
from transforms import schemas

PAGE = queries.SQL.parent / "docs" / "tables.md"

_HEAD = """\
# Tables

Written by `python -m copydesk.dictionary` from `transforms/schemas.py` and the comments in `sql/`; edit those.

Null means unknown; an empty string means known to be empty. Columns that may be null say so. Keys end in `_id`,
instants end in `_at` and are UTC, shares are in [0, 1].

To get the extracted text of a page back, put `cuts.text` at its `line_no`; the positions from 1 to `text_lines`
that no row of `cuts` with action cut or move holds are, in order, the lines of `articles.body`.

## Published

Parquet files of one version, and views of the same names in `news.duckdb`. That file also holds `columns` (this
page as a table) and `version` (which version the views show). It works from any folder and attached under any name.
After the published folder was moved, any copydesk command mends it; or say where the folder is:
`set variable copydesk_published = '/new/folder'`. Timestamps carry their time zone: to read them, Python's
`fetchall` asks for the package pytz; DuckDB's command line and Arrow ask for nothing.

Stories grow together, so a `story_id` that was noted down may name none any more. `story_aliases` resolves it for
ever, and so does a macro of `news.duckdb`:

```sql
from stories where story_id = story_of('0123abcd')
```

`story_of(id)`: {story_of}.
"""

_STAGED = """
## Staged

What the steps hand to each other inside a run. `articles`, `cuts`, `pairs`, `members` and `quarantine` are
staged with the columns of the schemas, before stories are known. `former_members` and `former_aliases` are
`members` and `story_aliases` of the version before.
"""

_CHECKS = """
## Checks

Each query in `sql/checks` selects rows that are wrong; a version with any of them is not published.

| check | finds |
|---|---|
"""


def page() -> str:
    """Give the text of docs/tables.md."""
    with models.build({}) as built:
        published = {query.name: _published(query, built) for query in queries.load("models")}
    staged = [
        _table(name, _text(schema, b"grain"), schema)
        for name, schema in schemas.TABLES.items()
        if name not in published
    ]
    checks = [f"| `{query.name}` | {query.grain} |\n" for query in queries.load("checks")]
    return "".join([_HEAD.format(story_of=FINDER_MEANING), *published.values(), _STAGED, *staged, _CHECKS, *checks])


def _published(query: Query, built: models.Built) -> str:
    keys = ", ".join(f"`{column}`" for column in query.key)
    notes = f" {query.notes}" if query.notes else ""
    return _table(query.name, f"{query.grain}; key: {keys}", built.schema(query.name), notes)


def _table(name: str, grain: str, schema: pa.Schema, notes: str = "") -> str:
    rows = [f"| `{field.name}` | {_kind(field)} | {meaning(field)} |\n" for field in schema]
    sentence = grain[0].upper() + grain[1:] + "."
    return f"\n### {name}\n\n{sentence}{notes}\n\n| column | type | meaning |\n|---|---|---|\n{''.join(rows)}"


def _kind(field: pa.Field) -> str:
    return short_type(field.type) + (" or null" if field.nullable else "")


def _text(schema: pa.Schema, key: bytes) -> str:
    text: str = schema.metadata[key].decode()
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

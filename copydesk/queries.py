"""One SQL file as a query: its name, its text, and what its leading comment says about its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

_HERE = Path(__file__).resolve().parent
SQL = next(folder for folder in (_HERE / "sql", _HERE.parent / "sql") if folder.is_dir())  # wheel or checkout

_COLUMN = re.compile(r"([a-z][a-z0-9_]*)(\??): (.+)")


@dataclass(frozen=True)
class Query:
    """One statement of sql/, with its leading comment taken apart.

    The first line of the comment says what one row is, `key:` which columns no two rows share, `column: …` what
    a column means (`column?:` where it may be null); every other line is a note for the reader.
    """

    name: str
    text: str
    grain: str
    key: tuple[str, ...]
    notes: str
    meanings: Mapping[str, str]
    nullable: frozenset[str]


def load(kind: str) -> list[Query]:
    """Give the queries of sql/<kind>/, ordered by name."""
    return [parse(file.stem, file.read_text(encoding="utf-8")) for file in sorted((SQL / kind).glob("*.sql"))]


def parse(name: str, text: str) -> Query:
    r"""Give the query with what its leading comment says.

    >>> query = parse("stories", "-- one row per story\n-- key: story_id\n-- title?: headline\nselect 1")
    >>> query.grain, query.key, dict(query.meanings), sorted(query.nullable)
    ('one row per story', ('story_id',), {'title': 'headline'}, ['title'])
    """
    grain, *lines = _comment(text)
    key: tuple[str, ...] = ()
    notes, meanings, nullable = [], {}, set()
    for line in lines:
        column = _COLUMN.fullmatch(line)
        if column is None:
            notes.append(line)
        elif column[1] == "key":
            key = tuple(column[3].split(", "))
        else:
            meanings[column[1]] = column[3]
            if column[2]:
                nullable.add(column[1])
    return Query(name, text, grain, key, " ".join(notes), meanings, frozenset(nullable))


def in_order(queries: list[Query], schema: str) -> list[Query]:
    """Give the queries so that each stands after those of `schema` that it reads.

    A name without a schema is one of the models ("main").
    """
    by_name = {query.name: query for query in queries}
    order = _order(tuple((query.name, query.text) for query in queries), schema)
    return [by_name[name] for name in order]


@cache  # the files of sql/ are few
def _order(texts: tuple[tuple[str, str], ...], schema: str) -> tuple[str, ...]:
    names = dict(texts).keys()
    with duckdb.connect() as connection:
        needs = {name: sorted(_reads(connection, text, schema) & names) for name, text in texts}
    return tuple(TopologicalSorter(needs).static_order())


def _comment(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if not line.startswith("--"):
            return
        yield line.removeprefix("--").strip()


def _reads(connection: duckdb.DuckDBPyConnection, text: str, schema: str) -> set[str]:
    """Give the tables of `schema` that the statement names, as DuckDB's own parser sees them."""
    [(parsed,)] = connection.execute("select json_serialize_sql(?::varchar)", [text]).fetchall()
    return {
        node["table_name"]
        for node in _nodes(json.loads(parsed))
        if node.get("type") == "BASE_TABLE" and (node["schema_name"] or "main") == schema
    }


def _nodes(tree: object) -> Iterator[dict[str, str]]:
    if isinstance(tree, dict):
        yield tree
        for branch in tree.values():
            yield from _nodes(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from _nodes(branch)

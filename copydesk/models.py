"""Runs sql/: views over the staged files, the published tables made from them, and the checks."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from copydesk import queries
from copydesk.checksums import file_digest
from copydesk.queries import Query
from copydesk.store import COMPRESSION, naming, sync_file
from transforms import schemas
from transforms.columns import map_distinct
from transforms.errors import StoreError
from transforms.site_memory import LEARN_LIMITS, line_key, reads_as_sentence

# What the stage holds for the models, and the columns that they read; `former_*` are of the version before.
STAGED = {
    **{
        name: schemas.TABLES[name]
        for name in ("articles", "cuts", "quarantine", "edition_counts", "pairs", "members", "decisions", "drops")
    },
    "former_members": pa.schema([schemas.MEMBERS.field(name) for name in ("article_id", "story_id")]),
    "former_aliases": schemas.STORY_ALIASES,
}

ROW_GROUP_ROWS = 100_000  # what suits readers (DESIGN §2), with
ROW_GROUP_BYTES = 128 << 20  # a bound for tables with long rows: a quarantined record may be megabytes
SPILL = "spill"  # the folder for what does not fit in memory
_USED = re.compile(r"\(([^()/]+)/([^()/]+) used\)")  # in what DuckDB says of its limits
BLOCK_ROWS = 2_000  # where a row group may end; near the 2,048 rows that DuckDB hands over at once


@dataclass(frozen=True)
class Failure:
    """A check that found wrong rows, with the first of them as the example."""

    check: str
    rows: int
    example: dict[str, object]


@dataclass(frozen=True)
class TableFile:
    """A published table as it lies on the disk; fields of the schema carry their meaning."""

    name: str
    file: Path
    rows: int
    bytes: int
    sha256: str
    schema: pa.Schema

    def to_manifest(self) -> dict[str, object]:
        """Give what a manifest says of it."""
        counted = {"rows": self.rows, "bytes": self.bytes, "sha256": self.sha256}
        return {"name": self.name, "file": self.file.name, **counted}


class Built:
    """The published tables of one version inside DuckDB, not yet checked or written."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        models: Mapping[str, Query],
        folder: tempfile.TemporaryDirectory[str],
    ) -> None:
        self.connection = connection
        self.tables = tuple(sorted(models))
        self._models = models
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        spill = Path(self._folder.name) / SPILL
        told = _spill_told(error, spill) if error is not None else ""
        self.close()
        if told:
            raise StoreError(told) from error

    def close(self) -> None:
        """Leave nothing behind: neither the connection nor what DuckDB put on the disk."""
        self.connection.close()
        self._folder.cleanup()

    def check(self) -> list[Failure]:
        """Give the checks that found wrong rows, ordered by name; none when the version may be published."""
        found = [_failure(self.connection, query) for query in queries.load("checks")]
        return [failure for failure in found if failure is not None]

    def schema(self, table: str) -> pa.Schema:
        """Give the schema that the table is published with: types, nulls and the meaning of each column."""
        given = self.connection.table(table).limit(0).to_arrow_table().schema
        return published_schema(self._models[table], given)

    def write(self, folder: Path) -> list[TableFile]:
        """Write each table to <folder>/<table>.parquet and give the files; the same rows give the same bytes."""
        return [self._write(table, folder / f"{table}.parquet") for table in self.tables]

    def _write(self, table: str, file: Path) -> TableFile:
        schema = self.schema(table)
        reader = self.connection.table(table).to_arrow_reader(BLOCK_ROWS)
        with naming(file):
            with pq.ParquetWriter(file, schema, **COMPRESSION) as writer:
                rows = sum(_write_group(writer, group, schema) for group in _row_groups(reader))
            sync_file(file)
        return TableFile(table, file, rows, file.stat().st_size, file_digest(file), schema)


def build(
    files: Mapping[str, Sequence[Path]],
    *,
    temp: Path | None = None,
    only: frozenset[str] | None = None,
    learn_after: int = 0,
    is_sparing: bool = False,
) -> Built:
    """Give the published tables made from the staged files: table name (of STAGED) to its Parquet files.

    A table without files is empty; `only` names the tables to make, which must not read others. What does not fit
    in memory goes to a folder under `temp`, gone when the result is closed. `learn_after` is the setting of that
    name; with `is_sparing` one thread is at work. StoreError when a staged file cannot be read.
    """
    folder = tempfile.TemporaryDirectory(prefix="models-", dir=temp)
    connection = _connect(Path(folder.name))
    if is_sparing:  # each thread holds blocks that cannot be spilled
        connection.execute("set threads = 1")
    models = {query.name: query for query in queries.load("models") if only is None or query.name in only}
    _teach(connection, learn_after)
    try:
        _stage(connection, files, Path(folder.name))
        for query in queries.in_order(list(models.values()), "main"):
            connection.execute(f"create table {query.name} as {query.text}")
    except (duckdb.Error, MemoryError) as error:
        told = _spill_told(error, Path(folder.name) / SPILL) or _files_told(error)
        connection.close()
        folder.cleanup()
        if told:
            raise StoreError(told) from error
        raise
    return Built(connection, models, folder)


def _spill_told(error: BaseException, spill: Path) -> str:
    """Say that what does not fit in memory found no room on the disk, if that is what DuckDB says; else nothing."""
    said = str(error)
    if "max_temp_directory_size" not in said and os.strerror(errno.ENOSPC) not in said:
        return ""
    used = f"{found[1]} of {found[2]}" if (found := _USED.search(said)) else "all the room"
    free = shutil.disk_usage(spill if spill.exists() else spill.parent).free
    return (
        f"the disk is full: what does not fit in memory has taken {used} in {spill}, and {free >> 20} MiB are free "
        "there; make room on that disk, or give the machine more memory, and run again; what is published is whole"
    )


def _files_told(error: BaseException) -> str:
    """Say that a staged file cannot be read, if that is what DuckDB says; else nothing."""
    if not isinstance(error, (duckdb.IOException, duckdb.InvalidInputException)):
        return ""
    return (
        f"the published tables cannot be made from the staged files: {error}\n"
        "If it names a damaged file of stage/, delete the folder that holds it and run again: it is made anew."
    )


def published_schema(query: Query, given: pa.Schema) -> pa.Schema:
    """Give the Arrow schema of a model: columns of the staged table of that name keep type, nulls and meaning.

    KeyError where neither the schemas nor the model's comment say what a column means.
    """
    staged = schemas.TABLES.get(query.name, pa.schema([]))
    fields = [
        staged.field(column.name) if column.name in staged.names else _documented(query, column) for column in given
    ]
    return pa.schema(fields, metadata={"grain": query.grain})


def _documented(query: Query, column: pa.Field) -> pa.Field:
    kind = pa.string() if pa.types.is_large_string(column.type) else column.type
    meaning = {"meaning": query.meanings[column.name]}
    return pa.field(column.name, kind, nullable=column.name in query.nullable, metadata=meaning)


def _connect(folder: Path) -> duckdb.DuckDBPyConnection:
    # In memory, spilling to the folder: a database file costs four times the CPU (6.4 s against 1.5 s for 100,000
    # articles of 2 kB), because DuckDB compresses what it writes there. 300 MB of memory are enough for these.
    config = {"temp_directory": str(folder / SPILL), "arrow_large_buffer_size": "true"}
    connection = duckdb.connect(config=config)
    connection.execute("set timezone = 'UTC'")
    return connection


def _teach(connection: duckdb.DuckDBPyConnection, learn_after: int) -> None:
    """Give DuckDB what site_lines needs: numbers that decide, and logic on characters, which is Python's."""
    for name, value in {**asdict(LEARN_LIMITS), "learn_after": learn_after}.items():
        connection.execute(f"set variable {name} = ?", [value])
    for name, function, kind in (("line_key", _line_keys, "VARCHAR"), ("is_sentence", _are_sentences, "BOOLEAN")):
        connection.create_function(name, function, ["VARCHAR"], kind, type="arrow")


def _line_keys(lines: pa.ChunkedArray) -> pa.Array:
    return map_distinct(lines, line_key)


def _are_sentences(lines: pa.ChunkedArray) -> pa.Array:
    return map_distinct(lines, reads_as_sentence, pa.bool_())


def _stage(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Sequence[Path]], folder: Path) -> None:
    """Create the views of sql/stage; each finds its files in a variable, so that no path is part of any SQL."""
    for table in STAGED:
        paths = [*files.get(table, ()), _empty_file(table, folder)]
        connection.execute(f"set variable {table}_files = ?", [[literal_glob(path) for path in paths]])
    connection.execute("create schema stage")
    for query in queries.in_order(queries.load("stage"), "stage"):
        connection.execute(f"create view stage.{query.name} as {query.text}")


def _empty_file(table: str, folder: Path) -> Path:
    """Give a file with the columns of the table and no rows.

    DuckDB takes the types of a view from files; those that an older copydesk staged may lack a column.
    """
    file = folder / f"{table}.parquet"
    pq.write_table(STAGED[table].empty_table(), file)
    return file


def literal_glob(path: Path) -> str:
    """Give the pattern that only this path matches: DuckDB reads a path as a pattern, even of a file that exists.

    >>> literal_glob(Path("/news [old]/*.parquet"))
    '/news [[]old]/[*].parquet'
    """
    return "".join(f"[{character}]" if character in "*?[" else character for character in str(path))


def _failure(connection: duckdb.DuckDBPyConnection, query: Query) -> Failure | None:
    wrong = connection.sql(query.text)
    [(rows,)] = wrong.aggregate("count(*)").fetchall()
    if rows == 0:
        return None
    [example] = wrong.order("all").limit(1).to_arrow_table().to_pylist()
    return Failure(query.name, rows, example)


def _row_groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Give the rows in tables of ROW_GROUP_ROWS, or of as many blocks as reach ROW_GROUP_BYTES."""
    group: list[pa.Table] = []
    for block in _blocks(reader):
        group.append(block)
        if len(group) * BLOCK_ROWS >= ROW_GROUP_ROWS or sum(part.nbytes for part in group) >= ROW_GROUP_BYTES:
            yield pa.concat_tables(group)
            group = []
    if group:
        yield pa.concat_tables(group)


def _blocks(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Give the rows in tables of BLOCK_ROWS, however DuckDB cut its batches.

    Each is one chunk, because where chunks begin shows in the pages of the file.
    """
    waiting = reader.schema.empty_table()
    for batch in reader:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while len(waiting) >= BLOCK_ROWS:
            yield waiting.slice(0, BLOCK_ROWS).combine_chunks()
            waiting = waiting.slice(BLOCK_ROWS)
    if len(waiting):
        yield waiting.combine_chunks()


def _write_group(writer: pq.ParquetWriter, group: pa.Table, schema: pa.Schema) -> int:
    writer.write_table(group.cast(schema), row_group_size=len(group))
    return len(group)

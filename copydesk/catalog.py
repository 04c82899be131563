"""The small DuckDB file for analysts: views over the published Parquet, with a comment on every column.

Beside them one macro: story_of(id) gives the story of today for any id that ever was an article's or a story's.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from copydesk import locks
from copydesk.exits import STORAGE_FAULTS
from copydesk.models import literal_glob
from copydesk.store import READ_ONLY, STAGING, appear
from transforms.errors import StoreError

NAME = "news.duckdb"
FINDER = "story_of"
FINDER_MEANING = (
    "today's story of an article, or of an id that was ever a story's; null where the id is unknown, or where all "
    "articles of its story are gone"
)

# Opened by DuckDB 1.4 and later; without it, a file of DuckDB 2.0 shuts out everyone who has 1.x.
STORAGE_VERSION = "v1.4.0"

# A view knows neither its own file nor the reader's folder, so the folder stands in its text. After a move a reader
# may say `set variable copydesk_published = '<new folder>'`, as `connect` does, and the next copydesk command that
# may write there rewrites the file.
FOLDER_VARIABLE = "copydesk_published"

_INFO = """
create table news.version (version_id varchar, published_folder varchar);
comment on table news.version is 'one row: the version that these views show, and the folder it was published in';
create table news.columns (
    table_name varchar, column_name varchar, type varchar, is_nullable boolean, meaning varchar
);
comment on table news.columns is 'one row per column of the published tables';
"""


def write_catalog(published: Path, version_folder: Path) -> Path:
    """Give <published>/news.duckdb, replaced in one step: views over the Parquet files of the version.

    A reader who has the file open keeps the version that it opened. What the tables and columns mean comes from the
    Parquet files themselves. StoreError where one of them is missing or damaged.
    """
    published = published.resolve()
    try:
        return _write(published, version_folder.resolve())
    except (duckdb.IOException, duckdb.FatalException):  # DuckDB makes no interrupted call again, so we do
        return _write(published, version_folder.resolve())


def _write(published: Path, version_folder: Path) -> Path:
    with tempfile.TemporaryDirectory(prefix=f"{STAGING}catalog-", dir=published) as aside:
        new = Path(aside) / NAME
        try:
            _fill(new, published, version_folder)
        except duckdb.Error as error:
            number = next((each for each in STORAGE_FAULTS if os.strerror(each) in str(error)), None)
            if number is None:
                raise
            raise OSError(number, os.strerror(number), str(new)) from error  # DuckDB's errors have no number
        appear(new, published / NAME)
    return published / NAME


def refresh(published: Path, version_folder: Path) -> bool:
    """Say whether the catalog was rewritten, because it shows another version or folder, or cannot be read.

    In a folder that may only be read it is left as it is.
    """
    wanted = (version_folder.resolve().name, str(published.resolve()))
    if shown(published / NAME) == wanted:
        return False
    try:
        write_catalog(published, version_folder)
    except OSError as error:
        if error.errno not in READ_ONLY:
            raise
        return False
    return True


def connect(published: Path, *, is_safe: bool = False) -> duckdb.DuckDBPyConnection:
    """Give the catalog opened for reading, with views that find their files wherever the folder was moved to.

    With `is_safe` it can do nothing else, as `here` says, whatever is asked of it.

    StoreError where there is no catalog, or none that DuckDB can open.
    """
    file = published / NAME
    try:
        connection = duckdb.connect(str(file), read_only=True)
    except duckdb.Error as error:
        raise StoreError(
            f"{file}: cannot be opened ({error}); run any edition again, which writes it anew"
        ) from error
    for statement in here(published, is_safe=is_safe):
        connection.execute(statement)
    return connection


@contextmanager
def reading(published: Path, *, is_safe: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give the catalog opened for reading, and hold its version: no clean-up removes it meanwhile."""
    for is_last in (False, False, True):
        with connect(published, is_safe=is_safe) as connection:
            [(version,)] = connection.execute("select version_id from version").fetchall()
            manifest = published / "versions" / version / "manifest.json"
            with locks.reading(manifest):
                if is_last or manifest.exists():  # else it went after the catalog was opened; there is a newer one
                    yield connection
                    return


def here(published: Path, *, is_safe: bool = False) -> list[str]:
    """Give the statements that let the views find their files; in a shell of DuckDB's own, too.

    With `is_safe`, also those that lock the connection: it reaches no file but those published, loads nothing, and
    lets no query take that back. It may still write beside them, so its queries are looked at, too (inspect.py).
    """
    folder = published.resolve()
    found = [f"set variable {FOLDER_VARIABLE} = {_literal(literal_glob(folder))}"]
    if is_safe:
        found += [
            f"set allowed_directories = [{_literal(str(folder))}]",
            "set enable_external_access = false",
            "set autoinstall_known_extensions = false",
            "set autoload_known_extensions = false",
            "set lock_configuration = true",
        ]
    return found


def shown(catalog: Path) -> tuple[str, str] | None:
    """Give the version and the folder that the catalog was written for; None when it cannot say."""
    if not catalog.is_file():
        return None
    try:
        with duckdb.connect(str(catalog), read_only=True) as connection:
            [row] = connection.execute("select version_id, published_folder from version").fetchall()
    except (duckdb.Error, ValueError):
        return None
    return (row[0], row[1])


def _fill(catalog: Path, published: Path, version_folder: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach {_literal(str(catalog))} as news (storage_version '{STORAGE_VERSION}')")
        connection.begin()  # one transaction: a hundred comments would be a hundred flushes to the disk
        connection.execute(_INFO)
        info = [version_folder.name, str(published)]
        connection.execute("insert into news.version values (?, ?)", info)
        files = _table_files(version_folder)
        for file in files:
            _add_view(connection, file, published)
        _add_finder(connection, {file.stem: file for file in files}, published)
        connection.commit()
        connection.execute("detach news")


def _add_view(connection: duckdb.DuckDBPyConnection, file: Path, published: Path) -> None:
    """Create the view of one table, its comments, and its rows in `columns`."""
    schema = _schema(file)
    names = ", ".join(_name(name) for name in schema.names)
    view = f"news.{_name(file.stem)}"
    connection.execute(f"create view {view} as select {names} from {_rows(file, published)}")  # noqa: S608 - quoted
    connection.execute(f"comment on view {view} is {_literal(schema.metadata[b'grain'].decode())}")
    rows = [[file.stem, field.name, short_type(field.type), field.nullable, meaning(field)] for field in schema]
    places = ", ".join(["(?, ?, ?, ?, ?)"] * len(rows))  # at once: 180 statements take half of all the time here
    connection.execute(f"insert into news.columns values {places}", list(chain.from_iterable(rows)))  # noqa: S608
    for field in schema:
        connection.execute(f"comment on column {view}.{_name(field.name)} is {_literal(meaning(field))}")


def _add_finder(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path], published: Path) -> None:
    """Create the macro that gives the story of an id; a version from before there were aliases has none.

    It reads the files themselves, as views do, so that it works under any name that the catalog is attached by.
    """
    if not {"stories", "story_aliases"} <= files.keys():
        return
    stories, aliases = (_rows(files[table], published) for table in ("stories", "story_aliases"))
    connection.execute(
        f"create macro news.{FINDER}(id) as coalesce("  # noqa: S608 - quoted
        f"(select story_id from {stories} as stories where stories.story_id = id), "
        f"(select story_id from {aliases} as aliases where aliases.alias_id = id))"
    )
    connection.execute(f"comment on macro news.{FINDER} is {_literal(FINDER_MEANING)}")


def _rows(file: Path, published: Path) -> str:
    """Give the SQL that reads a file, wherever the published folder stands."""
    folder = f"coalesce(getvariable('{FOLDER_VARIABLE}'), {_literal(literal_glob(published))})"
    rest = _literal(literal_glob(Path("/") / file.relative_to(published)))
    return f"read_parquet({folder} || {rest})"


def _table_files(version_folder: Path) -> list[Path]:
    """Give the files of the version's tables as its manifest names them, whether they are there or not."""
    manifest = version_folder / "manifest.json"
    try:
        tables = json.loads(manifest.read_text(encoding="utf-8"))["tables"]
        return [version_folder / table["file"] for table in tables]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _damaged(manifest, error) from error


def _schema(file: Path) -> pa.Schema:
    try:
        return pq.read_schema(file)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> StoreError:
    return StoreError(f"{file}: missing or damaged ({error}); run any edition again, which writes all tables anew")


def meaning(field: pa.Field) -> str:
    """Give the one line that says what the field holds."""
    text: str = field.metadata[b"meaning"].decode()
    return text


def short_type(kind: pa.DataType) -> str:
    """Give the type as a reader of SQL or Parquet calls it.

    >>> short_type(pa.large_string()), short_type(pa.timestamp("us", tz="UTC")), short_type(pa.int32())
    ('string', 'timestamp (UTC)', 'int32')
    """
    if pa.types.is_timestamp(kind):
        return "timestamp (UTC)"
    names = {pa.large_string(): "string", pa.large_binary(): "binary", pa.date32(): "date", pa.bool_(): "boolean"}
    return names.get(kind, str(kind))


def _literal(text: str) -> str:
    """Give the SQL string that means exactly this text.

    >>> _literal("O'Hara")
    "'O''Hara'"
    """
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'

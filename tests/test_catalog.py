"""The catalog is read as analysts do: by the installed DuckDB, in a process and a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from copydesk import catalog, models
from tests.tiny_edition import right

READER = """
import duckdb, json, sys
file, statements = sys.argv[1], sys.argv[2:]
with duckdb.connect(file, read_only=True) if file else duckdb.connect() as connection:
    for statement in statements:
        rows = connection.execute(statement).fetchall()
print(json.dumps(rows, default=str))
"""
ARTICLES = "select article_id, site from {}articles order by all"
ROWS = [["a", "alpha.example"], ["b", "beta.example"], ["c", "alpha.example"], ["d", "gamma.example"], ["e", None]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the Parquet files of one version."""
    folder = tmp_path_factory.mktemp("written")
    with models.build(right(tmp_path_factory.mktemp("stage"))) as built:
        built.write(folder)
    return folder


@pytest.fixture
def published(written: Path, tmp_path: Path) -> Path:
    """Give a published folder with one version, under a name that SQL and patterns must not take for theirs."""
    folder = tmp_path / "it's [t]he news *"
    version = folder / "versions" / "000001"
    shutil.copytree(written, version)
    catalog.write_catalog(folder, version)
    return folder


def read(folder: Path, file: Path | str, *statements: str) -> Any:
    """Give the rows of the last statement, read by another process that stands in `folder`."""
    command = [sys.executable, "-c", READER, str(file), *statements]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_views_work_from_any_folder(published: Path, tmp_path: Path) -> None:
    """Nor do they read a neighbour whose name the folder's name matches as a pattern."""
    neighbour = tmp_path / "it's the news today" / "versions" / "000001"
    neighbour.mkdir(parents=True)
    (neighbour / "articles.parquet").write_bytes(b"not ours")
    assert read(tmp_path, published / "news.duckdb", ARTICLES.format("")) == ROWS


def test_views_work_when_attached_under_any_name(published: Path, tmp_path: Path) -> None:
    quoted = str(published / "news.duckdb").replace("'", "''")
    assert read(tmp_path, "", f"attach '{quoted}' as press (read_only)", ARTICLES.format("press.")) == ROWS


def test_after_a_move_a_variable_names_the_new_folder(published: Path, tmp_path: Path) -> None:
    moved = published.rename(tmp_path / "moved")
    told = f"set variable copydesk_published = '{moved}'"
    assert read(tmp_path, moved / "news.duckdb", told, ARTICLES.format("")) == ROWS


def test_after_a_move_refresh_writes_the_catalog_anew(published: Path, tmp_path: Path) -> None:
    moved = published.rename(tmp_path / "moved")
    version = moved / "versions" / "000001"
    assert (catalog.refresh(moved, version), catalog.refresh(moved, version)) == (True, False)
    assert read(tmp_path, moved / "news.duckdb", ARTICLES.format("")) == ROWS


def test_refresh_follows_the_pointer_after_a_crash(published: Path, tmp_path: Path) -> None:
    """A run that died between the pointer and the catalog leaves the views of the version before."""
    version = published / "versions" / "000002"
    shutil.copytree(published / "versions" / "000001", version)
    assert catalog.refresh(published, version)
    shutil.rmtree(published / "versions" / "000001")
    assert read(tmp_path, published / "news.duckdb", "select version_id from version") == [["000002"]]
    assert read(tmp_path, published / "news.duckdb", ARTICLES.format("")) == ROWS


@pytest.mark.parametrize("damage", [b"", b"not a database"])
def test_refresh_replaces_what_is_no_catalog(published: Path, tmp_path: Path, damage: bytes) -> None:
    (published / "news.duckdb").write_bytes(damage)
    assert catalog.refresh(published, published / "versions" / "000001")
    assert read(tmp_path, published / "news.duckdb", ARTICLES.format("")) == ROWS


def test_refresh_makes_a_catalog_where_there_is_none(published: Path) -> None:
    (published / "news.duckdb").unlink()
    assert catalog.refresh(published, published / "versions" / "000001")


def test_readers_keep_their_version_while_the_catalog_is_replaced(published: Path, tmp_path: Path) -> None:
    """Two readers hold the file open, which would lock out a writer in place; both keep what they opened."""
    version = published / "versions" / "000002"
    shutil.copytree(published / "versions" / "000001", version)
    command = [sys.executable, "-u", "-c", HOLDER, str(published / "news.duckdb")]
    readers = [
        subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    opened = [_answer(reader) for reader in readers]
    with (published / "news.duckdb").open("rb") as file:
        catalog.write_catalog(published, version)
        assert os.fstat(file.fileno()).st_nlink == 0  # another file stands there now: theirs was not written to
    held = [_answer(reader) for reader in readers]
    for reader in readers:
        reader.communicate("\n", timeout=60)
    assert (opened, held) == (["000001 5\n"] * 2, ["000001 5\n"] * 2)
    assert read(tmp_path, published / "news.duckdb", "select version_id from version") == [["000002"]]


HOLDER = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    for line in sys.stdin:
        [(version, articles)] = connection.execute(
            "select version_id, (select count(*) from articles) from version"
        ).fetchall()
        print(version, articles)
"""


def _answer(reader: subprocess.Popen[str]) -> str:
    assert reader.stdin
    assert reader.stdout
    reader.stdin.write("\n")
    reader.stdin.flush()
    return reader.stdout.readline()


def test_every_view_and_column_says_what_it_means(published: Path) -> None:
    with duckdb.connect(str(published / "news.duckdb"), read_only=True) as connection:
        comments = connection.execute(
            "select table_name, column_name, comment from duckdb_columns() "
            "where table_name not in ('columns', 'version') and not internal order by all"
        ).fetchall()
        dictionary = connection.execute(
            "select table_name, column_name, meaning from columns order by all"
        ).fetchall()
        views = connection.execute(
            "select view_name, comment from duckdb_views() where not internal order by all"
        ).fetchall()
        body = connection.execute("from columns where column_name = 'body'").fetchall()
    assert comments == dictionary
    with models.build({}) as built:
        grains = [(table, built.schema(table).metadata[b"grain"].decode()) for table in built.tables]
    assert views == grains
    assert body == [("articles", "body", "string", False, "the article's own lines, normalised")]


def test_the_file_can_be_opened_by_older_duckdb(published: Path) -> None:
    """The storage version that 1.4 and later read stands in the file's tags."""
    quoted = str(published / "news.duckdb").replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted}' as press (read_only)")
        tags = connection.execute("select tags from duckdb_databases() where database_name = 'press'").fetchall()
    assert tags[0][0]["storage_version"].startswith("v1.4.0")


def test_nothing_but_the_catalog_is_left_in_the_folder(published: Path) -> None:
    assert sorted(path.name for path in published.iterdir()) == ["news.duckdb", "versions"]

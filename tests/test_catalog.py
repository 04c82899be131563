"""The catalog is read as analysts do: by the installed DuckDB, in a process and a folder of its own."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from copydesk import catalog, models
from tests.tiny_edition import right
from transforms.errors import StoreError

READER = """
import duckdb, json, sys
file, statements = sys.argv[1], sys.argv[2:]
with duckdb.connect(file, read_only=True) if file else duckdb.connect() as connection:
    for statement in statements:
        rows = connection.execute(statement).fetchall()
print(json.dumps(rows, default=str))
"""
ARTICLES = "select article_id, site from {}articles order by all"
IDS = "select story_of(story_id) from (values ('a'), ('b'), ('g'), ('h'), ('nobody'), (null)) as noted(story_id)"
STORIES_OF_IDS = [["a"], ["a"], ["a"], [None], [None], [None]]
ROWS = [["a", "alpha.example"], ["b", "beta.example"], ["c", "alpha.example"], ["d", "gamma.example"], ["e", None]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the Parquet files of one version, with the manifest that names them."""
    folder = tmp_path_factory.mktemp("written")
    with models.build(right(tmp_path_factory.mktemp("stage"))) as built:
        files = [{"file": table.file.name} for table in built.write(folder)]
    (folder / "manifest.json").write_text(json.dumps({"tables": files}), encoding="utf-8")
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


def test_any_id_there_ever_was_leads_to_its_story(published: Path, tmp_path: Path) -> None:
    """A name of today, an article that names none, one that is gone, one whose story is gone, and no id at all."""
    assert read(tmp_path, published / "news.duckdb", IDS) == STORIES_OF_IDS
    quoted = str(published / "news.duckdb").replace("'", "''")
    attached = IDS.replace("story_of", "press.story_of")
    assert read(tmp_path, "", f"attach '{quoted}' as press (read_only)", attached) == STORIES_OF_IDS
    moved = published.rename(tmp_path / "moved")
    told = f"set variable copydesk_published = '{moved}'"
    assert read(tmp_path, moved / "news.duckdb", told, IDS) == STORIES_OF_IDS


def test_a_version_from_before_there_were_aliases_has_a_catalog_too(published: Path, tmp_path: Path) -> None:
    version = published / "versions" / "000001"
    tables = json.loads((version / "manifest.json").read_text(encoding="utf-8"))["tables"]
    older = [table for table in tables if table["file"] != "story_aliases.parquet"]
    (version / "manifest.json").write_text(json.dumps({"tables": older}), encoding="utf-8")
    catalog.write_catalog(published, version)
    macros = "select function_name from duckdb_functions() where not internal"
    assert read(tmp_path, published / "news.duckdb", macros) == []
    assert read(tmp_path, published / "news.duckdb", ARTICLES.format("")) == ROWS


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


@pytest.mark.parametrize("damage", [b"", b"PAR1 and then nothing", b"PAR1" * 20, None])
def test_a_damaged_table_is_named(published: Path, damage: bytes | None) -> None:
    file = published / "versions" / "000001" / "cuts.parquet"
    file.unlink() if damage is None else file.write_bytes(damage)
    before = (published / "news.duckdb").read_bytes()
    with pytest.raises(StoreError) as caught:
        catalog.write_catalog(published, published / "versions" / "000001")
    assert str(caught.value).startswith(f"{file}: missing or damaged (")
    assert str(caught.value).endswith("); run any edition again, which writes all tables anew")
    assert (published / "news.duckdb").read_bytes() == before


@pytest.mark.parametrize("damage", ["{", "[]", '{"tables": [1]}', None])
def test_a_damaged_manifest_is_named(published: Path, damage: str | None) -> None:
    file = published / "versions" / "000001" / "manifest.json"
    file.unlink() if damage is None else file.write_text(damage, encoding="utf-8")
    with pytest.raises(StoreError, match=r"manifest\.json: missing or damaged \(.*run any edition again"):
        catalog.write_catalog(published, published / "versions" / "000001")


def refuse(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the file system refuse every new folder; permissions would not hold back a test that root runs."""

    def refused(*_args: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "mkdtemp", refused)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_refresh_leaves_a_catalog_that_may_only_be_read(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    moved = published.rename(tmp_path / "moved")
    refuse(monkeypatch, number)
    assert not catalog.refresh(moved, moved / "versions" / "000001")
    with catalog.connect(moved) as connection:
        assert connection.execute("select published_folder from version").fetchall() == [(str(published),)]


def test_refresh_does_not_hide_a_full_disk(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = published.rename(tmp_path / "moved")
    refuse(monkeypatch, errno.ENOSPC)
    with pytest.raises(OSError, match="No space left"):
        catalog.refresh(moved, moved / "versions" / "000001")


def test_a_connection_reads_a_catalog_that_was_moved(published: Path, tmp_path: Path) -> None:
    moved = published.rename(tmp_path / "it's [m]oved *")
    neighbour = tmp_path / "it's moved today" / "versions" / "000001"
    neighbour.mkdir(parents=True)
    (neighbour / "articles.parquet").write_bytes(b"not ours")
    with catalog.connect(moved) as connection:
        assert [list(row) for row in connection.execute(ARTICLES.format("")).fetchall()] == ROWS
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            connection.execute("create table x as select 1")


def test_a_connection_finds_the_folder_from_where_it_stands(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    with catalog.connect(Path("moved")) as connection:
        monkeypatch.chdir("/")
        assert [list(row) for row in connection.execute(ARTICLES.format("")).fetchall()] == ROWS


@pytest.mark.parametrize("damage", [b"not a database", None])
def test_a_connection_to_no_catalog_says_what_to_do(published: Path, damage: bytes | None) -> None:
    file = published / "news.duckdb"
    file.unlink() if damage is None else file.write_bytes(damage)
    with pytest.raises(StoreError) as caught:
        catalog.connect(published)
    assert str(caught.value).startswith(f"{file}: cannot be opened (")
    assert str(caught.value).endswith("); run any edition again, which writes it anew")


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
        macros = connection.execute(
            "select function_name, comment from duckdb_functions() where not internal"
        ).fetchall()
    assert comments == dictionary
    with models.build({}) as built:
        grains = [(table, built.schema(table).metadata[b"grain"].decode()) for table in built.tables]
    assert views == grains
    assert macros == [(catalog.FINDER, catalog.FINDER_MEANING)]
    assert body == [("articles", "body", "string", False, "the article's own lines, normalised")]


def test_the_file_can_be_opened_by_older_duckdb(published: Path) -> None:
    """The storage version that 1.4 and later read stands in the file's tags."""
    quoted = str(published / "news.duckdb").replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{quoted}' as press (read_only)")
        tags = connection.execute("select tags from duckdb_databases() where database_name = 'press'").fetchall()
    assert tags[0][0]["storage_version"].startswith("v1.4.0")


def test_nothing_but_the_catalog_is_left_in_the_folder(published: Path) -> None:
    assert sorted(path.name for path in published.iterdir()) == [
        "news.duckdb",
        "news.duckdb.checksums.json",
        "versions",
    ]

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk.store import STAGING, Manifest, Staged, Store, file_digest, write_parquet
from transforms.errors import BusyError, StoreError

STAGED = Staged("2026-03-02", 3, 2, 1, "rules", "code", ("p",), ("s1", "s2"))
MANIFEST = Manifest(1, "0.1.0", (STAGED,), ({"name": "articles", "rows": 2},))


def published(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    store.publish(store.new_staging(), MANIFEST)
    return store


def test_an_empty_store_has_an_empty_version(tmp_path: Path) -> None:
    assert Store(tmp_path).current() == Manifest(0, "")


def test_a_published_version_is_what_the_pointer_names(tmp_path: Path) -> None:
    store = published(tmp_path)
    assert store.current() == MANIFEST
    assert (store.published / "current").read_text() == "1\n"


def test_a_version_that_never_became_current_is_replaced(tmp_path: Path) -> None:
    store = published(tmp_path)
    orphan = store.version_folder(2)
    orphan.mkdir()
    (orphan / "half.parquet").write_text("died here")
    store.publish(store.new_staging(), replace(MANIFEST, version=2))
    assert [file.name for file in orphan.iterdir()] == ["manifest.json"]
    assert store.current().version == 2


def test_leftovers_of_dead_runs_are_removed(tmp_path: Path) -> None:
    store = published(tmp_path)
    (store.published / f"{STAGING}999").mkdir()
    (store.stage / "pages").mkdir(parents=True)
    (store.stage / "pages" / f"{STAGING}999.parquet").write_text("x")
    store.remove_leftovers()
    assert not list(tmp_path.rglob(f"{STAGING}*"))


def test_a_manifest_from_the_future_is_refused(tmp_path: Path) -> None:
    store = published(tmp_path)
    file = store.version_folder(1) / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 99}))
    with pytest.raises(StoreError, match="newer than this one; upgrade first"):
        store.current()


@pytest.mark.parametrize("damage", ["", "{", "[]"])
def test_a_damaged_manifest_is_named(tmp_path: Path, damage: str) -> None:
    store = published(tmp_path)
    (store.version_folder(1) / "manifest.json").write_text(damage)
    with pytest.raises(StoreError, match=r"manifest\.json: cannot be read"):
        store.current()


def test_a_damaged_pointer_is_named(tmp_path: Path) -> None:
    store = published(tmp_path)
    (store.published / "current").write_text("x")
    with pytest.raises(StoreError, match="current: does not name a version"):
        store.current()


def test_a_second_run_is_told_who_is_at_work(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, copydesk.store as s\n"
        "with s.Store(pathlib.Path(sys.argv[1])).lock(): print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(BusyError, match=f"pid {other.pid} on .* since"), Store(tmp_path).lock():
            pass
        other.kill()
    with Store(tmp_path).lock():  # the kernel freed the lock of the dead process
        pass


def test_the_same_pages_are_the_same_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    table = pa.table({"page_id": ["a", "b"]})
    digest = store.put_pages(table)
    assert store.put_pages(table) == digest
    assert [file.name for file in (store.stage / "pages").iterdir()] == [f"{digest}.parquet"]
    assert file_digest(store.page_shard(digest)).startswith(digest)


def test_text_that_is_not_utf_8_is_never_written(tmp_path: Path) -> None:
    bad = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")])
    with pytest.raises(pa.ArrowInvalid, match="UTF8"):
        write_parquet(pa.table({"text": bad}), tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    table = pa.table({"a": [1, None], "b": ["x", ""]})
    write_parquet(table, tmp_path / "x.parquet")
    assert pq.read_table(tmp_path / "x.parquet") == table

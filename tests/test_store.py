import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk import checksums, locks
from copydesk.checksums import file_digest
from copydesk.store import STAGING, Manifest, Staged, Store, write_checked, write_parquet
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


def test_the_lock_says_who_holds_it_and_is_emptied(tmp_path: Path) -> None:
    file = tmp_path / ".lock"
    with Store(tmp_path).lock("trying"):
        told = json.loads(file.read_text())
        assert (told["pid"], told["host"], told["boot_id"], told["doing"]) == (
            os.getpid(),
            socket.gethostname(),
            locks.boot_id(),
            "trying",
        )
    assert file.read_text() == ""


def left_behind(tmp_path: Path, **changes: object) -> Path:
    """Leave a lock as a process leaves it that is killed."""
    holder = locks.Holder(
        4, socket.gethostname(), locks.boot_id(), "2026-03-02T02:00:00+00:00", "making an edition"
    )
    file = tmp_path / ".lock"
    file.write_text(json.dumps({**asdict(holder), **changes}) + "\n")
    return file


@pytest.mark.parametrize("changes", [{}, {"boot_id": "another"}, {"host": "container-7"}])
def test_a_run_that_died_on_this_machine_is_succeeded_with_a_notice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, changes: dict[str, object]
) -> None:
    left_behind(tmp_path, **changes)
    with Store(tmp_path).lock():
        pass
    [record] = caplog.records
    assert record.getMessage().startswith("lock: a run died (pid 4 on ")
    assert record.getMessage().endswith("since 2026-03-02T02:00:00+00:00, making an edition); this one takes over")


def test_a_lock_of_another_machine_is_respected_until_a_person_deletes_it(tmp_path: Path) -> None:
    file = left_behind(tmp_path, host="elsewhere", boot_id="another")
    with (
        pytest.raises(BusyError, match=rf"pid 4 on elsewhere since .*, delete {file} and run again"),
        Store(tmp_path).lock(),
    ):
        pass
    file.unlink()
    with Store(tmp_path).lock():
        pass


def test_while_a_file_is_replaced_its_sheet_allows_the_old_one_and_no_damaged_one(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"

    def sheet() -> list[str]:
        return checksums.read(checksums.sheet_of(file))["notes.jsonl"]

    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    write_checked(file, "one")
    assert sheet() == [digest("one")]
    write_checked(file, "two")
    assert sheet() == [digest("two"), digest("one")]
    file.write_text("damage")
    write_checked(file, "three")
    assert sheet() == [digest("three")]


PUBLISH = """
import sys, pathlib, pyarrow as pa, copydesk.store as s
store = s.Store(pathlib.Path(sys.argv[1]))
for number in (1, 2):
    staging = store.new_staging()
    for name in ("articles", "stories"):
        s.write_parquet(pa.table({"n": [number]}), staging / f"{name}.parquet")
    store.publish(staging, s.Manifest(number, "0.1.0"))
s.put_tables(store.shard("k"), {"articles": pa.table({"n": [1]})})
store.put_pages(pa.table({"n": [1]}))
store.put_memory("m", pa.table({"n": [1]}))
store.point(1)
"""
CALL = re.compile(r"\d+ +(?P<call>fsync|rename\w*)\((?P<rest>.*)\) = 0")


def traced(tmp_path: Path) -> list[tuple[str, str, str]]:
    """Give what publishing flushed and renamed in its order, as strace saw it: what, from where, to where."""
    if shutil.which("strace") is None:
        pytest.skip("THE ORDER OF WRITES IS NOT TESTED: there is no strace on this machine")
    log = tmp_path / "trace"
    command = ["strace", "-f", "-y", "-e", "trace=fsync,rename,renameat,renameat2", "-o", str(log)]
    subprocess.run([*command, sys.executable, "-c", PUBLISH, str(tmp_path / "data")], check=True)
    calls = []
    for match in filter(None, map(CALL.match, log.read_text().splitlines())):
        paths = re.findall(r'"([^"]*)"', match["rest"]) or re.findall(r"<([^>]*)>", match["rest"]) * 2
        if paths[0].startswith(str(tmp_path)):
            short = [path.removeprefix(f"{tmp_path}/data").lstrip("/") for path in paths]
            calls.append((match["call"][:6], short[0], short[-1]))
    return calls


def test_all_is_flushed_before_it_gets_its_name_and_the_pointer_moves_last(tmp_path: Path) -> None:
    calls = traced(tmp_path)
    renames = [(number, old, new) for number, (call, old, new) in enumerate(calls) if call == "rename"]
    flushed = [path if call == "fsync" else "" for call, path, _ in calls]
    for number, old, new in renames:
        inside = [to for before, _, to in renames if before < number and to.startswith(f"{old}/")]
        assert old in flushed[:number], f"{old} was not flushed before it became {new}"
        assert all(path in flushed[:number] or path in inside for path in inside)
        assert str(Path(new).parent) in flushed[number:] or "/" not in new, f"{new}: its folder was not flushed"
    moves = [(number, new) for number, _, new in renames if new.startswith("published/")]
    kinds = [new if new == "published/current" else Path(new).parts[1] for _, new in moves]
    of_versions = [kind for kind in kinds if not kind.startswith(STAGING)]
    assert of_versions == ["versions", "published/current"] * 2 + ["published/current"]
    for number, new in moves:
        if new.startswith("published/versions/"):
            [old] = [old for place, old, _ in renames if place == number]
            tables = {f"{old}/{name}.parquet" for name in ("articles", "stories")}
            assert tables <= set(flushed[:number])
            pointer = next(place for place, to in moves if place > number and to == "published/current")
            assert "published/versions" in flushed[number:pointer]
    note = next(number for number, _, new in renames if new == "runs/rollbacks.jsonl")
    assert note < moves[-1][0]


def test_leftovers_within_leftovers_are_removed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    inner = store.published / "staging-1" / "staging-1-manifest.json"
    inner.parent.mkdir(parents=True)
    inner.write_text("{")
    store.remove_leftovers()
    assert list(store.published.iterdir()) == []

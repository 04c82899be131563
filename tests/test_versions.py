"""Going back, and what goes for good: versions, rollback, retention, and what the stage holds for them."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest import mock

import duckdb
import pyarrow as pa
import pytest

from copydesk import catalog, checksums, edition, janitor, verify, versions, workers
from copydesk.folding import Shelf, fingerprints_file
from copydesk.settings import Settings
from copydesk.store import STAGING, Manifest, Staged, Store, appear, put_tables, write_text
from copydesk.versions import Rolled
from tests.command import copydesk
from tests.in_process import at_once
from tests.test_edition import ask, digests, feed
from transforms.errors import CheckError, UsageError

NOW = dt.datetime(2026, 6, 15, 4, tzinfo=dt.UTC)
FIRST = dt.date(2026, 3, 4)
TOWNS = ("Lunow", "Torgelow", "Malchin", "Anklam")


def make(root: Path, number: int, **changes: int) -> None:
    """Make the edition of one day, with one article; a copy of the folder has the same inputs."""
    inbox = Path((root / "inbox").read_text())
    file = feed(inbox, f"{number}.jsonl", TOWNS[number])
    settings = Settings(root / "data", workers=1, classifier=False, **changes)  # type: ignore[arg-type]
    with mock.patch.object(workers, "run", at_once):
        edition.run([file], day=FIRST + dt.timedelta(days=number), settings=settings)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with three versions, each with one edition more."""
    root = tmp_path_factory.mktemp("made")
    (root / "inbox").write_text(str(root / "in"))
    for number in range(3):
        make(root, number)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_the_versions_are_listed_with_what_they_hold(root: Path) -> None:
    listed = copydesk("versions", "--json", "--data", str(root / "data"))
    rows = list(map(json.loads, listed.stdout.decode().splitlines()))
    days = [(FIRST + dt.timedelta(days=number)).isoformat() for number in range(3)]
    held = [(row["version"], row["editions"], row["articles"], row["is_current"], row["damage"]) for row in rows]
    assert held == [
        (1, days[:1], 1, False, ""),
        (2, days[:2], 2, False, ""),
        (3, days, 3, True, ""),
    ]
    folder = Store(root / "data").version_folder(3)
    assert rows[2]["bytes"] == sum(file.stat().st_size for file in folder.glob("*.parquet"))
    assert (
        rows[2]["published_at"] == checksums.unsealed((root / "data/runs/000003.json").read_text())["published_at"]
    )
    shown = copydesk("versions", "--data", str(root / "data")).stdout.decode().splitlines()
    assert shown[0] == versions.HEADER
    assert shown[3].endswith("current")


def test_a_rollback_moves_the_pointer_and_the_catalog_and_says_what_is_left(root: Path) -> None:
    data = root / "data"
    rolled = copydesk("rollback", "1", "--data", str(data))
    again = "no night publishes them again by itself, so run them again: copydesk run INPUT --edition DAY"
    told = f"version 1 is current, in place of version 3\nnot in it: 2026-03-05, 2026-03-06; {again}\n"
    assert (rolled.returncode, rolled.stdout.decode()) == (0, told)
    assert Store(data).current().version == 1
    assert ask(data, "select site from articles") == [("lunow.example",)]
    assert [(note["from"], note["to"]) for note in Store(data).rollbacks()] == [(3, 1)]
    assert verify.verify(Store(data), [1, 2, 3], is_whole=True).faults == ()


def test_a_number_is_never_used_twice(root: Path) -> None:
    data = root / "data"
    before = digests(data)
    versions.rollback(Store(data), 1)
    make(root, 3)
    assert Store(data).current().version == 4
    assert [staged.edition for staged in Store(data).current().editions] == ["2026-03-04", "2026-03-07"]
    assert versions.rollback(Store(data), 3) == Rolled(3, 4, ("2026-03-07",), ())
    assert digests(data) == before
    assert Store(data).next_number() == 5


def test_what_a_rollback_left_is_published_when_it_is_run_again(root: Path) -> None:
    data = root / "data"
    before = digests(data)
    versions.rollback(Store(data), 1)
    for number in (1, 2):
        make(root, number)
    assert (digests(data), Store(data).current().version) == (before, 5)


def test_a_version_that_never_became_current_is_none(root: Path) -> None:
    store = Store(root / "data")
    shutil.copytree(store.version_folder(3), store.version_folder(4))  # its run died before the pointer moved
    assert store.numbers() == [1, 2, 3]
    with pytest.raises(UsageError, match="there is no version 4; kept are: 1, 2, 3"):
        versions.rollback(store, 4)
    assert store.next_number() == 4


def test_a_damaged_version_is_not_gone_back_to(root: Path) -> None:
    store = Store(root / "data")
    file = store.version_folder(1) / "articles.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(CheckError, match=r"version 1 is damaged.*\n.*articles\.parquet: its bytes are not those"):
        versions.rollback(store, 1)
    assert store.current().version == 3


@pytest.mark.parametrize("damage", ["pointer", "manifest"])
def test_one_can_go_back_from_what_is_damaged(root: Path, damage: str) -> None:
    store = Store(root / "data")
    file = store.pointer if damage == "pointer" else store.manifest_file(3)
    file.write_text("\0")
    listed = copydesk("versions", "--json", "--data", str(store.root))
    assert [json.loads(line)["version"] for line in listed.stdout.decode().splitlines()] == [1, 2, 3]
    assert versions.rollback(store, 2).version == 2
    assert ask(store.root, "select count(*) from articles") == [(2,)]
    assert store.next_number() == 4


def test_a_damaged_note_of_a_rollback_stops_nobody(root: Path) -> None:
    store = Store(root / "data")
    versions.rollback(store, 2)
    notes = store.runs / "rollbacks.jsonl"
    notes.write_bytes(b"\xff" + notes.read_bytes())
    assert versions.rollback(store, 1).version == 1
    assert [(note["from"], note["to"]) for note in store.rollbacks()] == [(2, 1)]
    assert [line[:1] for line in notes.read_text().splitlines()] == ["\ufffd", "{"]


def born(store: Store, number: int, when: dt.datetime, *editions: Staged) -> None:
    """Publish a version without tables at an instant."""
    store.publish(store.new_staging(), Manifest(number, "0.1.0", editions))
    store.report_run(number, {})
    write_text(store.report_file(number), checksums.sealed({"published_at": when.isoformat(timespec="seconds")}))


def kept(store: Store, *, now: dt.datetime | None = NOW, **changes: int) -> list[int]:
    with store.lock():
        janitor.tidy(store, Settings(store.root, **changes), now=now)  # type: ignore[arg-type]
    return store.numbers()


def test_the_last_versions_stay_and_one_of_each_month(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = dt.datetime(2026, 3, 20, 4, tzinfo=dt.UTC)
    for number in range(1, 16):  # every sixth night: 20, 26 March; 1, 7, 13, 19, 25 April; ... 12 June
        born(store, number, first + dt.timedelta(days=6 * (number - 1)))
    assert kept(store, keep_versions=4) == [2, 7, 12, 13, 14, 15]
    assert not list(tmp_path.rglob(f"{STAGING}*"))


def test_what_was_current_within_the_grace_time_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    born(store, 1, NOW - dt.timedelta(days=9))
    born(store, 2, NOW - dt.timedelta(hours=49))
    born(store, 3, NOW - dt.timedelta(hours=2))  # until then, version 2 was read
    assert kept(store, keep_versions=1) == [2, 3]
    assert kept(store, keep_versions=1, grace_hours=1) == [3]


def test_the_current_version_stays_and_what_was_gone_back_from_for_a_while(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(1, 6):
        born(store, number, NOW - dt.timedelta(days=45 - number))
    born(store, 6, NOW - dt.timedelta(days=10))
    then = (NOW - dt.timedelta(hours=3)).isoformat(timespec="seconds")
    with mock.patch("copydesk.store._now", return_value=then):
        store.point(2)
    assert kept(store, keep_versions=1) == [2, 5, 6]
    born(store, 7, NOW - dt.timedelta(hours=1))
    assert kept(store, keep_versions=1) == [2, 5, 6, 7]  # 2 was current an hour ago, 6 three hours ago
    assert kept(store, keep_versions=1, grace_hours=2) == [2, 5, 7]
    assert kept(store, keep_versions=1, grace_hours=0) == [5, 7]


READER = """
import sys, pathlib
from copydesk import catalog
with catalog.reading(pathlib.Path(sys.argv[1])) as connection:
    print(1, flush=True); input()
    print(*connection.execute("select count(*) from articles").fetchone(), flush=True); input()
"""


def test_a_version_that_is_read_stays_until_its_reader_is_done(root: Path) -> None:
    store = Store(root / "data")
    command = [sys.executable, "-c", READER, str(store.published)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        reader.stdout.readline()
        make(root, 3, keep_versions=1, grace_hours=0)
        assert store.numbers() == [3, 4]
        assert [each.is_read for each in versions.versions(store)] == [True, False]
        reader.stdin.write("\n")
        reader.stdin.flush()
        assert reader.stdout.readline() == "3\n"
        reader.stdin.write("\n")
    assert kept(store, now=None, keep_versions=1, grace_hours=0) == [4]


def test_a_version_that_another_program_has_open_stays(root: Path) -> None:
    store = Store(root / "data")
    with (store.version_folder(1) / "articles.parquet").open("rb"):
        assert kept(store, now=None, keep_versions=1, grace_hours=0) == [1, 3]
    assert kept(store, now=None, keep_versions=1, grace_hours=0) == [3]


def test_a_reader_who_comes_while_a_version_goes_gets_the_next(root: Path) -> None:
    store = Store(root / "data")
    former = shutil.copy(store.published / catalog.NAME, root / "former.duckdb")
    make(root, 3, keep_versions=1, grace_hours=0)
    assert store.numbers() == [4]
    opened = [duckdb.connect(former, read_only=True), catalog.connect(store.published)]
    with (
        mock.patch.object(catalog, "connect", side_effect=opened),
        catalog.reading(store.published) as connection,
    ):
        assert connection.execute("select count(*) from articles").fetchall() == [(4,)]


def staged_night(store: Store, number: int) -> Staged:
    """Stage all that an edition leaves there, as small as can be."""
    table = pa.table({"n": [number]})
    key = f"{number:032x}"
    put_tables(store.shard(key), {"articles": table})
    memory = store.put_memory(f"m{number}", table).stem
    day = FIRST + dt.timedelta(days=number % 40)
    staged = Staged(day.isoformat(), 1, 1, 0, "r", "c", (store.put_pages(table),), (key,), memory_digest=memory)
    shelf = Shelf(store, staged)
    put_tables(shelf.folder, {"carriers": table})
    for file in (fingerprints_file(store, key), store.stage / "alignments" / shelf.key / "window.parquet"):
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "staged").write_bytes(b"x")
        appear(file.parent / "staged", file)
    return staged


def parts(store: Store) -> list[str]:
    return sorted(str(path.relative_to(store.stage)) for path in store.stage.rglob("*") if path.is_file())


def age(store: Store, hours: int) -> None:
    """Let all that lies in the stage be older."""
    then = (NOW - dt.timedelta(hours=hours)).timestamp()
    for path in store.stage.rglob("*"):
        os.utime(path, (then, then))


def test_after_forty_editions_the_stage_holds_what_kept_versions_need(tmp_path: Path) -> None:
    store, alone = Store(tmp_path / "data"), Store(tmp_path / "alone")
    for number in range(40):  # each replaces the one edition that there is
        staged = staged_night(store, number)
        born(store, number + 1, NOW - dt.timedelta(hours=40 - number), staged)
    age(store, 1)
    assert kept(store, keep_versions=3, grace_hours=0) == [38, 39, 40]
    for number in range(37, 40):
        staged_night(alone, number)
    assert parts(store) == parts(alone) != []


def test_what_a_stopped_run_staged_stays_for_the_grace_time(tmp_path: Path) -> None:
    store = Store(tmp_path)
    born(store, 1, NOW, staged_night(store, 1))
    age(store, 99)
    needed = parts(store)
    staged_night(store, 2)  # and then its run died
    age(store, 47)
    assert kept(store) == [1]
    assert len(parts(store)) == 2 * len(needed)
    age(store, 49)
    kept(store)
    assert parts(store) == needed


def test_where_a_manifest_is_damaged_the_stage_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path)
    for number in (1, 2):
        born(store, number, NOW, staged_night(store, number))
    age(store, 99)
    before = parts(store)
    store.manifest_file(1).write_text("{")
    assert kept(store) == [1, 2]
    assert parts(store) == before
    assert "janitor: stopped" in caplog.text


def test_one_goes_back_to_a_kept_version_and_the_next_night_stands_on_it(root: Path) -> None:
    data = root / "data"
    make(root, 1, keep_versions=2, grace_hours=0)  # nothing is new, but the janitor comes
    assert Store(data).numbers() == [2, 3]
    versions.rollback(Store(data), 2)
    make(root, 2, keep_versions=2, grace_hours=0)
    assert Store(data).numbers() == [3, 4]
    assert verify.verify(Store(data), [3, 4], is_whole=True).faults == ()
    assert ask(data, "select count(*) from articles") == [(3,)]

"""Every bit that we wrote is looked after: what is damaged is named, and made anew where that can be."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk import checksums, decisions, edition, repair, verify, workers
from copydesk.checksums import file_digest
from copydesk.decisions import Decision
from copydesk.settings import Settings
from copydesk.store import Manifest, Store, write_text
from copydesk.verify import Fault
from tests.command import copydesk
from tests.in_process import at_once
from tests.test_edition import digests, feed
from transforms.errors import StoreError, UsageError

FIRST = dt.date(2026, 3, 4)
SECOND = FIRST + dt.timedelta(days=1)


def make(root: Path, day: dt.date, *towns: str) -> None:
    """Make the edition of one day, with a record that no page can be made of."""
    file = feed(root / "in", f"{day}.jsonl", *towns)
    file.write_text(file.read_text() + '{"url": \n')
    run(file, day, root / "data")


def run(file: Path, day: dt.date, data: Path) -> None:
    with mock.patch.object(workers, "run", at_once):
        edition.run([file], day=day, settings=Settings(data, workers=1, classifier=False))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with two versions of two editions, and all else that copydesk writes."""
    root = tmp_path_factory.mktemp("made")
    store = Store(root / "data")
    with store.lock():
        decisions.add(store, [Decision("lunow.example", "Tide times", "approved")])
    make(root, FIRST, "Lunow", "Torgelow")
    make(root, SECOND, "Torgelow", "Malchin")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """Give a copy, to be damaged."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


def look(root: Path) -> list[Fault]:
    store = Store(root / "data")
    return list(verify.verify(store, verify.chosen(store, None, every=True), is_whole=True).faults)


def flip(file: Path, chance: random.Random) -> None:
    """Flip one bit of a file."""
    data = bytearray(file.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    file.write_bytes(data)


def rebuilt(root: Path) -> repair.Repaired:
    with mock.patch.object(workers, "run", at_once):
        return repair.repair(Settings(root / "data", workers=1, classifier=False))


def told(faults: list[Fault], root: Path) -> list[str]:
    return [str(fault.file.relative_to(root / "data")) for fault in faults]


def test_what_nobody_touched_has_no_fault(made: Path) -> None:
    store = Store(made / "data")
    found = verify.verify(store, [2])
    assert found.faults == ()
    (line,) = found.to_lines()
    assert re.fullmatch(
        r"version 2: 2 editions, 6 input records, \d\d files, [\d,]+ bytes: "
        r"all as it was written, every record accounted for",
        line,
    )
    assert look(made) == []


def test_what_the_manifest_does_not_know_is_named_and_harms_no_version(root: Path) -> None:
    store = Store(root / "data")
    folder = store.version_folder(1)
    (folder / "notes.txt").write_text("mine")
    (folder / "articles.parquet.d").mkdir()
    wrong = "the manifest beside it does not know it"
    remedy = "no copydesk put it there and nothing reads it: look at it, then move it elsewhere or delete it"
    strange = [Fault(folder / name, wrong, remedy) for name in ("articles.parquet.d", "notes.txt")]
    assert list(verify.verify(store, [1]).faults) == strange
    done = copydesk("verify", 1, "--data", store.root)
    assert (done.returncode, done.stdout.decode().splitlines()[:-1]) == (2, [fault.to_line() for fault in strange])
    assert list(verify.verify(store, [2]).faults) == []
    assert list(verify.version_faults(store, 1)) == []  # a rollback to it is sound
    assert rebuilt(root).left.faults == (*strange,)
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_flipped_bit_is_found_in_every_file(root: Path) -> None:
    chance = random.Random(20260304)  # noqa: S311  # not a secret
    store = Store(root / "data")
    store.point(1)
    store.point(2)  # leaves a note
    files = sorted(file for file in store.root.rglob("*") if file.is_file() and file.stat().st_size)
    deciding = {"manifest.json", "current"}  # while they are damaged, less is looked at
    sheets = [file for file in files if file.name.endswith(checksums.SHEET)]
    rest = [file for file in files if file not in sheets and file.name not in deciding]
    rounds = [rest, sheets, [file for file in files if file.name == "manifest.json"], [store.pointer]]
    assert sum(map(len, rounds)) == len(files)
    assert {file.relative_to(store.root).parts[0] for file in files} == {"stage", "published", "runs", "decisions"}
    whole = {file: file.read_bytes() for file in files}
    for damaged in rounds * 3:
        for file in damaged:
            flip(file, chance)
        named = {fault.file for fault in look(root)}
        assert set(damaged) - named == set()
        for file in damaged:
            file.write_bytes(whole[file])
    assert look(root) == []


def test_every_bit_of_the_small_files_that_decide_is_looked_after(root: Path) -> None:
    store = Store(root / "data")

    def of_pointer() -> list[Fault]:
        return [*verify.pointer_faults(store), *verify.catalog_faults(store)]

    def of_version() -> list[Fault]:
        return list(verify.version_faults(store, 2))

    for file, faults, step in ((store.pointer, of_pointer, 1), (store.manifest_file(2), of_version, 101)):
        whole = file.read_bytes()
        for bit in range(0, 8 * len(whole), step):
            data = bytearray(whole)
            data[bit // 8] ^= 1 << bit % 8
            file.write_bytes(data)
            assert faults(), (file, bit)
        file.write_bytes(whole)


@pytest.mark.parametrize(
    "pattern", ["published/versions/000002/articles.parquet", "stage/shards/*/articles.parquet"]
)
def test_the_command_names_the_fault_and_exits_2(root: Path, pattern: str) -> None:
    file = max((root / "data").glob(pattern))
    flip(file, random.Random(1))  # noqa: S311  # not a secret
    found = copydesk("verify", "--all", "--data", str(root / "data"))
    assert (found.returncode, found.stderr) == (2, b"")
    first, last = found.stdout.decode().splitlines()
    assert first == (f"{file}: its bytes are not those that were written; copydesk verify --repair makes it anew")
    assert last.endswith(": faults: 1")


def test_what_verify_says_is_there_for_machines(root: Path) -> None:
    data = root / "data"
    (data / "published" / "current").write_text("7\n")
    found = copydesk("verify", "--json", "--data", str(data))
    assert found.returncode == 2
    gone = data / "published" / "versions" / "000007" / "manifest.json"
    assert [fault["wrong"] for fault in json.loads(found.stdout)["faults"]] == [
        "names version 7, which is not there",
        "names version 7, but news.duckdb shows version 2",
        f"cannot be read ([Errno 2] No such file or directory: '{gone}')",
    ]


def test_a_version_that_is_not_there_is_wrong_usage(made: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no version 9; kept are: 1, 2"):
        verify.chosen(Store(made / "data"), 9, every=False)
    with pytest.raises(UsageError, match="nothing is published here"):
        verify.chosen(Store(tmp_path), None, every=False)


def rewrite(root: Path, table: str, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write a table of the current version anew, with a manifest that fits it: a fault of ours, not of the disk."""
    store = Store(root / "data")
    manifest = store.current()
    file = store.version_folder(2) / f"{table}.parquet"
    changed = change(pq.read_table(file))
    pq.write_table(changed, file)
    new = {"rows": changed.num_rows, "bytes": file.stat().st_size, "sha256": file_digest(file)}
    tables = tuple({**each, **(new if each["name"] == table else {})} for each in manifest.tables)
    write_text(store.manifest_file(2), replace(manifest, tables=tables).to_json())


@pytest.mark.parametrize(
    ("table", "change", "file", "wrong"),
    [
        (
            "articles",
            lambda table: table.slice(1),
            "editions.parquet",
            "not every record is accounted for: edition 2026-03-04, told 2, articles 1",
        ),
        (
            "quarantine",
            lambda table: table.slice(1),
            "editions.parquet",
            "not every record is accounted for: edition 2026-03-04, records 3, pages 2, repeated_records 0",
        ),
        (
            "articles",
            lambda table: table.rename_columns(["id", *table.column_names[1:]]),
            "articles.parquet",
            "has the columns id, edition",
        ),
        (
            "pairs",
            lambda table: table.replace_schema_metadata(None),
            "pairs.parquet",
            "says something else of its rows than the model does",
        ),
    ],
)
def test_tables_that_do_not_add_up_are_a_fault_though_their_checksums_fit(
    root: Path, table: str, change: Callable[[pa.Table], pa.Table], file: str, wrong: str
) -> None:
    rewrite(root, table, change)
    faults = list(verify.version_faults(Store(root / "data"), 2))
    assert faults[0].file.name == file
    assert faults[0].wrong.startswith(wrong)


def test_a_manifest_of_before_there_were_seals_is_accepted(root: Path) -> None:
    store = Store(root / "data")
    file = store.manifest_file(2)
    known = json.loads(file.read_text())
    plain = {name: known[name] for name in ("format", "version", "copydesk", "editions", "tables")}
    file.write_text(json.dumps(plain, indent=1) + "\n")
    assert store.current().version == 2
    assert look(root) == []


def test_a_seal_is_of_every_field() -> None:
    text = Manifest(3, "0.1.0").to_json()
    assert checksums.unsealed(text)["version"] == 3
    with pytest.raises(ValueError, match="no checksum"):
        checksums.unsealed(text.replace("sha256", "sha257"))


REBUILDABLE = (
    "stage/shards/[!s]*/articles.parquet",
    "stage/index/*/carriers.parquet",
    "stage/alignments/*/*.parquet",
    "stage/fingerprints/*/*.arrow",
    "stage/memory/*.parquet",
    "published/news.duckdb",
)


def test_what_can_be_made_anew_is(root: Path) -> None:
    data = root / "data"
    before = digests(data)
    files = [min(data.glob(pattern)) for pattern in REBUILDABLE]
    for file in files:
        flip(file, random.Random(2))  # noqa: S311  # not a secret
    repaired = rebuilt(root)
    assert (list(repaired.left.faults), repaired.version) == ([], 2)
    assert set(repaired.removed) == {*(file.parent for file in files[:2]), *files[2:]}
    assert digests(data) == before


def test_a_damaged_table_is_published_again(root: Path) -> None:
    data = root / "data"
    before = digests(data)
    flip(data / "published" / "versions" / "000002" / "articles.parquet", random.Random(3))  # noqa: S311
    repaired = rebuilt(root)
    assert (list(repaired.left.faults), repaired.version, repaired.left.versions) == ([], 3, (1, 3))
    assert digests(data) == before


@pytest.mark.parametrize("pattern", ["pages/*.parquet", "shards/sources-*/quarantine.parquet"])
def test_what_cannot_be_made_anew_is_named_and_the_rest_stands(root: Path, made: Path, pattern: str) -> None:
    data = root / "data"
    before = digests(data)
    file = min((data / "stage").glob(pattern))
    flip(file, random.Random(4))  # noqa: S311  # not a secret
    repaired = rebuilt(root)
    assert (repaired.removed, repaired.version) == ((), 2)
    assert told(list(repaired.left.faults), root) == [str(file.relative_to(data))]
    assert digests(data) == before
    (remedy,) = {fault.remedy for fault in repaired.left.faults}
    if delete := re.search(r"delete (\S+) and run", remedy):
        shutil.rmtree(delete[1])
    (day,) = re.findall("edition ([0-9-]{10}) again", remedy)
    run(made / "in" / f"{day}.jsonl", dt.date.fromisoformat(day), data)  # what the remedy says
    assert look(root) == []
    assert digests(data) == before


def test_shards_are_not_made_anew_from_damaged_pages(root: Path) -> None:
    store = Store(root / "data")
    staged = store.current().editions[0]
    (key,) = (key for key in staged.shards if not key.startswith("sources-"))
    files = [store.page_shard(staged.page_shards[0]), store.shard(key) / "articles.parquet"]
    for file in files:
        flip(file, random.Random(5))  # noqa: S311  # not a secret
    repaired = rebuilt(root)
    assert (repaired.removed, repaired.version) == ((), 2)
    assert [fault.file for fault in repaired.left.faults] == files
    shutil.rmtree(store.shard(key))
    with pytest.raises(StoreError, match=r"\.parquet: damaged; run the inputs of edition 2026-03-04 again"):
        rebuilt(root)


def test_repair_says_so_where_nothing_is_published_and_makes_no_folder(tmp_path: Path) -> None:
    told = copydesk("verify", "--repair", "--data", tmp_path / "data")
    message = (
        f"copydesk: {tmp_path / 'data'}: nothing is published here; begin with `copydesk run`, or give --data\n"
    )
    assert (told.returncode, told.stderr.decode(), (tmp_path / "data").exists()) == (64, message, False)


def test_repair_asks_for_a_version_where_the_pointer_is_gone(root: Path) -> None:
    pointer = Store(root / "data").pointer
    pointer.unlink()
    told = copydesk("verify", "--repair", "--data", root / "data")
    message = f"copydesk: {pointer}: is gone; choose a version: copydesk versions, copydesk rollback N\n"
    assert (told.returncode, told.stderr.decode()) == (74, message)

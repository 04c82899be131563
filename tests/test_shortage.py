import datetime as dt
import errno
import logging
import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk import edition, exits, folding, models
from copydesk.settings import Settings
from copydesk.shortage import is_shortage, sparing
from copydesk.store import Staged, Store
from tests.tiny_edition import article, member, stage
from transforms.errors import ShortageError, StoreError
from transforms.fold import Folded

DAY = dt.date(2026, 3, 2)
HUGE = 1 << 60


def test_memory_that_is_refused_is_known_in_all_words() -> None:
    with pytest.raises(MemoryError) as of_numpy:
        np.empty(HUGE, np.uint8)
    with pytest.raises(MemoryError) as of_arrow:
        pa.allocate_buffer(HUGE)
    with (
        duckdb.connect(config={"memory_limit": "1MB", "threads": "1"}) as connection,
        pytest.raises(duckdb.OutOfMemoryException) as of_duckdb,
    ):
        connection.execute("create table t as select range, random() from range(1000000) order by 2")
    of_the_kernel = OSError(errno.ENOMEM, "Cannot allocate memory")
    of_arrow_from_duckdb = OSError("Out of Memory Error: ArrowBuffer: failed to allocate 8388608 bytes")
    found = [
        of_arrow_from_duckdb,
        of_numpy.value,
        of_arrow.value,
        of_duckdb.value,
        of_the_kernel,
        RuntimeError("can't start new thread"),
    ]
    assert [error for error in found if not is_shortage(error)] == []
    assert not is_shortage(OSError(errno.ENOSPC, "No space left on device"))


def test_a_step_is_done_once_more_with_less_and_then_named(caplog: pytest.LogCaptureFixture) -> None:
    def step(is_sparing: bool) -> str:  # noqa: FBT001
        return "done" if is_sparing else str(np.empty(HUGE, np.uint8))

    with caplog.at_level(logging.WARNING):
        assert sparing("models", step) == "done"
    [told] = [record.message for record in caplog.records]
    assert told.startswith("models: out of memory (Unable to allocate 1.00 EiB for an array")
    assert told.endswith("), once more with less at once")
    with pytest.raises(
        ShortageError, match=r"^models: out of memory, with less at once, too \(Unable .*run again$"
    ):
        sparing("models", lambda _: np.empty(HUGE, np.uint8))


def test_a_step_that_fails_otherwise_is_not_done_again() -> None:
    tried = []

    def step(is_sparing: bool) -> None:  # noqa: FBT001
        tried.append(is_sparing)
        raise StoreError("damaged")

    with pytest.raises(StoreError):
        sparing("models", step)
    assert tried == [False]


def test_models_that_do_not_fit_for_many_threads_are_made_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    files, only = many(tmp_path, 10_000), frozenset({"articles", "members", "story_aliases"})
    connect = models._connect

    def made(memory_limit: str) -> list[tuple[str, int, str]]:
        def connected(folder: Path) -> duckdb.DuckDBPyConnection:
            connection = connect(folder)
            connection.execute("set threads = 16")
            connection.execute("set memory_limit = ?", [memory_limit])
            return connection

        def build(is_sparing: bool) -> list[tuple[str, int, str]]:  # noqa: FBT001
            with models.build(files, only=only, temp=tmp_path, is_sparing=is_sparing) as built:
                return [(made.name, made.rows, made.sha256) for made in built.write(folder)]

        monkeypatch.setattr(models, "_connect", connected)
        folder = tmp_path / memory_limit
        folder.mkdir()
        return sparing("models", build)

    assert (made("120MB"), [record.message[:24] for record in caplog.records]) == (
        made("2GB"),
        ["models: out of memory (O"],
    )


def test_a_full_disk_under_the_models_is_named_with_its_place_and_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, only = many(tmp_path, 10_000), frozenset({"articles", "members", "story_aliases"})
    connect, tried = models._connect, []

    def connected(folder: Path) -> duckdb.DuckDBPyConnection:
        connection = connect(folder)
        for statement in ("threads = 1", "memory_limit = '100MB'", "max_temp_directory_size = '2MB'"):
            connection.execute(f"set {statement}")
        return connection

    def build(is_sparing: bool) -> None:  # noqa: FBT001
        tried.append(is_sparing)
        models.build(files, only=only, temp=tmp_path, is_sparing=is_sparing).close()

    monkeypatch.setattr(models, "_connect", connected)
    with pytest.raises(StoreError) as full:
        sparing("models", build)
    assert tried == [False]  # with less in memory more would be spilled
    told = re.fullmatch(
        r"the disk is full: what does not fit in memory has taken 1\.\d MiB of 1\.9 MiB in (.+)/models-\w+/spill, "
        r"and \d+ MiB are free there; make room on that disk, or give the machine more memory, and run again; "
        "what is published is whole",
        str(full.value),
    )
    assert (told and told[1]) == str(tmp_path)
    assert list(tmp_path.glob("models-*")) == []


def test_a_disk_that_fills_while_tables_are_written_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match=r"^the disk is full: .* has taken all the room in .*/spill"),
        models.build({}, temp=tmp_path),
    ):
        raise duckdb.IOException('IO Error: Could not write file "spill/x.tmp": No space left on device')


def test_fold_and_models_of_a_night_are_done_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fold, build = folding.fold, models.build

    def folded(store: Store, editions: list[Staged], settings: Settings, *more: Any) -> Folded:
        if settings.processes > 1:
            raise MemoryError
        return fold(store, editions, settings, *more)

    def built(*files: Any, is_sparing: bool = False, **more: Any) -> models.Built:
        if not is_sparing:
            raise MemoryError
        return build(*files, **more)

    monkeypatch.setattr(folding, "fold", folded)
    monkeypatch.setattr(models, "build", built)
    page = tmp_path / "a.txt"
    page.write_text("Ferry leaves\n\nThe ferry left the harbour at eight in the morning, the office said.\n")
    report = edition.run([page], day=DAY, settings=Settings(tmp_path / "data", workers=2, classifier=False))
    assert (report.version, report.articles) == (1, 1)
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        f"{step}: out of memory (MemoryError), once more with less at once" for step in ("fold", "models")
    ]


def test_memory_that_runs_out_anywhere_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        return int(np.empty(HUGE, np.uint8)[0])

    assert exits.guarded(work) == exits.CANNOT_WRITE
    assert capsys.readouterr().err.startswith("copydesk: out of memory (Unable to allocate 1.00 EiB")


def many(folder: Path, number: int) -> dict[str, list[Path]]:
    """Give staged files of so many articles of 4 kB, each a story."""
    chance = np.random.default_rng(20_260_302)
    names = [f"{at:024x}" for at in chance.permutation(number)]
    bodies = [chance.bytes(2_000).hex() for _ in names]
    staged = stage(folder, articles=[article("a")], members=[member("a")])
    for table, columns in {
        "articles": {"article_id": names, "body": bodies},
        "members": {"article_id": names, "story_id": names},
    }.items():
        [file] = staged[table]
        row = pq.read_table(file)
        whole = row.take(pa.array(np.zeros(number, np.int64)))
        for column, values in columns.items():
            place = row.schema.get_field_index(column)
            whole = whole.set_column(
                place, row.schema.field(column), pa.array(values, row.schema.field(column).type)
            )
        pq.write_table(whole, file, row_group_size=2_000)
    return {table: staged[table] for table in ("articles", "members")}

"""A file that is written while it is read waits for the next run, and nothing of it is taken before."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copydesk import edition, sources
from copydesk.edition import Night
from copydesk.report import nothing
from copydesk.settings import Settings
from copydesk.store import Manifest, Store
from tests.test_edition import feed

DAY = dt.date(2026, 3, 4)


def gathered(folder: Path) -> Night:
    with edition.opened(Settings(folder.parent / "data")) as desk:
        return edition.gather(desk, [folder], DAY)


def test_a_file_that_somebody_has_open_for_writing_is_pending(tmp_path: Path) -> None:
    whole, growing = (feed(tmp_path / "in", f"{town}.jsonl", town) for town in ("Lunow", "Malchin"))
    with growing.open("a") as writer, whole.open():  # a reader is no writer
        night = gathered(tmp_path / "in")
        assert (night.staged.records, night.pending) == (1, (str(growing),))
        writer.write("{}\n")
    night = gathered(tmp_path / "in")
    assert (night.staged.records, night.staged.pages, night.pending) == (3, 2, ())


def test_a_file_that_changes_while_it_is_read_is_pending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, growing = (feed(tmp_path / "in", f"{town}.jsonl", town) for town in ("Lunow", "Malchin"))
    read, times = sources.read, []

    def interrupted(paths: list[Path], **options: Any) -> Iterator[sources.Batch]:
        yield from read(paths, **options)
        times.append(len(paths))
        if len(times) == 1:
            with growing.open("a") as other_host:
                other_host.write('{"text": "more"}\n')

    monkeypatch.setattr(sources, "read", interrupted)
    night = gathered(tmp_path / "in")
    assert (night.staged.records, night.staged.pages, night.pending) == (1, 1, (str(growing),))
    assert times == [2, 1]


def test_a_run_that_left_a_file_says_so_and_is_not_done(tmp_path: Path) -> None:
    day = dt.date(2026, 3, 4)
    report = nothing(Store(tmp_path), Manifest(0, ""), day, skipped=(), pending=("in/a.jsonl", "in/b.jsonl"))
    assert report.is_beyond(1.0)
    assert report.to_text().splitlines()[1] == (
        "still being written, the next run takes them: 2 files such as in/a.jsonl"
    )
    assert not nothing(Store(tmp_path), Manifest(0, ""), day, skipped=(), pending=()).is_beyond(0.0)

"""What a data root must be able to do is tried out, and what it cannot is named with the remedy."""

import errno
import fcntl
import os
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from copydesk import doctor
from copydesk.cli import app
from copydesk.doctor import Finding


class Usage(NamedTuple):
    total: float
    used: float
    free: float


ROOMY = Usage(2e12, 1e12, 1e12)
TRIED = [
    Finding("write a file"),
    Finding("flush a file and its folder"),
    Finding("rename a file over another"),
    Finding("rename a folder"),
    Finding("lock a file"),
    Finding("1000.0 GB are free"),
]


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: ROOMY)


def test_a_disk_that_does_all_is_sound_and_left_as_it_was(tmp_path: Path) -> None:
    assert doctor.examine(tmp_path / "data") == TRIED
    assert list((tmp_path / "data").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_the_only_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    problem = f"{tmp_path}/file/data: cannot be written (Not a directory); choose another --data folder"
    assert doctor.examine(tmp_path / "file" / "data") == [Finding("write a file", problem)]


def test_what_fails_is_named_and_the_rest_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refused)
    problem = f"{tmp_path}: Input/output error; use a local disk for the data root"
    assert doctor.examine(tmp_path) == [TRIED[0], Finding(TRIED[1].tried, problem), *TRIED[2:]]


def test_a_lock_that_two_can_hold_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda _handle, _how: None)
    assert doctor.examine(tmp_path)[4].problem.startswith("two processes can hold one lock")


def test_little_room_is_a_problem_and_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert (told.exit_code, told.stdout.splitlines()) == (0, [f"ok  {each.tried}" for each in TRIED])
    monkeypatch.setattr("shutil.disk_usage", lambda _: ROOMY._replace(free=5e8))
    told = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path)])
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (
        74,
        f"BAD {tmp_path}: 0.5 GB are free; make room, or choose another --data folder",
    )

"""Tries out whether a data root can be relied on: what the write order of versions needs of a file system."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from copydesk.store import STAGING, sync_file, sync_folder

LEAST_BYTES = (
    1 << 30
)  # of free space: an edition of 50,000 pages stages some 400 MB, and a version is made beside the old


@dataclass(frozen=True)
class Finding:
    """What was tried; `problem` is empty where it works, else what is wrong and what to do."""

    tried: str
    problem: str = ""


def examine(root: Path) -> list[Finding]:
    """Give what was tried in the data root, in order; what is tried leaves nothing behind.

    Where nothing can be written, that is the only finding.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{STAGING}doctor-", dir=root))
    except OSError as error:
        problem = f"{root}: cannot be written ({error.strerror}); choose another --data folder"
        return [Finding("write a file", problem)]
    try:
        return [*(_tried(folder, name, work) for name, work in _TRIALS.items()), _space(root)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tried(folder: Path, name: str, work: Callable[[Path], str]) -> Finding:
    place = folder / name.replace(" ", "-")
    place.mkdir()
    try:
        return Finding(name, work(place))
    except OSError as error:
        return Finding(name, f"{folder.parent}: {error.strerror}; use a local disk for the data root")


def _write(folder: Path) -> str:
    (folder / "file").write_bytes(b"text")
    return ""


def _flush(folder: Path) -> str:
    _write(folder)
    sync_file(folder / "file")
    sync_folder(folder)
    return ""


def _replace(folder: Path) -> str:
    _write(folder)
    (folder / "new").write_bytes(b"new")
    (folder / "new").replace(folder / "file")
    is_whole = (folder / "file").read_bytes() == b"new" and not (folder / "new").exists()
    return "" if is_whole else "a file that was renamed over another is not whole; use a local disk"


def _rename(folder: Path) -> str:
    (folder / "staging").mkdir()
    _write(folder / "staging")
    (folder / "staging").rename(folder / "version")
    return "" if (folder / "version" / "file").is_file() else "a renamed folder lost its files; use a local disk"


def _lock(folder: Path) -> str:
    _write(folder)
    with (folder / "file").open("a") as one, (folder / "file").open("a") as other:
        fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return ""
    return "two processes can hold one lock, so two runs would not notice each other; use a local disk"


_TRIALS: dict[str, Callable[[Path], str]] = {
    "write a file": _write,
    "flush a file and its folder": _flush,
    "rename a file over another": _replace,
    "rename a folder": _rename,
    "lock a file": _lock,
}


def _space(root: Path) -> Finding:
    free = shutil.disk_usage(root).free
    problem = f"{root}: {free / 1e9:.1f} GB are free; make room, or choose another --data folder"
    return Finding(f"{free / 1e9:.1f} GB are free", problem if free < LEAST_BYTES else "")


def to_text(found: list[Finding]) -> Iterator[str]:
    """Give one line per finding."""
    for each in found:
        yield f"{'ok' if not each.problem else 'BAD':4}{each.problem or each.tried}"

"""Which input files are still being written: they wait for the next run, and nothing of them is taken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_PROCESSES = Path("/proc")
_WRITES = os.O_WRONLY | os.O_RDWR


class State(NamedTuple):
    """What changes when a file is written; zeros where there is none to be seen."""

    size: int = 0
    mtime_ns: int = 0
    inode: int = 0


def states(paths: Sequence[Path]) -> dict[Path, State]:
    """Give the state of each file: one that differs before and after reading was written meanwhile."""
    return {path: _state(path) for path in paths}


def being_written(paths: Sequence[Path]) -> list[Path]:
    """Give the files that a process on this machine, as far as it may be looked into, has open for writing."""
    open_files = set(_open_for_writing())
    return [path for path in paths if open_files and str(path.resolve()) in open_files]


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except OSError:
        return State()
    return State(found.st_size, found.st_mtime_ns, found.st_ino)


def _open_for_writing() -> Iterator[str]:
    """Give the paths behind the descriptors of all processes that are open for writing (proc(5), fdinfo)."""
    for process in _PROCESSES.glob("[0-9]*"):
        try:
            descriptors = list((process / "fd").iterdir())
        except OSError:
            continue  # another user's, or it has ended
        for descriptor in descriptors:
            try:
                target = str(descriptor.readlink())
                if target.startswith("/") and _is_writer(process / "fdinfo" / descriptor.name):
                    yield target
            except OSError:
                continue


def _is_writer(info: Path) -> bool:
    flags = next(line for line in info.read_text(encoding="ascii").splitlines() if line.startswith("flags:"))
    return bool(int(flags.split()[1], 8) & _WRITES)

"""Who writes to a data folder, and who reads a version of it: locks of the kernel, freed when their holder ends.

The file of the lock for writing also says who holds it, for people, and for hosts that the kernel's lock does not
reach: it need not hold over a network. Who ends in order empties it; so a name in a file whose lock is free is that
of a run that died.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import IO

from transforms.errors import BusyError

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # another one after each start of the machine
PROCESSES = Path("/proc")
log = logging.getLogger("copydesk")


@dataclass(frozen=True)
class Holder:
    """Who holds the lock for writing."""

    pid: int
    host: str
    boot_id: str
    since: str
    doing: str

    def __str__(self) -> str:
        """Give the holder in words."""
        return f"pid {self.pid} on {self.host} since {self.since}, {self.doing}"

    @property
    def is_of_this_machine(self) -> bool:
        """Tell whether this machine's kernel would know that the holder lives."""
        return self.host == socket.gethostname() or self.boot_id == boot_id()


@contextmanager
def writing(file: Path, doing: str) -> Iterator[None]:
    """Hold the lock for writing; BusyError says who holds it already.

    A holder of this machine that died is succeeded with a notice. One of another machine may live, whatever the
    lock says here: BusyError says what to delete where it does not.
    """
    with file.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{file.parent}: another run is at work ({_told(handle)}); try again later") from None
        _succeed(file, _told(handle))
        _tell(handle, Holder(os.getpid(), socket.gethostname(), boot_id(), _now(), doing))
        try:
            yield
        finally:
            handle.truncate(0)


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Hold a file for reading, so that `is_read` knows; where that cannot be, nobody can delete it either."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            fcntl.flock(stack.enter_context(file.open("rb")), fcntl.LOCK_SH)
        yield


def keep_reading(file: Path) -> None:
    """Hold a file for reading until this process ends, whatever program it becomes."""
    descriptor = os.open(file, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def is_read(file: Path) -> bool:
    """Tell whether anybody holds a file for reading, or has any file of its folder open on this machine."""
    try:
        with file.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass  # a folder without it may be read all the same
    return _is_open(file.parent)


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Give the name of this start of this machine; empty where the system does not tell."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _told(handle: IO[str]) -> Holder | str:
    """Give who the file says holds it; its text where that says nothing that we know, empty for nobody."""
    handle.seek(0)
    text = handle.read().strip()
    try:
        told = json.loads(text)
        return Holder(**{field.name: told[field.name] for field in fields(Holder)})
    except (ValueError, TypeError, KeyError):
        return text


def _succeed(file: Path, former: Holder | str) -> None:
    if isinstance(former, Holder) and not former.is_of_this_machine:
        raise BusyError(
            f"{file.parent}: {former}, is at work, or died there: locks need not reach from machine to machine. "
            f"Where it is gone, delete {file} and run again"
        )
    if former:
        log.warning("lock: a run died (%s); this one takes over", former)


def _tell(handle: IO[str], holder: Holder) -> None:
    handle.truncate(0)
    handle.write(json.dumps(asdict(holder)) + "\n")
    handle.flush()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _is_open(folder: Path) -> bool:
    """Tell whether a process that we may look at has a file below a folder open."""
    inside = f"{folder.resolve()}{os.sep}"
    for descriptors in PROCESSES.glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):  # it ended, or is another user's
            for descriptor in os.scandir(descriptors):
                with contextlib.suppress(OSError):
                    if str(Path(descriptor.path).readlink()).startswith(inside):
                        return True
    return False

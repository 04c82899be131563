"""A process that has loaded everything and forks one child per command line, so that no run pays for the start.

Each line of JSON on standard input is an Order: a child becomes `copydesk ARGUMENTS`, does the shards in its own
process, and at a chosen call it dies, stops or meets an error. `python -m tests.faults.nursery once ORDER` is one
such child without the fork, for strace and faketime.
"""

from __future__ import annotations

import atexit
import ctypes
import datetime as dt
import errno
import functools
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# What changes names on the disk or flushes to it. C++ code writes without these: strace sees that.
CALLS = ("os.fsync", "os.rename", "os.replace", "os.mkdir", "os.unlink", "os.remove", "os.rmdir")
SIGNALS = {
    "kill": signal.SIGKILL,
    "stop": signal.SIGSTOP,
    "terminate": signal.SIGTERM,
    "interrupt": signal.SIGINT,
}
LOADED = (
    "copydesk.cli",
    "copydesk.edition",
    "copydesk.inspect",
    "copydesk.learn",
    "copydesk.rule_test",
    "copydesk.shard",
    "duckdb",
    "pyarrow.parquet",
    "trafilatura",
)
SYNCED_FOLDER = "/proc/self/fd"
PR_SET_PTRACER = 0x59616D61


@dataclass(frozen=True)
class Point:
    """Where a run meets its fault: at the n-th of these calls, counted over all of them together."""

    number: int  # from 1; 0 only counts
    deed: str = "kill"  # one of SIGNALS, or the name of an errno that the call fails with
    calls: Sequence[str] = CALLS  # dotted names of functions
    path: str = ""  # count only calls about such a path
    is_after: bool = False  # the call is done first
    is_lasting: bool = False  # every later call meets it, too, as on a full disk


@dataclass(frozen=True)
class Order:
    """One command line, and what it meets."""

    arguments: Sequence[str]
    folder: str  # for what it writes to its terminal, and its trace
    point: Point | None = None
    environment: dict[str, str] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)  # name of an RLIMIT_... -> number
    is_bound: bool = False  # by the modes of files, even where root runs it
    gun: str = ""  # a file that it waits for
    is_traced: bool = False  # by a program that is not its parent
    duckdb: Sequence[str] = ()  # statements for the connection that makes the models
    has_workers: bool = False  # real worker processes
    peak: str = ""  # a file for the most memory that it held, in MiB

    def to_json(self) -> str:
        """Give the order as one line."""
        return json.dumps(asdict(self))


def read_order(text: str) -> Order:
    """Give the order that a line holds."""
    told = json.loads(text)
    point = Point(**told.pop("point")) if told["point"] else told.pop("point")
    return Order(**told, point=point)


def live(order: Order) -> None:
    """Become the command line; never comes back."""
    for limit, most in order.limits.items():
        number = getattr(resource, limit)
        resource.setrlimit(number, (most, resource.getrlimit(number)[1]))
    os.environ.update(order.environment)
    if order.is_bound:
        _give_up_rights()
    _prepare(order)
    if order.is_traced:
        ctypes.CDLL(None).prctl(
            PR_SET_PTRACER, ctypes.c_ulong(-1)
        )  # any; where Yama is not there, it needs no leave
    while order.gun and not Path(order.gun).exists():
        time.sleep(0.0005)
    if order.peak:
        atexit.register(_tell_peak, Path(order.peak))
    sys.argv = ["copydesk", *order.arguments]
    importlib.import_module("copydesk.cli").main()


def _give_up_rights() -> None:
    """Have the modes of files hold for root as for anybody: without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""
    library = ctypes.CDLL(None, use_errno=True)
    header, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    library.capget(header, held)
    for number in range(3):  # effective, permitted, inheritable
        held[number] &= ~0b110
    if library.capset(header, held):
        raise OSError(ctypes.get_errno(), "capset")


def _tell_peak(file: Path) -> None:
    """Write the most memory held since the start; VmHWM, for ru_maxrss is inherited by a fork."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    file.write_text(str(int(told.partition("VmHWM:")[2].split()[0]) // 1024), encoding="ascii")


def _prepare(order: Order) -> None:
    from copydesk import models, workers

    if not order.has_workers:
        vars(workers)["run"] = _at_once
    if order.duckdb:
        connect = models._connect

        def told(folder: Path) -> Any:
            connection = connect(folder)
            for statement in order.duckdb:
                connection.execute(statement)
            return connection

        models._connect = told
    if order.point:
        _arm(order.point, Path(order.folder) / "trace")


def _at_once(tasks: Sequence[Any], *, finished: Callable[[Any], None], **_: Any) -> None:
    """Do what the worker processes do, without the second that each takes to start."""
    from copydesk import shard

    for task in tasks:
        finished(shard.process(task))


def _arm(point: Point, trace: Path) -> None:
    """Put the fault in the way of its calls, and note each of them before it is done."""
    notes = os.open(trace, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o666)
    kill, write, number = os.kill, os.write, 0

    def around(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def guarded(*given: Any, **more: Any) -> Any:
            nonlocal number
            path = _path_of(name, given, more)
            if point.path not in path:
                return call(*given, **more)
            number += 1
            write(notes, f"{name} {path}\n".encode("utf-8", "backslashreplace"))
            is_due = number == point.number or (point.is_lasting and 0 < point.number < number)
            if is_due and not point.is_after:
                _meet(point.deed, path, kill)
            done = call(*given, **more)
            if is_due and point.is_after:
                _meet(point.deed, path, kill)
            return done

        return guarded

    for dotted in point.calls:
        owner, _, name = dotted.rpartition(".")
        holder = pkgutil.resolve_name(owner)
        setattr(holder, name, around(dotted, getattr(holder, name)))


def _meet(deed: str, path: str, kill: Callable[[int, int], None]) -> None:
    if deed in SIGNALS:
        kill(os.getpid(), SIGNALS[deed])
        return
    number = getattr(errno, deed)
    raise OSError(number, os.strerror(number), path)


def _path_of(name: str, given: Sequence[Any], more: dict[str, Any]) -> str:
    if name == "os.fsync":
        return str(Path(SYNCED_FOLDER, str(given[0])).readlink())
    if name in ("os.rename", "os.replace"):
        return f"{given[0]} -> {given[1]}"
    if not name.startswith("os."):
        return ""
    folder = more.get("dir_fd")
    return str(Path(SYNCED_FOLDER, str(folder)).readlink() / str(given[0])) if folder is not None else str(given[0])


def _born(order: Order) -> None:
    """Be the child of a fork: its terminal is a file each for what it says and what it complains of."""
    folder = Path(order.folder)
    for number, name, mode in ((0, os.devnull, os.O_RDONLY), (1, "out", 0), (2, "err", 0)):
        flags = mode or os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        descriptor = os.open(folder / name, flags, 0o666)
        os.dup2(descriptor, number)
        os.close(descriptor)
    code = 70
    try:
        live(order)
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001  # nothing may come back into the loop of the parent
        sys.excepthook(*sys.exc_info())
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _load() -> None:
    """Load what the runs need by making one edition; its threads have ended when the first child is forked."""
    from copydesk import edition, folding, workers
    from copydesk.settings import Settings
    from transforms import rule_files

    for name in LOADED:
        importlib.import_module(name)
    load = functools.cache(rule_files.load)
    rule_files.load = load
    run, vars(workers)["run"] = workers.run, _at_once
    with tempfile.TemporaryDirectory(prefix="copydesk-nursery-") as folder:
        page = Path(folder) / "a.txt"
        page.write_text(f"Ferry\n\n{'The ferry left the harbour at eight. ' * 9}", encoding="utf-8")
        settings = Settings(Path(folder) / "data", workers=1, classifier=False)
        for day in (1, 2):
            edition.run([page], day=dt.date(2026, 1, day), settings=settings)
    workers.run = run
    edition.code_digest()  # once for all children, whoever edits the code meanwhile
    folding.code_digest()


def main() -> None:
    """Fork a child for each order, wait for a child for each number of a process."""
    if sys.argv[1:2] == ["once"]:
        live(read_order(sys.argv[2]))
        return
    _load()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it ends with who started it
    for line in sys.stdin:
        told = json.loads(line)
        if isinstance(told, int):
            answer = os.waitpid(told, 0)[1]
        else:
            answer = os.fork()
            if not answer:
                _born(read_order(line))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

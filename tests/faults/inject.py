"""Command lines that meet a fault: forked from the nursery, under strace, or as anybody starts them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from tests.faults.nursery import Order, Point

ROOT = Path(__file__).parent.parent.parent
# Nothing here is about what is tolerated, what is plausible beside other nights, or what classifiers say.
PLAIN = {"COPYDESK_TOLERANCE": "1", "COPYDESK_GATE": "0", "COPYDESK_CLASSIFIER": "0", "NUMBA_NUM_THREADS": "1"}


class CannotTry(Exception):  # noqa: N818  # it is no fault of the product
    """Something that a fault is made with is not on this machine; the message says what to install."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int  # of the exit; negative for the signal that ended it
    out: str
    err: str
    trace: tuple[str, ...] = ()  # the calls that were counted

    @property
    def is_killed(self) -> bool:
        """Tell whether the fault was met."""
        return self.code == -signal.SIGKILL

    @property
    def last_line(self) -> str:
        """Give what the operator reads last."""
        return self.err.strip().splitlines()[-1] if self.err.strip() else ""


@dataclass
class Running:
    """A child of the nursery."""

    nursery: Nursery
    pid: int
    folder: Path

    def wait(self) -> Done:
        """Give how it ended."""
        code = os.waitstatus_to_exitcode(self.nursery.ask(self.pid))
        out, err, trace = (self._said(name) for name in ("out", "err", "trace"))
        return Done(code, out, err, tuple(trace.splitlines()))

    def wait_for_stop(self) -> None:
        """Come back when it has stopped at its point; RuntimeError where it ended instead."""
        while (state := _state(self.pid)) != "T":
            if state == "Z":
                raise RuntimeError(f"it never stopped: {self.wait()}")

    def send(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def _said(self, name: str) -> str:
        file = self.folder / name
        return file.read_bytes().decode(errors="replace") if file.exists() else ""


@dataclass
class Nursery:
    """The process that forks; a block ends it."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | PLAIN,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.communicate()

    @property
    def process_id(self) -> int:
        """Give the number of the process that forks."""
        assert self._process is not None
        return self._process.pid

    def ask(self, order: object) -> int:
        """Give the number with which the nursery answers."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order.to_json() if isinstance(order, Order) else order}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def place(self) -> Path:
        """Give a new folder for one run."""
        folder = self.folder / f"run{next(self._numbers)}"
        folder.mkdir(parents=True)
        folder.chmod(0o777)  # whoever runs there writes there
        return folder

    def start(self, *arguments: object, **more: Any) -> Running:
        """Start a command line; `more` are fields of its Order."""
        folder = self.place()
        order = Order(tuple(map(str, arguments)), str(folder), **more)
        return Running(self, self.ask(order), folder)

    def copydesk(self, *arguments: object, **more: Any) -> Done:
        """Give how a command line ended."""
        return self.start(*arguments, **more).wait()

    def once(self, *arguments: object, under: Sequence[str] = (), seconds: float = 300, **more: Any) -> Done:
        """Give how a command line ended that is a process from the start, under another program."""
        folder = self.place()
        order = Order(tuple(map(str, arguments)), str(folder), **more)
        command = [*under, sys.executable, "-m", "tests.faults.nursery", "once", order.to_json()]
        return ran(command, seconds=seconds, environment=PLAIN | order.environment)

    def kill_at(self, syscall: str, number: int, *arguments: object) -> Done:
        """Give how a command line ended that the kernel kills at its n-th system call of a kind.

        A child of the nursery waits until strace holds it, so that no kill pays for the start of Python; counted
        are the calls of the command line alone.
        """
        gun = self.place() / "gun"
        child = self.start(*arguments, gun=str(gun), is_traced=True)
        try:
            with attached(child.pid, syscall, f"inject={syscall}:signal=SIGKILL:when={number}"):
                gun.touch()
                return child.wait()
        except CannotTry:
            child.send(signal.SIGKILL)
            child.wait()
            raise

    def fail_at(self, syscall: str, error: str, when: str, *arguments: object) -> Done:
        """Give how a command line ended whose n-th system call of a kind fails; '2+' is from the second on."""
        return self.once(*arguments, under=strace(syscall, f"inject={syscall}:error={error}:when={when}"))

    def points(self, *arguments: object, point: Point) -> int:
        """Give how many calls of a kind the command line makes."""
        return len(self.copydesk(*arguments, point=replace(point, number=0)).trace)


def strace(syscalls: str, inject: str = "", *, log: Path = Path(os.devnull)) -> list[str]:
    """Give the beginning of a command that strace runs; CannotTry where there is none."""
    program = shutil.which("strace")
    if program is None:
        raise CannotTry("strace is not installed (apt install strace)")
    return [
        program,
        "-f",
        "-qq",
        "-y",
        "-o",
        str(log),
        "-e",
        f"trace={syscalls}",
        *(["-e", inject] if inject else []),
    ]


@contextlib.contextmanager
def attached(pid: int, syscalls: str, inject: str) -> Iterator[None]:
    """Have strace hold a process, until it ends; CannotTry where strace may not."""
    command = [each for each in strace(syscalls, inject) if each != "-qq"]  # it says when it holds it
    with subprocess.Popen([*command, "-p", str(pid)], stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        if "attached" not in said:
            tracer.kill()
            raise CannotTry(f"strace may not hold a process here ({said.strip()})")
        yield
        tracer.stderr.read()  # it ends with what it holds


def faketime(moment: str) -> list[str]:
    """Give the beginning of a command that runs at another time; CannotTry where that cannot be."""
    program = shutil.which("faketime")
    if program is None:
        raise CannotTry("faketime is not installed (apt install faketime)")
    return [program, "-f", moment]


def product(*arguments: object, environment: Mapping[str, str]) -> Done:
    """Give how the command line ended as anybody starts it, with real workers."""
    return ran([sys.executable, "-m", "copydesk.cli", *arguments], environment=environment)


def ran(
    command: Sequence[object],
    *,
    seconds: float = 300,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> Done:
    """Give how a command ended."""
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        timeout=seconds,
        cwd=cwd,
        env=os.environ | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def as_json(done: Done) -> list[dict[str, Any]]:
    """Give the lines of JSON that a command wrote."""
    return [json.loads(line) for line in done.out.splitlines()]


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]

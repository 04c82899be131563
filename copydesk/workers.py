"""Runs shards in processes and survives the death of any of them.

Each worker is a child of its own (`copydesk/shard.py`), so a death concerns one shard only; all are forked from one
nursery, which has loaded parsers, kernels and models once for all. The page at which a child died is tried once
more, alone, so that the others are put at risk no second time; if it kills again it goes to quarantine and the
shard goes on without it. A child that stays at one page for too long is killed.
"""

from __future__ import annotations

import json
import logging
import queue
import selectors
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any, NoReturn, Self

from copydesk.nursery import Nursery, NurseryDied, Talker
from copydesk.shard import MARK_BYTES, Result, Task, order_of
from copydesk.shortage import REMEDY
from transforms.errors import CopydeskError, RuleError, ShortageError

DEATHS = 2  # once may be bad luck (memory, an operator's kill); twice on the same page is the page
FEW_PAGES = 16  # at once where memory ran out: what is held beside them counts then
LOOK_SECONDS = 1.0  # between two looks at what a child is at; a page may take minutes


log = logging.getLogger("copydesk")


class WorkerDied(Exception):  # noqa: N818  # it is an event, not a fault of ours
    """A child ended without an answer."""


class _Stopped(Exception):  # noqa: N818  # nor is this
    """The run is over before its end."""


def run(tasks: Sequence[Task], *, processes: int, finished: Callable[[Result], None] | None = None) -> list[Result]:
    """Give the result of every task, in their order; `finished` hears of each as it ends, in the caller's thread.

    Raises CopydeskError where a shard keeps dying outside any page, or a step has a bug; the others are done first.
    """
    with kept() as nursery:
        children = [Child(nursery) for _ in range(min(processes, len(tasks)))]
        return _run(tasks, children, finished)


@contextmanager
def kept() -> Iterator[Nursery]:
    """Give the nursery that all runs of the block share: only the first waits for it, but it holds its memory."""
    with _keeping:
        nursery = _kept[-1] if _kept else Nursery(COMMAND)
        _kept.append(nursery)
    try:
        yield nursery
    finally:
        with _keeping:
            _kept.remove(nursery)
            is_last = nursery not in _kept
        if is_last:
            nursery.end()


COMMAND = (sys.executable, "-P", "-m", "copydesk.shard")  # -P: no module of the working folder
_kept: list[Nursery] = []  # one entry for each block that keeps it
_keeping = threading.Lock()


def _run(
    tasks: Sequence[Task], children: Sequence[Child], finished: Callable[[Result], None] | None
) -> list[Result]:
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    done: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
    threads = [threading.Thread(target=_serve, args=(child, waiting, done), daemon=True) for child in children]
    for thread in threads:
        thread.start()
    try:
        outcomes = [_heard(done.get(), finished) for _ in tasks]
    except BaseException:  # stopped: by Ctrl-C, a signal, or a fault in `finished`
        for child in children:
            child.kill()
        raise
    for thread in threads:
        thread.join()
    results = {outcome.key: outcome for outcome in outcomes if isinstance(outcome, Result)}
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [results[task.key] for task in tasks]


def _heard(outcome: Result | BaseException, finished: Callable[[Result], None] | None) -> Result | BaseException:
    if finished and isinstance(outcome, Result):
        finished(outcome)
    return outcome


def _serve(child: Child, waiting: queue.SimpleQueue[Task], done: queue.SimpleQueue[Result | BaseException]) -> None:
    """Work through the queue with one child; every task taken gives exactly one outcome."""
    with child:
        while True:
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put(_persist(child, task))
            except _Stopped:  # nobody waits for an outcome any more
                return
            except Exception as error:  # noqa: BLE001  # handed to the caller's thread
                done.put(error)


def _persist(child: Child, task: Task) -> Result:
    """Give the task's result, however often a page kills the child."""
    deaths: Counter[str] = Counter()
    while True:
        try:
            return child.answer(task)
        except ShortageError:
            if task.pages_at_once:
                raise
            task = _with_less_at_once(task)
            continue
        except WorkerDied as died:
            page_id, death = _page_at_work(task), died
        deaths[page_id] += 1
        if page_id and deaths[page_id] < DEATHS and (again := _death_alone(child, task, page_id)):
            deaths[page_id], death = DEATHS, again
        if deaths[page_id] < DEATHS:
            task = task if page_id else _with_less_at_once(task)  # the kernel kills where memory runs out
            continue
        if not page_id:
            raise CopydeskError(f"shard {task.key} ended its worker twice ({death}); pages are in {task.pages}")
        reason = f"the page ended its worker twice ({death}); look at its bytes, then replay or drop it"
        task = replace(task, lethal=task.lethal | {page_id: reason})


def _with_less_at_once(task: Task) -> Task:
    log.warning("clean: shard %s ran out of memory or lost its worker, once more with less at once", task.key)
    return replace(task, pages_at_once=FEW_PAGES)


def _death_alone(child: Child, task: Task, page_id: str) -> WorkerDied | None:
    """Give how the page ends a worker that has nothing else to do; None where it does not."""
    try:
        child.answer(replace(task, alone=page_id))
    except WorkerDied as death:
        return death
    return None


def _page_at_work(task: Task) -> str:
    try:
        return task.mark.read_bytes()[:MARK_BYTES].decode().strip()
    except FileNotFoundError:
        return ""


class Child:
    """One worker process; it starts with the first task and again after a death."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self.process: Talker | None = None
        self.is_stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def answer(self, task: Task) -> Result:
        """Give the child's answer to a task; WorkerDied where it ends instead."""
        task.mark.unlink(missing_ok=True)
        try:
            line = self._line(task)
        except WorkerDied:
            self.process = None
            if self.is_stopped:
                raise _Stopped from None
            raise
        told: dict[str, Any] = json.loads(line)
        if "refused" in told:
            raise RuleError(told["refused"])
        if "shortage" in told:
            self._end()  # a new one has not what this one could not give back
            tried = f"out of memory, with {FEW_PAGES} pages at once, too ({told['shortage']})"
            raise ShortageError(f"shard {task.key}: {tried}; {REMEDY}")
        if "storage" in told:
            raise OSError(*told["storage"])
        if "bug" in told:
            raise CopydeskError(f"a step failed on shard {task.key}, pages in {task.pages}\n{told['bug']}")
        return Result(**told)

    def kill(self) -> None:
        """End the process at once and for good; what it had half done lies in staging."""
        self.is_stopped = True
        if self.process is not None:
            self.process.kill()

    def _end(self) -> None:
        """Let the process end, as it does when it is told nothing more."""
        process, self.process = self.process, None
        if process is not None:
            with suppress(NurseryDied):
                process.wait()

    def _line(self, task: Task) -> str:
        try:
            process = self.process = self.process or Talker(self._nursery, order_of(task))
            if self.is_stopped:  # while it was born
                process.kill()
            try:
                process.stdin.write(json.dumps(asdict(task)) + "\n")
                process.stdin.flush()
                line = _reply(process, task)
            except BrokenPipeError:
                line = ""
            return line or _mourn(process)
        except NurseryDied:
            raise WorkerDied("with the process that starts workers") from None


def _mourn(process: Talker) -> NoReturn:
    """Tell how a worker ended that gave no answer."""
    code = process.wait()
    if code == -signal.SIGABRT:  # so does Rust, in which resiliparse is written
        raise WorkerDied(f"signal {-code}, as where page_memory_mib refuses a parser memory")
    raise WorkerDied(f"signal {-code}" if code < 0 else f"exit code {code}")


def _reply(process: Talker, task: Task) -> str:
    """Give the child's line, empty where it ended; WorkerDied where it stayed at one page for too long."""
    page_id, since = "", time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not selector.select(min(LOOK_SECONDS, task.page_seconds)):
            if (seen := _page_at_work(task)) != page_id:
                page_id, since = seen, time.monotonic()
            elif page_id and time.monotonic() - since > task.page_seconds:
                process.kill()
                process.wait()
                raise WorkerDied("longer at it than page_seconds")
    return process.stdout.readline()

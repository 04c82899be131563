"""Editions without worker processes: a shard becomes the same, and a process takes two CPU seconds to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from copydesk import shard, workers
from copydesk.shard import Result, Task

_in_processes = workers.run


def at_once(
    tasks: Sequence[Task], *, processes: int, finished: Callable[[Result], None] | None = None
) -> list[Result]:
    """Do what one worker process does; several are several."""
    if processes > 1:
        return _in_processes(tasks, processes=processes, finished=finished)
    results = []
    for task in tasks:
        results.append(shard.process(task))
        if finished:
            finished(results[-1])
    return results


@contextmanager
def in_process() -> Iterator[None]:
    """Let editions that ask for one worker have none."""
    with mock.patch.object(workers, "run", at_once):
        yield

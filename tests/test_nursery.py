"""Workers come from one process that has loaded everything, and none of them depends on it afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from copydesk import workers
from copydesk.nursery import Nursery, NurseryDied, Talker
from tests.prefect_server import wait_for
from tests.test_workers import GOOD, STUCK, Faulty, faulty, rows, task

__all__ = ["faulty"]  # a fixture

TELLS = """
import os, sys, threading
from copydesk.nursery import serve
def live(order):
    for line in sys.stdin:
        told = os.getppid(), os.getcwd(), os.environ.get("MOOD"), os.getsid(0), threading.active_count(), order
        print(*told, line.strip(), flush=True)
    sys.exit(7)
serve(lambda order: None, live)
"""
ORPHANED = """
import os, signal, sys
from copydesk.nursery import Nursery, Talker
child = Talker(Nursery([sys.executable, "-c", {tells!r}]), "an order")
child.stdin.write("who?\\n")
child.stdin.flush()
print(child.pid, child.stdout.readline().split()[0], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    one = Nursery([sys.executable, "-c", TELLS])
    yield one
    one.end()


def told(child: Talker, line: str = "a line") -> Sequence[str]:
    child.stdin.write(f"{line}\n")
    child.stdin.flush()
    return child.stdout.readline().split(" ", 6)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_children_have_one_parent_and_the_folder_and_environment_of_the_moment(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Talker(nursery, "first")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOOD", "calm")
    second = Talker(nursery, "second")
    one, two = told(first), told(second)
    parent, session = one[0], one[3]
    assert (parent, session) != (str(os.getpid()), str(os.getsid(0)))
    assert two == [parent, str(tmp_path), "calm", session, "1", "second", "a line\n"]
    assert [first.wait(), second.wait()] == [7, 7]


def test_a_child_that_is_killed_ends_by_that_signal_and_no_other_does(nursery: Nursery) -> None:
    first, second = Talker(nursery, 1), Talker(nursery, 2)
    told(first)
    first.kill()
    assert (first.wait(), told(second)[5]) == (-signal.SIGKILL, "2")
    first.kill()  # its number may be another's by now: nothing is sent
    assert second.wait() == 7


def test_a_child_outlives_its_nursery_and_the_next_has_a_new_one(nursery: Nursery) -> None:
    first = Talker(nursery, 1)
    os.kill(int(told(first)[0]), signal.SIGKILL)
    assert told(first)[5] == "1"
    with pytest.raises(NurseryDied):
        first.wait()
    second = Talker(nursery, 2)
    assert (told(second)[5], second.wait()) == ("2", 7)


def test_a_nursery_that_was_ended_starts_no_more(nursery: Nursery) -> None:
    child = Talker(nursery, 1)
    parent = int(told(child)[0])
    nursery.end()
    assert not is_alive(parent)
    with pytest.raises(NurseryDied):
        Talker(nursery, 2)


def test_nothing_outlives_a_caller_that_is_killed() -> None:
    command = [sys.executable, "-c", ORPHANED.format(tells=TELLS)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    pids = [int(pid) for pid in done.stdout.split()]
    assert wait_for(lambda: not any(map(is_alive, pids)), 10)
    assert len(pids) == 2


def test_a_nursery_of_workers_has_one_thread_when_it_forks(tmp_path: Path) -> None:
    """A lock that another thread holds at a fork is held in the child for ever; jemalloc sees to its own."""
    some = [task(tmp_path, {"p1": GOOD}), task(tmp_path, {"p2": STUCK})]
    with workers.kept() as nursery:
        workers.run(some, processes=2)
        assert nursery._process is not None
        threads = Path(f"/proc/{nursery._process.pid}/task").iterdir()
        names = [(thread / "comm").read_text(encoding="ascii").strip() for thread in threads]
        assert len([name for name in names if name != "jemalloc_bg_thd"]) == 1, names


def test_a_run_goes_on_when_the_nursery_is_lost(tmp_path: Path, faulty: Faulty) -> None:
    begun = faulty("dies")
    one = task(tmp_path, {"p1": GOOD, "p2": STUCK, "p3": GOOD.replace("ninety", "thirty")})
    with workers.kept() as nursery:
        workers.run([task(tmp_path, {"p0": GOOD})], processes=1)
        assert nursery._process is not None
        nursery._process.kill()
        workers.run([one], processes=1)
    assert begun() == ["p0", "p1", "p2", "p2", "p1", "p3"]
    assert [row["article_id"] for row in rows(one, "articles")] == ["p1", "p3"]


def test_a_run_that_is_stopped_leaves_no_process(tmp_path: Path, faulty: Faulty) -> None:
    faulty("sleeps")
    some = [task(tmp_path, {"p1": GOOD}), task(tmp_path, {"p2": STUCK})]
    started: list[int] = []

    def stop(_: object) -> None:
        nursery = workers._kept[-1]
        assert nursery._process is not None
        started.extend([nursery._process.pid, *children_of(nursery._process.pid)])
        raise KeyboardInterrupt

    before = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        workers.run(some, processes=2, finished=stop)
    assert time.monotonic() - before < 60
    assert len(started) == 3
    assert wait_for(lambda: not any(map(is_alive, started)), 10)


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]

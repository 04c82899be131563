"""Faults of the process: killed, stopped, crowded (A1 to A6, A13 to A17)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Self

from tests.faults.inject import ROOT, CannotTry, faketime
from tests.faults.invariants import assert_told, assert_whole, staged_leftovers, tables
from tests.faults.nursery import Point
from tests.faults.registry import fault
from tests.faults.world import FIRST, SECOND, World, ask, record, written

STEPS = (
    "copydesk.edition.gather",
    "copydesk.edition.clean",
    "copydesk.edition.fold",
    "copydesk.models.build",
    "copydesk.models.Built.check",
    "copydesk.models.Built.write",
    "copydesk.store.Store.publish",
    "copydesk.catalog.refresh",
    "copydesk.edition.publish",
)
# Kinds of system calls that publish by; a '?' is before a name that some processors lack.
SYSCALLS = (
    "fsync,fdatasync",
    "?rename,?renameat,?renameat2",
    "?mkdir,mkdirat",
    "?unlink,unlinkat,?rmdir",
    "?symlink,symlinkat,?link,linkat",
)
STOP_SECONDS = 5
RACES = 20
DEADLY = """
import ctypes, os
import transforms.extract
read = transforms.extract._read
def deadly(page, *more):
    if "Segfault" in page["body"]:
        ctypes.string_at(0)
    if "Killed" in page["body"]:
        os.kill(os.getpid(), 9)
    return read(page, *more)
transforms.extract._read = deadly
"""


@fault(
    "A1",
    "kill -9 at each boundary of a step",
    "the version is whole; run again, the tables are those of a clean run",
)
def killed_between_steps(world: World) -> str:
    points = [(step, is_after) for step in STEPS for is_after in (False, True)]
    for number in world.spread(len(points)):
        step, is_after = points[number - 1]
        trial = world.trial()
        done = trial.run(Point(1, calls=(step,), is_after=is_after))
        assert done.is_killed, (step, done)
        trial.assert_finishes()
    return f"killed before and after {len(STEPS)} steps; each time the rerun gave the same bytes"


@fault(
    "A2",
    "kill -9 at the n-th call that flushes or renames, n = 1, 2, 3 ...",
    "the pointer names the old or the new version, never a mixed one",
    is_quick=True,
)
def killed_at_each_call(world: World) -> str:
    points = world.nursery.points(*world.trial().arguments(), point=Point(0))
    seen: Counter[int] = Counter()
    for number in world.spread(points):
        trial = world.trial()
        done = trial.run(Point(number))
        assert done.is_killed, (number, done)
        seen[trial.assert_sound()] += 1
        trial.assert_finishes()
    assert set(seen) <= {1, 2}
    told = f"{sum(seen.values())} of {points} calls: old version {seen[1]} times, new {seen[2]} times"
    return told if world.sample else f"{told}; {killed_by_the_kernel(world)}"


def killed_by_the_kernel(world: World) -> str:
    """Say how many system calls strace killed a run at, until none was left of any kind."""
    killed = 0
    for kind in SYSCALLS:
        number = 1
        while True:
            trial = world.trial()
            try:
                done = world.nursery.kill_at(kind, number, *trial.arguments())
            except CannotTry as error:
                return str(error)
            trial.assert_sound()
            if not done.is_killed:
                assert done.code == 0, done
                break
            trial.assert_finishes()
            killed, number = killed + 1, number + 1
    return f"by strace at {killed} system calls"


@fault(
    "A3",
    "killed when the folder of the version is there and the pointer has not moved",
    "the rerun replaces that folder",
    is_quick=True,
)
def killed_before_the_pointer(world: World) -> str:
    trial = world.trial()
    done = trial.run(Point(1, calls=("os.rename",), path="versions/000002", is_after=True))
    assert done.is_killed, done
    assert (trial.data / "published/versions/000002").is_dir()
    assert trial.assert_sound() == 1
    trial.assert_finishes()
    assert assert_whole(trial.data) in (2, 3)
    return "version 2 lay there unseen; the rerun published"


@fault(
    "A4",
    "half-made folders of dead runs, one of a live run",
    "the next run removes what is dead, and never what lives",
    is_quick=True,
)
def orphans(world: World) -> str:
    trial = world.trial()
    dead = [
        trial.data / "published/staging-999901",
        trial.data / "stage/shards/staging-x-999902",
        trial.data / "stage/pages/staging-999903.parquet",
    ]
    for folder in dead:
        folder.mkdir() if folder.suffix == "" else folder.write_bytes(b"half")
    living = trial.start(Point(1, "stop", calls=("copydesk.store.Store.publish",)))
    try:
        living.wait_for_stop()
        mine = staged_leftovers(trial.data)
        assert mine, "the live run has nothing staged"
        second = trial.run()
        assert_told(second.code, second.err, f"pid {living.pid}", expected=[75])
        assert staged_leftovers(trial.data) == mine
    finally:
        living.send(signal.SIGCONT)
    assert living.wait().code == 0
    assert staged_leftovers(trial.data) == []
    assert tables(trial.data) == world.clean
    return f"3 dead ones are gone; the {len(mine)} of the live run stood while another was refused with 75"


@fault("A5", "SIGTERM or Ctrl-C", "ends within 5 s with 130 or 143; afterwards as for a kill", is_quick=True)
def stopped(world: World) -> str:
    points = world.nursery.points(*world.trial().arguments(), point=Point(0))
    tried = [1 + number * (points - 1) // 9 for number in range(10)]
    for turn, number in enumerate(tried if not world.sample else tried[::5]):
        deed, code = (("terminate", 143), ("interrupt", 130))[turn % 2]
        trial = world.trial()
        start = time.monotonic()
        done = trial.run(Point(number, deed))
        assert time.monotonic() - start < STOP_SECONDS + 5, "it took too long"  # the run itself takes a second
        assert_told(done.code, done.err, "run the same command again to finish", expected=[code])
        trial.assert_finishes()
    return "stopped at points spread over the run: 143 and 130 with one line; each rerun gave the same bytes"


@fault(
    "A6",
    "a worker process is lost: SIGKILL, segmentation fault",
    "its page is quarantined, told how often; the others are made",
)
def worker_lost(world: World) -> str:
    folder = world.folder()
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(DEADLY)
    pages = [record("harbor", town) for town in ("Lunow", "Killed", "Torgelow", "Segfault", "Malchin")]
    inputs = written(folder / "in" / "a.jsonl", *pages)
    hooked = {"PYTHONPATH": f"{folder / 'hook'}:{ROOT}"}
    data, done = world.run(inputs, environment=hooked, has_workers=True)
    assert_told(done.code, done.err, expected=[0])
    assert ask(data, "select regexp_extract(url, '[a-z]+$') from articles order by 1") == [
        ("lunow",),
        ("malchin",),
        ("torgelow",),
    ]
    reasons = [str(row[0]) for row in ask(data, "select reason from quarantine order by 1")]
    assert len(reasons) == 2
    assert all("worker" in reason for reason in reasons), reasons
    assert {signal_ for signal_ in ("signal 9", "signal 11") if any(signal_ in each for each in reasons)} == {
        "signal 9",
        "signal 11",
    }, reasons
    return f"3 of 5 pages are articles; {reasons[0]!r}"


@fault(
    "A13",
    "power cut: unsynced writes are lost",
    "every file is flushed before the rename, its folder after it, the pointer last",
    is_quick=True,
)
def written_in_order(world: World) -> str:
    trial = world.trial()
    done = trial.run(Point(0))
    assert done.code == 0, done
    calls = [tuple(line.split(" ", 1)) for line in done.trace]
    rename = next(n for n, (name, path) in enumerate(calls) if name == "os.rename" and "versions/000002" in path)
    staging = Path(calls[rename][1].split(" -> ")[0])
    folder = trial.data / "published/versions/000002"
    needed = {str(staging / file.name) for file in folder.iterdir()} - {str(staging / "manifest.json")} | {
        str(staging)
    }
    before = {path for name, path in calls[:rename] if name == "os.fsync"}
    assert needed <= before, f"not flushed before the rename: {sorted(needed - before)}"
    manifest = [
        n for n, (name, path) in enumerate(calls) if name == "os.replace" and path.endswith("manifest.json")
    ]
    assert manifest, "the manifest is not replaced in one step"
    assert manifest[0] < rename
    after = [path for name, path in calls[rename + 1 :]]
    pointer = next(n for n, path in enumerate(after) if path.endswith("published/current"))
    assert str(folder.parent) in after[:pointer], "the folder of versions is not flushed before the pointer"
    assert str(trial.data / "published") in after[pointer:], "the pointer's folder is not flushed"
    staged = {path.split(" -> ")[0] for name, path in calls[:rename] if name in ("os.replace", "os.rename")}
    unflushed = {path for path in staged if "/stage/" in path and path not in before}
    assert not unflushed, f"staged, never flushed: {sorted(unflushed)}"
    return f"{len(needed)} files and folders of the version flushed before its rename, {len(staged)} renames in all"


@fault("A14", "two runs at once; five at once", "one works, the others exit 75 and say who does")
def crowded(world: World) -> str:
    codes: Counter[int] = Counter()
    for runs in (*[2] * (3 if world.sample else RACES), 5):
        trial = world.trial()
        gun = world.folder() / "gun"
        running = [trial.start(gun=str(gun)) for _ in range(runs)]
        gun.touch()
        ended = [each.wait() for each in running]
        for done in ended:
            codes[done.code] += 1
            words = [] if done.code == 0 else ["another run is at work (pid", "since"]
            assert_told(done.code, done.err, *words, expected=[0, 75])
        assert any(done.code == 0 for done in ended)
        assert trial.assert_sound() == 2
        assert tables(trial.data) == world.clean
    assert codes[75], "no race was ever lost: they never met"
    return f"{codes[0]} worked, {codes[75]} were refused with 75; one version each time"


@fault(
    "A15",
    "the lock of a dead process; the lock of another host",
    "taken over with a notice; refused with how to clear it",
    is_quick=True,
)
def stale_lock(world: World) -> str:
    trial = world.trial()
    assert trial.run(Point(1, calls=("copydesk.edition.fold",))).is_killed
    lock = trial.data / ".lock"
    held = lock.read_text(encoding="utf-8")
    assert held, "the lock does not say who held it"
    done = trial.run()
    assert done.code == 0, done
    assert any("lock" in line or "died" in line or "took over" in line for line in done.err.splitlines()), (
        f"no notice that a stale lock was taken over: {done.err}"
    )
    assert socket.gethostname() in held, held
    other = json.loads(held) | {"host": "another-host.example", "boot_id": "another-start"}
    lock.write_text(json.dumps(other), encoding="utf-8")
    done = trial.run()
    assert_told(done.code, done.err, "another-host.example", "delete", ".lock", expected=[75])
    lock.unlink()
    trial.assert_finishes()
    return "dead holder: taken over with a notice; other host: 75 with the file to delete"


@fault(
    "A16",
    "readers while versions are published and cleared away",
    "each query is answered from one version; nothing that is read is deleted",
    is_quick=True,
)
def readers(world: World) -> str:
    trial = world.trial()
    with Readers(trial.data, 2) as seen:
        for number in range(2 if world.sample else 20):
            town = f"Town{number}"
            file = written(world.folder() / "a.jsonl", record("harbor", town), record("mirror", town))
            done = world.nursery.copydesk(*trial.arguments(SECOND, inputs=file))
            assert done.code == 0, done
    assert seen.torn == [], seen.torn[:3]
    assert seen.reads, "nobody read"
    return f"{seen.reads} reads of {len(seen.versions)} versions, none torn"


class Readers:
    """Processes that read two tables again and again while a block runs; then tell what they saw."""

    def __init__(self, data: Path, count: int) -> None:
        self._command = [sys.executable, "-m", "tests.faults.reader", str(data)]
        self._count = count
        self.reads = 0
        self.versions: set[str] = set()
        self.torn: list[str] = []

    def __enter__(self) -> Self:
        self._processes = [
            subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(self._count)
        ]
        for process in self._processes:
            assert process.stdout is not None
            process.stdout.readline()  # it is ready
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            out = process.communicate()[0]
            told = json.loads(out.splitlines()[-1])
            self.reads += told["reads"]
            self.versions |= set(told["versions"])
            self.torn += told["torn"]


@fault(
    "A17",
    "the clock goes back 400 days, forward 5 years, or lies in the night of summer time",
    "the same tables; editions stay in order",
)
def clocks(world: World) -> str:
    seen = []
    for moment, zone in (("-400d", "UTC"), ("+1825d", "UTC"), ("@2026-03-29 02:30:00", "Europe/Berlin")):
        trial = world.trial()
        done = world.nursery.once(
            *trial.arguments(), under=faketime(moment), environment={"TZ": zone, "DONT_FAKE_MONOTONIC": "1"}
        )
        assert_told(done.code, done.err, expected=[0])
        trial.assert_sound()
        assert tables(trial.data) == world.clean, f"at {moment} the tables are other ones"
        seen.append(moment)
    assert ask(trial.data, "select edition::varchar from editions order by 1") == [(FIRST,), (SECOND,)]
    return f"at {', '.join(seen)}: the same bytes"


@fault(
    "A18",
    "no Prefect server; a flow that was killed and stays Running there",
    "the night runs without it, with a warning; our lock decides",
)
def without_prefect(world: World) -> str:
    trial = world.trial()
    command = ["-m", "flows.nightly", str(world.inbox / SECOND), "--edition", SECOND, "--data", str(trial.data)]
    nowhere = {"PREFECT_API_URL": "http://127.0.0.1:9/api", "COPYDESK_TOLERANCE": "1", "COPYDESK_GATE": "0"}
    environment = os.environ | nowhere | {"COPYDESK_CLASSIFIER": "0"}
    killed = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    assert killed.stderr is not None
    while b"sources: edition" not in (line := killed.stderr.readline()):
        assert line, "it ended before it read"
    killed.kill()
    killed.communicate()
    trial.assert_sound()
    done = subprocess.run(
        [sys.executable, *command, "--workers", "1"], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert_told(done.returncode, done.stderr.decode(), "running without Prefect", expected=[0])
    trial.assert_sound()
    assert tables(trial.data) == world.clean
    return "killed at work, started again against a closed port: a warning, and the same bytes"

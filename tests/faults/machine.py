"""Faults of the machine: full or broken disks, rights, memory, file systems, older code (A7 to A12, A19, A20)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.inject import CannotTry, as_json
from tests.faults.invariants import Broken, assert_told, staged_leftovers, tables
from tests.faults.nursery import Point
from tests.faults.registry import fault
from tests.faults.world import Trial, World, ask, record, story, written

KIB, MIB = 1 << 10, 1 << 20
OPEN_CALLS = ("os.fsync", "os.mkdir", "os.rename", "os.replace")


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Give a file system of so many bytes; CannotTry without the right to mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        raise CannotTry("no right to mount a small file system (run as root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    """Change a mounted file system."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def forbid_writing(root: Path, *, allow: bool = False) -> None:
    """Take the right to write from all that lies in a folder, or give it back."""
    for path in (root, *root.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200 if allow else path.stat().st_mode & ~0o222)


@fault(
    "A7",
    "the disk is full in the stage",
    "exit 74 with the file that could not be written; the old version holds, nothing half made "
    "stays; run again, it finishes",
)
def disk_full(world: World) -> str:
    met, kept = 0, []
    trial = Trial(world, world.folder() / "data")
    used = sum(file.stat().st_blocks * 512 for file in world.first.rglob("*") if file.is_file())
    for spare in range(4 * KIB, 4 * MIB, 64 * KIB):
        with small_disk(trial.data, used + spare) as disk:
            shutil.copytree(world.first, disk, dirs_exist_ok=True)
            done = trial.run()
            if done.code == 0:
                break
            met += 1
            assert_told(done.code, done.err, "No space left on device", str(trial.data), expected=[74])
            if trial.assert_sound() == 2 and "the version before still holds" in done.err:
                raise Broken(f"version 2 holds already, and it says: {done.last_line}")
            kept += staged_leftovers(trial.data)
            remount(disk, f"size={64 * MIB}")
            trial.assert_finishes()
    assert met, "it was never full"
    if kept:
        raise Broken(f"half made after the run ended: {sorted(set(kept))}")
    return f"full at {met} sizes: 74 each time, the old version holds, the rerun gave the same bytes"


@fault(
    "A8",
    "the disk is full where the models spill",
    "exit 74 with the place and what it took; the old version holds",
)
def spill_full(world: World) -> str:
    towns = [f"Town{number}" for number in range(2_000)]
    inputs = written(
        world.folder() / "in.jsonl", *(record("harbor", town, text=story(town, 80) * 12) for town in towns)
    )
    small = ("set memory_limit = '50MB'", "set max_temp_directory_size = '1MB'", "set threads = 1")
    trial = world.trial()
    done = world.nursery.copydesk(*trial.arguments(inputs=inputs), duckdb=small)
    assert_told(done.code, done.last_line, "the disk is full: what does not fit in memory", expected=[74])
    assert trial.assert_sound() == 1
    trial.assert_finishes()
    return f"74: {done.last_line[:100]}"


@fault(
    "A9",
    "input/output errors, interrupted calls",
    "an error stops the run with 74; an interrupted call is made again",
)
def broken_disk(world: World) -> str:
    point = Point(0, calls=OPEN_CALLS)
    points = world.nursery.points(*world.trial().arguments(), point=point)
    tried = world.spread(points)[:: 2 if world.sample else 1]
    for number in tried:
        trial = world.trial()
        done = trial.run(Point(number, "EIO", calls=OPEN_CALLS))
        if done.code:
            assert_told(done.code, done.err, "Input/output error", expected=[74])
        trial.assert_finishes()
    told = f"EIO at {len(tried)} of {points} calls: 74"
    if world.sample:
        return told
    for syscall, error in (("write", "EIO"), ("write", "ENOSPC"), ("fsync", "EIO")):
        trial = world.trial()
        done = world.nursery.fail_at(syscall, error, "1", "run", *trial.arguments()[1:])
        assert_told(done.code, done.err or "copydesk", expected=[74, 120, 0])
        trial.assert_finishes()
    for syscall in ("fsync", "pwrite64,write"):
        trial = world.trial()
        done = world.nursery.fail_at(syscall, "EINTR", "2", *trial.arguments())
        assert_told(done.code, done.err, expected=[0])
        assert tables(trial.data) == world.clean
    return f"{told}; EIO and ENOSPC by strace: 74; EINTR: done again, the same bytes"


@fault("A10", "no permission to write; a read-only file system", "said before any work, exit 77", is_quick=True)
def not_writable(world: World) -> str:
    trial = world.trial()
    forbid_writing(trial.data)
    done = trial.run(is_bound=True)
    forbid_writing(trial.data, allow=True)
    assert_told(done.code, done.err, "ermission denied", str(trial.data), expected=[77])
    assert "sources:" not in done.err, "it worked before it looked"
    trial.assert_finishes()
    trial = Trial(world, world.folder() / "data")
    with small_disk(trial.data, 64 * MIB) as disk:
        shutil.copytree(world.first, disk, dirs_exist_ok=True)
        remount(disk, "ro")
        done = trial.run()
        assert_told(done.code, done.err, str(trial.data), expected=[77])
        assert "sources:" not in done.err, "it worked before it looked"
        remount(disk, "rw")
        trial.assert_finishes()
    return "both 77 with the folder and what to do, before any work"


@fault(
    "A11",
    "an input file that may not be read",
    "quarantined with that reason; the others are made; exit 1",
    is_quick=True,
)
def unreadable_input(world: World) -> str:
    folder = world.folder()
    written(folder / "in" / "a.jsonl", record("harbor", "Lunow"))
    written(folder / "in" / "secret.jsonl", record("harbor", "Malchin")).chmod(0)
    data, done = world.run(folder / "in", is_bound=True, environment={"COPYDESK_TOLERANCE": "0"})
    assert_told(done.code, done.out, "secret.jsonl", "ermission denied", expected=[1])
    ((source, reason),) = ask(data, "select source, reason from quarantine")
    assert str(source).endswith("secret.jsonl")
    assert ask(data, "select count(*) from articles") == [(1,)]
    return f"1 article, 1 in quarantine: {reason}"


@fault(
    "A12",
    "out of memory",
    "a step is done once more with less at once, then a clear message, never a bug report; run again, it finishes",
)
def out_of_memory(world: World) -> str:
    _ = world.clean  # the process that forks has loaded everything by then
    used = int(Path(f"/proc/{world.nursery.process_id}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    codes: Counter[int] = Counter()
    bugs, again = [], 0
    for spare in (0, 4, 6, 8, 12, 16, 24, 48, 64, 256, 4096):
        trial = world.trial()
        done = trial.run(limits={"RLIMIT_AS": used + spare * MIB})
        codes[done.code] += 1
        if done.code not in (0, 74):
            bugs.append(f"+{spare} MiB: exit {done.code}, {done.last_line[:200]}")
        again += "once more with less at once" in done.err
        if done.code == 74:
            assert_told(done.code, done.err, "out of memory", expected=[74])
        trial.assert_finishes()
    if bugs:
        raise Broken("; ".join(bugs))
    assert codes[74] or again, "memory never ran out"
    tried = f"{codes[74]} of {sum(codes.values())} limits were too low: 74 each time, {again} after another try"
    return f"{tried}; run again, the same bytes"


@fault(
    "A19",
    "a file system that renames, flushes or locks other than it should",
    "`copydesk doctor` tries each in the data root, and names what fails with a remedy",
    is_quick=True,
)
def odd_file_system(world: World) -> str:
    trial = world.trial()
    done = world.nursery.copydesk("doctor", "--data", trial.data)
    assert_told(done.code, done.err + done.out, expected=[0])
    tried = []
    for call in ("os.fsync", "os.rename", "os.replace", "os.link", "os.symlink", "fcntl.flock"):
        done = world.nursery.copydesk("doctor", "--data", trial.data, point=Point(1, "EOPNOTSUPP", calls=(call,)))
        if done.trace:
            assert_told(done.code, done.err + done.out, str(trial.data), expected=[74])
            tried.append(call)
    assert {"os.fsync", "fcntl.flock"} <= set(tried), f"only {tried} were tried"
    assert staged_leftovers(trial.data) == []
    return f"failing {', '.join(tried)}: each named, exit 74; a sound disk: 0"


@fault(
    "A20",
    "data of a newer version of copydesk",
    "writing is refused with what is needed; reading is allowed",
    is_quick=True,
)
def newer_data(world: World) -> str:
    trial = world.trial()
    file = trial.data / "published/versions/000001/manifest.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(
        json.dumps(
            {key: value for key, value in told.items() if key != "sha256"} | {"format": 99, "copydesk": "9.0"}
        )
    )
    done = trial.run()
    assert_told(done.code, done.err, "copydesk 9.0", "upgrade", expected=[74])
    before = tables(trial.data)
    done = world.nursery.copydesk("sql", "select count(*) as n from articles", "--data", trial.data, "--json")
    assert_told(done.code, done.err, expected=[0])
    assert as_json(done) == [{"n": 2}]
    assert tables(trial.data) == before
    return "run: 74, upgrade to 9.0; sql: answered"

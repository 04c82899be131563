"""One system over one corpus in a process of its own: what it answers, what that costs.

    PYTHON -m benchmarks.measured MODULE:FUNCTION CORPUS ANSWERS [--settings JSON] [--shuffled] [--start-only]

Leaves the answer as Parquet (doc_id, story, and with --shuffled the story where rows come in another order) and its
cost in the file's metadata. Any interpreter that has pyarrow will do: nothing of the product is imported here.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WARM_ROWS = 50  # as the scorer warms up
INPUT = ("doc_id", "title", "text", "site", "published", "lang")  # as the scorer gives them
COST = b"cost"
NOT_INSTALLED = 3  # exit code
System = Callable[..., tuple[list[str], list[str]]]


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user and system, with children) until warm and of all rows; wall seconds of all rows; memory.

    Memory in MiB: what the process held before, with the corpus, and the peak of it or of its largest child.
    """

    start: float
    work: float
    wall: float
    held_mib: int
    peak_mib: int


def main() -> None:
    """Leave answer and cost as the options say; exit with 3 where the system is not installed."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("target", metavar="MODULE:FUNCTION")
    told.add_argument("corpus", type=Path)
    told.add_argument("answers", type=Path)
    told.add_argument("--settings", type=json.loads, default={}, help="keywords of the function")
    told.add_argument("--shuffled", action="store_true")
    told.add_argument("--start-only", action="store_true", help="the first rows are all")
    options = told.parse_args()
    columns = set(pq.read_schema(options.corpus).names)
    table = pq.read_table(options.corpus, columns=[name for name in INPUT if name in columns])
    try:
        answer, cost = measure(options.target, table, options.settings, start_only=options.start_only)
    except ImportError as error:
        print(error, file=sys.stderr)
        raise SystemExit(NOT_INSTALLED) from None
    if options.shuffled:
        answer = answer.append_column("shuffled", _again(options.target, table, options.settings))
    metadata = {COST: json.dumps(asdict(cost)).encode()}
    pq.write_table(answer.replace_schema_metadata(metadata), options.answers)


def measure(
    target: str, table: pa.Table, settings: dict[str, object], *, start_only: bool = False
) -> tuple[pa.Table, Cost]:
    """Give the story of each row, in the table's order, and what it took; ImportError where a system is missing."""
    before = cpu_seconds()
    system = _system(target)
    system(table.slice(0, WARM_ROWS), **settings)
    start = cpu_seconds() - before
    if start_only:
        table = table.slice(0, 0)
        held = _mib("VmRSS")
        return pa.table({"doc_id": table["doc_id"], "story": table["doc_id"]}), Cost(start, 0, 0, held, held)
    held, before, clock = _mib("VmRSS"), cpu_seconds(), time.perf_counter()
    answer = system(table, **settings)
    work, wall = cpu_seconds() - before, time.perf_counter() - clock
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    cost = Cost(start, work, wall, held, max(_mib("VmHWM"), child))
    return pa.table({"doc_id": table["doc_id"], "story": _in_order(answer, table)}), cost


def _system(target: str) -> System:
    module, _, name = target.partition(":")
    system: System = getattr(importlib.import_module(module), name)
    return system


def _again(target: str, table: pa.Table, settings: dict[str, object]) -> pa.Array:
    """Give the story of each row, in the table's order, where the system gets the rows in another."""
    order = random.Random(0).sample(range(table.num_rows), table.num_rows)  # noqa: S311 - no secret
    return _in_order(_system(target)(table.take(pa.array(order, pa.int64())), **settings), table)


def _in_order(answer: tuple[list[str], list[str]], table: pa.Table) -> pa.Array:
    """Give the story of each row; a row without one is a story by itself."""
    story_of = dict(zip(*answer, strict=True))
    return pa.array([story_of.get(doc, f"alone: {doc}") for doc in table["doc_id"].to_pylist()], pa.string())


def cpu_seconds() -> float:
    """Give the CPU seconds, user and system, of this process and of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def _mib(name: str) -> int:
    """Give the kernel's figure of this process, VmRSS or VmHWM; ru_maxrss would begin with that of the parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:")) // 1024


if __name__ == "__main__":
    main()

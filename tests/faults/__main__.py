"""Tries the whole list, or the rows that are named, prints the table and writes docs/faults.md.

    python -m tests.faults [--only A1 --only B4] [--soak 50] [--keep FOLDER]

Exit 1 where a row is not as expected.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.faults import every, soak
from tests.faults.inject import ROOT
from tests.faults.registry import FAULTS, Fault, Outcome, tried
from tests.faults.world import World, made

REPORT = ROOT / "docs" / "faults.md"
ROWS = 54
HEAD = """\
# Faults

What may go wrong, what must happen then, and what was seen: written by `make faults`, which tries each row on
invented pages. After each fault five things must hold: the pointer names a whole version (all checksums match);
every input record is accounted for; the exit code and one line say what is wrong and what to do; the same command
again gives the same bytes as a run that never failed; the inputs are as they were. The calls at which a run is
killed or fails are counted: the 1st, the 2nd, the 3rd ... until the fault is met no more.

"""


def main() -> int:
    """Try the rows; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="a row of the list")
    parser.add_argument("--soak", type=int, default=50, metavar="N", help="publishes with random faults; 0: none")
    told = parser.parse_args()
    rows = [FAULTS[name] for name in told.only] or every.in_order()
    with (
        tempfile.TemporaryDirectory(prefix="copydesk-faults-", ignore_cleanup_errors=True) as folder,
        made(Path(folder)) as world,
    ):
        outcomes = [shown(row, world) for row in rows]
        soaked = soak.soaked(world, told.soak) if told.soak and not told.only else ""
        say(soaked)
    counts = Counter(outcome.verdict for outcome in outcomes)
    say(", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items())))
    if not told.only:
        REPORT.write_text(report(outcomes, soaked), encoding="utf-8")
    return int(counts["holds"] < len(rows))


def say(line: str) -> None:
    """Write a line at once: the whole list takes a while."""
    sys.stdout.write(f"{line}\n" if line else "")
    sys.stdout.flush()


def shown(row: Fault, world: World) -> Outcome:
    """Try one row and print what became of it."""
    start = time.monotonic()
    outcome = tried(row, world)
    seconds = time.monotonic() - start
    say(f"{row.id:<4} {outcome.verdict:<9} {seconds:6.1f} s  {row.fault}: {outcome.seen[:1500]}")
    return outcome


def report(outcomes: Sequence[Outcome], soaked: str) -> str:
    """Give the report as Markdown."""
    holding = sum(outcome.verdict == "holds" for outcome in outcomes)
    lines = [f"**{holding} of {ROWS} faults end as expected; last proof {dt.datetime.now(dt.UTC).date()}.**", ""]
    lines += [soaked, ""] if soaked else []
    lines += ["| id | fault | expected | seen | proof |", "|---|---|---|---|---|"]
    for outcome in outcomes:
        row = outcome.fault
        seen = outcome.seen if outcome.verdict == "holds" else f"**{outcome.verdict}**: {outcome.seen}"
        cells = (row.id, row.fault, row.expected, seen, f"`{row.proof}`")
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ")[:600] for cell in cells) + " |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())

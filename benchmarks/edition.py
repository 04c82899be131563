"""One edition over scrapes that stand in a Parquet file: CPU seconds per step, memory, leftovers by kind.

    python -m benchmarks.edition [--input FILE] [--workers N]

The default input are the 2,130 development scrapes beside the project; nothing of them is kept.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from pathlib import Path

from copydesk import edition
from copydesk.report import Report
from copydesk.settings import Settings

SCRAPES = Path(__file__).resolve().parents[2] / "shared" / "data" / "boilerplate_dev.parquet"


def main() -> None:
    """Print the report of one edition and what it cost."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--input", type=Path, default=SCRAPES)
    told.add_argument("--workers", type=int, default=2)
    options = told.parse_args()
    if not options.input.exists():
        raise SystemExit(f"{options.input} is not on this machine; give a Parquet file of scrapes with --input")
    with tempfile.TemporaryDirectory() as data:
        start = time.perf_counter()
        settings = Settings(Path(data), workers=options.workers)
        report = edition.run([options.input], day=dt.date(2026, 11, 22), settings=settings)
        show(report, wall=time.perf_counter() - start)


def show(report: Report, *, wall: float) -> None:
    """Print counts, cost per step and leftovers by kind."""
    print(report.to_line())
    print("\n| step | CPU s |\n|---|---|")
    for step, seconds in report.cost.items():
        print(f"| {step} | {seconds:.2f} |")
    print(f"| all | {sum(report.cost.values()):.2f} |")
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\nwall {wall:.1f} s; peak memory: {here} MiB here, {report.peak_mib} MiB in the largest worker")
    print("\n| leftover | lines |\n|---|---|")
    for row in report.leftovers:
        print(f"| {row['kind']} | {row['lines']} |")


if __name__ == "__main__":
    main()

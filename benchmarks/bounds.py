"""Strip on texts that no newspaper wrote: CPU seconds, peak memory and what came out of each.

    python -m benchmarks.bounds [CASE ...]

Rules and classifier together, as in a nightly run, one page per case. Each case has a process of its own that may
take 8 GiB and 10 minutes of CPU: more than that, or an exception, is told in its row.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import astuple, dataclass, fields
from functools import cache

import pyarrow as pa

from transforms.model_file import load as load_classifier
from transforms.rule_files import load as load_rules
from transforms.schemas import EXTRACTS
from transforms.strip import Stripped, strip

MOST_BYTES = 8 * 2**30
MOST_CPU_SECONDS = 600
LARGE = 100_000_000  # bytes of the long lines
LINES = 1_000_000
MEDIUM = 10_000_000  # characters of texts without words

STORY = (
    "The harbour council of Vellmar said on Monday that it would not sell the old grain store.\n"
    "The people of the town had asked for it to be kept, and money for the roof was found before the winter.\n"
)
LEFTOVERS = (
    "Share this article\nFacebook\nTwitter\nRead more\nLeave a Reply\nYour email address will not be published.\n"
)


@dataclass(frozen=True)
class Page:
    """What a case gives to strip."""

    text: str
    title: str | None = None


@dataclass(frozen=True)
class Row:
    """What one case cost and gave."""

    case: str
    text_mb: float
    cpu_seconds: float
    peak_mib: int
    outcome: str


def _repeated(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


CASES: dict[str, Callable[[], Page]] = {
    "100 MB in one line, words": lambda: Page(_repeated(STORY.replace("\n", " "), LARGE)),
    "100 MB in one line, no space": lambda: Page(_repeated("abcdefghij", LARGE)),
    "100 MB in one line, Japanese": lambda: Page(_repeated("港の古い倉庫は売られない。", LARGE // 3)),
    "1,000,000 short lines": lambda: Page("\n".join(f"{n} of the many" for n in range(LINES))),
    "1,000,000 equal lines": lambda: Page("The ferry left at noon.\n" * LINES),
    "1,000,000 leftovers": lambda: Page(LEFTOVERS * (LINES // LEFTOVERS.count("\n"))),
    "a story, then 1,000,000 leftovers": lambda: Page(STORY + LEFTOVERS * (LINES // LEFTOVERS.count("\n"))),
    "1,000,000 times the title": lambda: Page("Old grain store is kept\n" * LINES, "Old grain store is kept"),
    "1,000,000 bylines and captions": lambda: Page(
        STORY + "".join(f"By Ann Lee {n}\nPhoto: Bo Ek {n}/Reuters\n" for n in range(LINES // 2))
    ),
    "5,000,000 lines of one letter": lambda: Page("a\n" * (MEDIUM // 2)),
    "only leftovers": lambda: Page(LEFTOVERS),
    "empty": lambda: Page(""),
    "a story with NULs": lambda: Page(STORY.replace(" ", "\0 "), "Old grain\0 store"),
    "10 MB of NULs": lambda: Page("\0" * MEDIUM),
    "10,000,000 right-to-left marks": lambda: Page("\u200f" * MEDIUM),
    "1,000,000 lines of right-to-left marks": lambda: Page("\u200f\u200e\n" * LINES),
    "10 MB of line feeds": lambda: Page("\n" * MEDIUM),
    "10 MB of spaces": lambda: Page(" " * MEDIUM),
    "10 MB of dashes": lambda: Page("-" * MEDIUM),
    "a story with a title of 10 MB": lambda: Page(STORY, _repeated(STORY.replace("\n", " "), MEDIUM)),
    "a title of 1,000,000 suffixes": lambda: Page(
        STORY, "Old grain store is kept" + " - Vellmar | Courier" * LINES
    ),
    "10,000,000 combining accents": lambda: Page("a" + "\u0301" * MEDIUM),
}


def main() -> None:
    """Print one row per case."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument(
        "cases", nargs="*", default=list(CASES), metavar="CASE", help=f"of {list(CASES)}; default: all"
    )
    names = told.parse_args().cases
    unknown = [name for name in names if name not in CASES]
    if unknown:
        raise SystemExit(f"no such case: {unknown}; there are {list(CASES)}")
    print("| " + " | ".join(field.name for field in fields(Row)) + " |\n|---|---|---|---|---|")
    for name in names:
        print("| " + " | ".join(map(str, astuple(in_bounds(name)))) + " |", flush=True)


def in_bounds(case: str) -> Row:
    """Give what a case cost and gave, in a process that cannot take the machine down."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as child:
        try:
            return child.submit(_measured, case).result()
        except BrokenProcessPool:
            return Row(case, float("nan"), float("nan"), 0, "KILLED: more memory or CPU than is allowed")


def _measured(case: str) -> Row:
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    _strip(Page(STORY + LEFTOVERS))  # loads and compiles
    page = CASES[case]()
    start = time.process_time()
    try:
        outcome = _told(_strip(page))
    except Exception as error:  # noqa: BLE001 - which one is raised is what is measured
        outcome = f"RAISED {type(error).__name__}: {str(error)[:80]}"
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    size = len(page.text.encode()) + len((page.title or "").encode())
    return Row(case, round(size / 1e6, 1), round(seconds, 1), peak, outcome)


def _strip(page: Page) -> Stripped:
    columns = {"page_id": "1", "edition": dt.date(2026, 3, 4), "source": "", "text": page.text, "title": page.title}
    extracts = pa.Table.from_pylist([dict.fromkeys(EXTRACTS.names) | columns], EXTRACTS)
    return strip(extracts, _rules(), classifier=load_classifier())


_rules = cache(load_rules)  # a nightly run loads its rules once


def _told(stripped: Stripped) -> str:
    tables = (stripped.articles, stripped.cuts, stripped.quarantine)
    articles, cuts, quarantine = (table.num_rows for table in tables)
    chars = sum(map(len, stripped.articles["body"].to_pylist()))
    overcut = any(stripped.articles["is_overcut"].to_pylist())
    return (
        f"{articles} articles ({chars:,} characters{', overcut' if overcut else ''}), {cuts:,} cuts, "
        f"{quarantine} in quarantine"
    )


if __name__ == "__main__":
    main()

"""What an HTML page costs in a shard, beside trafilatura: `python -m benchmarks.shards --data FILE`.

FILE has the columns html (UTF-8) and url. Shards of `--pages` pages go through extract and strip, as a worker takes
them, at both settings; trafilatura reads the same pages by default with metadata, in turn with them, so that noise
hits all alike. The first shard is start-up, and not counted.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.extract_systems import trafilatura_default
from transforms import rule_files
from transforms.extract import extract
from transforms.model_file import PAGES as SETTINGS
from transforms.model_file import classifiers
from transforms.rules import Rules
from transforms.schemas import PAGES
from transforms.strip import strip


def main() -> int:
    """Print CPU milliseconds a page, and their share of trafilatura's."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shards", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="Parquet file of pages")
    parser.add_argument("--pages", type=int, default=50, help="pages in a shard")
    parser.add_argument("--limit", type=int, default=500, help="pages in all")
    told = parser.parse_args()
    rows = pq.read_table(told.data, columns=["html", "url"]).to_pylist()
    rows = rows[:: max(1, len(rows) // told.limit)][: told.limit]
    rules = rule_files.load()
    spent: defaultdict[str, float] = defaultdict(float)
    counted = 0
    for at in range(0, len(rows), told.pages):
        some = rows[at : at + told.pages]
        times = _times(some, rules)
        if at:
            counted += len(some)
            for name, seconds in times.items():
                spent[name] += seconds
    for name, seconds in spent.items():
        share = seconds / spent["trafilatura"]
        sys.stdout.write(
            f"{name:12} {1000 * seconds / max(1, counted):6.1f} ms a page  {share:5.2f} x trafilatura\n"
        )
    return 0


def _times(rows: list[dict[str, Any]], rules: Rules) -> dict[str, float]:
    """Give the CPU seconds that each way to read some pages takes."""
    shard = _pages(rows)
    works: dict[str, Callable[[], object]] = {
        **{setting: partial(_judged, shard, setting, rules) for setting in SETTINGS},
        "trafilatura": lambda: [trafilatura_default(row["html"].decode(), row["url"]) for row in rows],
    }
    return {name: _timed(work) for name, work in works.items()}


def _pages(rows: list[dict[str, Any]]) -> pa.Table:
    blank = dict.fromkeys(PAGES.names) | {"edition": dt.date.max, "source": "", "source_offset": 0}
    made = [
        blank | {"page_id": str(n), "url": row["url"], "media_type": "text/html", "body": row["html"].decode()}
        for n, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(made, PAGES)


def _judged(shard: pa.Table, setting: str, rules: Rules) -> pa.Table:
    judges = classifiers(setting)
    return strip(extract(shard, judges.pages).extracts, rules, classifier=judges.lines).articles


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())

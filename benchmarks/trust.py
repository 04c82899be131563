"""What trust costs: `python -m benchmarks.trust`.

Editions of invented pages, each made twice in one process: as it is, and without flushing to the disk, checksums of
files and of Parquet's pages, and the limits around a page. In turn, so that noise hits both alike; the first of
each is start-up and not counted. Exit 1 where the share of CPU time, with that of the kernel, is too much.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

from copydesk import edition, shard, store, workers
from copydesk.settings import Settings
from copydesk.shard import Task
from tests.invented_pages import COURIER, LEDGER

MOST = 0.10  # of an edition's CPU time
TOWNS = ("Lunow", "Malchin", "Penzlin", "Teterow", "Torgelow")


def main() -> int:
    """Print the CPU seconds with and without, and the share of the difference."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trust", description=__doc__)
    parser.add_argument("--pages", type=int, default=300, help="HTML pages of an edition")
    parser.add_argument("--turns", type=int, default=5, help="editions of each kind that are counted")
    told = parser.parse_args()
    spent: dict[str, list[float]] = {"with": [], "without": []}
    with tempfile.TemporaryDirectory(prefix="copydesk-trust-") as folder:
        inbox = Path(folder) / "in"
        _write_pages(inbox, told.pages)
        for turn in range(told.turns + 1):
            kinds = ("with", "without") if turn % 2 else ("without", "with")
            for kind in kinds:
                data = Path(folder) / f"{kind}{turn}"
                spent[kind].append(_made(inbox, data, is_bare=kind == "without"))
    ratios = [full / bare - 1 for full, bare in zip(spent["with"][1:], spent["without"][1:], strict=True)]
    for kind, seconds in spent.items():
        print(f"{kind:8} {statistics.median(seconds[1:]):6.2f} CPU s")
    share = statistics.median(ratios)
    print(f"trust costs {share:.1%} of an edition's CPU time ({min(ratios):.1%} to {max(ratios):.1%})")
    return int(share > MOST)


def _write_pages(inbox: Path, count: int) -> None:
    inbox.mkdir()
    for number in range(count):
        html = (LEDGER, COURIER)[number % 2].replace("Lunow", TOWNS[number % len(TOWNS)])
        (inbox / f"{number}.html").write_text(html.replace("ninety", f"{number + 90}"), encoding="utf-8")


def _made(inbox: Path, data: Path, *, is_bare: bool) -> float:
    """Give the CPU seconds, with those of the kernel, of one edition."""
    with _bare() if is_bare else nullcontext(), mock.patch.object(workers, "run", _at_once):
        start = time.process_time()
        edition.run([inbox], day=dt.date(2026, 3, 2), settings=Settings(data, workers=1, gate=False))
        return time.process_time() - start


def _at_once(tasks: Sequence[Task], *, finished: Callable[[Any], None], **_: Any) -> None:
    for task in tasks:
        finished(shard.process(task))


@contextmanager
def _bare() -> Iterator[None]:
    """Have no flushing, no checksums of files and of Parquet's pages, no limits around a page."""
    plain = {**store.PLAIN, "write_page_checksum": False}
    with (
        mock.patch.object(os, "fsync", return_value=None),
        mock.patch.object(hashlib, "file_digest", _named),
        mock.patch.object(store, "PLAIN", plain),
        mock.patch.object(shard, "_marking", new=_unlimited),
    ):
        yield


def _unlimited(_: Task) -> Any:
    return nullcontext(lambda _, work: work())


def _named(handle: Any, _: str) -> Any:
    """Give a digest of a file's name and size: of the same use here, and of no cost."""
    return hashlib.sha256(f"{Path(handle.name).name} {os.fstat(handle.fileno()).st_size}".encode())


if __name__ == "__main__":
    sys.exit(main())

"""The steps from pages to fingerprints for one shard, in a process that may die.

Run as `python -m copydesk.shard` it is the nursery of such processes (copydesk/nursery.py). Each answers one JSON
line with another: a Task in, a Result out. It notes on disk which page it is at, so that whoever started it can
tell what killed it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from copydesk.exits import STORAGE_FAULTS
from copydesk.folding import put_fingerprints
from copydesk.nursery import serve
from copydesk.shortage import first_line, is_shortage
from copydesk.store import STAGING, put_tables
from transforms import model_file, rule_files
from transforms.errors import ExtractError, ModelError, RuleError
from transforms.extract import Guard, Reading, Work, extract, failed_page
from transforms.model_file import Classifiers
from transforms.normalize import normalize
from transforms.rules import Rules
from transforms.schemas import PAGES, QUARANTINE
from transforms.site_memory import SiteMemory
from transforms.strip import strip

T = TypeVar("T")
MARK_BYTES = 32
MIB = 1 << 20
HARD_FACTOR = 3  # C code does not hear the soft limit; the kernel ends the process at this multiple of it


class PageTimeout(BaseException):
    """A page took too long. No Exception, for parsers catch those of any kind and go on."""


_TOO_LONG = "the page took more CPU time than page_cpu_seconds allows; look at it, then raise the limit or drop it"
_TOO_LARGE = "the page took more memory than page_memory_mib allows; look at it, then raise the limit or drop it"


@dataclass(frozen=True)
class Task:
    """One shard of work; paths are strings because it travels as JSON."""

    key: str
    pages: str
    folder: str
    fingerprints: str  # their file
    rules: tuple[str, ...] = ()
    rules_digest: str = ""
    memory: str = ""  # the file of the site memory; empty where there is none
    classifier_digest: str = ""  # of the classifiers that have a say; empty for none
    extraction: str = "best"  # which page classifier
    page_cpu_seconds: float = 20.0
    page_memory_mib: int = 1_024
    page_seconds: float = 300.0
    lethal: dict[str, str] = field(default_factory=dict)  # page_id -> why it is not tried again
    alone: str = ""  # the page_id that is tried by itself; nothing is written then
    pages_at_once: int = 0  # so many go through a step together; 0 for all

    @property
    def mark(self) -> Path:
        """Give the file that names the page at work."""
        return Path(self.folder).with_name(f"{STAGING}{self.key}.at")


@dataclass(frozen=True)
class Result:
    """What became of one shard."""

    key: str
    rows: dict[str, int]
    cpu_seconds: dict[str, float]
    peak_mib: int


def process(task: Task) -> Result:
    """Write the shard's tables under its key and give their sizes; all tables appear at once or not at all.

    With a page that is tried alone, nothing is written: the answer says that the worker outlived it.
    """
    clock: dict[str, float] = {}
    pages = pq.read_table(task.pages)
    if task.alone:
        pages = pages.filter(pc.equal(pages["page_id"], task.alone))
    judges = _classifiers(task)
    if _has_html(pages):
        _warm_up(task.extraction if judges else "")
    tables = _cleaned(task, pages, judges, clock)
    if task.alone:
        return Result(task.key, {}, clock, _peak_mib())
    _timed(clock, "fingerprint", lambda: put_fingerprints(tables["articles"], Path(task.fingerprints)))
    _timed(clock, "write", lambda: put_tables(Path(task.folder), tables))
    task.mark.unlink(missing_ok=True)
    return Result(task.key, {name: table.num_rows for name, table in tables.items()}, clock, _peak_mib())


def _cleaned(
    task: Task, pages: pa.Table, judges: Classifiers | None, clock: dict[str, float]
) -> dict[str, pa.Table]:
    """Give the shard's tables; they do not depend on how many pages are done at once."""
    rules, memory, classifier = _rules(task), _recall(task.memory), judges and judges.lines
    made: dict[str, list[pa.Table]] = {"articles": [], "cuts": [], "unread": [], "unstripped": []}
    size = task.pages_at_once or max(1, pages.num_rows)
    with _marking(task) as guard:
        for part in (pages.slice(start, size) for start in range(0, max(1, pages.num_rows), size)):
            extracted = _timed(clock, "extract", partial(extract, part, judges and judges.pages, guard=guard))
            if task.alone:
                return {}
            stripped = _timed(clock, "strip", partial(strip, extracted.extracts, rules, memory, classifier))
            normalized = _timed(clock, "normalize", partial(normalize, stripped.articles, stripped.cuts))
            made["articles"].append(normalized.articles)
            made["cuts"].append(normalized.cuts)
            made["unread"].append(extracted.quarantine)
            made["unstripped"].append(_whole(stripped.quarantine, part))
    tables = {name: _joined(parts) for name, parts in made.items()}
    tables["quarantine"] = pa.concat_tables([tables.pop("unread"), tables.pop("unstripped")])
    return tables


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    """Give the rows of several tables as if they had been one: where chunks begin shows in the bytes of a file."""
    return parts[0] if len(parts) == 1 else pa.concat_tables(parts).combine_chunks()


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _whole(quarantine: pa.Table, pages: pa.Table) -> pa.Table:
    """Give the rows with the page as it arrived in place of its extracted text."""
    reasons = dict(zip(quarantine["page_id"].to_pylist(), quarantine["reason"].to_pylist(), strict=True))
    failed = pages.filter(pc.is_in(pages["page_id"], quarantine["page_id"].combine_chunks()))
    rows = [failed_page(page, step="strip", reason=reasons[page["page_id"]]) for page in failed.to_pylist()]
    return pa.Table.from_pylist(rows, QUARANTINE)


@lru_cache(maxsize=1)
def _warm_up(extraction: str) -> None:
    """Load parsers, kernels and models, which takes a second, so that no HTML page's own limit pays for them.

    `extraction` is the setting by which pages are judged, empty where nobody judges them.
    """
    page = dict.fromkeys(PAGES.names) | {"page_id": "", "source": "", "source_offset": 0, "media_type": "text/html"}
    line = "<p>A page of plain words, long enough for its language to be told and its lines to be judged.</p>"
    rows = [
        page | {"edition": dt.date(2000, 1, 1), "body": f"<html><body>{body}</body></html>"}
        for body in (line * 50, "")  # of the size from which attributes are counted
    ]
    extract(pa.Table.from_pylist(rows, PAGES), model_file.classifiers(extraction).pages if extraction else None)


@contextmanager
def _marking(task: Task) -> Iterator[Guard]:
    """Give the guard that notes each page, limits its CPU time and memory, and refuses the lethal ones."""
    task.mark.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(task.mark, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    alarm = _Alarm()
    previous = signal.signal(signal.SIGPROF, alarm.ring)

    def guard(page_id: str, work: Work) -> Reading:
        os.pwrite(descriptor, page_id.encode().ljust(MARK_BYTES), 0)
        if page_id in task.lethal:
            raise ExtractError(task.lethal[page_id])
        try:
            with _limited(task), alarm.set_to(task.page_cpu_seconds):
                return work()
        except PageTimeout:
            raise ExtractError(_TOO_LONG) from None
        except MemoryError:
            raise ExtractError(_TOO_LARGE) from None

    try:
        yield guard
    finally:
        os.pwrite(descriptor, b"".ljust(MARK_BYTES), 0)
        os.close(descriptor)
        signal.signal(signal.SIGPROF, previous)


class _Alarm:
    """Rings with a PageTimeout while it is set, and again where something swallowed that.

    The signal may arrive after the timer was stopped: Python calls its handlers when it comes to it.
    """

    def __init__(self) -> None:
        self._is_set = False

    @contextmanager
    def set_to(self, seconds: float) -> Iterator[None]:
        """Ring after so many CPU seconds of the block, and after as many again."""
        self._is_set = True
        signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
        try:
            yield
        finally:
            self._is_set = False
            signal.setitimer(signal.ITIMER_PROF, 0)

    def ring(self, _signal: int, _frame: FrameType | None) -> None:
        """Raise where the block is at work."""
        if self._is_set:
            raise PageTimeout


@contextmanager
def _limited(task: Task) -> Iterator[None]:
    """Let the kernel end this process, or refuse it memory, where a page takes much more than it may.

    RLIMIT_DATA counts what the process may write and shares with none, so neither libraries nor mapped files.
    """
    cpu, data = (resource.getrlimit(what)[1] for what in (resource.RLIMIT_CPU, resource.RLIMIT_DATA))
    seconds = int(time.process_time() + task.page_cpu_seconds * HARD_FACTOR) + 1
    _limit(resource.RLIMIT_CPU, seconds, cpu)
    _limit(resource.RLIMIT_DATA, _data_bytes() + task.page_memory_mib * MIB, data)
    try:
        yield
    finally:
        _limit(resource.RLIMIT_DATA, data, data)
        _limit(resource.RLIMIT_CPU, cpu, cpu)


def _limit(what: int, most: int, hard: int) -> None:
    with suppress(ValueError):  # a hard limit below it, by whoever started us, holds anyway
        resource.setrlimit(what, (most, hard))


def _data_bytes() -> int:
    """Give how much memory this process has to itself, as RLIMIT_DATA counts it."""
    with Path("/proc/self/statm").open("rb", buffering=0) as file:
        return int(file.read().split()[5]) * resource.getpagesize()


def _rules(task: Task) -> Rules:
    """Give the rules that the run began with; RuleError where a file was edited since."""
    rules = _load(task.rules, is_checked=task.rules_digest != "")
    if task.rules_digest not in ("", rules.digest):
        raise RuleError("a rule file was changed while the edition was made; run it again")
    return rules


@lru_cache(maxsize=4)
def _load(folders: tuple[str, ...], *, is_checked: bool) -> Rules:
    return rule_files.load(*map(Path, folders), is_checked=is_checked)


@lru_cache(maxsize=4)
def _recall(file: str) -> SiteMemory:
    return SiteMemory(pq.read_table(file).to_pylist() if file else ())


def _classifiers(task: Task) -> Classifiers | None:
    """Give the classifiers that the run began with; ModelError where others were installed since."""
    if not task.classifier_digest:
        return None
    found = model_file.classifiers(task.extraction)
    if found.digest != task.classifier_digest:
        raise ModelError("the classifiers were changed while the edition was made; run it again")
    return found


def _timed(clock: dict[str, float], step: str, work: Callable[[], T]) -> T:
    start = time.process_time()
    done = work()
    clock[step] = clock.get(step, 0.0) + time.process_time() - start
    return done


def order_of(task: Task) -> dict[str, Any]:
    """Give what the nursery is told of a worker's first task; it reads no file: Arrow would start threads."""
    with suppress(OSError, pa.ArrowException):  # the worker meets it again, and says so
        return {"task": asdict(task), "has_html": _has_html(pq.read_table(task.pages, columns=["media_type"]))}
    return {"task": asdict(task), "has_html": False}


def prepare(order: dict[str, Any]) -> None:
    """Load what workers need for such a task; what cannot be loaded is left to the worker, who can say so."""
    task = _task(order["task"])
    with suppress(Exception):
        _load(task.rules, is_checked=task.rules_digest != "")
        judges = _classifiers(task)
        if order["has_html"]:
            _warm_up(task.extraction if judges else "")


def _has_html(pages: pa.Table) -> bool:
    return "text/html" in pages["media_type"].unique().to_pylist()


def answer() -> None:
    """Answer tasks from standard input until it ends; whatever libraries print goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            told = asdict(process(_task(json.loads(line))))
        except (ModelError, RuleError) as error:
            told = {"refused": str(error)}
        except Exception as error:  # noqa: BLE001  # a bug in a step must reach the parent with its traceback
            told = {"shortage": first_line(error)} if is_shortage(error) else {"bug": traceback.format_exc()}
            if isinstance(error, OSError) and error.errno in STORAGE_FAULTS:
                told = {"storage": [error.errno, error.strerror, error.filename]}
        replies.write(json.dumps(told) + "\n")
        replies.flush()


def _task(told: dict[str, Any]) -> Task:
    return Task(**{**told, "rules": tuple(told["rules"])})


def main() -> None:
    """Be the nursery of workers."""
    serve(prepare, lambda _: answer())


if __name__ == "__main__":
    main()

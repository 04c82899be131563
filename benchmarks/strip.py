"""Strip beside other cleaners of text, on the same scrapes in one run: quality and CPU.

    python -m benchmarks.strip [--data FILE] [--scorer FILE] [--json FILE]

Every figure is the official scorer's own. Each method runs in a process of its own, first on a few documents, so
that loading and compiling are told apart from the work.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import io
import json
import math
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from transforms.errors import CopydeskError

SCRAPES = Path(__file__).resolve().parents[2] / "shared" / "data" / "boilerplate_dev.parquet"
METHODS = {
    "nothing": "benchmarks.peers:nothing",
    "C4 line rules": "benchmarks.peers:c4",
    "jusText on text": "benchmarks.peers:justext_on_text",
    "trafilatura's filters": "benchmarks.peers:trafilatura_filters",
    "copydesk, rules alone": "benchmarks.adapters:kept_lines_by_rules",
    "copydesk, rules + classifier": "benchmarks.adapters:kept_lines_of_unseen_sites",
}
HEADLINE = "news (headline)"
FURTHER = ("comment-form tails", "news, English", "news, not English", "blogs (wcxb)")
WARM_DOCS = 40  # spread over the data, so that each fold's classifier is loaded too


@dataclass(frozen=True)
class Cost:
    """CPU seconds of a method: its start where no kernel is compiled yet, any later start, all documents."""

    first_start: float
    start: float
    work: float


@dataclass(frozen=True)
class Outcome:
    """What a method made of the scrapes: the scorer's report and what it cost, or why it did not run."""

    report: Mapping[str, Mapping[str, float]]
    cost: Cost | None
    size_mb: float
    missing: str = ""

    def figures(self) -> dict[str, Any]:
        """Give all of it as one flat record for JSON."""
        if self.cost is None:
            return {"missing": self.missing}
        cold = {"first_start_cpu_s": self.cost.first_start, "start_cpu_s": self.cost.start}
        return {**self.report, "cpu_s_per_mb": self.cost.work / self.size_mb, **cold}


def main() -> None:
    """Print the tables; leave all figures as JSON where asked for."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--data", type=Path, default=SCRAPES, help="Parquet file of labelled scrapes")
    told.add_argument(
        "--scorer", type=Path, help="score.py; default: evals/boilerplate/ beside the folder of --data"
    )
    told.add_argument("--json", type=Path, help="file for all figures of all slices")
    options = told.parse_args()
    file = options.scorer or options.data.resolve().parents[1] / "evals" / "boilerplate" / "score.py"
    for needed, option in ((options.data, "--data"), (file, "--scorer")):
        if not needed.is_file():
            raise SystemExit(f"{needed} is not on this machine; name another with {option}")
    outcomes = compare(options.data, file)
    print("\n".join([*headline(outcomes), "", *further(outcomes), ""]))
    print(_in_child(seeds, file))
    if options.json:
        figures = {name: outcome.figures() for name, outcome in outcomes.items()}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def compare(data: Path, scorer: Path, methods: Mapping[str, str] = METHODS) -> dict[str, Outcome]:
    """Give what each method makes of the scrapes, by the method's name."""
    score = load_scorer(scorer)
    rows = score.prepare(score.load(str(data)))
    size_mb = sum(len(row["text"].encode()) for row in rows) / 1e6
    return {name: _outcome(score, rows, size_mb, target, data) for name, target in methods.items()}


def load_scorer(file: Path) -> ModuleType:
    """Give the scorer as a module; it stands outside the project and is no package."""
    spec = importlib.util.spec_from_file_location("score", file)
    assert spec, f"{file} is not Python"
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _outcome(
    score: ModuleType, rows: Sequence[Mapping[str, Any]], size_mb: float, target: str, data: Path
) -> Outcome:
    scorer = Path(str(score.__file__))
    try:
        with _no_kernels():
            first_start = _in_child(_start, target, data, scorer)
            start, kept, work = _in_child(_run, target, data, scorer)
    except CopydeskError as error:
        return Outcome({}, None, size_mb, str(error))
    report = score.report(rows, kept, work, size_mb * 1e6, out=io.StringIO())
    return Outcome(
        {name: report[name] for name in score.SLICES if name in report}, Cost(first_start, start, work), size_mb
    )


@contextmanager
def _no_kernels() -> Iterator[None]:
    """Have the children find no compiled kernel but those that one of them has made."""
    name = "NUMBA_CACHE_DIR"
    before = os.environ.get(name)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[name] = folder
        try:
            yield
        finally:
            os.environ.pop(name)
            if before is not None:
                os.environ[name] = before


def _in_child(task: Any, *told: object) -> Any:
    """Give what the task returns in a process of its own that has loaded nothing yet."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as child:
        return child.submit(task, *told).result()


def _start(target: str, data: Path, scorer: Path) -> float:
    """Give the CPU seconds until a method has been through its first documents."""
    score = load_scorer(scorer)
    return _warmed(score, score.load(str(data)), target)[1]


def _run(target: str, data: Path, scorer: Path) -> tuple[float, list[set[int]], float]:
    """Give the CPU seconds of the start, the lines that stay per scrape, and the CPU seconds of the work."""
    score = load_scorer(scorer)
    rows = score.load(str(data))
    method, start = _warmed(score, rows, target)
    kept, work, _ = score.run(method, rows)
    return start, kept, work


def _warmed(score: ModuleType, rows: Sequence[Mapping[str, Any]], target: str) -> tuple[Any, float]:
    module, _, name = target.partition(":")
    before = score.cpu()
    method = getattr(importlib.import_module(module), name)
    score.run(method, rows[:: max(1, len(rows) // WARM_DOCS)])
    return method, score.cpu() - before


def seeds(scorer: Path) -> str:
    """Give what the scorer says of the founding texts, cut as a nightly run cuts them; each wrong line is shown."""
    from benchmarks.adapters import kept_lines

    told = io.StringIO()
    load_scorer(scorer).seeds(kept_lines, scorer.with_name("seed_lines.jsonl"), told)
    return told.getvalue().rstrip()


_HEADLINE_COLUMNS = (
    *("method", "line P", "line R", "word P", "word R", "lost %", "hurt %", "F1 before", "F1 after"),
    *("CPU s/MB", "start", "first start"),
)


_STARTS = "start: CPU s until a method is warm; first start: with no kernel compiled yet"


def headline(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Give the lines of the table of the headline slice; one row per method, starts in CPU seconds."""
    docs = {int(one.report[HEADLINE]["docs"]) for one in outcomes.values() if one.cost}
    return [
        f"{HEADLINE}: {', '.join(map(str, docs))} scrapes; {_STARTS}",
        "",
        *_table(_HEADLINE_COLUMNS, [_headline_row(name, one) for name, one in outcomes.items()]),
    ]


def _headline_row(name: str, outcome: Outcome) -> list[str]:
    if outcome.cost is None:
        return [name, f"NOT RUN: {outcome.missing}"]
    slice_ = outcome.report[HEADLINE]
    shares = [_share(slice_[key]) for key in ("line_P", "line_R", "word_P", "word_R")]
    harm = [f"{slice_['lost_per_doc']:.2%}"[:-1], f"{slice_['docs_hurt']:.1%}"[:-1]]
    f1 = [_share(slice_[key]) for key in ("f1_before", "f1_after")]
    cost = [
        f"{outcome.cost.work / outcome.size_mb:.3f}",
        f"{outcome.cost.start:.1f}",
        f"{outcome.cost.first_start:.1f}",
    ]
    return [name, *shares, *harm, *f1, *cost]


def further(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Give the lines of the table of the other slices: line P / line R / F1 after in each cell."""
    rows = [[name, *(_cell(outcome, part) for part in FURTHER)] for name, outcome in outcomes.items()]
    return ["line P / line R / F1 after, per slice", "", *_table(("method", *FURTHER), rows)]


def _cell(outcome: Outcome, part: str) -> str:
    if outcome.cost is None:
        return "NOT RUN"
    if part not in outcome.report:
        return "no scrapes"
    return " / ".join(_share(outcome.report[part][key]) for key in ("line_P", "line_R", "f1_after"))


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    main()

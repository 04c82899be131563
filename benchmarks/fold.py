"""Fold beside other finders of near-identical texts, on the same articles in one run: quality and cost.

    python -m benchmarks.fold [--compare] [--growth] [--only NAME ...] [--peers PYTHON] [--json FILE]
    python -m benchmarks.fold --tune [--only NAME ...]

--compare: labelled articles, each peer at its default and at its best settings; figures of the official scorer.
--growth: invented articles in growing numbers, each peer at its best settings. Neither of the two: both.

Every system runs in a process of its own (benchmarks.measured), first on 50 articles, so that loading and compiling
are told apart from the work. The peers need versions that the product cannot have, so they live in an environment
of their own, which `make peers` builds from benchmarks/peers.txt. One that is missing says so in its row.

--tune tries each peer's settings over GRIDS (benchmarks.fold_systems) and prints the best by pair F1.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import product, repeat
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.fold_corpus import articles
from benchmarks.fold_systems import (
    COPYDESK,
    GRIDS,
    PEERS_PYTHON,
    REPOSITORY,
    TUNED,
    Place,
    Run,
    Settings,
    System,
    peer,
    run,
    systems,
)
from benchmarks.strip import load_scorer

ARTICLES = REPOSITORY.parent / "shared" / "data" / "dedup_dev.parquet"
NAMES = (COPYDESK.name, *TUNED)

# The scorer's kinds of copies, as the table has them together
KINDS: Mapping[str, Sequence[str]] = {
    "whole": ("exact", "headline", "norm"),
    "edited": ("copyedit", "numbers", "spelling"),
    "boiler": ("boiler", "embedded"),
    "truncate": ("truncate",),
    "drop": ("drop", "reorder"),
    "wire": ("wire1", "wire2", "wire3", "wire4"),
    "ocr 1 %": ("ocr1",),
    "ocr 3, 8 %": ("ocr3", "ocr8"),
    "spin 5 %": ("spin5",),
    "spin 10, 15 %": ("spin10", "spin15"),
    "combo": ("combo",),
    "short": ("short_copy", "tpl_copy"),
}
OTHER = "other"
MEMORY = "MiB: peak of the largest process; held: what it held before the work, with the articles"


@dataclass(frozen=True)
class Step:
    """So many articles of so many words."""

    articles: int
    words: int


STEPS = (Step(1_000, 350), Step(10_000, 350), Step(100_000, 350))
OURS = (*STEPS, Step(1_000_000, 60))
MOST_CPU_SECONDS = 300  # a peer's step that the one before lets expect to take more is left out


@dataclass(frozen=True)
class Outcome:
    """What a system made of labelled articles: the scorer's metrics and the run, without its answers."""

    metrics: Mapping[str, Any]
    run: Run

    def figures(self) -> dict[str, Any]:
        """Give all of it as one flat record for JSON."""
        return {"missing": self.run.missing} if self.run.cost is None else {**self.metrics, **asdict(self.run.cost)}


def main() -> None:
    """Print the tables; leave all figures as JSON where asked for."""
    options = _told()
    file = options.scorer or options.data.resolve().parents[1] / "evals" / "dedup" / "score.py"
    for needed, option in ((options.data, "--data"), (file, "--scorer")):
        if not needed.is_file():
            raise SystemExit(f"{needed} is not on this machine; name another with {option}")
    score, data = load_scorer(file), options.data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        figures = _figures(options, score, data, Place(options.peers.absolute(), Path(folder)))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def _told() -> argparse.Namespace:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--compare", action="store_true", help="quality, CPU and memory on labelled articles")
    told.add_argument("--growth", action="store_true", help="CPU and memory on ever more invented articles")
    told.add_argument("--tune", action="store_true", help="the peers' best settings for the labelled articles")
    told.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=f"of {NAMES}")
    told.add_argument("--peers", type=Path, default=PEERS_PYTHON, help="Python of the peers' environment")
    told.add_argument("--data", type=Path, default=ARTICLES, help="Parquet file of labelled articles")
    told.add_argument("--scorer", type=Path, help="score.py; default: evals/dedup/ beside the folder of --data")
    told.add_argument("--json", type=Path, help="file for all figures")
    return told.parse_args()


def _figures(options: argparse.Namespace, score: ModuleType, data: Path, place: Place) -> dict[str, Any]:
    """Print the tables of each part that is asked for as soon as they are made; give their figures."""
    asked = {part for part in ("compare", "growth", "tune") if getattr(options, part)} or {"compare", "growth"}
    figures: dict[str, Any] = {}
    if "tune" in asked:
        figures["tune"] = tune(options.only, data, score, place)
    if "compare" in asked:
        outcomes = compare(systems(options.only), data, score, place)
        print("\n".join([*headline(outcomes), "", *by_kind(outcomes), "", *by_family(outcomes), ""]), flush=True)
        figures["compare"] = {name: outcome.figures() for name, outcome in outcomes.items()}
    if "growth" in asked:
        rows = growth(systems(options.only, defaults=False), score, place)
        print("\n".join(growth_table(rows)))
        figures["growth"] = rows
    return figures


def compare(asked: Sequence[System], data: Path, score: ModuleType, place: Place) -> dict[str, Outcome]:
    """Give what each system makes of labelled articles, by its name.

    To the scorer's metrics are added whether the rows in another order give the same stories and, for ours, the CPU
    seconds of a start at which every kernel is compiled.
    """
    labelled = pq.read_table(data)
    outcomes = {}
    for system in asked:
        first = run(system, data, place, start_only=True) if system is COPYDESK else None
        ran = run(system, data, place, shuffled=True)
        outcomes[system.name] = _scored(ran, labelled, score)
        if first and first.cost and ran.cost:
            outcomes[system.name] = Outcome({**outcomes[system.name].metrics, "first_start": first.cost.start}, ran)
    return outcomes


def _scored(ran: Run, labelled: pa.Table, score: ModuleType) -> Outcome:
    if ran.cost is None:
        return Outcome({}, ran)
    doc_ids, *gold = (labelled[name].to_pylist() for name in ("doc_id", "story", "kind", "family"))
    metrics = score.metrics(gold[0], list(ran.stories), *gold[1:])
    metrics["cpu_s_per_10k"] = ran.cost.work / len(doc_ids) * 10_000
    if ran.shuffled is not None:
        metrics["order_stable"] = score.partition(doc_ids, ran.stories) == score.partition(doc_ids, ran.shuffled)
    return Outcome(metrics, Run(cost=ran.cost))


def tune(names: Sequence[str], data: Path, score: ModuleType, place: Place) -> dict[str, Any]:
    """Give each peer's settings of GRIDS with their pair F1, the best first; CPU is not measured."""
    labelled = pq.read_table(data)
    best = {}
    for name in (name for name in TUNED if name in names):
        tried = [peer(name, settings, "tried") for settings in combinations(name)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            ran = list(pool.map(run, tried, repeat(data), repeat(place)))
        f1s = [_scored(one, labelled, score).metrics.get("pair_f1", 0.0) for one in ran]
        order = sorted(range(len(tried)), key=lambda n: -f1s[n])  # of equals the first that was tried
        best[name] = [{"pair_f1": f1s[n], "settings": tried[n].settings} for n in order]
        print(f"{name}: best of {len(tried)} settings {best[name][0]}", flush=True)
    return best


def combinations(name: str) -> Iterator[Settings]:
    """Give all settings that --tune tries for a peer."""
    for grid in GRIDS[name]:
        for values in product(*grid.values()):
            yield dict(zip(grid, values, strict=True))


def headline(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Give the lines of the table of quality and cost, one row per system."""
    head = (
        "system",
        "pair F1",
        "precision",
        "recall",
        "clean",
        "any order",
        "CPU s per 10k",
        "start",
        "MiB",
        "held",
    )
    rows = []
    for name, outcome in outcomes.items():
        cost, of = outcome.run.cost, outcome.metrics
        if cost is None:
            rows.append([name, outcome.run.missing])
            continue
        shares = [_share(of[key]) for key in ("pair_f1", "pair_precision", "pair_recall", "hardneg_clean_all")]
        stable = "same" if of["order_stable"] else "differs"
        seconds = [f"{of['cpu_s_per_10k']:.2f}", f"{cost.start:.1f}"]
        rows.append([name, *shares, stable, *seconds, f"{cost.peak_mib:,}", f"{cost.held_mib:,}"])
    docs = {outcome.metrics["docs"] for outcome in outcomes.values() if outcome.metrics}
    firsts = [of.metrics["first_start"] for of in outcomes.values() if "first_start" in of.metrics]
    compiled = [f"; a start that compiles every kernel: {first:.1f}" for first in firsts]
    return [
        f"{', '.join(f'{count:,}' for count in docs) or 'no'} articles",
        "clean: share of hard negatives that are with no other story",
        f"start: CPU s until warm{''.join(compiled)}",
        MEMORY,
        "",
        *_table(head, rows),
    ]


def by_kind(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Give the lines of the table of copies that are with their story, by what was done to them."""
    named = {kind for kinds in KINDS.values() for kind in kinds}
    scored = [outcome.metrics["attached_n"] for outcome in outcomes.values() if outcome.metrics]
    rest = sorted({kind for counts in scored for kind in counts} - named)
    groups = {**KINDS, OTHER: rest} if rest else KINDS
    rows = [
        [name, *(_attached(outcome.metrics, kinds) for kinds in groups.values())]
        for name, outcome in outcomes.items()
    ]
    return [
        "share of copies that are with their story, by what was done to them",
        "",
        *_table(("system", *groups), rows),
    ]


def _attached(metrics: Mapping[str, Any], kinds: Sequence[str]) -> str:
    counts = {kind: metrics["attached_n"][kind] for kind in kinds if kind in metrics.get("attached_n", {})}
    if not counts:
        return "–"
    return _share(sum(metrics["attached_by_kind"][kind] * n for kind, n in counts.items()) / sum(counts.values()))


def by_family(outcomes: Mapping[str, Outcome]) -> list[str]:
    """Give the lines of the table of hard negatives that are with no other story, by family."""
    families = sorted(
        {family for outcome in outcomes.values() for family in outcome.metrics.get("hardneg_clean", ())}
    )
    rows = [
        [name, *(_share(of.metrics["hardneg_clean"][family]) if of.metrics else "–" for family in families)]
        for name, of in outcomes.items()
    ]
    plain = [family.replace("template_", "").replace("_", " ") for family in families]
    return [
        "share of hard negatives that are with no other story, by family",
        "",
        *_table(("system", *plain), rows),
    ]


def growth(asked: Sequence[System], score: ModuleType, place: Place) -> list[dict[str, Any]]:
    """Give what each system takes for ever more invented articles: one record per step and system."""
    rows: list[dict[str, Any]] = []
    corpus = place.folder / "corpus.parquet"
    for step in OURS:
        takers = [system for system in asked if system is COPYDESK or step in STEPS]
        if not takers:
            continue
        made = articles(step.articles, step.words)
        pq.write_table(made, corpus)
        text_mb = pc.sum(pc.binary_length(made["text"])).as_py() / 1e6
        for system in takers:
            row = {"system": system.name, "articles": step.articles, "words": step.words, "text_mb": text_mb}
            expected = _expected(rows, system, step)
            if expected > MOST_CPU_SECONDS:
                rows.append({**row, "missing": f"left out: {expected:,.0f} CPU s to be expected"})
            else:
                rows.append({**row, **_grown(run(system, corpus, place), made["story"].to_pylist(), score)})
    return rows


def _expected(rows: Sequence[Mapping[str, Any]], system: System, step: Step) -> float:
    """Give the CPU seconds that a step takes if the cost per article stays that of the last one; 0 if unknown."""
    known = [row["work"] / row["articles"] for row in rows if row["system"] == system.name and "work" in row]
    return known[-1] * step.articles if known else 0


def _grown(ran: Run, gold: Sequence[str], score: ModuleType) -> dict[str, Any]:
    if ran.cost is None:
        return {"missing": ran.missing}
    nothing = [""] * len(gold)  # invented articles are of no kind or family
    metrics = score.metrics(gold, list(ran.stories), nothing, nothing)
    shares = {name: metrics[name] for name in ("pair_f1", "pair_precision", "pair_recall")}
    return {**asdict(ran.cost), "cpu_s_per_10k": ran.cost.work / len(gold) * 10_000, **shares}


def growth_table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give the lines of the table of growth, one row per system and step."""
    head = (
        "system",
        "articles",
        "words",
        "text MB",
        "CPU s",
        "CPU s per 10k",
        "MiB",
        "held",
        "pair F1",
        "precision",
    )
    told = []
    for row in sorted(rows, key=lambda row: [one["system"] for one in rows].index(row["system"])):
        size = [row["system"], f"{row['articles']:,}", str(row["words"]), f"{row['text_mb']:.1f}"]
        if "missing" in row:
            told.append([*size, row["missing"]])
            continue
        cost = [f"{row['work']:.2f}", f"{row['cpu_s_per_10k']:.2f}", f"{row['peak_mib']:,}", f"{row['held_mib']:,}"]
        told.append([*size, *cost, _share(row["pair_f1"]), _share(row["pair_precision"])])
    return ["growth on invented articles (benchmarks.fold_corpus)", MEMORY, "", *_table(head, told)]


def _share(share: float) -> str:
    return f"{share:.3f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    main()

"""Extraction beside other extractors, on the same pages in one run: quality and CPU.

    python -m benchmarks.extract [--data FILE] [--split NAME] [--system NAME ...] [--no-unseen] [--limit N]
                                 [--peers PYTHON] [--scorer FILE] [--json FILE]

One table for each data set and one for all pages. F1, precision and recall are those of words, titles, days and
authors right a share of the pages that have one, all as the official scorer has them; the gain is of F1 over
trafilatura's text without comments, page by page, with the 95 % interval of a bootstrap. CPU is the mean of a page,
and its share of what trafilatura takes with metadata for the same pages in the same run. Ours is shown as it ships,
on hosts that taught it, and by classifiers that had no page of the host; the second is what to expect elsewhere.

Peers that the product does not need live in an environment of their own, which `make peers` builds. One that is
missing says so in its row.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.extract_runs import COST_OF, GAIN_OVER, PEERS_PYTHON, REPOSITORY, SYSTEMS, Run, System, run
from benchmarks.strip import load_scorer

PAGES = REPOSITORY.parent / "shared" / "data" / "extraction_dev.parquet"
SETS = {"wcxb": "WCXB articles", "aeb": "AEB", "fundus": "Fundus"}
ALL = "all pages"
BY_LANGUAGE = "fundus"  # the only set of many languages
PAGES_OF_A_LANGUAGE = 5
NAMES = tuple(system.name for system in SYSTEMS)
FIELDS = ("title", "date", "author")

Score = Mapping[str, Any]


@dataclass(frozen=True)
class Bootstrap:
    """How the interval of a mean is found."""

    resamples: int = 10_000
    seed: int = 0
    outside: tuple[float, float] = (2.5, 97.5)  # percentiles


BOOTSTRAP = Bootstrap()


@dataclass(frozen=True)
class Figures:
    """What a system made of a set of pages: means over pages, CPU milliseconds of one; None where nothing is known.

    A system that never gives a field has no share of it. `share_of_cost` is what it takes beside COST_OF.
    """

    pages: int
    f1: float
    precision: float
    recall: float
    gain: tuple[float, float, float] | None  # mean, ends of the interval
    title: float | None
    date: float | None
    author: float | None
    empty: int
    errors: int
    cpu_ms: float
    share_of_cost: float


def main() -> None:
    """Print the tables; leave all figures as JSON where asked for."""
    options = _told()
    file = options.scorer or options.data.resolve().parents[1] / "evals" / "extraction" / "score.py"
    for needed, option in ((options.data, "--data"), (file, "--scorer")):
        if not needed.is_file():
            raise SystemExit(f"{needed} is not on this machine; name another with {option}")
    score = load_scorer(file)
    pages = _first(score.load([options.data], options.split), options.limit)
    scores = scored(asked(options.system, unseen=options.unseen), pages, score, options.peers.absolute())
    figures = {}
    for name, kept in sets(pages).items():
        figures[name] = measured(scores, kept)
        print("\n".join([f"{name}, {len(kept):,} pages", "", *table(figures[name]), ""]))
    print("\n".join(by_language(scores, pages)))
    if options.json:
        held = {
            part: {name: {"missing": of} if isinstance(of, str) else asdict(of) for name, of in rows.items()}
            for part, rows in figures.items()
        }
        options.json.write_text(json.dumps(held, indent=1), encoding="utf-8")


def _told() -> argparse.Namespace:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--data", type=Path, default=PAGES, help="Parquet file of pages with gold text")
    told.add_argument("--split", default="dev", help="which pages of the file; default: dev")
    told.add_argument("--system", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=f"of {NAMES}")
    told.add_argument(
        "--unseen",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="ours on hosts that did not teach it, too",
    )
    told.add_argument("--limit", type=int, help="so many pages of each data set")
    told.add_argument("--peers", type=Path, default=PEERS_PYTHON, help="Python of the peers' environment")
    told.add_argument(
        "--scorer", type=Path, help="score.py; default: evals/extraction/ beside the folder of --data"
    )
    told.add_argument("--json", type=Path, help="file for all figures")
    return told.parse_args()


def asked(names: Sequence[str], *, unseen: bool) -> list[System]:
    """Give the systems named, and the two that the others are measured by."""
    beside = (COST_OF.name, GAIN_OVER.name)
    return [one for one in SYSTEMS if one.name in (*names, *beside) and (unseen or not one.is_unseen)]


def _first(pages: Sequence[Mapping[str, Any]], limit: int | None) -> list[Mapping[str, Any]]:
    return [page for name in SETS for page in [one for one in pages if one["dataset"] == name][:limit]]


def sets(pages: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Give the places of each set's pages by the set's name, and of all of them."""
    found = {name: [n for n, page in enumerate(pages) if page["dataset"] == key] for key, name in SETS.items()}
    return {name: kept for name, kept in found.items() if kept} | {ALL: list(range(len(pages)))}


def scored(
    systems: Sequence[System], pages: Sequence[Mapping[str, Any]], score: ModuleType, peers_python: Path
) -> dict[str, Sequence[Score] | str]:
    """Give the score of each page by the system's name, or why there is none.

    To the scorer's own are added `seconds` and `error`, and the set of the fields that were `given`.
    """
    return {name: _scores(of, pages, score) for name, of in run(systems, pages, peers_python).items()}


def _scores(of: Run, pages: Sequence[Mapping[str, Any]], score: ModuleType) -> Sequence[Score] | str:
    return of.missing or [
        score.score_page(answer.found, page)
        | {
            "seconds": answer.seconds,
            "error": answer.error,
            "given": {name for name in FIELDS if answer.found.get(name)},
        }
        for answer, page in zip(of.answers, pages, strict=True)
    ]


def measured(scores: Mapping[str, Sequence[Score] | str], kept: Sequence[int]) -> dict[str, Figures | str]:
    """Give the figures of each system over the pages at these places, or why there are none."""
    seconds = sum(_rows(scores, COST_OF, kept, "seconds"))
    base = np.array(_rows(scores, GAIN_OVER, kept, "F1"))
    return {
        name: rows
        if isinstance(rows, str)
        else _figures([rows[n] for n in kept], seconds, None if name == GAIN_OVER.name else base)
        for name, rows in scores.items()
    }


def _rows(
    scores: Mapping[str, Sequence[Score] | str], system: System, kept: Sequence[int], key: str
) -> list[float]:
    rows = scores[system.name]
    if isinstance(rows, str):
        raise SystemExit(f"nothing can be set beside {system.name}: {rows}")
    return [rows[n][key] for n in kept]


def _figures(rows: Sequence[Score], seconds: float, base: npt.NDArray[np.float64] | None) -> Figures:
    of = {key: np.array([row[key] for row in rows], float) for key in ("F1", "P", "R", "seconds")}
    return Figures(
        pages=len(rows),
        f1=float(of["F1"].mean()),
        precision=float(of["P"].mean()),
        recall=float(of["R"].mean()),
        gain=None if base is None else interval(of["F1"] - base),
        **{name: _right(rows, name) for name in FIELDS},
        empty=sum(row["empty"] for row in rows),
        errors=sum(bool(row["error"]) for row in rows),
        cpu_ms=float(of["seconds"].mean()) * 1000,
        share_of_cost=float(of["seconds"].sum()) / seconds,
    )


def interval(values: npt.NDArray[np.float64], settings: Bootstrap = BOOTSTRAP) -> tuple[float, float, float]:
    """Give the mean of the values and the ends of its interval."""
    chance = np.random.default_rng(settings.seed)
    means = values[chance.integers(0, len(values), (settings.resamples, len(values)))].mean(axis=1)
    low, high = np.percentile(means, settings.outside)
    return float(values.mean()), float(low), float(high)


def _right(rows: Sequence[Score], field: str) -> float | None:
    """Give the share of pages whose field is right; None where no page has it or the system never gives it."""
    known = [row[field] for row in rows if row[field] is not None]
    return sum(known) / len(known) if known and any(field in row["given"] for row in rows) else None


_COLUMNS = (
    *("system", "F1", "precision", "recall", "gain over trafilatura [95 %]", *FIELDS),
    *("empty", "errors", "CPU ms", "× trafilatura"),
)


def table(found: Mapping[str, Figures | str]) -> list[str]:
    """Give the lines of the table of one set, one row per system."""
    return _table(
        _COLUMNS, [[name, of] if isinstance(of, str) else [name, *_cells(of)] for name, of in found.items()]
    )


def _cells(of: Figures) -> list[str]:
    shares = [_share(share) for share in (of.f1, of.precision, of.recall)]
    gain = "{:+.4f} [{:+.4f}, {:+.4f}]".format(*of.gain) if of.gain else "–"
    fields = [_share(share) for share in (of.title, of.date, of.author)]
    return [*shares, gain, *fields, str(of.empty), str(of.errors), f"{of.cpu_ms:.1f}", f"{of.share_of_cost:.2f}"]


def by_language(scores: Mapping[str, Sequence[Score] | str], pages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Give the lines of the table of F1 by language; none where no language has pages enough."""
    places: dict[str, list[int]] = {}
    for n, page in enumerate(pages):
        if page["dataset"] == BY_LANGUAGE:
            places.setdefault(page["lang"], []).append(n)
    enough = {name: kept for name, kept in sorted(places.items()) if len(kept) >= PAGES_OF_A_LANGUAGE}
    if not enough:
        return []
    rows = [
        [name, rows]
        if isinstance(rows, str)
        else [name, *(_share(float(np.mean([rows[n]["F1"] for n in kept]))) for kept in enough.values())]
        for name, rows in scores.items()
    ]
    head = ("system", *(f"{language}, {len(kept)} pages" for language, kept in enough.items()))
    return [f"{SETS[BY_LANGUAGE]}: F1 by language", "", *_table(head, rows)]


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.4f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


if __name__ == "__main__":
    main()

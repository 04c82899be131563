"""Makes the line classifier: `python -m training DATA.parquet`.

DATA has one row per scrape: doc_id, site, source, scrape, title, text, and `labels`, one per line of the text
(content, boilerplate; any other label is not judged). What comes out is transforms/models/lines.npz, and under
--folds one such file per part of the cross-validation, with the sites that it has not seen.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from training.data import FOLDS, Scrapes, function_words, read
from training.learn import Learner, write
from training.operating_point import Figures, best, curve, measure, news
from transforms import model_file, rule_files
from transforms.classifier import LAYOUT
from transforms.line_table import Floats
from transforms.rules import Rules


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, report, write; give the exit code."""
    told = _told(arguments)
    rules = rule_files.load()
    scrapes = read(told.data, rules)
    learner = Learner.of(scrapes, function_words())
    parts = [learner.without(fold) for fold in range(FOLDS)]
    about = _about(learner, learner.scores_of_strangers(parts), rules)
    for fold, part in enumerate(parts):
        write(told.folds / f"{fold}.npz", about, learner, *part)
    sites = json.dumps(_fold_of(scrapes), indent=0, sort_keys=True)
    (told.folds / "sites.json").write_text(sites, encoding="utf-8")
    write(told.out, about, learner, *learner.without(-1))
    sys.stdout.write(json.dumps(about, indent=1) + f"\n{told.out}: {told.out.stat().st_size:,} bytes\n")
    return 0


def _told(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__, formatter_class=_Raw)
    parser.add_argument("data", type=Path, help="Parquet file of labelled scrapes")
    parser.add_argument("--out", type=Path, default=model_file.PACKAGED, help="the data file to write")
    parser.add_argument("--folds", type=Path, default=Path("benchmarks/folds"), help="folder for the parts")
    return parser.parse_args(arguments)


def _about(learner: Learner, scores: Floats, rules: Rules) -> dict[str, Any]:
    """Give what the file tells of itself: its data, its cutoff, and the figures on sites that it has not seen."""
    scrapes, lines = learner.scrapes, learner.table.lines
    tried = list(curve(learner.doubted(scores), learner.table, scores))
    cutoff, figures = best(tried)
    other = {each.base: got for each, got in tried if (each.slope, each.inside) == (cutoff.slope, cutoff.inside)}
    ruled = measure(scrapes, lines, scrapes.is_cut[lines], news(scrapes))
    return {
        "version": LAYOUT,
        "data": {
            "sha256": scrapes.digest,
            "scrapes": len(scrapes.rows),
            "sites": len({row["site"] for row in scrapes.rows}),
        },
        "rules": rules.digest,
        "cutoff": asdict(cutoff),
        "news of unseen sites": {"rules alone": _rounded(ruled), "rules and classifier": _rounded(figures)},
        "other bases": {str(base): _rounded(other[base]) for base in list(other)[::4]},
    }


def _fold_of(scrapes: Scrapes) -> dict[str, int]:
    """Give the part of the cross-validation that each site, or document without one, belongs to."""
    folds = dict(zip(scrapes.text.tolist(), scrapes.fold.tolist(), strict=True))
    return {row["site"] or row["doc_id"]: folds[number] for number, row in enumerate(scrapes.rows)}


class _Raw(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


def _rounded(figures: Figures) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(figures).items()}


if __name__ == "__main__":
    sys.exit(main())

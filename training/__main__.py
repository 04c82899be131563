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

import numpy as np

from training.data import FOLDS, read
from training.learn import Learner, write
from training.operating_point import Figures, best, curve, measure, news
from transforms import model_file, rule_files

VERSION = 1
FUNCTION_WORDS = Path(__file__).with_name("function_words.txt")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, report, write; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__, formatter_class=_Raw)
    parser.add_argument("data", type=Path, help="Parquet file of labelled scrapes")
    parser.add_argument("--out", type=Path, default=model_file.PACKAGED, help="the data file to write")
    parser.add_argument("--folds", type=Path, default=Path("benchmarks/folds"), help="folder for the parts")
    told = parser.parse_args(arguments)
    rules = rule_files.load()
    scrapes = read(told.data, rules)
    learner = Learner.of(scrapes, FUNCTION_WORDS.read_text(encoding="utf-8").split())
    parts = [learner.without(fold) for fold in range(FOLDS)]
    scores = np.zeros(learner.label.size, np.float32)
    for fold, (wording, trees) in enumerate(parts):
        unseen = learner.fold == fold
        scores[unseen] = learner.score(wording, trees)[unseen]
    lines = learner.table.lines
    tried = list(curve(scrapes, learner.table, scores))
    cutoff, figures = best(tried)
    ruled = measure(scrapes, lines, scrapes.is_cut[lines], news(scrapes))
    about = {
        "version": VERSION,
        "data": {
            "sha256": scrapes.digest,
            "scrapes": len(scrapes.rows),
            "sites": len({r["site"] for r in scrapes.rows}),
        },
        "rules": rules.digest,
        "cutoff": asdict(cutoff),
        "news of unseen sites": {"rules alone": _rounded(ruled), "rules and classifier": _rounded(figures)},
    }
    for fold, (wording, trees) in enumerate(parts):
        write(told.folds / f"{fold}.npz", about, learner, wording, trees)
    sites = {r["site"] or r["doc_id"]: 0 for r in scrapes.rows}
    sites |= {
        scrapes.rows[text]["site"] or scrapes.rows[text]["doc_id"]: int(fold)
        for text, fold in zip(scrapes.text, scrapes.fold, strict=True)
    }
    (told.folds / "sites.json").write_text(json.dumps(sites, indent=0, sort_keys=True), encoding="utf-8")
    write(told.out, about, learner, *learner.without(-1))
    sys.stdout.write(json.dumps(about, indent=1) + f"\n{told.out}: {told.out.stat().st_size:,} bytes\n")
    return 0


class _Raw(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description."""


def _rounded(figures: Figures) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(figures).items()}


if __name__ == "__main__":
    sys.exit(main())

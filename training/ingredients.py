"""Measures what each ingredient of strip gives: `python -m training.ingredients DATA.parquet`.

Every row is cross-validated by site, and shows the cutoff that takes most lines and words while the average text
loses at most half a percent of its own words and at most 8 % of the texts lose over 1 %.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.__main__ import FUNCTION_WORDS
from training.data import FOLDS, Scrapes, read
from training.learn import Learner
from training.operating_point import Caps, Figures, best, curve, measure, news
from transforms import rule_files
from transforms.kernels.line_marks import MARKS
from transforms.kernels.line_places import PLACES
from transforms.kernels.line_scores import columns
from transforms.line_table import Floats

CAPS = Caps(lost=0.5, hurt=8.0, line_precision=0)
GROUPS: dict[str, Callable[[str], bool]] = {
    "shape of the line": lambda name: name in MARKS,
    "wording": lambda name: name == "wording",
    "place in the text": lambda name: name in PLACES,
    "rules that match": lambda name: name == "ruled" or (name.startswith("is_") and name not in PLACES),
    "neighbours": lambda name: "[" in name,
}


def main() -> int:
    """Print the table; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.ingredients", description=__doc__)
    parser.add_argument("data", type=Path, help="Parquet file of labelled scrapes")
    scrapes = read(parser.parse_args().data, rule_files.load())
    learner = Learner.of(scrapes, FUNCTION_WORDS.read_text(encoding="utf-8").split())
    names = columns(learner.kinds)
    lines = learner.table.lines
    print("| ingredients | line P | line R | word P | word R | lost % | hurt % |\n|---|---|---|---|---|---|---|")
    _print("title and rules", measure(scrapes, lines, scrapes.is_cut[lines], news(scrapes)))
    ruleless = replace(scrapes, is_cut=np.zeros_like(scrapes.is_cut))
    used: list[str] = []
    for group in GROUPS:
        used.append(group)
        scores = _scores(learner, _mask(names, used))
        _print(
            f"classifier: {' + '.join(used)}" if len(used) == 1 else f"+ {group}", _best(ruleless, learner, scores)
        )
    _print("+ title and rules decide too (strip)", _best(scrapes, learner, scores))
    flat = [
        (cutoff, got) for cutoff, got in curve(scrapes, learner.table, scores) if not cutoff.slope + cutoff.inside
    ]
    _print("strip with one threshold for all lines", best(flat, CAPS)[1])
    for group in GROUPS:
        kept = [other for other in GROUPS if other != group]
        _print(f"strip without {group}", _best(scrapes, learner, _scores(learner, _mask(names, kept))))
    return 0


def _mask(names: tuple[str, ...], groups: list[str]) -> npt.NDArray[np.bool_]:
    """Tell which numbers of a row belong to one of the groups."""
    near = {name: name.split("[")[0] for name in names}

    def belongs(name: str) -> bool:
        if "[" in name and "neighbours" not in groups:
            return False
        own = near[name].replace("paragraph", MARKS[0])
        return any(GROUPS[group](own) for group in groups)

    return np.array([belongs(name) for name in names])


def _scores(learner: Learner, mask: npt.NDArray[np.bool_]) -> Floats:
    """Give the score of every line by trees that see only some of the numbers and have not seen its site."""
    scores = np.zeros(learner.label.size, np.float32)
    for fold in range(FOLDS):
        unseen = learner.fold == fold
        wording, trees = learner.without(fold, mask)
        scores[unseen] = learner.score(wording, trees)[unseen]
    return scores


def _best(scrapes: Scrapes, learner: Learner, scores: Floats) -> Figures:
    return best(list(curve(scrapes, learner.table, scores)), CAPS)[1]


def _print(name: str, got: Figures) -> None:
    shares = (got.line_precision, got.line_recall, got.word_precision, got.word_recall)
    print(
        f"| {name} | {' | '.join(f'{share:.3f}' for share in shares)} | {got.lost:.2f} | {got.hurt:.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())

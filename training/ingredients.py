"""Measures what each ingredient of strip gives: `python -m training.ingredients DATA.parquet`.

Every row is cross-validated by site, and shows the cutoff that takes most lines and words while the average text
loses at most half a percent of its own words and at most 8 % of the texts lose over 1 %.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.data import FOLDS, Scrapes, function_words, read
from training.learn import Learner, Wording
from training.operating_point import Caps, Figures, best, curve, measure, news
from transforms import rule_files
from transforms.kernels.line_marks import MARKS
from transforms.kernels.line_places import PLACES
from transforms.kernels.line_scores import columns
from transforms.line_table import Floats

CAPS = Caps(lost=0.5, hurt=8.0, line_precision=0)
OF_RULES = {"ruled", "ruled_share", "behind_comments", "behind_related", "behind_share", "behind_byline"}
GROUPS: dict[str, Callable[[str], bool]] = {
    "shape of the line": lambda name: name in MARKS,
    "wording": lambda name: name == "wording",
    "place in the text": lambda name: name in PLACES and name not in OF_RULES,
    "rules that match": lambda name: name in OF_RULES or (name.startswith("is_") and name not in PLACES),
    "neighbours": lambda name: "[" in name,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.ingredients", description=__doc__)
    parser.add_argument("data", type=Path, help="Parquet file of labelled scrapes")
    scrapes = read(parser.parse_args(arguments).data, rule_files.load())
    learner = Learner.of(scrapes, function_words())
    names = columns(learner.kinds)
    lines = learner.table.lines
    print("| ingredients | line P | line R | word P | word R | lost % | hurt % |\n|---|---|---|---|---|---|---|")
    _print("title and rules", measure(scrapes, lines, scrapes.is_cut[lines], news(scrapes)))
    ruleless = replace(scrapes, is_cut=np.zeros_like(scrapes.is_cut))
    taught = [learner.numbers_without(fold) for fold in range(FOLDS)]
    used: list[str] = []
    for group in GROUPS:
        used.append(group)
        scores = _scores(learner, taught, mask(names, used))
        _print(f"classifier: {group}" if len(used) == 1 else f"+ {group}", _best(ruleless, learner, scores))
    _print("+ title and rules decide too", _best(scrapes, learner, scores))
    _print("+ paragraphs it doubts do not hide the end (strip)", _best(learner.doubted(scores), learner, scores))
    flat = [
        (cutoff, got) for cutoff, got in curve(learner.doubted(scores), learner.table, scores) if not cutoff.slope
    ]
    _print("strip with one cutoff, however long the line", best(flat, CAPS)[1])
    for group in GROUPS:
        kept = [other for other in GROUPS if other != group]
        scores = _scores(learner, taught, mask(names, kept))
        _print(f"strip without {group}", _best(learner.doubted(scores), learner, scores))
    return 0


def mask(names: tuple[str, ...], groups: list[str]) -> npt.NDArray[np.bool_]:
    """Tell which numbers of a row belong to one of the groups."""

    def belongs(name: str) -> bool:
        own = name.split("[", maxsplit=1)[0]
        if own != name and "neighbours" not in groups:
            return False
        return any(GROUPS[group](MARKS[0] if own == "paragraph" else own) for group in groups)

    return np.array([belongs(name) for name in names])


def _scores(learner: Learner, taught: list[tuple[Wording, Floats]], of_row: npt.NDArray[np.bool_]) -> Floats:
    """Give the score of every line by trees that see only some of the numbers and have not seen its site."""
    parts = []
    for fold, (wording, numbers) in enumerate(taught):
        of = learner.known() & (learner.fold != fold)
        parts.append((wording, learner.trees(numbers * of_row, of)))
    return learner.scores_of_strangers(parts)


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

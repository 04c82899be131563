"""Measures what a cutoff takes, and finds the one that takes most within limits, on scores of unseen sites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from training.data import BOILERPLATE, CONTENT, OTHER, Scrapes
from transforms.classifier import Cutoff, gone, is_inside, shares
from transforms.line_table import Floats, LineTable

BASES = np.round(np.arange(1.0, 3.6, 0.1), 1)
SLOPES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
INSIDES = (0.5, 1.0)  # 0 takes .3 % more lines, but a paragraph of the story is worth more than a line


@dataclass(frozen=True)
class Caps:
    """What the chosen cutoff may cost on the news of unseen sites; the figures to reach leave a margin above."""

    lost: float = 0.40  # percent of a document's own words, on average; the figure to reach is 0.5
    hurt: float = 7.2  # percent of documents that lose over 1 % of theirs; 8
    line_precision: float = 0.96  # .95


@dataclass(frozen=True)
class Figures:
    """Precision and recall of removal by line and by word, own words lost and documents hurt, in percent."""

    line_precision: float
    line_recall: float
    word_precision: float
    word_recall: float
    lost: float
    hurt: float


def news(scrapes: Scrapes) -> npt.NDArray[np.bool_]:
    """Tell which texts are news of the headline slice: no blogs, no whole pages."""
    return np.array([row["source"] != "wcxb" and row["scrape"] != "body_block" for row in scrapes.rows])


def measure(
    scrapes: Scrapes, lines: npt.NDArray[np.int64], taken: npt.NDArray[np.bool_], texts: npt.NDArray[np.bool_]
) -> Figures:
    """Give the figures of taking some of the lines away, over the chosen texts."""
    text, label, words = scrapes.text[lines], scrapes.label[lines], scrapes.words[lines]
    count = len(scrapes.rows)
    own = np.bincount(text, words * (label == CONTENT), count)
    lost = np.bincount(text, words * (label == CONTENT) * taken, count) / np.maximum(own, 1)
    judged = texts[text] & (label != OTHER)
    right = judged & taken & (label == BOILERPLATE)
    there = judged & (label == BOILERPLATE)
    away = judged & taken
    return Figures(
        line_precision=float(right.sum() / max(1, away.sum())),
        line_recall=float(right.sum() / max(1, there.sum())),
        word_precision=float(words[right].sum() / max(1, words[away].sum())),
        word_recall=float(words[right].sum() / max(1, words[there].sum())),
        lost=float(100 * lost[texts].mean()),
        hurt=float(100 * (lost[texts] > 0.01).mean()),  # noqa: PLR2004 - the scorer's limit
    )


def curve(scrapes: Scrapes, table: LineTable, scores: Floats) -> Iterator[tuple[Cutoff, Figures]]:
    """Give the figures of every cutoff that is tried."""
    texts = news(scrapes)
    lines, share, inside_story = table.lines, shares(table), is_inside(table)
    for base, slope, inside in product(BASES, SLOPES, INSIDES):
        cutoff = Cutoff(float(base), slope, inside)
        taken = (gone(scores, share, inside_story, cutoff) & ~scrapes.is_safe[lines]) | scrapes.is_cut[lines]
        yield cutoff, measure(scrapes, lines, taken, texts)


def best(tried: list[tuple[Cutoff, Figures]], caps: Caps = Caps()) -> tuple[Cutoff, Figures]:
    """Give the cutoff that takes most lines and words within the caps; ValueError where none keeps them."""
    within = [
        (cutoff, got) for cutoff, got in tried
        if got.lost <= caps.lost and got.hurt <= caps.hurt and got.line_precision >= caps.line_precision
    ]  # fmt: skip
    if not within:
        raise ValueError("no cutoff keeps within the caps; look at the curve, and label more scrapes")
    return max(within, key=lambda each: each[1].line_recall + each[1].word_recall)

"""The line classifier: from the lines of whole texts to the probability of each that it is boilerplate.

Hashed words weighed by a logistic regression (Weinberger and others, 2009) and numbers about the line, its place
and its neighbours, all read by one set of gradient-boosted trees (Friedman, 2001). `python -m training` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.line_table import Floats, LineTable, line_table

if TYPE_CHECKING:
    from transforms.kernels.trees import Forest

LAYOUT = 1  # the version of the data file: which numbers a row has and in which order, how trees are kept
_NO_COLUMN = -1
_CERTAIN = 1e-6  # a probability is kept away from 0 and 1 by so much


@dataclass(frozen=True)
class Cutoff:
    """How sure the classifier must be: the longer the line in its text, and inside the story, the surer.

    A line goes where logit(score) >= base + slope * ln(share + floor) + inside, with the share of the text's words
    in percent, and `inside` for a paragraph that stands between others.
    """

    base: float
    slope: float
    inside: float
    floor: float = 0.05  # percent: a line of fewer words costs no document its figures


@dataclass(frozen=True)
class Trees:
    """Nodes of all trees, flat: `features` is -1 at a leaf, whose value stands in `thresholds`."""

    roots: npt.NDArray[np.int32]
    features: npt.NDArray[np.int16]
    thresholds: Floats
    lefts: npt.NDArray[np.int32]
    rights: npt.NDArray[np.int32]

    @cached_property
    def forest(self) -> Forest:
        """Give the trees as trees.add reads them; ValueError where one has too many leaves for that."""
        from transforms.kernels.trees import forest

        return forest(self.roots, self.features, self.thresholds, self.lefts, self.rights)


@dataclass(frozen=True)
class Classifier:
    """Weights and trees, as transforms.model_file reads them.

    `stops` are the hashed function words, `kinds` the kinds of rules that have a number of their own, `weights` one
    per slot of a hashed word. `about` tells the version, the digest of the training data and the figures.
    """

    digest: str
    about: Mapping[str, Any]
    cutoff: Cutoff
    kinds: tuple[str, ...]
    stops: npt.NDArray[np.uint32]
    weights: Floats
    bias: float
    trees: Trees

    @cached_property
    def stop_flags(self) -> npt.NDArray[np.uint8]:
        """Give the function words as line_marks.mark reads them."""
        return stop_flags(self.stops)

    def judge(self, texts: pa.ChunkedArray, titles: pa.ChunkedArray, kinds: Sequence[str | None]) -> list[Opinion]:
        """Give, per text, the score of each of its lines and whether it is sure enough to go.

        `titles` has a string or null per text; `kinds` has, for all lines of all texts in order, the kind of the
        first rule that would take it, or None.
        """
        names = sorted({kind for kind in kinds if kind is not None})
        table = line_table(texts, titles, _coded(kinds, names), names, self.stop_flags)
        found = score(table, names, self.kinds, wording(table, self.weights, self.bias), self.trees)
        taken = gone(found, shares(table), is_inside(table), self.cutoff)
        scores, goes = np.zeros(len(kinds), np.float32), np.zeros(len(kinds), np.bool_)
        scores[table.lines], goes[table.lines] = found, taken
        return [
            Opinion(scores[start:end], goes[start:end])
            for start, end in zip(table.ends[:-1], table.ends[1:], strict=True)
        ]


LINES, PAGE = "model.lines", "model.page"  # what is named as having decided


@dataclass(frozen=True)
class Opinion:
    """What the classifier says of each line of one text: from 0, a line of the story, to 1; and which ones go.

    `regions` is there for HTML pages: per line, the kind of furniture that the elements around it name, or None.
    Most lines of a page go, so the guard against cutting too much looks at those that stay.
    """

    scores: Floats
    goes: npt.NDArray[np.bool_]
    regions: Sequence[str | None] | None = None

    @property
    def rule_id(self) -> str:
        """Give what is named as having decided."""
        return LINES if self.regions is None else PAGE


def _coded(kinds: Sequence[str | None], names: Sequence[str]) -> npt.NDArray[np.int16]:
    codes: dict[str | None, int] = {name: code for code, name in enumerate(names, 1)}
    codes[None] = 0
    return np.array([codes[kind] for kind in kinds], np.int16)


def kind_columns(names: Sequence[str], known: Sequence[str]) -> npt.NDArray[np.int16]:
    """Give, for no kind and for each of `names`, its index in `known`, or -1."""
    return np.array([_NO_COLUMN, *(known.index(name) if name in known else _NO_COLUMN for name in names)], np.int16)


def score(table: LineTable, names: Sequence[str], known: Sequence[str], weighed: Floats, trees: Trees) -> Floats:
    """Give the score of every line that is not blank.

    `names` are the kinds that the table's numbers stand for, `known` those that have a number of their own.
    """
    from transforms.kernels.line_scores import columns
    from transforms.kernels.line_scores import score as add_up

    result = np.empty(table.lines.size, np.float32)
    add_up(
        table.marks, table.places, table.lines, table.text_ends, table.is_paragraph, table.kinds,
        kind_columns(names, known), len(known), weighed, len(columns(tuple(known))),
        *trees.forest, result,
    )  # fmt: skip
    return result


def shares(table: LineTable) -> npt.NDArray[np.float64]:
    """Give, per line that is not blank, its share of the words of its text in percent."""
    from transforms.kernels.line_marks import LOG_WORDS

    spoken = np.expm1(table.marks[table.lines, LOG_WORDS].astype(np.float64))
    text = np.repeat(np.arange(table.text_ends.size - 1), np.diff(table.text_ends))
    return np.asarray(100 * spoken / np.maximum(1, np.bincount(text, spoken, table.text_ends.size))[text])


def is_inside(table: LineTable) -> npt.NDArray[np.bool_]:
    """Tell, per line that is not blank, whether it reads as a paragraph and stands between others."""
    from transforms.kernels.line_places import IN_STORY

    return (table.is_paragraph > 0) & (table.places[:, IN_STORY] > 0)


def wording(table: LineTable, weights: Floats, bias: float) -> Floats:
    """Give what the words of each line weigh."""
    from transforms.kernels.line_scores import wording as weigh

    found, ends = grams(table, weights.size)
    result = np.empty(table.lines.size, np.float32)
    weigh(found, ends, weights, bias, result)
    return result


def grams(table: LineTable, slots: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Give the slots of the words of all lines, and where those of each line begin (lines + 1)."""
    from transforms.kernels.line_scores import grams as hashed

    found = np.empty(2 * table.tokens.size + 4 * table.lines.size, np.uint32)
    ends = np.empty(table.lines.size + 1, np.int64)
    count = hashed(table.tokens, table.token_ends, table.lines, slots, found, ends)
    return found[:count], ends


def stop_flags(stops: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Give the hashed function words as flags by the upper half of a word's hash."""
    from transforms.kernels.line_marks import STOP_SLOTS

    flags = np.zeros(STOP_SLOTS, np.uint8)
    flags[stops >> np.uint32(16)] = 1
    return flags


def gone(
    scores: Floats, share: npt.NDArray[np.float64], is_inside: npt.NDArray[np.bool_], cutoff: Cutoff
) -> npt.NDArray[np.bool_]:
    """Tell which lines go: by score, by share of the text's words in percent, and by standing inside the story."""
    sure = np.clip(scores.astype(np.float64), _CERTAIN, 1 - _CERTAIN)
    needed = cutoff.base + cutoff.slope * np.log(share + cutoff.floor) + cutoff.inside * is_inside
    return np.asarray(np.log(sure / (1 - sure)) >= needed)

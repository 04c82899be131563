"""The page classifier: from the visible lines of an HTML page to how sure it is that each is not the article's.

The same kind of model as the line classifier: hashed words weighed by a logistic regression, and boosted trees
over numbers of the line and its neighbours. On a page there is more to see: elements and their names, and what
extractors that look at the tree would take. `python -m training.pages` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.beside import beside
from transforms.classifier import Trees, stop_flags
from transforms.classifier import wording as weigh_words
from transforms.line_table import Floats
from transforms.page_table import Outline, PageTable, page_table, regions, rows

CUT = 0.5  # a line goes from this score on: the trees are taught to be right as often on both sides
LAYOUT = 1  # the version of the data file: which numbers a row has and in which order


class PageOpinion(NamedTuple):
    """What the classifier says of a page.

    Of each line of `text`: `scores` from 0, the article's, to 1; `regions` the kind of furniture that the elements
    around it name, or None. A line of no words has score 1, and so has one beside the story.
    """

    text: str
    scores: list[float]
    regions: list[str | None]


@dataclass(frozen=True)
class Weights:
    """What hashed words weigh, one number per slot, and the bias."""

    slots: Floats
    bias: float


@dataclass(frozen=True)
class PageClassifier:
    """Weights and trees, as transforms.model_file reads them; `answers` are the extractors that it asks."""

    digest: str
    about: Mapping[str, Any]
    answers: tuple[str, ...]
    stops: npt.NDArray[np.uint32]
    words: Weights
    names: Weights
    trees: Trees

    @cached_property
    def stop_flags(self) -> npt.NDArray[np.uint8]:
        """Give the function words as line_marks.mark reads them."""
        return stop_flags(self.stops)

    def judge(self, page: Outline, title: str, answers: Sequence[str]) -> PageOpinion:
        """Give the visible lines of a page and what the classifier says of each.

        `title` is what the metadata say the title is, `answers` what the extractors of `self.answers` gave, in
        their order.
        """
        table = page_table(page, title, answers, self.stop_flags)
        lines = table.text.count("\n") + 1
        scores = np.ones(lines, np.float32)
        kinds: list[str | None] = [None] * lines
        if table.lines.lines.size:
            found = _unless_starved(table, self.scores(table))
            scores[table.lines.lines] = np.where(beside(table, found < CUT), np.float32(1), found)
            for line, kind in zip(table.lines.lines.tolist(), regions(table), strict=True):
                kinds[line] = kind
        return PageOpinion(table.text, scores.tolist(), kinds)

    def scores(self, table: PageTable) -> Floats:
        """Give the score of every line that is not blank."""
        from transforms.kernels.trees import score

        numbers = rows(
            table, weigh_words(table.lines, self.words.slots, self.words.bias), weigh_names(table, self.names)
        )
        result = np.empty(len(numbers), np.float32)
        score(numbers, *self.trees.forest, result)
        return result


@dataclass(frozen=True)
class PageJudges:
    """The classifiers of HTML pages: the one that is asked, and the one for pages too large for its extractors."""

    asked: PageClassifier
    bounded: PageClassifier


@dataclass(frozen=True)
class Starved:
    """When the classifier keeps so little that an extractor's answer is more likely right.

    Of the development pages on which the two hardly agree, it is the better one where it keeps more (F1 .96 to
    .11), and the worse one where it keeps less (.16 to .61).
    """

    words: int = 100
    share: float = 0.25  # of the words of the answer


def _unless_starved(table: PageTable, scores: Floats, limits: Starved = Starved()) -> Floats:
    """Give the scores; where next to nothing is kept, those that the last extractor's answer would give."""
    if not table.members.shape[1]:
        return scores
    spoken = np.diff(table.lines.token_ends)[table.lines.lines]
    answer = table.members[:, -1]
    kept, told = int(spoken[scores < CUT].sum()), int(spoken[answer > CUT].sum())
    return 1 - answer if kept < limits.words and kept < limits.share * told else scores


def weigh_names(table: PageTable, weights: Weights) -> Floats:
    """Give what the names of the elements around each line weigh."""
    from transforms.kernels.line_scores import wording

    result = np.empty(table.name_ends.size - 1, np.float32)
    wording(table.name_slots, table.name_ends, weights.slots, weights.bias, result)
    return result

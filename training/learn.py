"""Fits the word weights and the trees, and writes them as the data file that transforms.model_file reads."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import lightgbm
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from training.data import BOILERPLATE, FOLDS, OTHER, Scrapes
from transforms.classifier import Trees, grams, kind_columns, score, stop_flags
from transforms.kernels.line_scores import columns, rows
from transforms.line_table import Floats, LineTable, words

SLOTS = 1 << 16  # 2^14 and 2^18 give a recall lower by .01 to .02
_DESCENTS = 40  # stopped early: the trees judge what is left
_STEPS = 127  # a weight is kept as a signed byte


@dataclass(frozen=True)
class Wording:
    """What hashed words weigh, as bytes times a scale."""

    weights: npt.NDArray[np.int8]
    scale: float
    bias: float

    def of(self, matrix: csr_matrix) -> Floats:
        """Give what the words of each line weigh."""
        return np.asarray(matrix @ (self.weights * np.float32(self.scale)) + self.bias, np.float32)


def bags(found: npt.NDArray[np.uint32], ends: npt.NDArray[np.int64], slots: int) -> csr_matrix:
    """Give the slots of each line as a row, as line_scores.wording weighs them."""
    lengths = np.diff(ends)
    values = np.repeat(1 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
    result = csr_matrix((values, found.astype(np.int32), ends), shape=(lengths.size, slots))
    result.sum_duplicates()
    return result


def weigh(said: csr_matrix, is_boilerplate: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]) -> Wording:
    """Give the word weights that some lines teach (logistic regression)."""
    regression = LogisticRegression(C=2.0, max_iter=_DESCENTS)
    with catch_warnings():
        simplefilter("ignore", ConvergenceWarning)
        fitted = regression.fit(said, is_boilerplate, weight)
    weights = fitted.coef_[0]
    scale = float(np.abs(weights).max() / _STEPS)
    return Wording(np.round(weights / scale).astype(np.int8), scale, float(fitted.intercept_[0]))


@dataclass(frozen=True)
class Learner:
    """The lines of all scrapes as numbers, with what is learned from them; no value stands for a blank line."""

    scrapes: Scrapes
    kinds: tuple[str, ...]
    stops: npt.NDArray[np.uint32]
    table: LineTable
    said: csr_matrix
    label: npt.NDArray[np.int8]
    fold: npt.NDArray[np.int8]
    weight: npt.NDArray[np.float64]

    @classmethod
    def of(cls, scrapes: Scrapes, function_words: list[str]) -> Learner:
        """Give the learner of some scrapes."""
        stops = np.unique(words(pa.chunked_array([function_words], pa.string()))[0])
        kinds = tuple(sorted({kind for kind in scrapes.kinds if kind is not None}))
        table = scrapes.table(list(kinds), stop_flags(stops))
        lines = table.lines
        return cls(
            scrapes,
            kinds,
            stops,
            table,
            bags(*grams(table, SLOTS), SLOTS),
            scrapes.label[lines],
            scrapes.fold[lines],
            _weights(scrapes, lines),
        )

    def known(self) -> npt.NDArray[np.bool_]:
        """Tell which lines are labelled."""
        return np.asarray(self.label != OTHER)

    def wording(self, of: npt.NDArray[np.bool_]) -> Wording:
        """Give the word weights that the lines `of` teach (logistic regression)."""
        return weigh(self.said[of], self.label[of] == BOILERPLATE, self.weight[of])

    def wording_of_strangers(self, of: npt.NDArray[np.bool_]) -> Floats:
        """Give, for the lines `of`, what their words weigh to a model that has not seen their sites; others 0."""
        weighed = np.zeros(self.label.size, np.float32)
        for fold in range(FOLDS):
            mine = of & (self.fold == fold)
            if mine.any():
                weighed[mine] = self.wording(of & (self.fold != fold)).of(self.said[mine])
        return weighed

    def rows(self, weighed: Floats) -> Floats:
        """Give the numbers of every line for given weights of its words."""
        table = self.table
        result = np.empty((table.lines.size, len(columns(self.kinds))), np.float32)
        rows(
            table.marks, table.places, table.lines, table.text_ends, table.is_paragraph, table.kinds,
            kind_columns(self.kinds, self.kinds), len(self.kinds), weighed, result,
        )  # fmt: skip
        return result

    def trees(self, numbers: Floats, of: npt.NDArray[np.bool_]) -> Trees:
        """Give the trees that the lines `of` teach."""
        fitted = lightgbm.LGBMClassifier(
            n_estimators=300, num_leaves=16, learning_rate=0.08, min_child_samples=40, subsample=0.7,
            subsample_freq=1, colsample_bytree=0.4, reg_lambda=10, max_bin=63, random_state=1, deterministic=True,
            force_row_wise=True, n_jobs=1, verbose=-1,
        ).fit(numbers[of], self.label[of] == BOILERPLATE, sample_weight=self.weight[of])  # fmt: skip
        return flat(fitted.booster_.dump_model())

    def score(self, wording: Wording, trees: Trees) -> Floats:
        """Give the score of every line."""
        return score(self.table, self.kinds, self.kinds, wording.of(self.said), trees)

    def without(self, fold: int) -> tuple[Wording, Trees]:
        """Give what all sites but those of a fold teach; -1 leaves none out."""
        wording, numbers = self.numbers_without(fold)
        return wording, self.trees(numbers, self.known() & (self.fold != fold))

    def numbers_without(self, fold: int) -> tuple[Wording, Floats]:
        """Give the word weights that all sites but those of a fold teach, and the numbers its trees learn from."""
        of = self.known() & (self.fold != fold)
        wording = self.wording(of)
        weighed = self.wording_of_strangers(of)
        weighed[~of] = wording.of(self.said[~of])  # neighbours that are not judged, and the fold itself
        return wording, self.rows(weighed)

    def scores_of_strangers(self, parts: Sequence[tuple[Wording, Trees]]) -> Floats:
        """Give the score of every line by the part of the cross-validation that has not seen its site."""
        scores = np.zeros(self.label.size, np.float32)
        for fold, (wording, trees) in enumerate(parts):
            unseen = self.fold == fold
            scores[unseen] = self.score(wording, trees)[unseen]
        return scores

    def doubted(self, scores: Floats) -> Scrapes:
        """Give the scrapes with what rules cut where these scores tell which paragraphs to doubt."""
        every = np.zeros(self.scrapes.label.size, np.float32)
        every[self.table.lines] = scores
        return self.scrapes.doubted(self.table.ends, every)


def _weights(scrapes: Scrapes, lines: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Give what each line counts: the root of its words; less on whole pages, and where a text has many lines."""
    text = scrapes.text[lines]
    count = np.bincount(text, minlength=len(scrapes.rows))[text]
    is_body = np.array([row["scrape"] == "body_block" for row in scrapes.rows])[text]
    weight = np.sqrt(np.maximum(scrapes.words[lines], 1)) * np.where(is_body, 0.25, 1.0)
    return np.asarray(weight / np.maximum(1, count / 60) ** 0.7)


def flat(dump: Mapping[str, Any]) -> Trees:
    """Give LightGBM's trees as flat nodes."""
    nodes: list[tuple[int, float, int, int]] = []

    def add(node: Mapping[str, Any]) -> int:
        place = len(nodes)
        if "leaf_value" in node:
            nodes.append((-1, node["leaf_value"], 0, 0))
            return place
        nodes.append((0, 0.0, 0, 0))
        left, right = add(node["left_child"]), add(node["right_child"])
        nodes[place] = (node["split_feature"], node["threshold"], left, right)
        return place

    roots = [add(tree["tree_structure"]) for tree in dump["tree_info"]]
    features, thresholds, lefts, rights = zip(*nodes, strict=True)
    return Trees(
        np.array(roots, np.int32), np.array(features, np.int16), np.array(thresholds, np.float32),
        np.array(lefts, np.int32), np.array(rights, np.int32),
    )  # fmt: skip


def write(file: Path, about: Mapping[str, Any], learner: Learner, wording: Wording, trees: Trees) -> None:
    """Write the data file of a classifier; the same content gives the same bytes."""
    held = io.BytesIO()
    np.savez_compressed(
        held,
        about=np.frombuffer(json.dumps(about, indent=1, sort_keys=True).encode(), np.uint8),
        kinds=np.frombuffer("\n".join(learner.kinds).encode(), np.uint8),
        stops=learner.stops,
        weights=wording.weights,
        scale=np.float64(wording.scale),
        bias=np.float64(wording.bias),
        **asdict(trees),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(held.getvalue())

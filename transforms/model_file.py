"""Reads the data files of the line classifier and the page classifiers that the package carries.

A file is a NumPy archive: `about` is JSON in UTF-8 (version of the layout, digest of the training data, figures,
operating point), `kinds` and `answers` are names separated by line feeds; the other arrays are those of
classifier.Classifier and page_classifier.PageClassifier, the weights as bytes with one scale for all.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from transforms import page_classifier
from transforms.classifier import LAYOUT, Classifier, Cutoff, Trees
from transforms.errors import ModelError
from transforms.page_classifier import PageClassifier, PageJudges, Weights
from transforms.page_table import NAME_SLOTS
from transforms.page_table import columns as page_columns

PACKAGED = Path(__file__).parent / "models" / "lines.npz"
PAGES = {setting: PACKAGED.with_name(f"pages_{setting}.npz") for setting in ("best", "fast")}
# A damaged archive raises any of them.
_UNREADABLE = (OSError, LookupError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
_TREES = ("roots", "features", "thresholds", "lefts", "rights")


@lru_cache(maxsize=8)
def load(file: Path = PACKAGED) -> Classifier:
    """Give the classifier of a file; ModelError where it is not there, is damaged, or has another layout.

    What would be read out of bounds is refused here, since the kernels do not look.
    """
    from transforms.kernels.line_scores import columns

    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with np.load(file, allow_pickle=False) as held:
            about = _of_layout(LAYOUT, held)
            found = Classifier(
                digest=digest,
                about=about,
                cutoff=Cutoff(**about["cutoff"]),
                kinds=tuple(held["kinds"].tobytes().decode().split("\n")),
                stops=held["stops"],
                weights=held["weights"].astype(np.float32) * np.float32(held["scale"]),
                bias=float(held["bias"]),
                trees=Trees(**{name: held[name] for name in _TREES}),
            )
            _check(found.trees, found.weights.size, len(columns(found.kinds)))
            return found
    except _UNREADABLE as error:
        raise ModelError(
            f"{file}: not a line classifier ({error}). Install copydesk again, or make it with `make train`."
        ) from error


@lru_cache(maxsize=16)
def load_pages(file: Path) -> PageClassifier:
    """Give the page classifier of a file, one of PAGES; ModelError as for `load`."""
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with np.load(file, allow_pickle=False) as held:
            answers = tuple(filter(None, held["answers"].tobytes().decode().split("\n")))
            found = PageClassifier(
                digest=digest,
                about=_of_layout(page_classifier.LAYOUT, held),
                answers=answers,
                stops=held["stops"],
                words=_weights(held, "words"),
                names=_weights(held, "names"),
                trees=Trees(**{name: held[name] for name in _TREES}),
            )
            _check(found.trees, found.words.slots.size, len(page_columns(answers)))
            if found.names.slots.size != NAME_SLOTS:
                raise ValueError("the number of weights of names is not this copydesk's")
            return found
    except _UNREADABLE as error:
        raise ModelError(
            f"{file}: not a page classifier ({error}). Install copydesk again, or make it with `make train`."
        ) from error


class Classifiers(NamedTuple):
    """All that have a say: of the lines of texts, and of those of HTML pages; `digest` names them together."""

    lines: Classifier
    pages: PageJudges
    digest: str


def classifiers(extraction: str) -> Classifiers:
    """Give the classifiers that the package carries; `extraction` is a key of PAGES. ModelError as for `load`."""
    lines, asked, bounded = load(), load_pages(PAGES[extraction]), load_pages(PAGES["fast"])
    digests = f"{lines.digest}\n{asked.digest}\n{bounded.digest}"
    return Classifiers(lines, PageJudges(asked, bounded), hashlib.sha256(digests.encode()).hexdigest())


def _weights(held: Mapping[str, npt.NDArray[Any]], name: str) -> Weights:
    slots = held[name].astype(np.float32) * np.float32(held[f"{name}_scale"])
    return Weights(slots, float(held[f"{name}_bias"]))


def _of_layout(layout: int, held: Mapping[str, npt.NDArray[Any]]) -> Mapping[str, Any]:
    about: Mapping[str, Any] = json.loads(held["about"].tobytes())
    if about["version"] != layout:
        raise ValueError(f"its version is {about['version']}, and this copydesk reads {layout}")
    return about


def _check(trees: Trees, slots: int, columns: int) -> None:
    """Refuse, with a ValueError that says why, numbers that point to where nothing is."""
    nodes = np.arange(trees.features.size)
    tests = trees.features >= 0
    right = {
        "the number of weights is no power of two": slots > 0 and not slots & (slots - 1),
        "a tree begins at no node": _all_in(trees.roots, 0, nodes.size),
        "a tree asks for a number that no line has": _all_in(trees.features, -1, columns),
        "a branch leads to no later node": all(
            _all_in(branch[tests], nodes[tests] + 1, nodes.size) for branch in (trees.lefts, trees.rights)
        ),
    }
    for fault, is_right in right.items():
        if not is_right:
            raise ValueError(fault)
    _ = trees.forest  # too many leaves are found here, and not at the first text


def _all_in(values: npt.NDArray[Any], least: npt.NDArray[Any] | int, end: int) -> bool:
    """Tell whether all values lie from `least` up to `end`, which is excluded."""
    return bool(np.all((values >= least) & (values < end)))

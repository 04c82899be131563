"""Reads the data file of the line classifier that the package carries.

The file is a NumPy archive: `about` is JSON in UTF-8 (version of the layout, digest of the training data, figures,
operating point), `kinds` are names separated by line feeds; the other arrays are those of classifier.Classifier,
the weights as bytes with one `scale` for all.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.classifier import LAYOUT, Classifier, Cutoff, Trees
from transforms.errors import ModelError

PACKAGED = Path(__file__).parent / "models" / "lines.npz"
_UNREADABLE = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)  # a damaged archive raises any of them
_TREES = ("roots", "features", "thresholds", "lefts", "rights")


@lru_cache(maxsize=8)
def load(file: Path = PACKAGED) -> Classifier:
    """Give the classifier of a file; ModelError where it is not there, is damaged, or has another layout.

    What would be read out of bounds is refused here, since the kernels do not look.
    """
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with np.load(file, allow_pickle=False) as held:
            about = _of_this_layout(json.loads(held["about"].tobytes()))
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
            _check(found)
            return found
    except _UNREADABLE as error:
        raise ModelError(
            f"{file}: not a line classifier ({error}). Install copydesk again, or make it with `make train`."
        ) from error


def _of_this_layout(about: Mapping[str, Any]) -> Mapping[str, Any]:
    if about["version"] != LAYOUT:
        raise ValueError(f"its version is {about['version']}, and this copydesk reads {LAYOUT}")
    return about


def _check(found: Classifier) -> None:
    """Refuse, with a ValueError that says why, numbers that point to where nothing is."""
    from transforms.kernels.line_scores import columns

    trees, slots = found.trees, found.weights.size
    nodes = np.arange(trees.features.size)
    tests = trees.features >= 0
    right = {
        "the number of weights is no power of two": slots > 0 and not slots & (slots - 1),
        "a tree begins at no node": _all_in(trees.roots, 0, nodes.size),
        "a tree asks for a number that no line has": _all_in(trees.features, -1, len(columns(found.kinds))),
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

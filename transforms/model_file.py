"""Reads the data file of the line classifier that the package carries.

The file is a NumPy archive: `about` is JSON in UTF-8 (version, digest of the training data, figures, operating
point), `kinds` are names separated by line feeds; the other arrays are those of classifier.Classifier, the weights
as bytes with one `scale` for all.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from transforms.classifier import Classifier, Cutoff, Trees
from transforms.errors import ModelError

PACKAGED = Path(__file__).parent / "models" / "lines.npz"
_TREES = ("roots", "features", "thresholds", "lefts", "rights")


@lru_cache(maxsize=8)
def load(file: Path = PACKAGED) -> Classifier:
    """Give the classifier of a file; ModelError where the file is not there or is no such file."""
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with np.load(file, allow_pickle=False) as held:
            about = json.loads(held["about"].tobytes())
            return Classifier(
                digest=digest,
                about=about,
                cutoff=Cutoff(**about["cutoff"]),
                kinds=tuple(held["kinds"].tobytes().decode().split("\n")),
                stops=held["stops"],
                weights=held["weights"].astype(np.float32) * np.float32(held["scale"]),
                bias=float(held["bias"]),
                trees=Trees(**{name: held[name] for name in _TREES}),
            )
    except (OSError, KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{file}: not a line classifier ({error}). Install copydesk again, or make it with `make train`."
        ) from error

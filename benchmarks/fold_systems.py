"""The systems that benchmarks.fold sets side by side: their settings, and how one is run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.measured import COST, NOT_INSTALLED, Cost

REPOSITORY = Path(__file__).resolve().parents[1]
PEERS_PYTHON = REPOSITORY / ".venv-peers" / "bin" / "python"
MOST_SECONDS = 3_000  # on the clock, of one run

Settings = Mapping[str, object]
Grid = Sequence[Mapping[str, Sequence[object]]]

_NGRAMS, _THRESHOLDS = (1, 3, 5, 6, 8), (0.3, 0.35, 0.4, 0.5, 0.6)
_COMMON: Mapping[str, Sequence[object]] = {"ngram": _NGRAMS, "lowercase": (True,), "threshold": _THRESHOLDS}

# What --tune tries for each peer: every combination within a mapping
GRIDS: Mapping[str, Grid] = {
    "datasketch": ({**_COMMON, "num_perm": (128, 256), "verified": (True,)},),
    "rensa": tuple(
        {**_COMMON, "num_perm": (num_perm,), "num_bands": (num_bands,), "index_all": (False, True)}
        for num_perm, num_bands in ((128, 32), (256, 64))
    ),
    "gaoya": tuple(
        {**_COMMON, "num_bands": (num_bands,), "band_size": (band_size,)}
        for num_bands, band_size in ((20, 5), (42, 3), (50, 4))
    ),
    "text_dedup": ({"ngram": (*_NGRAMS, 10, 12), "threshold": _THRESHOLDS},),  # its blanks count as words
    "datatrove": tuple(
        {
            "n_grams": (3, 5, 6, 8),
            "norm_numbers": (False, True),
            "num_buckets": (num_buckets,),
            "hashes_per_bucket": (hashes,),
        }
        for num_buckets, hashes in ((14, 8), (20, 5), (32, 4))
    ),
}

# The best of GRIDS by --tune on dedup_dev.parquet (5,671 articles); its pair F1, then that of the next best
TUNED: Mapping[str, Settings] = {
    # .803, .784
    "datasketch": {"ngram": 6, "lowercase": True, "threshold": 0.35, "num_perm": 256, "verified": True},
    # .797, .794
    "rensa": {
        "ngram": 6,
        "lowercase": True,
        "threshold": 0.35,
        "num_perm": 256,
        "num_bands": 64,
        "index_all": False,
    },
    # .783, .766
    "gaoya": {"ngram": 5, "lowercase": True, "threshold": 0.4, "num_bands": 50, "band_size": 4},
    # .656, .653
    "text_dedup": {"ngram": 8, "threshold": 0.4},
    # .704, .692
    "datatrove": {"n_grams": 6, "norm_numbers": False, "num_buckets": 20, "hashes_per_bucket": 5},
}


@dataclass(frozen=True)
class System:
    """A function that finds stories, and its settings; a peer lives in an environment of its own."""

    name: str
    target: str
    settings: Settings = field(default_factory=dict)
    is_peer: bool = True


@dataclass(frozen=True)
class Place:
    """Where systems run: the peers' interpreter, and a folder that is theirs to litter."""

    peers_python: Path
    folder: Path


@dataclass(frozen=True)
class Run:
    """What a run answered, per article in the corpus's order, and its cost; or why there is neither."""

    stories: Sequence[str] = ()
    shuffled: Sequence[str] | None = None
    cost: Cost | None = None
    missing: str = ""


COPYDESK = System("copydesk", "benchmarks.stories:story_ids", is_peer=False)


def systems(names: Sequence[str], *, defaults: bool = True) -> list[System]:
    """Give our fold and each peer named, at its best and, if asked for, as it comes."""
    found = [COPYDESK] if COPYDESK.name in names else []
    for name in (name for name in TUNED if name in names):
        found += [peer(name, {}, "default")] if defaults else []
        found += [peer(name, TUNED[name], "tuned")]
    return found


def peer(name: str, settings: Settings, which: str) -> System:
    """Give a peer with these settings; what they leave out stays at its default."""
    return System(f"{name}, {which}", f"benchmarks.fold_peers:{name}", settings)


def run(system: System, corpus: Path, place: Place, *, shuffled: bool = False, start_only: bool = False) -> Run:
    """Give what a system makes of a Parquet file of articles, in a process of its own.

    `shuffled` has it answer again with the rows in another order; `start_only` ends behind the first rows.
    """
    python = place.peers_python if system.is_peer else Path(sys.executable)
    if not python.is_file():
        return _missing(
            system, f"NOT INSTALLED: there is no {python}; `make peers` makes it, --peers names another"
        )
    with tempfile.TemporaryDirectory(dir=place.folder) as litter:
        answers = Path(litter) / "answers.parquet"
        command = [python, "-m", "benchmarks.measured", system.target, corpus, answers]
        command += ["--settings", json.dumps(dict(system.settings))]
        command += ["--shuffled"] * shuffled + ["--start-only"] * start_only
        code, told = _ended([str(word) for word in command], Path(litter), place.folder / "kernels")
        if code:
            fault = "NOT INSTALLED" if code == NOT_INSTALLED else "FAILED"
            return _missing(system, f"{fault}: {[f'exit code {code}', *told.splitlines()][-1]}")
        answer = pq.read_table(answers)
    again = answer["shuffled"].to_pylist() if shuffled else None
    return Run(answer["story"].to_pylist(), again, Cost(**json.loads(answer.schema.metadata[COST])))


def _missing(system: System, why: str) -> Run:
    print(f"{system.name}: {why}", file=sys.stderr, flush=True)
    return Run(missing=why)


def _ended(command: Sequence[str], folder: Path, kernels: Path) -> tuple[int, str]:
    """Give the exit code and what was written to standard error; past MOST_SECONDS the whole group is ended."""
    inside = {
        "PYTHONPATH": str(REPOSITORY),
        "NUMBA_CACHE_DIR": str(kernels),  # empty before the first start, which so compiles
        "HF_HUB_OFFLINE": "1",  # text-dedup's data sets are local
    }
    with subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | inside,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        try:
            _, told = child.communicate(timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return -signal.SIGKILL, f"not done after {MOST_SECONDS} s"
    return child.returncode, told

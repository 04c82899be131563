"""Makes the page classifiers: `python -m training.pages DATA.parquet`.

DATA has one row per HTML page: dataset, page_id, url, html (UTF-8) and gold_text. What comes out is
transforms/models/pages_best.npz and pages_fast.npz, and under --folds one such pair per part of the
cross-validation, with the hosts that it has not seen.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lightgbm
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import csr_matrix, vstack

from training.data import FOLDS, function_words
from training.learn import SLOTS, Wording, bags, flat, weigh
from transforms import model_file
from transforms.answers import answers
from transforms.classifier import Trees, grams, stop_flags
from transforms.kernels.page_places import shared
from transforms.line_table import Floats, words
from transforms.page_classifier import LAYOUT
from transforms.page_table import NAME_SLOTS, PageTable, page_table, rows
from transforms.page_tree import outline_of, parse, title_of

# 200 that learn twice as fast: word F1 on unseen hosts is lower by .0015 on WCXB and AEB
TREES = 300
# Which extractors are asked at each setting
SETTINGS: Mapping[str, tuple[str, ...]] = {"best": ("resiliparse", "readability"), "fast": ("resiliparse",)}


@dataclass(frozen=True)
class Weighing:
    """What a line counts for the trees: long ones more, those of long pages less."""

    most_words: int = 100
    power: float = 0.7
    news: float = 3.0  # a page of a newspaper (AEB, Fundus) against one of WCXB, of which half are shops and firms


@dataclass(frozen=True)
class Labels:
    """When a line is the article's: so much of it stands in the gold text."""

    share: float = 0.5
    short_share: float = 0.9
    short_words: int = 6


@dataclass(frozen=True)
class Lessons:
    """The lines of all pages, one value each, in the order of the pages."""

    tables: list[PageTable]
    ends: npt.NDArray[np.int64]  # pages + 1
    is_boilerplate: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    fold: npt.NDArray[np.int8]
    said: csr_matrix
    named: csr_matrix

    def of_pages(self, values: Floats) -> list[Floats]:
        """Give values of lines page by page."""
        return np.split(values, self.ends[1:-1])


@dataclass(frozen=True)
class Part:
    """One fitted classifier."""

    words: Wording
    names: Wording
    trees: Trees


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, report, write; give the exit code."""
    told = _told(arguments)
    pages = pq.read_table(told.data).to_pylist()
    fold_of = {_host(page): zlib.crc32(_host(page).encode()) % FOLDS for page in pages}
    stops = np.unique(words(pa.chunked_array([function_words()], pa.string()))[0])
    about = {
        "version": LAYOUT,
        "data": {"sha256": hashlib.sha256(told.data.read_bytes()).hexdigest(), "pages": len(pages)},
    }
    told.folds.mkdir(parents=True, exist_ok=True)
    for name, asked in SETTINGS.items():
        lessons = _lessons(pages, fold_of, asked, stops)
        for fold in (*range(FOLDS), -1):
            file = told.out / f"pages_{name}.npz" if fold < 0 else told.folds / f"pages_{name}_{fold}.npz"
            _write(file, {**about, "hosts left out": fold >= 0}, asked, stops, _part(lessons, fold))
            sys.stdout.write(f"{file}: {file.stat().st_size:,} bytes\n")
            sys.stdout.flush()
    (told.folds / "hosts.json").write_text(json.dumps(fold_of, indent=0, sort_keys=True), encoding="utf-8")
    return 0


def _told(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.pages", description=__doc__)
    parser.add_argument("data", type=Path, help="Parquet file of pages with their gold text")
    parser.add_argument("--out", type=Path, default=model_file.PACKAGED.parent, help="folder for the data files")
    parser.add_argument("--folds", type=Path, default=Path("benchmarks/folds"), help="folder for the parts")
    return parser.parse_args(arguments)


def _host(page: Mapping[str, Any]) -> str:
    """Give the host of a page, or its id where it has none: what the folds keep together."""
    return (urlsplit(page["url"] or "").hostname or page["page_id"]).removeprefix("www.")


def _lessons(
    pages: Iterable[Mapping[str, Any]],
    fold_of: Mapping[str, int],
    asked: Sequence[str],
    stops: npt.NDArray[np.uint32],
) -> Lessons:
    flags = stop_flags(stops)
    tables, wrong, weights, folds = [], [], [], []
    for page in pages:
        html = page["html"].decode()
        tree = parse(html)
        outline, title = outline_of(tree), title_of(tree)
        table = page_table(outline, title, answers(html, asked), flags)
        lines = table.lines.lines
        if not lines.size:
            continue
        tables.append(table)
        wrong.append(~_is_article(table, page["gold_text"]))
        weights.append(_weights(table, is_news=page["dataset"] != "wcxb"))
        folds.append(np.full(lines.size, fold_of[_host(page)], np.int8))
    weight = np.concatenate(weights)
    return Lessons(
        tables,
        np.concatenate([[0], np.cumsum([len(own) for own in wrong])]),
        np.concatenate(wrong),
        weight / weight.mean(),
        np.concatenate(folds),
        vstack([bags(*grams(table.lines, SLOTS), SLOTS) for table in tables], format="csr"),
        vstack([bags(table.name_slots, table.name_ends, NAME_SLOTS) for table in tables], format="csr"),
    )


def _is_article(table: PageTable, gold: str, limits: Labels = Labels()) -> npt.NDArray[np.bool_]:
    """Tell, per line that is not blank, whether the gold text has it."""
    lines = table.lines
    share = np.empty(lines.token_ends.size - 1, np.float32)
    shared(lines.tokens, lines.token_ends, *words(pa.chunked_array([gold.split("\n")], pa.string())), share)
    is_short = np.diff(lines.token_ends) <= limits.short_words
    return np.asarray((share > np.where(is_short, limits.short_share, limits.share))[lines.lines])


def _weights(table: PageTable, *, is_news: bool, how: Weighing = Weighing()) -> npt.NDArray[np.float64]:
    spoken = np.diff(table.lines.token_ends)[table.lines.lines]
    weight = np.clip(spoken, 1, how.most_words) ** how.power / max(1, spoken.sum()) ** 0.5
    return np.asarray(weight * (how.news if is_news else 1.0), np.float64)


def _part(lessons: Lessons, left_out: int) -> Part:
    """Give what all hosts but those of a fold teach; -1 leaves none out."""
    of = lessons.fold != left_out
    said, said_by_strangers = _weighed(lessons.said, lessons, of)
    named, named_by_strangers = _weighed(lessons.named, lessons, of)
    each = [
        rows(table, wording, naming)
        for table, wording, naming in zip(
            lessons.tables, lessons.of_pages(said_by_strangers), lessons.of_pages(named_by_strangers), strict=True
        )
    ]
    numbers = np.vstack(each)[of]
    return Part(said, named, _trees(numbers, lessons.is_boilerplate[of], lessons.weight[of]))


def _weighed(matrix: csr_matrix, lessons: Lessons, of: npt.NDArray[np.bool_]) -> tuple[Wording, Floats]:
    """Give the weights that some lines teach, and for each of them what a model says that has not seen its host."""
    strange = np.zeros(matrix.shape[0], np.float32)
    for fold in np.unique(lessons.fold[of]):
        mine = of & (lessons.fold == fold)
        rest = of & ~mine
        strange[mine] = weigh(matrix[rest], lessons.is_boilerplate[rest], lessons.weight[rest]).of(matrix[mine])
    return weigh(matrix[of], lessons.is_boilerplate[of], lessons.weight[of]), strange


def _trees(numbers: Floats, is_boilerplate: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]) -> Trees:
    fitted = lightgbm.LGBMClassifier(
        n_estimators=TREES, num_leaves=31, learning_rate=0.05, min_child_samples=60, subsample=0.7,
        subsample_freq=1, colsample_bytree=0.2, extra_trees=True, reg_lambda=5, max_bin=63, random_state=8,
        deterministic=True, force_row_wise=True, n_jobs=1, verbose=-1,
    ).fit(numbers, is_boilerplate, sample_weight=weight)  # fmt: skip
    return flat(fitted.booster_.dump_model())


def _write(
    file: Path, about: Mapping[str, Any], asked: Sequence[str], stops: npt.NDArray[np.uint32], part: Part
) -> None:
    """Write the data file of a page classifier; the same content gives the same bytes."""
    held = io.BytesIO()
    weights: dict[str, Any] = {
        name: value
        for kind, wording in (("words", part.words), ("names", part.names))
        for name, value in (
            (kind, wording.weights),
            (f"{kind}_scale", np.float64(wording.scale)),
            (f"{kind}_bias", np.float64(wording.bias)),
        )
    }
    np.savez_compressed(
        held,
        about=np.frombuffer(json.dumps(about, indent=1, sort_keys=True).encode(), np.uint8),
        answers=np.frombuffer("\n".join(asked).encode(), np.uint8),
        stops=stops,
        **weights,
        **asdict(part.trees),
    )
    file.write_bytes(held.getvalue())


if __name__ == "__main__":
    sys.exit(main())

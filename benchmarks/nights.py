"""Tonight's articles against the editions of 90 nights: what indexing and probing cost, and how large an index is.

    python -m benchmarks.nights [--editions 90] [--articles 50000] [--words 350] [--json FILE]

The articles are invented (benchmarks.fold_corpus). What begins alike, copies of a story and fillings of a template,
stays within an edition, but for one article in `ASTRAY` that runs on another night; paragraphs of a site recur.
`DISTINCT` old editions are generated and take turns over the nights: two editions are compared by themselves, so
that 90 different ones would cost the same. One thread; CPU seconds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.fold_corpus import articles
from benchmarks.measured import cpu_seconds
from copydesk import folding
from copydesk.settings import Settings
from copydesk.store import Staged, Store, put_tables

DISTINCT = 5
ASTRAY = 50
BEGINNING = 12  # characters
SHARD_ROWS = 2_000  # as the sources make them
TONIGHT = dt.date(2026, 6, 1)


@dataclass(frozen=True)
class Figures:
    """What a night costs in CPU seconds, and sizes in MB (10^6 bytes)."""

    editions: int
    articles: int
    fingerprint: float
    index: float
    probe: float
    alignments: int
    index_mb: float
    tokens_mb: float


def main() -> None:
    """Print the figures as a Markdown table, and write them as JSON where asked."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--editions", type=int, default=90)
    told.add_argument("--articles", type=int, default=50_000, help="of an edition")
    told.add_argument("--words", type=int, default=350)
    told.add_argument("--json", type=Path)
    options = told.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.editions, options.articles, options.words)
    print(_shown(figures))
    if options.json:
        options.json.write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")


def measure(folder: Path, editions: int, count: int, words: int) -> Figures:
    """Give what the night costs that is compared with itself and with so many older editions."""
    store = Store(folder)
    pools = [_staged(store, rows, number) for number, rows in enumerate(_dealt(count, words))]
    *old, tonight = pools
    days = [TONIGHT - dt.timedelta(night) for night in range(editions, -1, -1)]
    _warm(folder / "warm")
    start = cpu_seconds()
    for key in tonight.shards:
        file = store.shard(key) / "articles.parquet"
        folding.put_fingerprints(pq.read_table(file), folding.fingerprints_file(store, key))
    fingerprint = cpu_seconds() - start
    shelves = [
        folding.Shelf(store, replace(old[at % len(old)], edition=str(day))) for at, day in enumerate(days[:-1])
    ]
    for shelf in shelves:
        shelf.fill()
    shelf = folding.Shelf(store, replace(tonight, edition=str(TONIGHT)))
    start = cpu_seconds()
    shelf.fill()
    index = cpu_seconds() - start
    with ThreadPoolExecutor(1) as pool:
        start = cpu_seconds()
        file = folding.compared(store, shelf, [*shelves, shelf], pool)
        probe = cpu_seconds() - start
    tokens = [folding.fingerprints_file(store, key) for key in tonight.shards]
    return Figures(
        editions,
        count,
        fingerprint,
        index,
        probe,
        pq.read_metadata(file).num_rows,
        _megabytes(shelf.folder.iterdir()),
        _megabytes(tokens),
    )


def _dealt(count: int, words: int) -> Iterator[pa.Table]:
    """Give the articles of the old editions and of tonight."""
    table = articles((DISTINCT + 1) * count, words, seed=1)
    chance = np.random.default_rng(1)
    beginnings = pc.utf8_slice_codeunits(table["text"], 0, BEGINNING).combine_chunks()
    number = beginnings.dictionary_encode().indices.to_numpy()
    order = np.argsort(chance.permutation(number.size)[number], kind="stable")
    astray = chance.choice(order.size, order.size // ASTRAY, replace=False)
    order[astray] = order[chance.permutation(astray)]
    for first in range(0, order.size, count):
        yield table.take(pa.array(order[first : first + count]))


def _staged(store: Store, rows: pa.Table, number: int) -> Staged:
    """Stage articles as an edition."""
    keys = []
    for first in range(0, rows.num_rows, SHARD_ROWS):
        part = rows.slice(first, SHARD_ROWS)
        size = part.num_rows
        columns = {
            "article_id": part["doc_id"],
            "edition": pa.array([TONIGHT] * size, pa.date32()),
            "site": part["site"],
            "canonical_url": pa.nulls(size, pa.string()),
            "title": part["title"],
            "body": pc.cast(part["text"], pa.large_string()),
            "is_stub": pa.array(np.zeros(size, np.bool_)),
            "is_overcut": pa.array(np.zeros(size, np.bool_)),
        }
        keys.append(f"{number}-{first:07d}")
        put_tables(store.shard(keys[-1]), {"articles": pa.table(columns)})
    return Staged("", 0, 0, 0, "", "", shards=tuple(keys))


def _warm(folder: Path) -> None:
    """Have everything compiled: one small edition, compared with itself and with another."""
    store = Store(folder)
    rows = articles(200, 100, seed=2)
    editions = [replace(_staged(store, rows, day), edition=f"2026-01-0{day}") for day in (1, 2)]
    folding.fold(store, editions, Settings(folder, workers=1))


def _megabytes(files: Iterator[Path] | list[Path]) -> float:
    return sum(file.stat().st_size for file in files) / 1e6


def _shown(figures: Figures) -> str:
    names = list(asdict(figures))
    values = [f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" for value in asdict(figures).values()]
    rows = (names, ["---"] * len(names), values)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    main()

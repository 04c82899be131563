"""What others would do to find near-identical texts, in the shape that the evaluation scripts call.

Each function gets a table with doc_id and text and gives the doc_ids and the story of each: the smallest row among
those that are linked. Its keywords are the peer's settings, with the peer's own defaults or, where it has none,
what the first example in its documentation says. All get the text alone: none knows of titles.

This module runs where the product is not installed: nothing of it is imported here.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

Stories = tuple[list[str], list[str]]
SEED = 42


def datasketch(
    table: pa.Table,
    *,
    ngram: int = 1,
    lowercase: bool = False,
    num_perm: int = 128,
    threshold: float = 0.9,
    verified: bool = False,
) -> Stories:
    """Give what datasketch 2.0 finds: MinHash and MinHashLSH, as its documentation has them.

    Its examples take sets of words; here they are cut at blanks. `verified` filters what the index finds by
    MinHash.jaccard, as its documentation says for more accurate results.
    """
    from datasketch import MinHash, MinHashLSH

    sets = ([gram.encode() for gram in _grams(text, ngram, lowercase)] for text in _texts(table))
    sketches = list(MinHash.generator(sets, num_perm=num_perm))
    index = MinHashLSH(threshold=threshold, num_perm=num_perm)
    for row, sketch in enumerate(sketches):
        index.insert(row, sketch)
    found = ((row, other) for row, sketch in enumerate(sketches) for other in index.query(sketch) if other < row)
    if verified:
        found = ((row, other) for row, other in found if sketches[row].jaccard(sketches[other]) >= threshold)
    return _stories(table, found)


def rensa(
    table: pa.Table,
    *,
    ngram: int = 1,
    lowercase: bool = False,
    num_perm: int = 128,
    threshold: float = 0.8,
    num_bands: int | None = None,
    index_all: bool = False,
) -> Stories:
    """Give what rensa 0.5 finds: RMinHashDeduplicator over words cut at blanks, as its documentation has it.

    The deduplicator keeps the first of a kind and checks what it finds against the sketches. With `index_all` all
    texts stand in its RMinHashLSH instead, and what that finds is checked by is_similar. Its "rho" pipeline says
    which texts are duplicates, but not of which: no stories can be read from it.
    """
    from rensa import RMinHash, RMinHashDeduplicator, RMinHashLSH

    grams = [_grams(text, ngram, lowercase) for text in _texts(table)]
    sketches = RMinHash.from_token_sets(grams, num_perm=num_perm, seed=SEED)
    if index_all:
        index = RMinHashLSH(threshold=threshold, num_perm=num_perm, num_bands=num_bands)
        index.insert_many(sketches)
        candidates = enumerate(index.query_all(sketches))
        found = ((row, other) for row, others in candidates for other in others if other < row)
        return _stories(table, (pair for pair in found if index.is_similar(*(sketches[row] for row in pair))))
    kept = RMinHashDeduplicator(
        threshold=threshold, num_perm=num_perm, use_lsh=True, num_bands=num_bands, seed=SEED
    )
    kept.add_pairs((str(row), sketch) for row, sketch in enumerate(sketches))
    duplicates = enumerate(kept.get_duplicate_sets(sketches))
    return _stories(table, ((row, int(other)) for row, others in duplicates for other in others))


def gaoya(
    table: pa.Table,
    *,
    ngram: int = 1,
    lowercase: bool = False,
    num_bands: int = 20,
    band_size: int = 5,
    threshold: float = 0.75,
) -> Stories:
    """Give what gaoya 0.2 finds: MinHashStringIndex with its own analyzer of words, inserted and queried in bulk.

    Its index compares what it finds with the threshold by itself.
    """
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=threshold,
        num_bands=num_bands,
        band_size=band_size,
        analyzer="word",
        lowercase=lowercase,
        ngram_range=(ngram, ngram),
    )
    texts = _texts(table)
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    found = enumerate(index.par_bulk_query(texts))
    return _stories(table, ((row, other) for row, others in found for other in others if other < row))


def text_dedup(
    table: pa.Table, *, ngram: int = 5, num_perm: int = 250, threshold: float = 0.7, min_length: int = 5
) -> Stories:
    """Give what `python -m text_dedup.minhash` of text-dedup 0.4 finds, with as many processes as cores.

    The command is called in this process, so that its start is not counted as work. Clusters are read from the
    union-find that it leaves with --debug. A text shorter than `min_length` words is not compared.
    """
    import pickle

    from text_dedup.minhash import main

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.parquet"
        pq.write_table(pa.table({"text": table["text"]}), file)
        told = {
            "path": "parquet",
            "data_files": file,
            "split": "train",
            "column": "text",
            "output": Path(folder) / "kept",
            "cache_dir": Path(folder) / "cache",
            "ngram": ngram,
            "num_perm": num_perm,
            "threshold": threshold,
            "min_length": min_length,
        }
        words = [word for name, value in told.items() for word in (f"--{name}", str(value))]
        main([*words, "--debug"], standalone_mode=False)
        left = pickle.loads((Path(folder) / "kept" / "uf.pkl").read_bytes())  # noqa: S301 - just written
    return _stories(table, left.parent.items())


def datatrove(
    table: pa.Table,
    *,
    n_grams: int = 5,
    num_buckets: int = 14,
    hashes_per_bucket: int = 8,
    norm_numbers: bool = True,
) -> Stories:
    """Give what the four MinHash stages of datatrove 0.10 find, run by LocalPipelineExecutor in this process.

    As in its example minhash_deduplication.py, with its own words of English. Clusters are read from what its third
    stage writes; a text of fewer words than `n_grams` is in none.
    """
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.text import TextNormConfig

    config = MinhashConfig(
        n_grams=n_grams,
        num_buckets=num_buckets,
        hashes_per_bucket=hashes_per_bucket,
        norm_config=TextNormConfig(norm_numbers=norm_numbers),
    )
    with tempfile.TemporaryDirectory() as folder:
        given, *between, kept = (f"{folder}/{name}" for name in ("in", "signatures", "buckets", "clusters", "kept"))
        signatures, buckets, clusters = between
        Path(given).mkdir()
        # a text of nothing would be skipped by the reader, and all rows behind it be counted wrongly
        texts = pa.array([text if text.strip() else "." for text in _texts(table)])
        pq.write_table(pa.table({"id": table["doc_id"], "text": texts}), f"{given}/texts.parquet")
        stages = (
            (1, [ParquetReader(given), MinhashDedupSignature(signatures, config=config)]),
            (num_buckets, [MinhashDedupBuckets(signatures, buckets, config=config)]),
            (1, [MinhashDedupCluster(buckets, clusters, config=config, save_cluster_id=True)]),
            (1, [ParquetReader(given), MinhashDedupFilter(clusters, load_cluster_ids=True), JsonlWriter(kept)]),
        )
        for number, (tasks, steps) in enumerate(stages):
            LocalPipelineExecutor(steps, tasks=tasks, workers=1, logging_dir=f"{folder}/logs/{number}").run()
        written = Path(clusters, "000000.clusters")
        found = list(struct.iter_unpack("<2I", written.read_bytes())) if written.exists() else []
    first: dict[int, int] = {}
    return _stories(table, ((row, first.setdefault(cluster, row)) for row, cluster in found))


def _texts(table: pa.Table) -> list[str]:
    texts: list[str] = table["text"].to_pylist()
    return texts


def _grams(text: str, size: int, lowercase: bool) -> Sequence[str]:  # noqa: FBT001 - a peer's setting, passed on
    """Give the words of a text, cut at blanks, or its sequences of `size` words; a shorter text is one sequence."""
    words = (text.lower() if lowercase else text).split()
    if size == 1:
        return words
    ahead = (islice(words, start, None) for start in range(size))
    return [" ".join(gram) for gram in zip(*ahead, strict=False)] or [" ".join(words)]


def _stories(table: pa.Table, pairs: Iterable[tuple[int, int]]) -> Stories:
    """Give the doc_ids and, for each, the smallest row that pairs tie it to."""
    parents = list(range(table.num_rows))

    def root(row: int) -> int:
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    for pair in pairs:
        smaller, larger = sorted(map(root, pair))
        parents[larger] = smaller
    return table["doc_id"].to_pylist(), [str(root(row)) for row in range(table.num_rows)]

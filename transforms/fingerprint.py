"""articles -> fingerprints: token hashes, anchors, and a hash of the whole text in match form."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.columns import hashed_words
from transforms.schemas import FINGERPRINTS


def fingerprint(articles: pa.Table) -> pa.Table:
    """Give the fingerprints of articles, in their order: one row per article, none depends on another.

    Reads article_id, edition, title, body and is_stub. A stub has tokens but no anchors: nothing finds it.
    """
    from transforms.kernels.anchors import sample  # numba takes a second to import
    from transforms.kernels.tokens import whole_hashes

    tokens, ends = hashed_words(articles["body"])
    titles, title_ends = hashed_words(articles["title"])
    hashes = np.empty(articles.num_rows, np.uint64)
    whole_hashes(tokens, ends, hashes)
    anchors, anchor_ends = np.empty(tokens.size, np.uint64), np.empty(ends.size, np.int64)
    is_stub = articles["is_stub"].to_numpy().astype(np.bool_)
    count = sample(tokens, ends, is_stub, anchors, anchor_ends)
    columns = {
        "article_id": articles["article_id"],
        "edition": articles["edition"],
        "body_chars": pc.cast(pc.utf8_length(articles["body"]), pa.int32()),
        "is_stub": articles["is_stub"],
        "text_hash": pa.array(hashes),
        "tokens": _lists(pa.LargeListArray, ends, tokens),
        "title_tokens": _lists(pa.ListArray, title_ends, titles),
        "anchors": _lists(pa.ListArray, anchor_ends, anchors[:count].copy()),
    }
    return pa.table(columns).cast(FINGERPRINTS)


def _lists(kind: type[pa.Array], ends: npt.NDArray[np.int64], values: npt.NDArray[np.generic]) -> pa.Array:
    """Give the values as one list per row."""
    offsets = pa.array(ends, pa.int64() if kind is pa.LargeListArray else pa.int32())
    return kind.from_arrays(offsets, pa.array(values))

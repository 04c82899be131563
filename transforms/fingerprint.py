"""articles -> fingerprints: token hashes, anchors, and a hash of the whole text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.columns import hashed_words
from transforms.schemas import FINGERPRINTS

_BROKEN_OFF = ("…", "...")


def fingerprint(articles: pa.Table) -> pa.Table:
    """Give the fingerprints of articles, in their order: one row per article, none depends on another.

    Reads article_id, edition, site, canonical_url, title, body, is_stub and is_overcut. A stub has tokens but no
    anchors, and nothing finds it, unless it is the headline alone, of two words or more: that has its title's
    anchors.
    """
    from transforms.kernels.anchors import TITLE_ANCHORS, sample, with_titles  # numba takes a second to import

    tokens, ends = hashed_words(articles["body"])
    titles, title_ends = hashed_words(articles["title"])
    anchors, anchor_ends = np.empty(tokens.size, np.uint64), np.empty(ends.size, np.int64)
    is_stub = articles["is_stub"].to_numpy().astype(np.bool_)
    sample(tokens, ends, is_stub, anchors, anchor_ends)
    hashes = _hashes(tokens, ends)
    is_headline = (np.diff(ends) > 1) & (hashes == _hashes(titles, title_ends))
    named, named_ends = _some(titles, title_ends, ~is_stub | is_headline)
    wider = np.empty(int(anchor_ends[-1]) + TITLE_ANCHORS * articles.num_rows, np.uint64)
    wider_ends = np.empty(ends.size, np.int64)
    count = with_titles(named, named_ends, anchors, anchor_ends, wider, wider_ends)
    columns = {
        "article_id": articles["article_id"],
        "edition": articles["edition"],
        "site": articles["site"],
        "address": _addresses(articles["canonical_url"]),
        "body_chars": pc.cast(pc.utf8_length(articles["body"]), pa.int32()),
        "is_stub": articles["is_stub"],
        "is_complete": pc.invert(pc.or_(articles["is_overcut"], _breaks_off(articles["body"]))),
        "text_hash": pa.array(hashes),
        "tokens": _lists(pa.LargeListArray, ends, tokens),
        "title_tokens": _lists(pa.ListArray, title_ends, titles),
        "anchors": _lists(pa.ListArray, wider_ends, wider[:count].copy()),
    }
    return pa.table(columns).cast(FINGERPRINTS)


def _some(
    tokens: npt.NDArray[np.uint32], ends: npt.NDArray[np.int64], chosen: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Give the tokens of the chosen rows, none for the others."""
    sizes = np.diff(ends)
    fewer = np.zeros(ends.size, np.int64)
    np.cumsum(np.where(chosen, sizes, 0), out=fewer[1:])
    return tokens[: ends[-1]][np.repeat(chosen, sizes)], fewer


def _addresses(urls: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a hash of the words of each address; null for none, and for one without words."""
    bare = pc.replace_substring_regex(pc.cast(urls, pa.string()), r"^(?i:https?)://(?i:www\.)?|#.*$", "")
    words, ends = hashed_words(bare)
    return pc.if_else(pa.array(np.diff(ends) > 0), pa.array(_hashes(words, ends)), None)


def _hashes(tokens: npt.NDArray[np.uint32], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Give one hash per row of tokens."""
    from transforms.kernels.tokens import whole_hashes

    hashes = np.empty(ends.size - 1, np.uint64)
    whole_hashes(tokens, ends, hashes)
    return hashes


def _breaks_off(bodies: pa.ChunkedArray) -> pa.ChunkedArray:
    """Say which texts end in an ellipsis."""
    ellipsis, dots = (pc.ends_with(bodies, mark) for mark in _BROKEN_OFF)
    return pc.or_(ellipsis, dots)


def _lists(kind: type[pa.Array], ends: npt.NDArray[np.int64], values: npt.NDArray[np.generic]) -> pa.Array:
    """Give the values as one list per row."""
    offsets = pa.array(ends, pa.int64() if kind is pa.LargeListArray else pa.int32())
    return kind.from_arrays(offsets, pa.array(values))

"""All editions' articles and the texts that they carry, numbered: what stories are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.fold.texts import Lists, Rows, lists
from transforms.schemas import CARRIERS

NOWHERE = -1


@dataclass(frozen=True)
class Nodes:
    """Articles sorted by article_id, each once, as its earliest edition brought it; a node is a distinct text.

    `node` gives each article its node. Nodes are numbered by the hash of their text; behind them stands one for
    each article whose text is not to be compared. `best` and `oldest` give each node's articles of highest standing
    and of greatest age.
    """

    ids: pa.Array
    days: Rows
    addresses: npt.NDArray[np.uint64]  # 0 for none
    titles: Lists
    node: Rows
    hashes: npt.NDArray[np.uint64]
    sizes: Rows  # tokens, per node
    standing: Rows  # articles, best first
    age: Rows  # articles, oldest first
    best: Rows
    oldest: Rows

    @property
    def count(self) -> int:
        """Count the nodes."""
        return self.best.size

    def of(self, hashes: npt.NDArray[np.uint64]) -> Rows:
        """Give the nodes of texts; -1 where no article carries the text (its edition was not the first)."""
        at = np.minimum(np.searchsorted(self.hashes, hashes), max(0, self.hashes.size - 1))
        if not self.hashes.size:
            return np.full(hashes.size, NOWHERE)
        return np.where(self.hashes[at] == hashes, at, NOWHERE)


def nodes(carriers: Sequence[pa.Table], priority: Sequence[str] = ()) -> Nodes:
    """Give the articles and texts of some editions.

    An article stands above others by its outlet's place in `priority`, then complete before broken off, then the
    longest body, the earliest edition, the smallest id.
    """
    whole = pa.concat_tables([CARRIERS.empty_table(), *carriers])
    order = [("article_id", "ascending"), ("edition", "ascending")]
    whole = whole.take(pc.sort_indices(whole, order))
    ids = whole["article_id"].combine_chunks()
    is_first = np.ones(len(ids), np.bool_)
    is_first[1:] = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    if not is_first.all():
        whole = whole.filter(pa.array(is_first))
    is_text = whole["text_hash"].is_valid().to_numpy()
    text = pc.fill_null(whole["text_hash"], 0).to_numpy()
    hashes, inverse = np.unique(text[is_text], return_inverse=True)
    node = np.empty(text.size, np.int64)
    node[is_text], node[~is_text] = inverse, hashes.size + np.arange(np.count_nonzero(~is_text))
    sizes = np.zeros(hashes.size + np.count_nonzero(~is_text), np.int64)
    sizes[node] = whole["tokens"].to_numpy()
    days = whole["edition"].cast(pa.int32()).to_numpy().astype(np.int64)
    rows = np.arange(text.size)
    standing = np.lexsort(
        (
            rows,
            days,
            -whole["body_chars"].to_numpy().astype(np.int64),
            ~whole["is_complete"].to_numpy(),
            _places(whole["site"], {site: place for place, site in enumerate(priority)}),
        )
    )
    age = np.lexsort((rows, days))
    return Nodes(
        ids=whole["article_id"].combine_chunks(),
        days=days,
        addresses=pc.fill_null(whole["address"], 0).to_numpy(),
        titles=lists(whole["title_tokens"]),
        node=node,
        hashes=hashes,
        sizes=sizes,
        standing=standing,
        age=age,
        best=first_of(node, standing, sizes.size),
        oldest=first_of(node, age, sizes.size),
    )


def first_of(labels: Rows, order: Rows, size: int) -> Rows:
    """Give, for each of `size` labels, the first row in `order` that carries it (-1 where none does)."""
    first = np.full(size, NOWHERE)
    first[labels[order[::-1]]] = order[::-1]
    return first


def _places(sites: pa.ChunkedArray, places: Mapping[str, int]) -> Rows:
    """Give each site's place, those without one behind."""
    coded = pc.dictionary_encode(pc.fill_null(sites, "")).combine_chunks()
    known = np.array([places.get(site, len(places)) for site in coded.dictionary.to_pylist()] or [0])
    given: Rows = known[coded.indices.to_numpy()].astype(np.int64)
    return given

"""fingerprints of one edition -> its index: which texts it holds, and in which of them each anchor stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.errors import UsageError
from transforms.fold.texts import Lists, Rows, lists
from transforms.schemas import ANCHORS, CARRIERS, FINGERPRINTS, TEXTS

Packed = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Index:
    """One edition, ready to be compared: its articles, its distinct texts and its anchors.

    `carriers` and `texts` are as in transforms/schemas.py; a row number below means a row of `texts`, which are
    sorted by smallest anchor, size and hash, so that likely copies stand together. `packed` holds each anchor above
    the row of its text (see kernels/anchors.py), sorted.
    """

    carriers: pa.Table
    texts: pa.Table
    packed: Packed

    def anchors(self) -> pa.Table:
        """Give the anchors as a table, one row per anchor and text."""
        return pa.table({"anchor": self.packed}, schema=ANCHORS)

    @cached_property
    def sizes(self) -> Rows:
        """Count the tokens of each text."""
        sizes: Rows = self.texts["tokens"].to_numpy().astype(np.int64)
        return sizes

    @cached_property
    def anchor_counts(self) -> Rows:
        """Count the anchors of each text."""
        counts: Rows = self.texts["anchors"].to_numpy().astype(np.int64)
        return counts

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """Give the hash of each text."""
        hashes: npt.NDArray[np.uint64] = self.texts["text_hash"].to_numpy()
        return hashes

    @cached_property
    def keys(self) -> npt.NDArray[np.uint64]:
        """Give what the texts are sorted by (rows x 3)."""
        columns = (self.texts["least"].to_numpy(), self.sizes.astype(np.uint64), self.hashes)
        return np.column_stack(columns)

    @cached_property
    def titles(self) -> Lists:
        """Give the tokens of each text's title."""
        return lists(self.texts["title_tokens"])


def read(carriers: pa.Table, texts: pa.Table, anchors: pa.Table) -> Index:
    """Give the index that was stored as these three tables."""
    packed: Packed = anchors["anchor"].to_numpy()
    packed.setflags(write=False)  # as for the buffers in fingerprint: one compilation
    return Index(carriers, texts, packed)


def index(sources: Sequence[pa.Table]) -> Index:
    """Give the index of an edition from its fingerprints, in as many tables as there are.

    How they are divided and ordered changes nothing but where the tokens are said to stand. Stubs without anchors
    and texts without words are in no index: nothing is compared with them. Of articles with one text, that of the
    smallest article_id gives its title. UsageError for more texts than an index has numbers for.
    """
    from transforms.kernels.anchors import ROW_BITS

    sources = sources or [FINGERPRINTS.empty_table()]
    whole = pa.concat_tables([_small(source) for source in sources])
    anchors = [lists(source["anchors"]) for source in sources]
    anchor_counts, least = _summed(anchors)
    order = pc.sort_indices(whole["article_id"]).to_numpy().astype(np.int64)
    is_found = ~whole["is_stub"].to_numpy() | (anchor_counts > 0)
    is_comparable = is_found & (whole["tokens"].to_numpy() > 0)
    hashes, sizes = whole["text_hash"].to_numpy(), whole["tokens"].to_numpy()
    comparable = order[is_comparable[order]]
    _, first = np.unique(hashes[comparable], return_index=True)
    rows = comparable[first]
    if rows.size >= 1 << ROW_BITS:
        raise UsageError(
            f"an edition of {rows.size} distinct texts is too large to be folded at once; divide its inputs into "
            f"editions of at most {1 << ROW_BITS} texts"
        )
    rows = rows[np.lexsort((hashes[rows], sizes[rows], least[rows]))]
    counts = [source.num_rows for source in sources]
    columns = {
        "text_hash": pa.array(hashes[rows]),
        "tokens": pa.array(sizes[rows]),
        "anchors": pa.array(anchor_counts[rows], pa.int32()),
        "least": pa.array(least[rows]),
        "title_tokens": whole["title_tokens"].take(pa.array(rows)),
        "source": pa.array(np.repeat(np.arange(len(counts)), counts)[rows], pa.int32()),
        "source_row": pa.array(np.concatenate([np.arange(count) for count in counts])[rows], pa.int64()),
    }
    names = np.full(hashes.size, -1)
    names[rows] = np.arange(rows.size)
    packed = _pack(anchors, np.split(names, np.cumsum(counts)[:-1]), int(anchor_counts[rows].sum()))
    return Index(_carriers(whole, order, is_comparable), pa.table(columns, TEXTS), packed)


def _summed(anchors: Sequence[Lists]) -> tuple[Rows, Packed]:
    """Give how many anchors each row has, and the smallest."""
    from transforms.kernels.anchors import smallest

    least = [np.empty(part.sizes.size, np.uint64) for part in anchors]
    for part, room in zip(anchors, least, strict=True):
        smallest(part.values, part.starts, part.ends, room)
    return np.concatenate([part.sizes for part in anchors]), np.concatenate(least)


def _small(source: pa.Table) -> pa.Table:
    """Give the fingerprints without anchors, with the number of their tokens in place of the tokens."""
    source = source.drop_columns(["anchors"])
    column = source.schema.get_field_index("tokens")
    return source.set_column(column, "tokens", pc.cast(pc.list_value_length(source["tokens"]), pa.int32()))


def _carriers(whole: pa.Table, order: Rows, is_comparable: npt.NDArray[np.bool_]) -> pa.Table:
    """Give the articles sorted by article_id, those without a comparable text with null for its hash."""
    hashes = pc.if_else(pa.array(is_comparable), whole["text_hash"], None)
    carriers = whole.select(CARRIERS.names)
    carriers = carriers.set_column(
        carriers.schema.get_field_index("text_hash"), CARRIERS.field("text_hash"), hashes
    )
    return carriers.take(pa.array(order)).cast(CARRIERS)


def _pack(anchors: Sequence[Lists], names: Sequence[Rows], size: int) -> Packed:
    """Give the anchors of the rows that have a name, sorted, each once."""
    from transforms.kernels.anchors import distinct, pack

    packed, count = np.empty(size, np.uint64), 0
    for part, named in zip(anchors, names, strict=True):
        count = pack(part.values, part.starts, part.ends, named, packed, count)
    packed.sort()
    packed = packed[: distinct(packed)]  # np.unique takes ten times as long
    packed.setflags(write=False)
    return packed

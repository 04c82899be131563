"""Nodes and alignments -> the tables pairs and members."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.fold.blocks import Hashes, align_some, counts_column, oriented, runs
from transforms.fold.nodes import NOWHERE, Nodes
from transforms.fold.stories import Stories, stories
from transforms.fold.texts import Lists, Rows, chained
from transforms.fold.thresholds import Thresholds
from transforms.fold.verdicts import COPY, Aligned, Relations, joined, relations
from transforms.schemas import COMPARISONS, MEMBERS, PAIRS

LEAD, LINKED, VERSION = "lead", "linked", "version"
SAME, EDITED, NEW = "same", "edited", "new"
EDITED_SHARE = 0.5  # of the longer title's words stand in the other
TITLE_TOKENS = 40  # of a title that are compared
_EPOCH = dt.date(1970, 1, 1)

TokensOf = Callable[[Hashes, dt.date], Lists]


@dataclass(frozen=True)
class Folded:
    """Pairs sorted by (left_id, right_id), members sorted by article_id, and what was aligned besides."""

    pairs: pa.Table
    members: pa.Table
    comparisons: pa.Table


def tell(
    nodes: Nodes,
    alignments: Sequence[pa.Table],
    tokens: TokensOf,
    limits: Thresholds,
    known: pa.Table | None = None,
) -> Folded:
    """Give the pairs and the members of all articles.

    `alignments` are those of all editions with each other; `tokens` gives the tokens of texts of one edition by
    their hashes, and is asked for few; `known` are comparisons from before, which save work and change nothing.
    """
    ties = _Ties(nodes, alignments, tokens, known)
    tied = ties.edges.where(joined(ties.edges, ties.verdicts, nodes.count, limits.bounds))
    told = stories(nodes, tied, ties.compare, limits.bounds, limits.chain)
    inside = tied.where(told.centres[tied.short] == told.centres[tied.long])
    pairs = _pairs(nodes, told, inside, ties, limits.relations)
    members = _members(nodes, told, ties, limits)
    return Folded(pairs, members, ties.comparisons())


class _Ties:
    """Alignments between nodes: those that comparing the editions found, and others as they are asked for."""

    def __init__(
        self, nodes: Nodes, alignments: Sequence[pa.Table], tokens: TokensOf, known: pa.Table | None
    ) -> None:
        self._nodes, self._tokens = nodes, tokens
        found = [self._read(table) for table in alignments if table.num_rows]
        verdicts = [table["verdict"].to_numpy() for table in alignments if table.num_rows]
        whole, verdict = _joined_up(found), np.concatenate([np.empty(0, np.uint8), *verdicts])
        keys = self._keys(whole.short, whole.long)
        # the same two texts may be told apart in one place by other titles: one place that ties them is enough
        order = np.lexsort((verdict, keys))
        order = order[(whole.short[order] != NOWHERE) & (whole.long[order] != NOWHERE)]
        order = order[_is_first(keys[order])]
        self.edges, self.verdicts = whole.where(order), verdict[order]
        self._found = [(keys[order], self.edges)]
        if known is not None and known.num_rows:
            self._remember(self._read(known))
        self._beside: list[Aligned] = []

    def compare(self, one: Rows, other: Rows) -> Aligned:
        """Give the alignments of pairs of nodes, in their order."""
        short, long = oriented(self._nodes.sizes, np.arange(self._nodes.count), one, other)
        counts = np.zeros((short.size, _columns()), np.int32)
        keys, is_missing = self._keys(short, long), np.ones(short.size, np.bool_)
        for place, (known, aligned) in enumerate(self._found):
            at = np.minimum(np.searchsorted(known, keys), max(0, known.size - 1))
            is_here = is_missing & (known[at] == keys) if known.size else np.zeros(short.size, np.bool_)
            counts[is_here] = aligned.counts[at[is_here]]
            is_missing &= ~is_here
            if place:
                self._beside.append(Aligned(short[is_here], long[is_here], counts[is_here]))
        if is_missing.any():
            fresh = self._align(short[is_missing], long[is_missing])
            counts[is_missing] = fresh.counts
            self._remember(fresh)
            self._beside.append(fresh)
        return Aligned(short, long, counts)

    def comparisons(self) -> pa.Table:
        """Give what was asked for beyond the edges, each pair once."""
        whole = _joined_up(self._beside)
        keys = self._keys(whole.short, whole.long)
        order = np.argsort(keys, kind="stable")
        whole = whole.where(order[_is_first(keys[order])])
        hashes = self._nodes.hashes
        columns = {
            "short_hash": pa.array(hashes[whole.short]),
            "long_hash": pa.array(hashes[whole.long]),
            "counts": counts_column(whole.counts),
        }
        return pa.table(columns, schema=COMPARISONS)

    def _align(self, short: Rows, long: Rows) -> Aligned:
        """Give the alignments of pairs of nodes, in their order; the tokens of few are in memory at a time."""
        counts = np.zeros((short.size, _columns()), np.int32)
        order = np.lexsort((short, long))
        for run in runs(self._nodes.sizes, short[order], long[order]):
            here = order[run]
            counts[here] = align_some(self._tokens_of, short[here], long[here]).counts
        return Aligned(short, long, counts)

    def _read(self, table: pa.Table) -> Aligned:
        short, long = (self._nodes.of(table[name].to_numpy()) for name in ("short_hash", "long_hash"))
        counts = table["counts"].combine_chunks().flatten().to_numpy()
        return Aligned(short, long, counts.reshape(-1, _columns()))

    def _remember(self, aligned: Aligned) -> None:
        """Keep alignments of texts that there are."""
        aligned = aligned.where((aligned.short != NOWHERE) & (aligned.long != NOWHERE))
        keys = self._keys(aligned.short, aligned.long)
        order = np.argsort(keys, kind="stable")
        self._found.append((keys[order], aligned.where(order)))

    def _keys(self, short: Rows, long: Rows) -> Rows:
        """Give one number per pair."""
        return short * self._nodes.count + long

    def _tokens_of(self, rows: Rows) -> Lists:
        """Give the tokens of nodes, each text from the edition of its oldest article."""
        days = self._nodes.days[self._nodes.oldest[rows]]
        order = np.argsort(days, kind="stable")
        starts = np.flatnonzero(np.diff(days[order], prepend=-1))
        parts = [
            self._tokens(self._nodes.hashes[rows[group]], _EPOCH + dt.timedelta(int(days[group[0]])))
            for group in np.split(order, starts[1:])
        ]
        return chained(parts).of(np.argsort(order, kind="stable"))


def _joined_up(parts: Sequence[Aligned]) -> Aligned:
    nobody, nothing = np.empty(0, np.int64), np.empty((0, _columns()), np.int32)
    return Aligned(
        np.concatenate([nobody, *(part.short for part in parts)]),
        np.concatenate([nobody, *(part.long for part in parts)]),
        np.concatenate([nothing, *(part.counts for part in parts)]),
    )


def _columns() -> int:
    from transforms.kernels.align import COLUMNS

    return COLUMNS


def _is_first(keys: Rows) -> npt.NDArray[np.bool_]:
    """Say where a sorted array changes."""
    is_first: npt.NDArray[np.bool_] = np.diff(keys, prepend=-1) != 0
    return is_first


def _pairs(nodes: Nodes, told: Stories, inside: Aligned, ties: _Ties, limits: Relations) -> pa.Table:
    """Give the table of pairs: identical texts, states of one URL, and texts that were found near-identical."""
    article = np.arange(nodes.node.size)
    same = article[nodes.oldest[nodes.node] != article]
    before, after = _versions(nodes, told)
    one = np.concatenate((nodes.oldest[nodes.node[same]], before, nodes.oldest[inside.short]))
    other = np.concatenate((same, after, nodes.oldest[inside.long]))
    left, right = np.minimum(one, other), np.maximum(one, other)
    keys = left * article.size + right
    order = np.argsort(keys, kind="stable")
    order = order[_is_first(keys[order])]
    left, right = left[order], right[order]
    shares, places, relation = _between(nodes, left, right, ties, limits)
    is_version = (nodes.addresses[left] == nodes.addresses[right]) & (nodes.addresses[left] != 0)
    columns = {
        "left_id": nodes.ids.take(pa.array(left)),
        "right_id": nodes.ids.take(pa.array(right)),
        "edition": pa.array(np.maximum(nodes.days[left], nodes.days[right]), pa.int32()).cast(pa.date32()),
        "relation": pa.array(np.where(is_version, VERSION, relation), pa.string()),
        "left_share": pa.array(shares[0], pa.float32()),
        "right_share": pa.array(shares[1], pa.float32()),
        "left_from": pa.array(places[0], pa.float32()),
        "left_to": pa.array(places[1], pa.float32()),
        "right_from": pa.array(places[2], pa.float32()),
        "right_to": pa.array(places[3], pa.float32()),
        "headline": _headlines(nodes.titles, left, right),
    }
    return pa.table(columns).cast(PAIRS)


def _versions(nodes: Nodes, told: Stories) -> tuple[Rows, Rows]:
    """Give each article of a URL and the next of the same story, by age, however much they share."""
    dated = nodes.age[nodes.addresses[nodes.age] != 0]
    order = dated[np.lexsort((np.arange(dated.size), told.leads[dated], nodes.addresses[dated]))]
    before, after = order[:-1], order[1:]
    is_one = (nodes.addresses[before] == nodes.addresses[after]) & (told.leads[before] == told.leads[after])
    return before[is_one], after[is_one]


def _between(
    nodes: Nodes, left: Rows, right: Rows, ties: _Ties, limits: Relations
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.str_]]:
    """Give what two articles share (2 x pairs), where it lies in each (4 x pairs), and their relation."""
    from transforms.kernels.align import (
        FIRST,
        LAST,
        LONG_FOUND,
        LONG_SIZE,
        SHORT_FIRST,
        SHORT_FOUND,
        SHORT_LAST,
        SHORT_SIZE,
    )

    shares, places = np.ones((2, left.size)), np.repeat([[0.0], [1.0], [0.0], [1.0]], left.size, axis=1)
    relation = np.full(left.size, COPY, "<U7")
    apart = np.flatnonzero(nodes.node[left] != nodes.node[right])
    found = ties.compare(nodes.node[left[apart]], nodes.node[right[apart]])
    of_short, of_long = found.share(SHORT_FOUND, SHORT_SIZE), found.share(LONG_FOUND, LONG_SIZE)
    in_short = (found.share(SHORT_FIRST, SHORT_SIZE), found.share(SHORT_LAST, SHORT_SIZE))
    in_long = (found.share(FIRST, LONG_SIZE), found.share(LAST, LONG_SIZE))
    is_left = nodes.node[left[apart]] == found.short
    shares[:, apart] = np.where(is_left, (of_short, of_long), (of_long, of_short))
    places[:, apart] = np.where(is_left, (*in_short, *in_long), (*in_long, *in_short))
    relation[apart] = relations(of_short, of_long, limits)
    return shares, places, relation


def _headlines(titles: Lists, left: Rows, right: Rows) -> pa.Array:
    """Give how each pair's titles relate."""
    from transforms.kernels.titles import COLUMNS, COMMON, EQUAL, compare_titles

    shown = Lists(titles.values, titles.starts, np.minimum(titles.ends, titles.starts + TITLE_TOKENS))
    told = np.zeros((left.size, COLUMNS), np.int32)
    compare_titles(shown.values, shown.starts, shown.ends, left, right, told)
    least, most = (pick(shown.sizes[left], shown.sizes[right]) for pick in (np.minimum, np.maximum))
    is_edited = told[:, COMMON] >= most * EDITED_SHARE
    return pa.array(
        np.where(told[:, EQUAL] > 0, SAME, np.where(is_edited, EDITED, NEW)), pa.string(), mask=least == 0
    )


def _members(nodes: Nodes, told: Stories, ties: _Ties, limits: Thresholds) -> pa.Table:
    """Give the table of members: each article beside its story's lead."""
    articles = np.arange(nodes.node.size)
    relation, similarity = _to_centre(told.centres, ties, limits)
    is_lead = told.leads == articles
    addresses = nodes.addresses
    is_version = (addresses == addresses[told.leads]) & (addresses != 0)
    relations_ = np.where(is_lead, LEAD, np.where(is_version, VERSION, relation[nodes.node]))
    columns = {
        "article_id": nodes.ids,
        "story_id": nodes.ids.take(pa.array(told.names)),
        "is_lead": pa.array(is_lead),
        "relation": pa.array(relations_, pa.string()),
        "similarity": pa.array(similarity[nodes.node], pa.float32()),
    }
    return pa.table(columns).cast(MEMBERS)


def _to_centre(
    centres: Rows, ties: _Ties, limits: Thresholds
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float64]]:
    """Give, per node, how its text relates to that of its story's lead, and the share of it found there."""
    from transforms.kernels.align import LONG_FOUND, LONG_SIZE, SHORT_FOUND, SHORT_SIZE, SHORT_SPAN

    relation, similarity = np.full(centres.size, COPY, "<U7"), np.ones(centres.size)
    others = np.flatnonzero(centres != np.arange(centres.size))
    found = ties.compare(others, centres[others])
    of_short, of_long = found.share(SHORT_FOUND, SHORT_SIZE), found.share(LONG_FOUND, LONG_SIZE)
    is_linked = found.share(SHORT_SPAN, SHORT_SIZE) < limits.bounds.short_span
    relation[others] = np.where(is_linked, LINKED, relations(of_short, of_long, limits.relations))
    similarity[others] = np.where(found.short == others, of_short, of_long)
    return relation, similarity

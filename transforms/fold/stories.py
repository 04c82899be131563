"""Which texts form a story, and which of them leads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from transforms.fold.nodes import Nodes, first_of
from transforms.fold.texts import Rows
from transforms.fold.verdicts import Aligned, Bounds, joined, judge

Compare = Callable[[Rows, Rows], Aligned]


@dataclass(frozen=True)
class Chain:
    """How far a story reaches from its lead."""

    # four versions of a growing report, each paired with the next only, are one story; twenty-six are not
    hops: int = 3
    # what lies further out still belongs to it when half of it stands side by side with the lead; a single text may
    # fail by chance, and would take its neighbours along
    agreed: float = 0.5


@dataclass(frozen=True)
class Stories:
    """Per node: the one that its story is gathered around; per article: its story's lead, and what names it."""

    centres: Rows
    leads: Rows
    names: Rows


def stories(nodes: Nodes, ties: Aligned, compare: Compare, bounds: Bounds, chain: Chain) -> Stories:
    """Give the story of each article from the pairs of nodes that are one story.

    The lead is the article of highest standing; the oldest one names the story. `compare` aligns further pairs.
    """
    best_first = nodes.node[nodes.standing]
    order = best_first[nodes.best[best_first] == nodes.standing]  # the nodes, by their best article
    centres = _centres(nodes, order, ties, compare, bounds, chain)
    around = centres[nodes.node]
    return Stories(centres, nodes.best[around], first_of(around, nodes.age, nodes.count)[around])


def _centres(nodes: Nodes, order: Rows, ties: Aligned, compare: Compare, bounds: Bounds, chain: Chain) -> Rows:
    """Give, per node, the one that its story is gathered around; `order` is best first.

    What a chain of pairs ties too loosely is parted, unless it stands side by side with the lead after all: in a
    crowd of near-identical texts only neighbours were compared.
    """
    from transforms.kernels.graph import components, stars

    size = nodes.count
    starts, neighbours = _adjacency(ties, size)
    centres = np.full(size, -1)
    stars(order, starts, neighbours, chain.hops, centres)
    whole = np.arange(size)
    components(ties.short, ties.long, whole)
    leads = first_of(whole, order, size)[whole]
    apart = order[centres[order] != leads[order]]
    compared = compare(apart, leads[apart])
    row = np.where(leads[compared.long] == compared.long, compared.short, compared.long)
    asked = np.bincount(centres[row], minlength=size)
    verdicts = judge(nodes.titles.of(nodes.oldest), compared, bounds)
    is_tied = joined(compared, verdicts, size, bounds)
    agreed = np.bincount(centres[row[is_tied]], minlength=size)
    is_near = agreed >= np.maximum(1, asked * chain.agreed)
    found: Rows = np.where(is_near[centres], leads, centres)
    return found


def _adjacency(pairs: Aligned, size: int) -> tuple[Rows, Rows]:
    """Give the neighbours of every node, and where they begin (nodes + 1)."""
    one = np.concatenate((pairs.short, pairs.long))
    other = np.concatenate((pairs.long, pairs.short))
    order = np.lexsort((other, one))
    starts = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(one, minlength=size), out=starts[1:])
    return starts, other[order]

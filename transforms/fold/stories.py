"""Which texts form a story, and which of them leads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.fold.candidates import oriented
from transforms.fold.texts import Rows, Texts
from transforms.fold.verdicts import Aligned, Bounds, align, joined, judge


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
    """Per row of the texts: the first text of its story's lead, the lead itself, the row that names the story."""

    centres: Rows
    leads: Rows
    names: Rows


def stories(texts: Texts, groups: Rows, pairs: Aligned, bounds: Bounds, chain: Chain) -> Stories:
    """Give the story of each row from the groups of identical texts and the pairs that are one story.

    The lead has the longest body, then the earliest edition, then the smallest id; the name is the smallest
    (edition, id).
    """
    rows = np.arange(groups.size)
    by_standing = np.lexsort((rows, texts.days, -texts.chars))
    best = _first_of(groups, by_standing)  # of each group of identical texts
    order = groups[by_standing[best[groups[by_standing]] == by_standing]]  # the groups, by their best row
    centres = _centres(texts, order, pairs, bounds, chain)[groups]
    by_age = np.lexsort((rows, texts.days))
    names = _first_of(centres, by_age)
    return Stories(centres, best[centres], names[centres])


def _first_of(labels: Rows, order: Rows) -> Rows:
    """Give, for each label, the first row in `order` that carries it (-1 for a number that is no label)."""
    first = np.full(labels.size, -1)
    first[labels[order[::-1]]] = order[::-1]
    return first


def _centres(texts: Texts, order: Rows, pairs: Aligned, bounds: Bounds, chain: Chain) -> Rows:
    """Give, per representative, the one that its story is gathered around; `order` is best first.

    What a chain of pairs ties too loosely is parted, unless it stands side by side with the lead after all: in a
    crowd of near-identical texts only neighbours were compared.
    """
    from transforms.kernels.graph import components, stars

    size = texts.hashes.size
    starts, neighbours = _adjacency(pairs, size)
    centres = np.full(size, -1)
    stars(order, starts, neighbours, chain.hops, centres)
    whole = np.arange(size)
    components(pairs.short, pairs.long, whole)
    leads = _first_of(whole, order)[whole]
    apart = order[centres[order] != leads[order]]
    compared = align(texts.tokens, *oriented(texts, apart, leads[apart]))
    row = np.where(leads[compared.long] == compared.long, compared.short, compared.long)
    asked = np.bincount(centres[row], minlength=size)
    is_tied = joined(compared, judge(texts.titles, compared, bounds), size, bounds)
    agreed = np.bincount(centres[row[is_tied]], minlength=size)
    is_near = agreed >= np.maximum(1, asked * chain.agreed)
    found: Rows = np.where(is_near[centres], leads, centres)
    return found


def _adjacency(pairs: Aligned, size: int) -> tuple[Rows, Rows]:
    """Give the neighbours of every row, and where they begin (rows + 1)."""
    one = np.concatenate((pairs.short, pairs.long))
    other = np.concatenate((pairs.long, pairs.short))
    order = np.lexsort((other, one))
    starts = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(one, minlength=size), out=starts[1:])
    return starts, other[order]

"""fingerprints -> pairs + members: which articles are one story, and how they relate.

    index(fingerprints of an edition)        -> Index        a function of the edition
    compare(edition, an earlier one)         -> alignments   a function of the two editions
    tell(all carriers, all alignments)       -> Folded       components on the few edges

Nothing depends on the order of rows, batches or editions, so editions may come in any order and each is compared
once with those around it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from transforms.fold.blocks import Edition, compare
from transforms.fold.index import Index, index
from transforms.fold.nodes import nodes
from transforms.fold.tables import Folded, tell
from transforms.fold.texts import Lists, lists
from transforms.fold.thresholds import Thresholds

WINDOW = 90  # days


def fold(
    fingerprints: pa.Table,
    thresholds: Thresholds | None = None,
    *,
    window: int = WINDOW,
    priority: Sequence[str] = (),
    parts: int = 1,
) -> Folded:
    """Give the pairs of near-identical texts and the story of every article.

    A function of the set of rows: their order changes no byte. Near-identical texts are found where their editions
    lie within `window` days, identical ones at any distance. The lead is of the first outlet in `priority` that has
    an article in the story. The relation of a pair:

    version  two states of one URL
    copy     both texts are found in each other, but for a tenth
    excerpt  the shorter is found whole in the longer, which is half as long again or more
    update   they share most; each, or the longer, has text of its own: a report that grew, figures rewritten

    Identical texts are all paired with the oldest of them, and each state of a URL with the next. A pair never ties
    two stories: one that a chain of pairs would have drawn in is left out. A member is `linked` where its text and
    the lead's share too little.
    """
    chosen = thresholds or Thresholds()
    days = pc.unique(fingerprints["edition"]).sort().to_pylist()
    editions = [_edition(day, fingerprints.filter(pc.equal(fingerprints["edition"], day))) for day in days]
    alignments = [
        compare(later, earlier, chosen.reach, chosen.bounds, parts=parts)
        for place, later in enumerate(editions)
        for earlier in editions[: place + 1]
        if (later.day - earlier.day).days <= window
    ]
    by_day = {each.day: each for each in editions}
    told = nodes([each.index.carriers for each in editions], priority)
    return tell(told, alignments, lambda hashes, day: by_day[day].texts(hashes), chosen)


def _edition(day: dt.date, fingerprints: pa.Table) -> Edition:
    """Give an edition whose tokens are in memory."""
    made, tokens = index([fingerprints]), lists(fingerprints["tokens"])
    rows = made.texts["source_row"].to_numpy()
    return Edition(day, made, lambda asked: tokens.of(rows[asked]))


__all__ = ["Edition", "Folded", "Index", "Lists", "Thresholds", "compare", "fold", "index", "nodes", "tell"]

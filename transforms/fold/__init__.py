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

from transforms.fold.blocks import Edition, Tokens, compare
from transforms.fold.index import index
from transforms.fold.nodes import nodes
from transforms.fold.tables import Folded, tell
from transforms.fold.texts import lists
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
    editions = [_edition(day, _of_day(fingerprints, day, len(days))) for day in days]
    del fingerprints  # the index has the anchors, a third of the memory
    alignments = [
        compare(later, earlier, chosen.reach, chosen.bounds, parts=parts)
        for place, later in enumerate(editions)
        for earlier in editions[: place + 1]
        if (later.day - earlier.day).days <= window
    ]
    by_day = {each.day: each for each in editions}
    told = nodes([each.index.carriers for each in editions], priority)
    return tell(told, alignments, lambda hashes, day: by_day[day].texts(hashes), chosen)


def _of_day(fingerprints: pa.Table, day: dt.date, days: int) -> pa.Table:
    """Give the fingerprints of one of so many days; of one, all without a copy."""
    return fingerprints if days == 1 else fingerprints.filter(pc.equal(fingerprints["edition"], day))


def _edition(day: dt.date, fingerprints: pa.Table) -> Edition:
    """Give an edition whose tokens are in memory, in as many batches as they came in."""
    batches = [pa.Table.from_batches([batch]) for batch in fingerprints.to_batches()]
    made, tokens = index(batches), [lists(batch["tokens"]) for batch in batches]
    return Edition(day, made, Tokens(tokens.__getitem__, made))


__all__ = [
    "Edition",
    "Folded",
    "Thresholds",
    "Tokens",
    "compare",
    "fold",
    "index",
    "nodes",
    "tell",
]

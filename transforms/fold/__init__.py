"""fingerprints -> pairs + members: which articles are one story, and how they relate."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.fold.candidates import Reach, candidates, firsts, oriented, representatives
from transforms.fold.stories import Chain, Stories, stories
from transforms.fold.texts import Rows, Texts, read
from transforms.fold.verdicts import COPY, Aligned, Bounds, Relations, align, joined, judge, relations
from transforms.schemas import MEMBERS, PAIRS

LEAD, LINKED = "lead", "linked"


@dataclass(frozen=True)
class Thresholds:
    """Every number that decides about stories, by the question it answers."""

    reach: Reach = field(default_factory=Reach)
    bounds: Bounds = field(default_factory=Bounds)
    relations: Relations = field(default_factory=Relations)
    chain: Chain = field(default_factory=Chain)


@dataclass(frozen=True)
class Folded:
    """Pairs sorted by (left_id, right_id), members sorted by article_id."""

    pairs: pa.Table
    members: pa.Table


def fold(fingerprints: pa.Table, thresholds: Thresholds | None = None) -> Folded:
    """Give the pairs of near-identical texts and the story of every article.

    A function of the set of rows: their order changes no byte. It is the one step that needs all articles at
    once, since adding one can join two stories. The relation of a pair:

    copy     both texts are found in each other, but for a tenth
    excerpt  the shorter is found whole in the longer, which is half as long again or more
    update   they share most; each, or the longer, has text of its own: a report that grew, figures rewritten

    Identical texts are all paired with the smallest id among them. A pair never ties two stories: one that a
    chain of pairs would have drawn in is left out. A member is `linked` where its text and the lead's share too
    little.
    """
    chosen = thresholds or Thresholds()
    texts = read(fingerprints)
    groups = representatives(texts)
    aligned = align(texts.tokens, *candidates(texts, firsts(groups), chosen.reach))
    verdicts = judge(texts.titles, aligned, chosen.bounds)
    tied = aligned.where(joined(aligned, verdicts, groups.size, chosen.bounds))
    told = stories(texts, groups, tied, chosen.bounds, chosen.chain)
    inside = tied.where(told.centres[tied.short] == told.centres[tied.long])
    return Folded(_pairs(texts, groups, inside, chosen.relations), _members(texts, groups, told, chosen))


def _pairs(texts: Texts, groups: Rows, joined: Aligned, bounds: Relations) -> pa.Table:
    """Give the table of pairs: identical texts, then aligned ones, sorted together."""
    from transforms.kernels.align import LONG_FOUND, LONG_SIZE, SHORT_FOUND, SHORT_SIZE

    same = np.flatnonzero(groups != np.arange(groups.size))
    short_share, long_share = joined.share(SHORT_FOUND, SHORT_SIZE), joined.share(LONG_FOUND, LONG_SIZE)
    is_left = joined.short < joined.long
    whole = np.ones(same.size)
    left = np.concatenate((groups[same], np.minimum(joined.short, joined.long)))
    right = np.concatenate((same, np.maximum(joined.short, joined.long)))
    relation = np.concatenate((np.full(same.size, COPY), relations(short_share, long_share, bounds)))
    left_share = np.concatenate((whole, np.where(is_left, short_share, long_share)))
    right_share = np.concatenate((whole, np.where(is_left, long_share, short_share)))
    order = np.lexsort((right, left))
    columns = {
        "left_id": texts.ids.take(pa.array(left[order])),
        "right_id": texts.ids.take(pa.array(right[order])),
        "edition": texts.editions.take(
            pa.array(np.where(texts.days[left] > texts.days[right], left, right)[order])
        ),
        "relation": pa.array(relation[order], pa.string()),
        "left_share": pa.array(left_share[order], pa.float32()),
        "right_share": pa.array(right_share[order], pa.float32()),
    }
    return pa.table(columns).cast(PAIRS)


def _members(texts: Texts, groups: Rows, told: Stories, thresholds: Thresholds) -> pa.Table:
    """Give the table of members: each article aligned with its story's lead."""
    rows = np.arange(groups.size)
    relation, similarity = _to_centre(texts, firsts(groups), told.centres, thresholds)
    is_lead = told.leads == rows
    columns = {
        "article_id": texts.ids,
        "story_id": texts.ids.take(pa.array(told.names)),
        "is_lead": pa.array(is_lead),
        "relation": pa.array(np.where(is_lead, LEAD, relation[groups]), pa.string()),
        "similarity": pa.array(similarity[groups], pa.float32()),
    }
    return pa.table(columns).cast(MEMBERS)


def _to_centre(
    texts: Texts, rows: Rows, centres: Rows, thresholds: Thresholds
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float64]]:
    """Give, per row, how its text relates to that of its story's lead, and the share of it found there."""
    from transforms.kernels.align import LONG_FOUND, LONG_SIZE, SHORT_FOUND, SHORT_SIZE, SHORT_SPAN

    relation = np.full(centres.size, COPY, "<U7")
    similarity = np.ones(centres.size)
    others = rows[centres[rows] != rows]
    pairs = align(texts.tokens, *oriented(texts, others, centres[others]))
    short_share, long_share = pairs.share(SHORT_FOUND, SHORT_SIZE), pairs.share(LONG_FOUND, LONG_SIZE)
    is_short = centres[pairs.long] == pairs.long  # the longer text is the lead's
    member = np.where(is_short, pairs.short, pairs.long)
    is_linked = pairs.share(SHORT_SPAN, SHORT_SIZE) < thresholds.bounds.short_span
    relation[member] = np.where(is_linked, LINKED, relations(short_share, long_share, thresholds.relations))
    similarity[member] = np.where(is_short, short_share, long_share)
    return relation, similarity


__all__ = ["Folded", "Thresholds", "fold"]

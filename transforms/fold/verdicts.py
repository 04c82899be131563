"""What an alignment means: the same story or not and why, and how two texts of one story relate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from transforms.fold.texts import Lists, Rows

Bools = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]
Verdicts = npt.NDArray[np.uint8]

COPY, EXCERPT, UPDATE = "copy", "excerpt", "update"


class Verdict(IntEnum):
    """What holds for two texts taken alone; the first that fits, in this order."""

    LITTLE = 1  # apart: too little in common
    FACTS = 2  # apart: the words agree and the facts differ, a template
    WORDS = 3  # apart: too many words differ
    FRAME = 4  # apart: both have their own part inside a common frame
    BRIEF = 5  # apart: too short for what differs
    SERIES = 6  # apart: titles of one frame with other facts
    WHOLE = 7  # together: most of both texts
    PART = 8  # together: the shorter text is the head of the longer one
    INSIDE = 9  # apart: the shorter text stands further down, or is a mere teaser


@dataclass(frozen=True)
class Bounds:
    """When aligned texts are one story; sizes in tokens, all else shares.

    Evidence: dedup_dev (5,671 texts with labelled mutations and hard negatives, F1 .995) and boilerplate_dev
    (2,130 scrapes of 624 pages, F1 .985), each bound moved alone; "flat" means F1 moves by less than .001.
    """

    short_span: float = 0.55  # of the shorter text in common: flat from .50 to .65, spun and cut copies lost above
    long_span: float = 0.40  # of the longer one: round-ups come in below .35, grown reports are lost above .50
    part_span: float = 0.70  # an excerpt stands nearly whole in the longer text: flat from .65 to .80
    part_start: float = 0.15  # and begins at its head; .30 lets in what pages quote, .05 loses first versions
    part_size: float = 0.05  # and is no mere teaser: flat from .02, .10 loses first versions
    # A template repeats its words and changes its facts; a damaged copy changes both alike.
    facts_changed: float = 0.40  # of the facts compared, at least two: flat from .30 to .50
    facts_over_words: float = (
        2.2  # times as often as words: at 3.0 untitled horoscopes fall together, at 1.5 scans part
    )
    short_text: int = 150  # below, one changed fact is enough: flat from 100 to 250
    short_facts_changed: float = 0.34
    words_changed: float = 0.62  # scans with 8 % of letters misread reach .5, and are lost at .5
    # A frame is the same word for word, and both texts have their own part inside it: a series, a page's furniture.
    # An edited paragraph is smaller; in a damaged copy other words are changed too.
    frame_inside: float = 0.20  # of both texts: flat from .15, three pages of one site fall together above .30
    frame_words_changed: float = 0.10
    brief: int = 80  # below, no two facts may change, nor half: flat from 80 to 100, scans lost at 120
    brief_facts_changed: float = 0.50
    brief_span: float = 0.70
    headline: int = 20  # below, nothing may change: at 10 headlines with other names fall together
    headline_span: float = 0.95
    # Titles of one frame ("Forecast for Oslo", "... Bergen") need equal texts.
    series_span: float = 0.90  # flat from .80 to .95
    title_lengths: int = 2  # words that such titles may differ in length
    shortest_title: int = 2
    longest_title: int = 40  # beyond, it is a text
    # A page holding parts that do not overlap is a collection: it joins only what is nearly all of it.
    collection_span: float = 0.60  # of a part: flat from .50 to .65, round-ups slip through at .75
    collection_overlap: float = 0.02  # of the page: flat from 0 to .05
    collection_long_span: float = 0.45  # flat from .30 to .60
    collection_short_span: float = 0.98


@dataclass(frozen=True)
class Relations:
    """How two texts of one story relate, by the shares of their words found in each other."""

    whole: float = 0.90  # found so far, a text is whole: what lacks is a caption, a date line, a corrected word
    part: float = 2 / 3  # of the longer text, at most, in common: it is half as long again as its excerpt


@dataclass(frozen=True)
class Aligned:
    """Pairs of rows, the shorter text first, with what the alignment counted (in tokens, see kernels/align.py)."""

    short: Rows
    long: Rows
    counts: npt.NDArray[np.int32]

    def count(self, column: int) -> Shares:
        """Give one column as floats."""
        return self.counts[:, column].astype(np.float64)

    def share(self, column: int, whole: int) -> Shares:
        """Give one column as a share of another; nothing of nothing is 0."""
        return self.count(column) / np.maximum(1, self.count(whole))

    def where(self, chosen: Bools | Rows) -> Aligned:
        """Give some of the pairs: those that are true, or those rows in their order."""
        return Aligned(self.short[chosen], self.long[chosen], self.counts[chosen])


def align(tokens: Lists, short: Rows, long: Rows) -> Aligned:
    """Give the alignments of pairs, the shorter text first."""
    from transforms.kernels.align import COLUMNS, align_pairs

    counts = np.zeros((short.size, COLUMNS), np.int32)
    longest = max(1, int(tokens.sizes[long].max(initial=0)))
    align_pairs(tokens.values, tokens.starts, tokens.ends, short, long, longest, counts)
    return Aligned(short, long, counts)


def judge(titles: Lists, pairs: Aligned, bounds: Bounds) -> Verdicts:
    """Give the verdict on each pair: a function of the two texts and their titles, of nothing else."""
    from transforms.kernels.align import FIRST, LONG_SIZE, LONG_SPAN, SHORT_SIZE, SHORT_SPAN

    short_span, long_span = pairs.share(SHORT_SPAN, SHORT_SIZE), pairs.share(LONG_SPAN, LONG_SIZE)
    at_head = pairs.share(FIRST, LONG_SIZE) < bounds.part_start
    sizeable = pairs.share(SHORT_SIZE, LONG_SIZE) >= bounds.part_size
    is_whole = (short_span >= bounds.short_span) & (long_span >= bounds.long_span)
    told = {
        Verdict.LITTLE: ~is_whole & (short_span < bounds.collection_span),
        **_templates(pairs, bounds),
        Verdict.SERIES: _is_other_issue(titles, pairs, bounds),
        Verdict.WHOLE: is_whole,
        Verdict.PART: (short_span >= bounds.part_span) & at_head & sizeable,
    }
    return np.select(list(told.values()), list(told), Verdict.INSIDE).astype(np.uint8)


def joined(pairs: Aligned, verdicts: Verdicts, size: int, bounds: Bounds) -> Bools:
    """Say for each pair whether it ties its texts, given all pairs: a collection joins what is nearly all of it."""
    from transforms.kernels.align import LONG_SIZE, LONG_SPAN, SHORT_SIZE, SHORT_SPAN

    is_part = verdicts == Verdict.PART
    is_collected = _collections(pairs, is_part | (verdicts == Verdict.INSIDE), size, bounds)[pairs.long]
    nearly_all = (pairs.share(LONG_SPAN, LONG_SIZE) >= bounds.collection_long_span) | (
        pairs.share(SHORT_SPAN, SHORT_SIZE) >= bounds.collection_short_span
    )
    ties: Bools = ((verdicts == Verdict.WHOLE) & (~is_collected | nearly_all)) | (is_part & ~is_collected)
    return ties


def _templates(pairs: Aligned, bounds: Bounds) -> dict[Verdict, Bools]:
    """Say where the texts share a frame but report something else, or are too short to tell."""
    from transforms.kernels.align import (
        FACTS_CHANGED,
        FACTS_KEPT,
        LONG_INSIDE,
        LONG_SIZE,
        SHORT_FOUND,
        SHORT_INSIDE,
        SHORT_SIZE,
        SHORT_SPAN,
        WORDS_CHANGED,
    )

    size, facts_changed, words_changed = (pairs.count(c) for c in (SHORT_SIZE, FACTS_CHANGED, WORDS_CHANGED))
    facts = facts_changed / np.maximum(1, pairs.count(FACTS_KEPT) + facts_changed)
    words = words_changed / np.maximum(1, pairs.count(SHORT_FOUND) - pairs.count(FACTS_KEPT) + words_changed)
    span = pairs.share(SHORT_SPAN, SHORT_SIZE)
    inside = np.minimum(pairs.share(SHORT_INSIDE, SHORT_SIZE), pairs.share(LONG_INSIDE, LONG_SIZE))
    facts_differ = facts > bounds.facts_over_words * words
    is_several = facts_changed > 1  # one may be a misprint
    is_equal = (span >= bounds.headline_span) & (facts_changed + words_changed == 0)
    is_short_template = (size < bounds.short_text) & (facts >= bounds.short_facts_changed)
    differs_much = is_several | (facts >= bounds.brief_facts_changed) | (span < bounds.brief_span)
    return {
        Verdict.FACTS: facts_differ & ((is_several & (facts > bounds.facts_changed)) | is_short_template),
        Verdict.WORDS: words > bounds.words_changed,
        Verdict.FRAME: (inside > bounds.frame_inside) & (words < bounds.frame_words_changed),
        Verdict.BRIEF: ((size < bounds.brief) & differs_much) | ((size < bounds.headline) & ~is_equal),
    }


def _is_other_issue(titles: Lists, pairs: Aligned, bounds: Bounds) -> Bools:
    """Say where the titles are one frame with other facts in it, as in a series, and the texts are not equal."""
    from transforms.kernels.align import FACTS_CHANGED, SHORT_SIZE, SHORT_SPAN, WORDS_CHANGED
    from transforms.kernels.titles import COMMON, LEFT_FACTS, RIGHT_FACTS, compare_titles

    sizes = np.stack((titles.sizes[pairs.short], titles.sizes[pairs.long]))
    least = sizes.min(axis=0)
    chosen = np.flatnonzero((least >= bounds.shortest_title) & (sizes.max(axis=0) <= bounds.longest_title))
    told = np.zeros((chosen.size, 3), np.int32)
    compare_titles(titles.values, titles.starts, titles.ends, pairs.short[chosen], pairs.long[chosen], told)
    is_frame = (told[:, COMMON] * 2 >= least[chosen]) & (np.ptp(sizes, axis=0)[chosen] <= bounds.title_lengths)
    is_series = np.zeros(pairs.short.size, np.bool_)
    is_series[chosen] = is_frame & (told[:, LEFT_FACTS] > 0) & (told[:, RIGHT_FACTS] > 0)
    is_changed = pairs.count(FACTS_CHANGED) + pairs.count(WORDS_CHANGED) > 0
    is_equal = (pairs.share(SHORT_SPAN, SHORT_SIZE) > bounds.series_span) & ~is_changed
    return is_series & ~is_equal


def _collections(pairs: Aligned, part: Bools, size: int, bounds: Bounds) -> Bools:
    """Say for each text whether it holds two parts that do not overlap."""
    from transforms.kernels.align import FIRST, LAST, LONG_SIZE

    first_end, last_start = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(first_end, pairs.long[part], pairs.share(LAST, LONG_SIZE)[part])
    np.maximum.at(last_start, pairs.long[part], pairs.share(FIRST, LONG_SIZE)[part])
    return last_start > first_end - bounds.collection_overlap


def relations(short_found: Shares, long_found: Shares, bounds: Relations) -> npt.NDArray[np.str_]:
    """Give copy, excerpt or update for pairs of one story, from the share of each text found in the other."""
    is_whole = short_found >= bounds.whole
    is_copy = is_whole & (long_found >= bounds.whole)
    is_excerpt = is_whole & (long_found <= bounds.part)
    return np.where(is_copy, COPY, np.where(is_excerpt, EXCERPT, UPDATE))

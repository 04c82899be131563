"""What an alignment means: the same story or not and why, and how two texts of one story relate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

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
    FORM = 4  # apart: the words differ in few places, several at a time, as the entries of a form do
    FRAME = 5  # apart: both have their own part inside a common frame, or before it
    BRIEF = 6  # apart: too short for what differs
    SERIES = 7  # apart: titles of one frame with other facts
    WHOLE = 8  # together: most of both texts
    PART = 9  # together: the shorter text is the head of the longer one, or stands in it under the same title
    INSIDE = 10  # apart: the shorter text stands further down, is scattered, or is a mere teaser


@dataclass(frozen=True)
class Bounds:
    """When aligned texts are one story; sizes in tokens, all else shares.

    Evidence: dedup_dev (5,671 texts with labelled mutations and hard negatives, F1 .999), boilerplate_dev (2,130
    scrapes of 624 pages, F1 .988) and two corpora of 4,100 texts made the same way from other articles, with
    templates in seven languages. Each bound was moved alone; "flat" means F1 moves by less than .001.
    """

    short_span: float = 0.55  # of the shorter text in common: flat from .50 to .65, spun and cut copies lost above
    long_span: float = 0.40  # of the longer one: round-ups come in below .35, grown reports are lost above .50
    part_span: float = 0.70  # an excerpt stands nearly whole in the longer text: flat from .65 to .80
    part_start: float = 0.15  # and begins at its head; .30 lets in what pages quote, .05 loses first versions
    part_head: int = 40  # tokens that may come first in any text, a lead line and a byline: flat from 24 to 60
    part_size: float = 0.05  # and is no mere teaser: flat from .02, .10 loses first versions
    # and in one piece: times its size that lies between its pieces. Of true excerpts 99 % stay below 2.8; a quote
    # that a few chance words tie to the head of a page has 4.6 and more
    part_gaps: float = 3.0
    # Further down a page with another title it is a part of that page, unless it is nearly all of it: of 136 copies
    # past the first fifth 121 have its title, of 30 parts of round-ups none. Flat from .70 to .80.
    elsewhere_long_span: float = 0.70
    # A template repeats its words and changes its facts; a damaged copy changes both alike.
    facts_changed: float = 0.40  # of the facts compared, at least two: flat from .34, legal notices fall at .50
    facts_over_words: float = 0.8  # log odds, see _log_odds: flat from .5, police logs fall together at 1.1
    short_text: int = 150  # below, one changed fact is enough where no other word has changed
    words_changed: float = 0.62  # scans with 8 % of letters misread reach .5, and are lost at .5
    # A form without facts (a horoscope) differs by phrases, a damaged copy by single words: the mean number of
    # words that change side by side, times the share that stays, is 1 where each word is struck by chance. So does
    # an edited brief, but it keeps its headline.
    form: int = 120  # at 150 scans part, at 100 long horoscopes fall together
    form_changed: float = 0.07  # of all words: flat from .06 to .08, less is an edit
    form_damaged: float = 0.30  # more is a scan; no form was seen above .25
    form_run: float = 1.05  # forms have 1.4 (median), spun copies .9 to 1.1: flat from 1.0 to 1.1
    # A frame is the same word for word, and both texts have their own part inside it: a series, a page's furniture.
    # An edited paragraph is smaller; in a damaged copy other words are changed too.
    frame_inside: float = 0.20  # of both texts: flat from .15, three pages of one site fall together above .30
    frame_words_changed: float = 0.10
    # or before it: what follows is a site's furniture. Hardly a pair of copies has so much of its own there
    frame_head: float = 0.20  # of both texts: flat from .15 to .30
    frame_head_size: int = 24  # tokens; a lead line has less: flat from 16 to 40
    brief: int = 80  # below, no two facts may change, nor half: flat from 80 to 100, scans lost at 120
    brief_facts_changed: float = 0.50
    brief_span: float = 0.70
    headline: int = 20  # below, nothing may change: at 10 headlines with other names fall together
    headline_span: float = 0.95
    # Titles of one frame ("Forecast for Oslo", "... Bergen") need equal texts.
    series_span: float = 0.90  # flat from .80 to .95
    series_words_changed: float = 0.02  # and no fact: first versions with a title cut short; flat to .05
    title_lengths: int = 2  # words that such titles may differ in length
    shortest_title: int = 2
    long_title: int = 8  # words: a headline, not a column; feeds cut it at 50 characters, amid a word
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
    from transforms.kernels.align import (
        FIRST,
        LONG_INSIDE,
        LONG_SIZE,
        LONG_SPAN,
        SHORT_FIRST,
        SHORT_SIZE,
        SHORT_SPAN,
    )

    short_span, long_span = pairs.share(SHORT_SPAN, SHORT_SIZE), pairs.share(LONG_SPAN, LONG_SIZE)
    named = _titles(titles, pairs, bounds)
    has_lead = named.is_one & (pairs.count(SHORT_FIRST) < bounds.part_head)
    rest = pairs.count(SHORT_SIZE) - np.where(has_lead, pairs.count(SHORT_FIRST), 0)
    rest_span = pairs.count(SHORT_SPAN) / np.maximum(1, rest)
    is_first = pairs.count(FIRST) < bounds.part_head
    start = pairs.share(FIRST, LONG_SIZE)
    at_head = is_first | named.is_one | ((start < bounds.part_start) & ~named.is_other)
    sizeable = pairs.share(SHORT_SIZE, LONG_SIZE) >= bounds.part_size
    is_compact = pairs.share(LONG_INSIDE, LONG_SPAN) <= bounds.part_gaps
    is_elsewhere = ~is_first & (start > bounds.part_start) & (long_span < bounds.elsewhere_long_span)
    is_whole = (short_span >= bounds.short_span) & (long_span >= bounds.long_span)
    is_part = (rest_span >= bounds.part_span) & is_compact & at_head & (sizeable | named.is_one)
    told = {
        Verdict.LITTLE: ~is_whole & (short_span < bounds.collection_span),
        **_templates(pairs, rest_span, named.is_one & named.is_long, bounds),
        Verdict.SERIES: named.is_series & ~_is_equal(pairs, bounds),
        Verdict.WHOLE: is_whole & ~(is_elsewhere & named.is_other),
        Verdict.PART: is_part,
    }
    return np.select(list(told.values()), list(told), Verdict.INSIDE).astype(np.uint8)


def joined(pairs: Aligned, verdicts: Verdicts, size: int, bounds: Bounds) -> Bools:
    """Say for each pair whether it ties its texts, given all pairs.

    A collection joins what is nearly all of it. A headline joins one of the texts that begin with it: the one with
    most ties, so that it never ties two stories.
    """
    from transforms.kernels.align import LONG_SIZE, LONG_SPAN, SHORT_SIZE, SHORT_SPAN

    is_part = verdicts == Verdict.PART
    is_collected = _collections(pairs, is_part | (verdicts == Verdict.INSIDE), size, bounds)[pairs.long]
    nearly_all = (pairs.share(LONG_SPAN, LONG_SIZE) >= bounds.collection_long_span) | (
        pairs.share(SHORT_SPAN, SHORT_SIZE) >= bounds.collection_short_span
    )
    ties: Bools = ((verdicts == Verdict.WHOLE) & (~is_collected | nearly_all)) | (is_part & ~is_collected)
    of_headline = np.flatnonzero(ties & is_part & (pairs.counts[:, SHORT_SIZE] < bounds.headline))
    times = np.bincount(np.concatenate((pairs.short[ties], pairs.long[ties])), minlength=size)
    short, long = pairs.short[of_headline], pairs.long[of_headline]
    order = np.lexsort((long, pairs.counts[of_headline, LONG_SIZE], -times[long], short))
    ties[of_headline] = False
    ties[of_headline[order[np.unique(short[order], return_index=True)[1]]]] = True
    return ties


def _templates(pairs: Aligned, span: Shares, named: Bools, bounds: Bounds) -> dict[Verdict, Bools]:
    """Say where the texts share a frame but report something else, or are too short to tell.

    `span` is the share of the shorter text in common, without its own lead line; `named` says where both have one
    headline.
    """
    from transforms.kernels.align import (
        FACTS_CHANGED,
        FACTS_KEPT,
        FIRST,
        LONG_INSIDE,
        LONG_SIZE,
        RUNS,
        SHORT_FIRST,
        SHORT_FOUND,
        SHORT_INSIDE,
        SHORT_SIZE,
        WORDS_CHANGED,
    )

    size, facts_changed, words_changed = (pairs.count(c) for c in (SHORT_SIZE, FACTS_CHANGED, WORDS_CHANGED))
    facts_kept = pairs.count(FACTS_KEPT)
    words_kept = pairs.count(SHORT_FOUND) - facts_kept
    facts, words = _rate(facts_changed, facts_kept), _rate(words_changed, words_kept)
    changed = _rate(facts_changed + words_changed, facts_kept + words_kept)
    run = (facts_changed + words_changed) / np.maximum(1, pairs.count(RUNS)) * (1 - changed)
    inside = np.minimum(pairs.share(SHORT_INSIDE, SHORT_SIZE), pairs.share(LONG_INSIDE, LONG_SIZE))
    head = np.minimum(pairs.share(SHORT_FIRST, SHORT_SIZE), pairs.share(FIRST, LONG_SIZE))
    head_size = np.minimum(pairs.count(SHORT_FIRST), pairs.count(FIRST))
    is_several = facts_changed > 1  # one may be a misprint
    is_slot = (size < bounds.short_text) & (words_changed == 0)
    facts_differ = (is_several | is_slot) & (facts > bounds.facts_changed)
    odds = _log_odds(facts_changed, facts_kept, words_changed, words_kept)
    is_damaged = (changed <= bounds.form_changed) | (changed >= bounds.form_damaged)
    is_framed = (inside > bounds.frame_inside) & (words < bounds.frame_words_changed)
    is_headed = (head > bounds.frame_head) & (head_size > bounds.frame_head_size)
    is_equal = (span >= bounds.headline_span) & (changed == 0)
    differs_much = is_several | (facts >= bounds.brief_facts_changed) | (span < bounds.brief_span)
    return {
        Verdict.FACTS: facts_differ & (odds > bounds.facts_over_words),
        Verdict.WORDS: words > bounds.words_changed,
        Verdict.FORM: (size < bounds.form) & ~is_damaged & (run > bounds.form_run) & ~named,
        Verdict.FRAME: is_framed | is_headed,
        Verdict.BRIEF: ((size < bounds.brief) & differs_much) | ((size < bounds.headline) & ~is_equal),
    }


def _rate(changed: Shares, kept: Shares) -> Shares:
    """Give the share that changed; nothing of nothing is 0."""
    return changed / np.maximum(1, changed + kept)


def _log_odds(facts_changed: Shares, facts_kept: Shares, words_changed: Shares, words_kept: Shares) -> Shares:
    """Give how much more often facts changed than words: the log odds ratio, less one standard error of it.

    Half a token is added to each count (Haldane 1956, "The estimation and significance of the logarithm of a ratio
    of frequencies"), so that none is zero; the error is large where facts are few.
    """
    cells = [count + 0.5 for count in (facts_changed, facts_kept, words_changed, words_kept)]
    ratio = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    lower: Shares = ratio - np.sqrt(sum(1 / cell for cell in cells))
    return lower


class _Named(NamedTuple):
    """What the titles of pairs say; nothing where one of them lacks or is a text."""

    is_one: Bools  # the same words, or all but the one where the shorter title breaks off
    is_other: Bools
    is_long: Bools  # both are headlines, not the name of a column
    is_series: Bools  # one frame with other facts in it


def _titles(titles: Lists, pairs: Aligned, bounds: Bounds) -> _Named:
    """Compare the titles of each pair."""
    from transforms.kernels.titles import COLUMNS, COMMON, LEFT_FACTS, RIGHT_FACTS, compare_titles

    sizes = np.stack((titles.sizes[pairs.short], titles.sizes[pairs.long]))
    least, most = sizes.min(axis=0), sizes.max(axis=0)
    is_named = (least > 0) & (most <= bounds.longest_title)
    chosen = np.flatnonzero(is_named)
    told = np.zeros((pairs.short.size, COLUMNS), np.int32)
    found = np.zeros((chosen.size, COLUMNS), np.int32)
    compare_titles(titles.values, titles.starts, titles.ends, pairs.short[chosen], pairs.long[chosen], found)
    told[chosen] = found
    common = told[:, COMMON]
    is_long = least >= bounds.long_title
    is_one = is_named & (common >= np.where(is_long, least - 1, most))
    is_frame = (least >= bounds.shortest_title) & (common * 2 >= least) & (most - least <= bounds.title_lengths)
    is_series = is_named & is_frame & (told[:, LEFT_FACTS] > 0) & (told[:, RIGHT_FACTS] > 0)
    return _Named(is_one, is_named & ~is_one, is_long, is_series)


def _is_equal(pairs: Aligned, bounds: Bounds) -> Bools:
    """Say where the shorter text stands in the longer one word for word, but for a misprint and never a fact."""
    from transforms.kernels.align import FACTS_CHANGED, SHORT_FOUND, SHORT_SIZE, SHORT_SPAN, WORDS_CHANGED

    words = _rate(pairs.count(WORDS_CHANGED), pairs.count(SHORT_FOUND))
    is_same = (pairs.count(FACTS_CHANGED) == 0) & (words <= bounds.series_words_changed)
    is_equal: Bools = is_same & (pairs.share(SHORT_SPAN, SHORT_SIZE) > bounds.series_span)
    return is_equal


def _collections(pairs: Aligned, part: Bools, size: int, bounds: Bounds) -> Bools:
    """Say for each text whether it holds two parts that do not overlap; a headline is too small for one."""
    from transforms.kernels.align import FIRST, LAST, LONG_SIZE

    part = part & (pairs.share(LAST, LONG_SIZE) - pairs.share(FIRST, LONG_SIZE) > bounds.collection_overlap)
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

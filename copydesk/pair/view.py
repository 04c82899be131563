"""Two texts side by side: which words they share, which paragraph stands against which, and the fold's verdict."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from copydesk.pair.edges import at_sentences
from copydesk.pair.pieces import Folding, Marked, Words
from copydesk.pair.rows import Row, rows
from transforms.columns import hashed_words
from transforms.fingerprint import fingerprint
from transforms.fold.candidates import Reach
from transforms.fold.texts import Lists
from transforms.fold.verdicts import Aligned, Bounds, Relations, Verdict, align, judge, relations

SAME, EMPTY, STUB = "same", "empty", "stub"
TOGETHER = (SAME, Verdict.WHOLE.name.lower(), Verdict.PART.name.lower())

Hashes = npt.NDArray[np.uint64]
Tokens = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Article:
    """One of the two texts and what is known about it; null is unknown."""

    name: str
    body: str
    title: str | None = None
    site: str | None = None
    url: str | None = None
    edition: dt.date | None = None
    is_stub: bool = False


@dataclass(frozen=True)
class Step:
    """A published pair on the way from the left article to the right one: how it relates, and whom it reaches."""

    relation: str
    article_id: str
    site: str | None


@dataclass(frozen=True)
class Published:
    """What the published tables say of two articles.

    `chain` leads from the left to the right one by the fewest pairs, and is empty where they are not in one story;
    `window` is within how many days near-identical texts are looked for.
    """

    left_story: str
    right_story: str
    articles: int
    chain: tuple[Step, ...]
    headline: str | None
    days: int
    window: int

    @property
    def is_one_story(self) -> bool:
        """Say whether both are in one story."""
        return self.left_story == self.right_story


@dataclass(frozen=True)
class Anchors:
    """How many anchors each text has with its title, how many both have, and how many would do."""

    left: int
    right: int
    shared: int
    needed: int

    @property
    def is_enough(self) -> bool:
        """Say whether the two would be compared at all."""
        return self.shared >= self.needed


@dataclass(frozen=True)
class Counts:
    """What the alignment counted, in words as the fold reads them; places and sizes are of the text named."""

    left_words: int
    right_words: int
    left_span: int  # in the common text, with the gaps inside it
    right_span: int
    left_found: int  # equal to their counterpart
    right_found: int
    left_inside: int  # between parts of the common text
    right_inside: int
    left_begins: int  # the common text, behind so many words
    right_begins: int
    facts_kept: int
    facts_changed: int
    words_changed: int

    def share(self, column: str, side: str) -> float:
        """Give a count of one side as a share of its words."""
        whole: int = getattr(self, f"{side}_words")
        count: int = getattr(self, f"{side}_{column}")
        return count / max(1, whole)


@dataclass(frozen=True)
class PairView:
    """Everything about two texts.

    `reason` is `same`, `empty`, `stub`, or a verdict of transforms/fold/verdicts.py in lower case; `relation` is
    null unless the two texts, taken alone, are one story. `shorter` is left or right.
    """

    left: Article
    right: Article
    reason: str
    relation: str | None
    shorter: str
    counts: Counts
    anchors: Anchors
    published: Published | None
    rows: tuple[Row, ...]

    @property
    def longer(self) -> str:
        """Give the side of the longer text."""
        return "left" if self.shorter == "right" else "right"

    @property
    def is_together(self) -> bool:
        """Say whether the two texts, taken alone, are one story."""
        return self.relation is not None


def view(
    left: Article, right: Article, published: Published | None = None, *, folding: Folding | None = None
) -> PairView:
    """Give the two texts side by side; without `folding` every word of them.

    The verdict is the fold's own: a function of bodies and titles. `published` adds what all articles together made
    of it.
    """
    words = (Words.of(left.body), Words.of(right.body))
    hashes = [_hash(each.tokens) for each in words]
    is_swapped = (len(words[1].tokens), hashes[1]) < (len(words[0].tokens), hashes[0])  # the shorter goes first
    short, long = (words[1], words[0]) if is_swapped else words
    marked = _marked(short, long)
    long_side, short_side = at_sentences(*reversed(at_sentences(*marked)))
    beside = (long_side, short_side) if is_swapped else (short_side, long_side)
    found, anchors = _aligned(short, long), _anchors(left, right)
    return PairView(
        left=left,
        right=right,
        reason=(reason := _reason(left, right, hashes, anchors, found, is_swapped=is_swapped)),
        relation=_relation(found) if reason in TOGETHER else None,
        shorter="right" if is_swapped else "left",
        counts=_counts(found, is_swapped=is_swapped),
        anchors=anchors,
        published=published,
        rows=rows(*beside, folding),
    )


def _hash(tokens: Tokens) -> int:
    from transforms.kernels.tokens import whole_hashes

    hashes = np.zeros(1, np.uint64)
    whole_hashes(tokens, np.array([0, tokens.size], np.int64), hashes)
    return int(hashes[0])


def _lists(*texts: Tokens) -> Lists:
    sizes = np.cumsum([0, *(text.size for text in texts)])
    values = np.concatenate(texts)
    values.setflags(write=False)  # as the fold reads them from Arrow: one compilation
    return Lists(values, sizes[:-1], sizes[1:])


def _aligned(short: Words, long: Words) -> Aligned:
    return align(_lists(short.tokens, long.tokens), np.array([0]), np.array([1]))


def _marked(short: Words, long: Words) -> tuple[Marked, Marked]:
    """Give both texts with the mark and the counterpart of every word."""
    from transforms.kernels.align import COLUMNS, align_one

    size, longest = short.tokens.size, long.tokens.size
    in_short, in_long = np.zeros(longest, np.uint8), np.zeros(longest, np.uint8)
    partners, back = np.full(size, -1, np.int32), np.full(longest, -1, np.int64)
    if size:
        align_one(short.tokens, long.tokens, in_short, in_long, partners, np.zeros(COLUMNS, np.int32))
    has_partner = np.flatnonzero(partners >= 0)
    back[partners[has_partner]] = has_partner
    return Marked(short, in_short[:size], partners.astype(np.int64)), Marked(long, in_long, back)


def _reason(
    left: Article,
    right: Article,
    hashes: list[int],
    anchors: Anchors,
    found: Aligned,
    *,
    is_swapped: bool,
) -> str:
    """Give why the two texts, taken alone, are one story or not."""
    from transforms.kernels.align import SHORT_SIZE

    if not found.count(SHORT_SIZE)[0]:
        return EMPTY
    if (left.is_stub and not anchors.left) or (right.is_stub and not anchors.right):
        return STUB
    if hashes[0] == hashes[1]:
        return SAME
    titles = pa.chunked_array([pa.array([left.title, right.title][:: -1 if is_swapped else 1], pa.string())])
    values, ends = hashed_words(titles)
    verdict = judge(Lists(values, ends[:-1], ends[1:]), found, Bounds())[0]
    return Verdict(verdict).name.lower()


def _relation(found: Aligned) -> str:
    from transforms.kernels.align import LONG_FOUND, LONG_SIZE, SHORT_FOUND, SHORT_SIZE

    shares = found.share(SHORT_FOUND, SHORT_SIZE), found.share(LONG_FOUND, LONG_SIZE)
    return str(relations(*shares, Relations())[0])


def _counts(found: Aligned, *, is_swapped: bool) -> Counts:
    from transforms.kernels import align as columns

    row = found.counts[0].tolist()
    sides = ("right", "left") if is_swapped else ("left", "right")
    named = {"words": "SIZE", "span": "SPAN", "found": "FOUND", "inside": "INSIDE"}
    firsts = (columns.SHORT_FIRST, columns.FIRST)
    of_sides = {
        f"{side}_{name}": row[getattr(columns, f"{length}_{column}")]
        for side, length in zip(sides, ("SHORT", "LONG"), strict=True)
        for name, column in named.items()
    }
    return Counts(
        **of_sides,
        facts_kept=row[columns.FACTS_KEPT],
        facts_changed=row[columns.FACTS_CHANGED],
        words_changed=row[columns.WORDS_CHANGED],
        **{f"{side}_begins": row[column] for side, column in zip(sides, firsts, strict=True)},
    )


def _anchors(left: Article, right: Article) -> Anchors:
    """Give the anchors of both texts, as their fingerprints have them, and how many in common are asked for."""
    columns = {
        "article_id": pa.array(["left", "right"]),
        "edition": pa.nulls(2, pa.date32()).fill_null(dt.date.max),
        "site": pa.nulls(2, pa.string()),
        "canonical_url": pa.nulls(2, pa.string()),
        "title": pa.array([left.title, right.title], pa.string()),
        "body": pa.array([left.body, right.body], pa.large_string()),
        "is_stub": pa.array([left.is_stub, right.is_stub]),
        "is_overcut": pa.array([False, False]),
    }
    own, other = (np.array(found, np.uint64) for found in fingerprint(pa.table(columns))["anchors"].to_pylist())
    shared = np.intersect1d(own, other).size
    return Anchors(own.size, other.size, shared, _needed(min(own.size, other.size)))


def _needed(least: int) -> int:
    """Give the fewest shared anchors with which two texts are compared, `least` being those of either."""
    from transforms.kernels.anchors import often_met

    reach, sizes = Reach(), np.array([least], np.int64)
    limits = (reach.few_anchors, reach.some_anchors, reach.needed)
    nowhere = np.empty(1, np.int64)
    for times in range(1, reach.needed):
        if often_met(np.zeros(times, np.uint64), sizes, sizes, limits, nowhere, nowhere):
            return times
    return reach.needed

"""Two aligned texts as rows of paragraphs: what stands beside what, and each word with its mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise, zip_longest

import numpy as np

from copydesk.pair.pieces import MARKS, ONLY, SHARED, Folding, Marked, Piece, pieces

Pair = tuple[int, int]  # numbers of a left and a right segment


@dataclass(frozen=True)
class Layout:
    """When paragraphs belong side by side."""

    fewest: int = 4  # shared words that part a paragraph: as many as the shortest chain of an alignment holds
    smallest: int = 20  # words of a paragraph that go elsewhere; fewer stay in it: a phrase that both use twice
    moved: float = 0.5  # of a paragraph's words, found in one place elsewhere: it has moved


@dataclass(frozen=True)
class Part:
    """A paragraph, a part of one, or several; `paragraph` counts from 1.

    `moved_to` is the paragraph of the other side that has its words, where that stands in another order.
    """

    paragraph: int
    last_paragraph: int
    is_continued: bool
    moved_to: int | None
    pieces: tuple[Piece, ...]

    @property
    def words(self) -> int:
        """Count its words."""
        return sum(piece.words for piece in self.pieces)


@dataclass(frozen=True)
class Row:
    """What stands side by side; None where the other side has nothing to put there."""

    left: Part | None
    right: Part | None


@dataclass(frozen=True)
class _Segment:
    """Tokens first to end (exclusive), whose words stand in one paragraph of the other text."""

    first: int
    end: int
    paragraph: int
    last_paragraph: int


def rows(left: Marked, right: Marked, folding: Folding | None, layout: Layout | None = None) -> tuple[Row, ...]:
    """Give the two texts as rows: paragraphs that share most words in order stand side by side.

    A paragraph whose words stand in several of the other text is parted. Without `folding` every word is there.
    """
    return tuple(_Rows(left, right, folding, layout or Layout()))


class _Rows:
    def __init__(self, left: Marked, right: Marked, folding: Folding | None, layout: Layout) -> None:
        self._sides, self._folding, self._layout = (left, right), folding, layout
        lefts, rights = _segments(left, right, layout.fewest), _segments(right, left, layout.fewest)
        matches = _heaviest_order(_weights(left, lefts, rights))
        self._segments = (
            _settled(lefts, {match[0] for match in matches}, layout.smallest),
            _settled(rights, {match[1] for match in matches}, layout.smallest),
        )
        self._weights = _weights(left, *self._segments)
        self._matches = _heaviest_order(self._weights)
        self._matched = tuple({match[side] for match in self._matches} for side in (0, 1))
        self._moved = (self._moves(0), self._moves(1))

    def __iter__(self) -> Iterator[Row]:
        left = right = 0
        for first, last in chain.from_iterable(map(self._folded_rows, self._runs())):
            yield from self._between((left, first[0]), (right, first[1]))
            yield Row(self._part(0, first[0], last[0]), self._part(1, first[1], last[1]))
            left, right = last[0] + 1, last[1] + 1
        lefts, rights = (len(segments) for segments in self._segments)
        yield from self._between((left, lefts), (right, rights))

    def _runs(self) -> Iterator[list[Pair]]:
        """Give the pairs of segments in order; neighbours that are shared whole come together."""
        run: list[Pair] = []
        for match in self._matches:
            is_whole = all(self._has_only(SHARED, side, match[side]) for side in (0, 1))
            if run and not (is_whole and match == (run[-1][0] + 1, run[-1][1] + 1)):
                yield run
                run = []
            if is_whole:
                run.append(match)
            else:
                yield [match]
        yield run

    def _folded_rows(self, run: list[Pair]) -> list[tuple[Pair, Pair]]:
        """Give first and last of the pairs that make a row: of many that are shared whole, all but the ends."""
        inner = [self._segments[0][match[0]] for match in run[1:-1]]
        if self._folding is None or sum(each.end - each.first for each in inner) <= self._folding.shared:
            return [(match, match) for match in run]
        return [(run[0], run[0]), (run[1], run[-2]), (run[-1], run[-1])]

    def _has_only(self, mark: str, side: int, number: int) -> bool:
        segment = self._segments[side][number]
        return bool((self._sides[side].shown[segment.first : segment.end] == MARKS.index(mark)).all())

    def _between(self, lefts: tuple[int, int], rights: tuple[int, int]) -> Iterator[Row]:
        """Give rows of what has no counterpart in order; what has moved stands alone."""
        stays: tuple[list[Part], list[Part]] = ([], [])
        for side, (begin, end) in enumerate((lefts, rights)):
            for first, last in self._grouped(side, begin, end):
                part = self._part(side, first, last)
                if part.moved_to is None:
                    stays[side].append(part)
                    continue
                yield from self._beside(*stays)
                stays[0].clear()
                stays[1].clear()
                yield Row(part, None) if side == 0 else Row(None, part)
        yield from self._beside(*stays)

    def _beside(self, left: list[Part], right: list[Part]) -> Iterator[Row]:
        yield from (Row(*parts) for parts in zip_longest(left, right))

    def _grouped(self, side: int, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Give first and last of the segments to be shown as one: long stretches that the other text lacks."""
        for is_alone, group in groupby(range(begin, end), lambda number: self._has_only(ONLY, side, number)):
            numbers = list(group)
            segments = [self._segments[side][number] for number in numbers]
            if is_alone and self._folding and segments[-1].end - segments[0].first > self._folding.only:
                yield numbers[0], numbers[-1]
            else:
                yield from ((number, number) for number in numbers)

    def _moves(self, side: int) -> dict[int, int]:
        """Give, for segments without a place in order, the paragraph of the other side that has their words."""
        found: dict[int, tuple[int, int]] = {}
        for pair, weight in self._weights.items():
            own, other = pair[side], pair[1 - side]
            size = self._segments[side][own].end - self._segments[side][own].first
            if own not in self._matched[side] and weight >= size * self._layout.moved:
                found[own] = max(found.get(own, (0, 0)), (weight, -other))
        return {own: self._segments[1 - side][-other].paragraph for own, (_, other) in found.items()}

    def _part(self, side: int, first: int, last: int) -> Part:
        segments, marked = self._segments[side], self._sides[side]
        one, other = segments[first], segments[last]
        begin, end = self._begin(side, first), self._begin(side, last + 1)
        shown = marked.words.text[begin:end]
        end, begin = end - len(shown) + len(shown.rstrip()), begin + len(shown) - len(shown.lstrip())
        return Part(
            one.paragraph,
            other.last_paragraph,
            first > 0 and segments[first - 1].last_paragraph == one.paragraph,
            self._moved[side].get(first),
            tuple(pieces(marked, (one.first, other.end), (begin, end), self._folding)),
        )

    def _begin(self, side: int, number: int) -> int:
        """Give the character where a segment begins: with its paragraph, else with its first word."""
        segments, marked = self._segments[side], self._sides[side]
        if number == len(segments):
            return len(marked.words.text)
        if number == 0:
            return 0
        begin = int(marked.begins[segments[number].first])
        if segments[number - 1].last_paragraph == segments[number].paragraph:
            return begin
        return marked.words.text.rfind("\n", 0, begin) + 1


def _segments(side: Marked, other: Marked, fewest: int) -> list[_Segment]:
    """Give the paragraphs of one side, parted where the counterparts of their words go to another paragraph."""
    if not side.paragraphs.size:
        return []
    shared = np.flatnonzero((side.marks == MARKS.index(SHARED)) & (side.partners >= 0))
    facing = other.paragraphs[side.partners[shared]]
    starts = {int(at) for at in np.flatnonzero(np.diff(side.paragraphs, prepend=0))}
    seen: dict[int, int] = {}
    for (paragraph, beside), run in groupby(
        zip(shared.tolist(), facing.tolist(), strict=True), lambda pair: (int(side.paragraphs[pair[0]]), pair[1])
    ):
        tokens = [token for token, _ in run]
        if len(tokens) < fewest:
            continue
        if seen.setdefault(paragraph, beside) != beside:
            seen[paragraph] = beside
            starts.add(tokens[0])
    bounds = [*sorted(starts), side.paragraphs.size]
    numbers = side.paragraphs.tolist()
    return [_Segment(first, end, numbers[first], numbers[end - 1]) for first, end in pairwise(bounds)]


def _settled(segments: list[_Segment], matched: set[int], smallest: int) -> list[_Segment]:
    """Give the segments, small ones without a counterpart in order put back to what they were parted from."""
    settled: list[_Segment] = []
    first = None  # of a small one that opens its paragraph, and goes to the next
    for number, segment in enumerate(segments):
        one = segment if first is None else replace(segment, first=first)
        is_small = number not in matched and one.end - one.first < smallest
        follows = segments[number + 1].paragraph if number + 1 < len(segments) else None
        first = None
        if is_small and settled and settled[-1].last_paragraph == one.paragraph:
            settled[-1] = replace(settled[-1], end=one.end)
        elif is_small and follows == one.paragraph:
            first = one.first
        else:
            settled.append(one)
    return settled


def _weights(left: Marked, lefts: list[_Segment], rights: list[_Segment]) -> dict[Pair, int]:
    """Give how many words each two segments share, where they share any."""
    if not lefts or not rights:
        return {}
    shared = np.flatnonzero((left.marks == MARKS.index(SHARED)) & (left.partners >= 0))
    one = np.searchsorted([segment.first for segment in lefts], shared, side="right") - 1
    other = np.searchsorted([segment.first for segment in rights], left.partners[shared], side="right") - 1
    keys, counts = np.unique(one * len(rights) + other, return_counts=True)
    pairs = (divmod(key, len(rights)) for key in keys.tolist())
    return dict(zip(pairs, counts.tolist(), strict=True))


def _heaviest_order(weights: dict[Pair, int]) -> list[Pair]:
    """Give the pairs that share most words in all, each number at most once and both rising.

    The heaviest increasing subsequence (Jacobson and Vo 1992), with the best sums before each number in a binary
    indexed tree (Fenwick 1994).
    """
    size = max((other for _, other in weights), default=-1) + 1
    best: list[tuple[int, Pair | None]] = [(0, None)] * (size + 1)
    total: dict[Pair, int] = {}
    before: dict[Pair, Pair | None] = {}
    for pair in sorted(weights, key=lambda pair: (pair[0], -pair[1])):
        heaviest, at = best[0], pair[1]
        while at > 0:
            heaviest = max(heaviest, best[at], key=lambda entry: entry[0])
            at -= at & -at
        total[pair], before[pair] = heaviest[0] + weights[pair], heaviest[1]
        at = pair[1] + 1
        while at <= size:
            best[at] = max(best[at], (total[pair], pair), key=lambda entry: entry[0])
            at += at & -at
    order: list[Pair] = []
    last = max(total, key=total.__getitem__, default=None)
    while last is not None:
        order.append(last)
        last = before[last]
    return order[::-1]

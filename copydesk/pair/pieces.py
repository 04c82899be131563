"""A text in pieces: stretches of words that share a mark, long ones left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from transforms.columns import placed_words

Numbers = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.uint32]

ONLY, WORD, SHARED, FACT = "only", "word", "shared", "fact"
MARKS = (ONLY, WORD, SHARED, FACT)  # by the numbers of transforms/kernels/align.py
MORE = "more"  # of a piece that counts what is left out at the end, whatever its marks


@dataclass(frozen=True)
class Folding:
    """Which stretches are too long to be read whole, in words, and what is shown of them at either end."""

    only: int = 40  # five lines of a column on a narrow terminal: its ends tell what it is about
    shared: int = 60
    edge: int = 12
    stretches: int = (
        400  # of one paragraph; a text in one line whose every fifth word differs has 2,000 words by then
    )


@dataclass(frozen=True)
class Piece:
    """A stretch of text with one mark: shared, fact (changed), word (changed), only (on this side), or more.

    `words` counts its words, 0 for what stands between two stretches; `text` is empty where a long one is left out.
    """

    mark: str
    text: str
    words: int

    @property
    def is_left_out(self) -> bool:
        """Say whether its words are counted only."""
        return not self.text


@dataclass(frozen=True)
class Words:
    """A text, its token hashes, and from which character to which each token stands."""

    text: str
    tokens: Tokens
    spans: Numbers

    @classmethod
    def of(cls, text: str) -> Words:
        """Give the words of a text as the fold reads them."""
        return cls(text, *placed_words(text))


@dataclass(frozen=True)
class Marked:
    """Words with a mark and a counterpart in the other text (-1 for none) for each."""

    words: Words
    marks: npt.NDArray[np.uint8]
    partners: Numbers

    @cached_property
    def begins(self) -> Numbers:
        """Give where each token's own characters begin: a pair of characters begins behind the one before."""
        spans = self.words.spans
        ends_before = np.concatenate((np.zeros(min(1, len(spans)), np.int64), spans[:-1, 1]))
        begins: Numbers = np.maximum(spans[:, 0], ends_before)
        return begins

    @cached_property
    def shown(self) -> npt.NDArray[np.uint8]:
        """Give the marks to show: a character that one of its two pairs shares is shared."""
        marks, spans = self.marks.copy(), self.words.spans
        is_paired = spans[1:, 0] < spans[:-1, 1]
        marks[:-1][is_paired & (self.marks[1:] == MARKS.index(SHARED))] = MARKS.index(SHARED)
        return marks

    @cached_property
    def paragraphs(self) -> Numbers:
        """Give the paragraph of each token, from 1; lines without words are not counted."""
        breaks = np.flatnonzero(np.frombuffer(self.words.text.encode("utf-32-le"), np.uint32) == ord("\n"))
        lines = np.searchsorted(breaks, self.words.spans[:, 1] - 1)
        return np.unique(lines, return_inverse=True)[1].astype(np.int64) + 1


def pieces(marked: Marked, tokens: tuple[int, int], chars: tuple[int, int], folding: Folding | None) -> list[Piece]:
    """Give the text from one character to another in pieces, the words in it being those tokens."""
    found: list[Piece] = []
    at = chars[0]
    shown = marked.shown[tokens[0] : tokens[1]]
    cuts = (np.flatnonzero(np.diff(shown)) + 1 + tokens[0]).tolist()
    runs = list(pairwise([tokens[0], *cuts, tokens[1]]))
    most = folding.stretches if folding else len(runs)
    for first, end in runs[:most]:
        found += _between_runs(found, marked.words.text[at : marked.begins[first]], MARKS[marked.shown[first]])
        found += _run(marked, first, end, folding)
        at = int(marked.words.spans[end - 1, 1])
    if len(runs) > most:
        return [*_merged(found), Piece(MORE, "", tokens[1] - runs[most][0])]
    found += _between_runs(found, marked.words.text[at : chars[1]], SHARED)
    return _merged(found)


def _between_runs(found: list[Piece], gap: str, follows: str) -> Iterator[Piece]:
    """Give what stands between two runs: punctuation goes with words that stand on one side only."""
    if found and found[-1].mark == ONLY:
        tail = gap.split(maxsplit=1)[0] if gap and not gap[0].isspace() else ""
        yield Piece(ONLY, tail, 0)
        gap = gap[len(tail) :]
    head = gap.rsplit(maxsplit=1)[-1] if follows == ONLY and gap and not gap[-1].isspace() else ""
    yield Piece(SHARED, gap[: len(gap) - len(head)], 0)
    yield Piece(follows, head, 0)


def _run(marked: Marked, first: int, end: int, folding: Folding | None) -> Iterator[Piece]:
    mark = MARKS[marked.shown[first]]
    most = {ONLY: folding.only, SHARED: folding.shared}.get(mark, end) if folding else end

    def text(one: int, other: int) -> str:
        return marked.words.text[marked.begins[one] : marked.words.spans[other - 1, 1]]

    if folding is None or end - first <= most:
        yield Piece(mark, text(first, end), end - first)
        return
    edge = folding.edge
    yield Piece(mark, text(first, first + edge), edge)
    yield Piece(mark, "", end - first - 2 * edge)
    yield Piece(mark, text(end - edge, end), edge)


def _merged(found: list[Piece]) -> list[Piece]:
    """Join neighbours of one mark."""
    joined: list[Piece] = []
    for piece in found:
        last = joined[-1] if joined else None
        if last and last.mark == piece.mark and not (last.is_left_out or piece.is_left_out):
            joined[-1] = Piece(last.mark, last.text + piece.text, last.words + piece.words)
        elif piece.text or piece.words:
            joined.append(piece)
    return joined

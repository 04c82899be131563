"""Where a stretch begins that one text has alone: of several places that are equal in words, at a sentence."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from copydesk.pair.pieces import MARKS, ONLY, SHARED, Marked

FARTHEST = 20  # words that the beginning of a stretch may move: a sentence that both texts open alike
_STOP = re.compile(r"[.!?:;\n…。！？]")
_FACT = 1


def at_sentences(own: Marked, other: Marked) -> tuple[Marked, Marked]:
    """Give both texts with those stretches of `own` moved back that then open a sentence.

    As `git diff` slides a hunk: of "One. The new. The old." against "One. The old." the words "The new" are new, or
    "new. The". Both readings share the same words. Where the alignment counted both of them as found, since each
    stands in a pair of words that the other text has, one of them has no counterpart and belongs to the stretch.
    """
    marks, partners, back = own.marks.copy(), own.partners.copy(), other.partners.copy()
    marks[_orphans(own)] = MARKS.index(ONLY)
    for begin, end in _stretches(marks):
        steps = _steps(own, marks, begin, end)
        for step in range(1, steps + 1):
            partner = partners[begin - step]
            marks[begin - step], marks[end - step] = MARKS.index(ONLY), MARKS.index(SHARED)
            partners[begin - step], partners[end - step] = -1, partner
            if partner >= 0:
                back[partner] = end - step
    return Marked(own.words, marks, partners), Marked(other.words, other.marks, back)


def _orphans(own: Marked) -> npt.NDArray[np.int64]:
    """Give the shared words without a counterpart that stand at an edge of a stretch."""
    is_only = np.pad(own.marks == MARKS.index(ONLY), 1)
    is_orphan = (own.marks == MARKS.index(SHARED)) & (own.partners < 0)
    return np.flatnonzero(is_orphan & (is_only[:-2] | is_only[2:]))


def _stretches(marks: npt.NDArray[np.uint8]) -> list[tuple[int, int]]:
    is_edge = np.flatnonzero(np.diff(marks == MARKS.index(ONLY), prepend=False, append=False))
    return [(begin, end) for begin, end in is_edge.reshape(-1, 2).tolist() if begin > 0]


def _steps(own: Marked, marks: npt.NDArray[np.uint8], begin: int, end: int) -> int:
    """Give how many words the stretch moves back to open a sentence, 0 where it cannot or does already."""
    tokens = own.words.tokens
    for step in range(FARTHEST + 1):
        if _opens(own, begin - step):
            return step
        before, last = begin - step - 1, end - step - 1
        if before < 1 or marks[before] != MARKS.index(SHARED) or int(tokens[before] ^ tokens[last]) > _FACT:
            return 0
    return 0


def _opens(own: Marked, token: int) -> bool:
    """Say whether a token stands behind the end of a sentence."""
    between = own.words.text[own.words.spans[token - 1, 1] : own.begins[token]]
    return _STOP.search(between) is not None

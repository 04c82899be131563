"""Titles compared word by word: the same frame with other facts in it is a series."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.tokens import Offsets, Tokens

Counts = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]

COMMON, LEFT_FACTS, RIGHT_FACTS, EQUAL = range(4)
COLUMNS = 4
_FACT = np.uint32(1)


@compiled
def compare_titles(titles: Tokens, starts: Offsets, ends: Offsets, left: Rows, right: Rows, table: Counts) -> None:
    """Fill `table` (pairs x `COLUMNS`).

    Words of the left title that the right one has, facts of each that the other lacks, and whether the two are
    equal, word for word.

    The first word counts as a fact where it is not common: its capital says nothing. Titles are short: every
    word is held against every other.
    """
    for pair in range(left.shape[0]):
        one = titles[starts[left[pair]] : ends[left[pair]]]
        other = titles[starts[right[pair]] : ends[right[pair]]]
        table[pair, COMMON], table[pair, LEFT_FACTS] = _own(one, other)
        table[pair, RIGHT_FACTS] = _own(other, one)[1]
        table[pair, EQUAL] = one.shape[0] == other.shape[0]
        for at in range(min(one.shape[0], other.shape[0])):
            if (one[at] ^ other[at]) > _FACT:
                table[pair, EQUAL] = 0


@compiled
def _own(one: Tokens, other: Tokens) -> tuple[int, int]:
    """Give how many words of a title the other has, and how many facts it has alone."""
    common, facts = 0, 0
    for at in range(one.shape[0]):
        is_common = False
        for token in other:
            is_common = is_common or (one[at] ^ token) <= _FACT
        common += is_common
        facts += not is_common and (at == 0 or one[at] & _FACT != 0)
    return common, facts

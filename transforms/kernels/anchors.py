"""Anchors: a sample of each text's three-word sequences, and the pairs of texts that share some.

FracMinHash (Irber et al. 2022, "Lightweight compositional analysis of metagenomes with FracMinHash"): a sequence is
kept when its hash lies below a bound. The bound is the same for every text of a length class and only halves from
class to class, so the samples of a part and of its whole nest, and containment shows, which a MinHash of fixed size
cannot see.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.tokens import Hashes, Offsets, Tokens, mix

Bools = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

SHINGLE = 3  # tokens; two are common to unrelated texts, four do not survive 8 % of misread words
KEEP_ALL = 64  # tokens; below this every sequence is kept, at each doubling half as many
TITLE = 6  # tokens of a title that make its anchors; feeds cut titles at 50 characters, about eight words
TITLE_ANCHORS = 2  # of each title: texts with few anchors, a headline and the report behind it, meet by them alone
HALVINGS = 3  # at most: one sequence in 8 is kept, about 60 for a story of 500 words

ROW_BITS = (
    24  # of a packed anchor name the row, 40 the anchor: 16 million texts an edition, one false match in 4,000
)

_LARGEST = np.uint64(0xFFFFFFFFFFFFFFFF)
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)
_THIRD = np.uint64(0x165667B19E3779F9)
_FACT_BIT = np.uint32(1)
_ROW = np.uint64(ROW_BITS)
_ROWS = np.uint64((1 << ROW_BITS) - 1)
_NONE = np.uint64(0)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@compiled
def sample(tokens: Tokens, ends: Offsets, skipped: Bools, anchors: Hashes, anchor_ends: Offsets) -> int:
    """Fill `anchors` (room for all tokens) and `anchor_ends` (rows + 1), give how many anchors there are."""
    count = 0
    for row in range(ends.shape[0] - 1):
        anchor_ends[row] = count
        if skipped[row]:
            continue
        length = ends[row + 1] - ends[row]
        halvings = 0
        while halvings < HALVINGS and (KEEP_ALL << halvings) <= length:
            halvings += 1
        bound = _LARGEST >> np.uint64(halvings)
        for at in range(ends[row], ends[row + 1] - SHINGLE + 1):
            value = mix(
                np.uint64(tokens[at] >> _FACT_BIT) * _FIRST
                + np.uint64(tokens[at + 1] >> _FACT_BIT) * _SECOND
                + np.uint64(tokens[at + 2] >> _FACT_BIT) * _THIRD
            )
            if value <= bound:
                anchors[count] = value
                count += 1
    anchor_ends[ends.shape[0] - 1] = count
    return count


@compiled
def with_titles(
    titles: Tokens, title_ends: Offsets, anchors: Hashes, anchor_ends: Offsets, wider: Hashes, wider_ends: Offsets
) -> int:
    """Fill `wider` (room for `TITLE_ANCHORS` more per row) with each row's anchors, behind them those of its title.

    `wider_ends` has rows + 1 places. Gives how many anchors there are; a row without a title gets none for it.
    """
    count = 0
    for row in range(anchor_ends.shape[0] - 1):
        wider_ends[row] = count
        size = anchor_ends[row + 1] - anchor_ends[row]
        wider[count : count + size] = anchors[anchor_ends[row] : anchor_ends[row + 1]]
        count += size
        if title_ends[row + 1] == title_ends[row]:
            continue
        value = _FIRST
        for at in range(title_ends[row], min(title_ends[row + 1], title_ends[row] + TITLE)):
            value = mix(value * _THIRD + np.uint64(titles[at] >> _FACT_BIT))
        for _ in range(TITLE_ANCHORS):
            value = mix(value + _SECOND)
            wider[count] = value
            count += 1
    wider_ends[anchor_ends.shape[0] - 1] = count
    return count


@compiled
def smallest(anchors: Hashes, starts: Offsets, ends: Offsets, least: Hashes) -> None:
    """Fill, per row, its smallest anchor; the largest number where it has none."""
    for row in range(starts.shape[0]):
        value = _LARGEST
        for at in range(starts[row], ends[row]):
            value = min(value, anchors[at])
        least[row] = value


@compiled
def pack(anchors: Hashes, starts: Offsets, ends: Offsets, names: Rows, packed: Hashes, count: int) -> int:
    """Fill `packed` from `count` on with the upper bits of each anchor above the name of its row, -1 for none.

    They are to be sorted as one number. Gives where `packed` then ends.
    """
    for row in range(starts.shape[0]):
        if names[row] < 0:
            continue
        for at in range(starts[row], ends[row]):
            # a sampled hash is small by construction: mixed again, its upper bits tell anchors apart
            packed[count] = ((mix(anchors[at]) >> _ROW) << _ROW) | np.uint64(names[row])
            count += 1
    return count


@compiled
def distinct(packed: Hashes) -> int:
    """Move the distinct numbers of a sorted array to its front, give how many there are."""
    count = 0
    for at in range(packed.shape[0]):
        if count == 0 or packed[at] != packed[count - 1]:
            packed[count] = packed[at]
            count += 1
    return count


@compiled
def without(packed: Hashes, is_left_out: Bools, kept: Hashes) -> int:
    """Fill `kept` (room for all) with the anchors of the other rows, in their order, give how many there are."""
    count = 0
    for each in packed:
        kept[count] = each
        count += not is_left_out[each & _ROWS]
    return count


@compiled
def _run(packed: Hashes, start: int) -> int:
    """Give where the anchor at `start` ends."""
    stop = start + 1
    while stop < packed.shape[0] and packed[stop] >> _ROW == packed[start] >> _ROW:
        stop += 1
    return stop


@compiled
def meetings(packed: Hashes, crowd: int, neighbours: int, met: Hashes) -> int:
    """Give how many pairs of rows meet at an anchor; fill `met` with lower << 32 | higher as far as it reaches.

    `packed` is sorted and without repeats. Where at most `crowd` rows share an anchor all of them meet, else each
    meets the next `neighbours` only: so the cost stays linear in the anchors.
    """
    count, start = 0, 0
    while start < packed.shape[0]:
        stop = _run(packed, start)
        reach = stop - start if stop - start <= crowd else neighbours
        for one in range(start, stop):
            for other in range(one + 1, min(stop, one + 1 + reach)):
                if count < met.shape[0]:
                    met[count] = ((packed[one] & _ROWS) << _HALF) | (packed[other] & _ROWS)
                count += 1
        start = stop
    return count


@compiled
def places(one: Keys, other: Keys, one_places: Rows, other_places: Rows) -> None:
    """Fill the place of each row of two editions in their common order.

    The columns of a key (rows x 3) are what the rows are sorted by: smallest anchor, size, hash of the text.
    """
    left, right = 0, 0
    for place in range(one.shape[0] + other.shape[0]):
        is_left = right == other.shape[0]
        if left < one.shape[0] and right < other.shape[0]:
            column = 0
            while column < one.shape[1] - 1 and one[left, column] == other[right, column]:
                column += 1
            is_left = one[left, column] <= other[right, column]
        if is_left:
            one_places[left] = place
            left += 1
        else:
            other_places[right] = place
            right += 1


@compiled
def crossings(
    one: Hashes,
    other: Hashes,
    one_places: Rows,
    other_places: Rows,
    crowd: int,
    neighbours: int,
    met: Hashes,
) -> int:
    """Give how many rows of two editions meet at an anchor; fill `met` with one << 32 | other as far as it reaches.

    As `meetings`, with the rows in their common order.
    """
    count, left, right = 0, 0, 0
    while left < one.shape[0] and right < other.shape[0]:
        if one[left] >> _ROW < other[right] >> _ROW:
            left += 1
            continue
        if one[left] >> _ROW > other[right] >> _ROW:
            right += 1
            continue
        left_end, right_end = _run(one, left), _run(other, right)
        here, there = one[left:left_end], other[right:right_end]
        if here.shape[0] + there.shape[0] <= crowd:
            count = _all(here, there, met, count)
        else:
            count = _next(here, there, one_places, other_places, neighbours, (_HALF, _NONE), met, count)
            count = _next(there, here, other_places, one_places, neighbours, (_NONE, _HALF), met, count)
        left, right = left_end, right_end
    return count


@compiled
def _all(run: Hashes, beside: Hashes, met: Hashes, count: int) -> int:
    """Let each row of a run meet all those beside it."""
    for row in run:
        for facing in beside:
            if count < met.shape[0]:
                met[count] = ((row & _ROWS) << _HALF) | (facing & _ROWS)
            count += 1
    return count


@compiled
def _next(
    run: Hashes,
    beside: Hashes,
    run_places: Rows,
    beside_places: Rows,
    neighbours: int,
    shifts: tuple[np.uint64, np.uint64],
    met: Hashes,
    count: int,
) -> int:
    """Let each row of a run meet the next `neighbours` of those beside it in the common order."""
    begin = 0
    for each in run:
        row = each & _ROWS
        while begin < beside.shape[0] and beside_places[beside[begin] & _ROWS] < run_places[row]:
            begin += 1
        for at in range(begin, min(beside.shape[0], begin + neighbours)):
            if count < met.shape[0]:
                met[count] = (row << shifts[0]) | ((beside[at] & _ROWS) << shifts[1])
            count += 1
    return count


@compiled
def often_met(
    met: Hashes, one_sizes: Rows, other_sizes: Rows, limits: tuple[int, int, int], one: Rows, other: Rows
) -> int:
    """Give how many pairs of rows met often enough; fill `one` and `other` with them as far as these reach.

    `met` is sorted; the sizes count the anchors of each row. With the limits (few anchors, some anchors, needed):
    `needed` meetings are enough; one less where either text has fewer than `some` anchors; one where either has at
    most `few`.
    """
    few_anchors, some_anchors, needed = limits
    count, start = 0, 0
    while start < met.shape[0]:
        stop = start + 1
        while stop < met.shape[0] and met[stop] == met[start]:
            stop += 1
        row, facing = np.int64(met[start] >> _HALF), np.int64(met[start] & _LOW)
        least, times = min(one_sizes[row], other_sizes[facing]), stop - start
        if times >= needed or (times >= needed - 1 and least < some_anchors) or least <= few_anchors:
            if count < one.shape[0]:
                one[count], other[count] = row, facing
            count += 1
        start = stop
    return count

"""Alignment of two texts: how much of each stands in the other, and where they disagree.

Seeds and chains on words, as minimap2 does it for genomes (Li 2018, "Minimap2: pairwise alignment for
nucleotide sequences"): a seed is a pair of neighbouring tokens that both texts have; seeds that follow each
other in both texts at about the same distance form a chain; a chain of enough seeds counts as text in
common, with the small gaps inside it. Texts may share several chains in any order, so a moved paragraph is
still found.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.tokens import Bytes, Offsets, Tokens

Counts = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]

# Columns of the table that `align_pairs` fills; all in tokens.
(
    SHORT_SIZE,
    LONG_SIZE,
    SHORT_SPAN,  # of the shorter text, covered by chains with the gaps inside them
    LONG_SPAN,
    SHORT_FOUND,  # of the shorter text, equal to their counterpart in the longer one
    LONG_FOUND,
    FACTS_KEPT,  # of SHORT_FOUND, those that are facts
    FACTS_CHANGED,  # a fact stands against another fact
    WORDS_CHANGED,  # another word stands, or only one side has a word
    FIRST,  # where in the longer text the common text begins
    LAST,  # and ends
    SHORT_INSIDE,  # of the shorter text, between chains: neither before the first nor after the last
    LONG_INSIDE,
    SHORT_FIRST,  # where in the shorter text the common text begins
    SHORT_LAST,  # and ends
    RUNS,  # places where the two differ inside a chain: words that follow each other are one
) = range(16)
COLUMNS = 16

GAP = 14  # tokens without a seed that a chain survives: a rewritten clause
DRIFT = 2  # tokens that a gap may be longer on one side than on the other, and
DRIFT_SHARE = 3  # one more for every so many tokens of the gap
ENOUGH = 3  # seeds of a chain; two are met by chance
SHORT_TEXT = 24  # tokens; below this one seed is enough
OPEN = 4  # chains followed at a time
ROOM = (
    4  # buckets per seed, at least: with one, half the look-ups meet another seed, and a third more time is spent
)
OCCURRENCES = 24  # places of a common seed that are looked at
_MULTIPLIER = np.uint32(0x9E3779B1)
_FACT = np.uint32(1)
_SPAN, _FOUND = np.uint8(1), np.uint8(2)

# What `align_one` says of a token.
ONLY_HERE, CHANGED, SHARED, FACT_CHANGED = range(4)  # the first three are what the marks of `_score` mean


class Work(NamedTuple):
    """Room for one alignment; every array has a place per token of the longest text."""

    heads: Counts  # first place of a seed in the longer text, by bucket
    follows: Counts  # the next place in the same bucket
    places: Counts  # per token of the shorter text: its seed's place in the longer one
    chains: Counts  # and the chain it belongs to, -1 for none
    seeds: Counts  # per chain: how many it has
    last_at: Counts  # per chain: its latest seed
    in_short: Bytes  # per token: in no chain, in a gap of one (_SPAN), or equal to its counterpart (_FOUND)
    in_long: Bytes


@compiled
def _same(one: np.uint32, other: np.uint32) -> bool:
    return bool((one ^ other) <= _FACT)


@compiled
def _bucket(one: np.uint32, other: np.uint32, mask: int) -> int:
    value = (one >> _FACT) * _MULTIPLIER + (other >> _FACT)
    value *= _MULTIPLIER
    return int(value >> np.uint32(7)) & mask


@compiled
def _index(text: Tokens, work: Work) -> int:
    """Fill the seeds of `text`, give the mask of their buckets."""
    mask = 7
    while mask < text.shape[0] * ROOM:
        mask = mask * 2 + 1
    work.heads[: mask + 1] = -1
    for place in range(text.shape[0] - 2, -1, -1):
        bucket = _bucket(text[place], text[place + 1], mask)
        work.follows[place] = work.heads[bucket]
        work.heads[bucket] = place
    return mask


@compiled
def _chain(short: Tokens, long: Tokens, mask: int, work: Work) -> None:
    """Fill places, chains and seeds: each seed goes on with an open chain, else it opens one."""
    last_at, last_place = np.full(OPEN, -GAP - 1, np.int64), np.zeros(OPEN, np.int64)
    names = np.zeros(OPEN, np.int64)
    count, latest = 0, 0
    for at in range(short.shape[0] - 1):
        work.places[at] = work.chains[at] = -1
        slot, place, opening = latest, last_place[latest] + 1, -1
        if last_at[latest] != at - 1 or not _is_seed(short, long, at, place):
            slot, place, opening = _look_up(short, long, at, mask, work, (last_at, last_place, names))
        if slot < 0 and opening >= 0:
            slot, place = _weakest(at, last_at, names, work.seeds), opening
            names[slot], work.seeds[count] = count, 0
            count += 1
        if slot >= 0:
            work.places[at], work.chains[at] = place, names[slot]
            work.seeds[names[slot]] += 1
            last_at[slot], last_place[slot], latest = at, place, slot


@compiled
def _is_seed(short: Tokens, long: Tokens, at: int, place: int) -> bool:
    if place + 1 >= long.shape[0]:
        return False
    return _same(short[at], long[place]) and _same(short[at + 1], long[place + 1])


@compiled
def _look_up(
    short: Tokens, long: Tokens, at: int, mask: int, work: Work, opened: tuple[Rows, Rows, Rows]
) -> tuple[int, int, int]:
    """Give the open chain that the seed continues and the place where, and the first place of the seed (-1: none).

    Of the chains that it fits, the one with the most seeds takes it, at the place that drifts least.
    """
    last_at, last_place, names = opened
    slot, place, opening = -1, -1, -1
    most, least_drift, tries = 0, 0, 0
    candidate = work.heads[_bucket(short[at], short[at + 1], mask)]
    while candidate >= 0 and tries < OCCURRENCES:
        if _is_seed(short, long, at, candidate):
            opening = candidate if opening < 0 else opening
            for chain in range(OPEN):
                gap, step = at - last_at[chain], candidate - last_place[chain]
                drift = abs(step - gap)
                if gap > GAP or step < 1 or drift > DRIFT + gap // DRIFT_SHARE:
                    continue
                size = work.seeds[names[chain]]
                if size > most or (size == most and drift < least_drift):
                    slot, place, most, least_drift = chain, candidate, size, drift
        tries += 1
        candidate = work.follows[candidate]
    return slot, place, opening


@compiled
def _weakest(at: int, last_at: Rows, names: Rows, seeds: Counts) -> int:
    """Give the slot to reuse: one whose chain has ended, else that of the fewest seeds."""
    weakest, fewest = 0, 1 << 30
    for slot in range(OPEN):
        size = -1 if at - last_at[slot] > GAP else seeds[names[slot]]
        if size < fewest:
            weakest, fewest = slot, size
    return weakest


@compiled
def _score(short: Tokens, long: Tokens, work: Work, row: Counts) -> None:
    """Fill `row` from the chains that have enough seeds."""
    in_short, in_long = work.in_short[: short.shape[0]], work.in_long[: long.shape[0]]
    in_short[:], in_long[:], row[:] = 0, 0, 0
    work.last_at[: short.shape[0]] = -1
    row[FIRST], row[SHORT_FIRST] = long.shape[0], short.shape[0]
    enough = ENOUGH if short.shape[0] >= SHORT_TEXT else 1
    for at in range(short.shape[0] - 1):
        chain = work.chains[at]
        if chain < 0 or work.seeds[chain] < enough:
            continue
        place, before = work.places[at], work.last_at[chain]
        if before < 0:
            back = _back(short, long, at, place, in_short)
            in_short[at - back : at] = _FOUND
            in_long[place - back : place] = _FOUND
            row[FIRST] = min(row[FIRST], place - back)
            row[SHORT_FIRST] = min(row[SHORT_FIRST], at - back)
        elif at - before > 1:
            _gap(short, long, before, at, work, row)
        in_short[at] = in_short[at + 1] = in_long[place] = in_long[place + 1] = _FOUND
        row[LAST], row[SHORT_LAST] = max(row[LAST], place + 2), max(row[SHORT_LAST], at + 2)
        work.last_at[chain] = at
    if row[LAST] == 0:
        row[FIRST] = row[SHORT_FIRST] = 0  # nothing in common lies nowhere
    _total(short, in_short, in_long, row)


@compiled
def _back(short: Tokens, long: Tokens, at: int, place: int, in_short: Bytes) -> int:
    """Give how many equal tokens, not yet found, stand right before a chain's first seed."""
    back = 0
    while (
        at - back > 0
        and place - back > 0
        and in_short[at - 1 - back] != _FOUND
        and _same(short[at - 1 - back], long[place - 1 - back])
    ):
        back += 1
    return back


@compiled
def _gap(short: Tokens, long: Tokens, before: int, at: int, work: Work, row: Counts) -> None:
    """Mark and count what disagrees between two seeds of a chain; equal gaps are compared word by word."""
    place_before, place = work.places[before], work.places[at]
    is_even = at - before == place - place_before
    facts, other_facts, is_running = 0, 0, False
    for inside in range(place_before + 2, place):
        work.in_long[inside] = max(work.in_long[inside], _SPAN)
        other_facts += int(long[inside] & _FACT)
    for inside in range(before + 2, at):
        work.in_short[inside] = max(work.in_short[inside], _SPAN)
        facts += int(short[inside] & _FACT)
        if is_even:
            beside = inside + place - at
            if _same(short[inside], long[beside]):
                work.in_short[inside] = work.in_long[beside] = _FOUND
                is_running = False
                continue
            row[RUNS] += not is_running
            is_running = True
            if short[inside] & long[beside] & _FACT:
                row[FACTS_CHANGED] += 1
            else:
                row[WORDS_CHANGED] += 1
    if not is_even:
        row[RUNS] += 1
        row[FACTS_CHANGED] += min(facts, other_facts)
        row[WORDS_CHANGED] += max(0, at - before - 2 - facts)


@compiled
def _total(short: Tokens, in_short: Bytes, in_long: Bytes, row: Counts) -> None:
    """Count the marks of both texts."""
    row[SHORT_SIZE], row[LONG_SIZE] = in_short.shape[0], in_long.shape[0]
    row[SHORT_SPAN], row[SHORT_FOUND], row[SHORT_INSIDE] = _marked(in_short)
    row[LONG_SPAN], row[LONG_FOUND], row[LONG_INSIDE] = _marked(in_long)
    for at in range(short.shape[0]):
        if in_short[at] == _FOUND:
            row[FACTS_KEPT] += int(short[at] & _FACT)


@compiled
def _marked(marks: Bytes) -> tuple[int, int, int]:
    """Give how many tokens are in a chain, how many are found, and how many stand between chains."""
    span, found, inside, since = 0, 0, 0, 0
    for mark in marks:
        if mark == 0:
            since += 1
            continue
        inside += since if span > 0 else 0
        since = 0
        span += 1
        found += mark == _FOUND
    return span, found, inside


@compiled
def _room(longest: int, in_short: Bytes, in_long: Bytes) -> Work:
    """Give room for texts of at most so many tokens, with these for the marks."""
    buckets = 8
    while buckets <= longest * ROOM:
        buckets *= 2
    return Work(
        np.empty(buckets, np.int32),
        np.empty(longest, np.int32),
        np.empty(longest, np.int32),
        np.empty(longest, np.int32),
        np.empty(longest, np.int32),
        np.empty(longest, np.int32),
        in_short,
        in_long,
    )


@compiled
def align_pairs(
    tokens: Tokens, starts: Offsets, ends: Offsets, short: Rows, long: Rows, longest: int, table: Counts
) -> None:
    """Fill `table` (pairs x `COLUMNS`): the texts short[i] and long[i], aligned.

    The text of row r is tokens[starts[r]:ends[r]]; `longest` is the greatest size; short[i] is not longer than
    long[i]. Pairs with the same longer text should stand together: its seeds are indexed once.
    """
    work = _room(longest, np.empty(longest, np.uint8), np.empty(longest, np.uint8))
    indexed, mask = np.int64(-1), 0
    for pair in range(short.shape[0]):
        one = tokens[starts[short[pair]] : ends[short[pair]]]
        other = tokens[starts[long[pair]] : ends[long[pair]]]
        if indexed != long[pair]:
            mask = _index(other, work)
            indexed = long[pair]
        _chain(one, other, mask, work)
        _score(one, other, work, table[pair])


@compiled
def align_one(short: Tokens, long: Tokens, in_short: Bytes, in_long: Bytes, partners: Counts, row: Counts) -> None:
    """Fill `row` (`COLUMNS`) as `align_pairs` does, and what it counted, per token.

    `in_short`, `in_long` get `ONLY_HERE`, `CHANGED`, `SHARED` or `FACT_CHANGED`; `partners` gets, per token of the
    shorter text, its counterpart in the longer one, -1 for none; that of a shared word is the same word. No text
    may be empty.
    """
    work = _room(long.shape[0], in_short, in_long)
    _chain(short, long, _index(long, work), work)
    _score(short, long, work, row)
    _pair_off(short, long, work, partners)


@compiled
def _pair_off(short: Tokens, long: Tokens, work: Work, partners: Counts) -> None:
    """Fill the counterparts from the chains that `_score` took, and mark the facts that changed."""
    size, enough = short.shape[0], ENOUGH if short.shape[0] >= SHORT_TEXT else 1
    partners[:size] = -1
    work.last_at[:size] = -1
    for at in range(size - 1):
        chain = work.chains[at]
        if chain < 0 or work.seeds[chain] < enough:
            continue
        before, work.last_at[chain] = work.last_at[chain], at
        partners[at], partners[at + 1] = work.places[at], work.places[at] + 1
        if before >= 0 and at - before > 1:
            _pair_off_gap(short, long, before, at, work, partners)
    for at in range(size - 1, -1, -1):
        if work.in_short[at] != _FOUND or (partners[at] >= 0 and _same(short[at], long[partners[at]])):
            continue
        place = partners[at + 1] - 1 if at + 1 < size else -1  # equal words stand right before a chain
        partners[at] = place if place >= 0 and _same(short[at], long[place]) else -1


@compiled
def _pair_off_gap(short: Tokens, long: Tokens, before: int, at: int, work: Work, partners: Counts) -> None:
    """Pair the words of an even gap one by one; in an uneven one all its facts stand against each other."""
    place_before, place = work.places[before], work.places[at]
    is_even = at - before == place - place_before
    facts, other_facts = 0, 0
    for inside in range(before + 2, at):
        facts += int(short[inside] & _FACT)
        if is_even and partners[inside] < 0:
            partners[inside] = inside + place - at
    for beside in range(place_before + 2, place):
        other_facts += int(long[beside] & _FACT)
    if facts == 0 or other_facts == 0:
        return
    for inside in range(before + 2, at):
        is_beside_fact = not is_even or long[inside + place - at] & _FACT != 0
        if work.in_short[inside] == _SPAN and short[inside] & _FACT and is_beside_fact:
            work.in_short[inside] = FACT_CHANGED
    for beside in range(place_before + 2, place):
        is_beside_fact = not is_even or short[beside + at - place] & _FACT != 0
        if work.in_long[beside] == _SPAN and long[beside] & _FACT and is_beside_fact:
            work.in_long[beside] = FACT_CHANGED

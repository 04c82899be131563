"""What a line is within its text: where it stands, what it shares with the story, the title and other lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.keys import key_slot, key_table
from transforms.kernels.line_marks import ELLIPSIS_END as CUT_SHORT
from transforms.kernels.line_marks import (
    LOG_CHARS,
    LOG_WORDS,
    SENTENCE_END,
    SENTENCES,
    STOPS,
    UNSPACED,
    Bytes,
    Hashes,
    Marks,
    Numbers,
    Tokens,
)
from transforms.kernels.tokens import mix

# The columns of `places`, in order. Lines are counted without blank ones; a paragraph is a line of the story as
# far as its form tells.
PLACES = (
    "story_words", "title_words", "is_title", "said_before", "said_again", "position", "byte_position",
    "lines_left", "lines_before", "before_story", "behind_story", "in_story", "behind_comments", "behind_related",
    "behind_share", "behind_byline", "blank_before", "blank_after", "log_lines", "paragraph_share",
    "log_paragraphs", "mean_log_chars", "ruled_share", "unspaced_share", "same_shape", "same_first_word",
    "same_last_word", "run_before", "run_after", "is_tail", "is_head", "words_before", "words_left",
    "telling_words", "paragraph_stops",
)  # fmt: skip
(
    STORY_WORDS, TITLE_WORDS, IS_TITLE, SAID_BEFORE, SAID_AGAIN, POSITION, BYTE_POSITION,
    LINES_LEFT, LINES_BEFORE, BEFORE_STORY, BEHIND_STORY, IN_STORY, BEHIND_COMMENTS, BEHIND_RELATED,
    BEHIND_SHARE, BEHIND_BYLINE, BLANK_BEFORE, BLANK_AFTER, LOG_LINES, PARAGRAPH_SHARE,
    LOG_PARAGRAPHS, MEAN_CHARS, RULED_SHARE, UNSPACED_SHARE, SAME_SHAPE, SAME_FIRST_WORD,
    SAME_LAST_WORD, RUN_BEFORE, RUN_AFTER, IS_TAIL, IS_HEAD, WORDS_BEFORE, WORDS_LEFT,
    TELLING_WORDS, PARAGRAPH_STOPS,
) = range(len(PLACES))  # fmt: skip

# The kinds of rules whose lines open a part of a page, by the column that counts the lines since.
OPENERS = ("comment_form", "related", "share", "byline")

_PARAGRAPH_WORDS = 9  # as lines.Prose has it
_FAR, _NEVER = 40, 60  # lines behind an opener: no more are told apart; there was none
_TITLE_TOKENS = 100
_OPENING_LINES = 3  # a line on comments among the first ones belongs to the head
_TITLE_LEAST = 3  # distinct words of a title that is looked for
_TITLE_WORDS = 12  # a line shares a title when it shares this many of its words
_STORY_TOKENS = 1 << 18  # of a text are enough to know its words; a text of 100 MB must not need gigabytes
_LIMIT_RUN, _LIMIT_SAME, _LIMIT_AWAY, _LIMIT_AGAIN = 30, 12, 20, 6
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_STOP_SHIFT = np.uint32(16)


@compiled
def _same(values: Hashes) -> Numbers:
    """Give, per value, how many are equal to it, itself included; no value is 0."""
    keys = key_table(values.shape[0])
    counts = np.zeros(keys.shape[0], np.int64)
    slots = np.empty(values.shape[0], np.int64)
    for n in range(values.shape[0]):
        slots[n] = key_slot(keys, values[n])
        keys[slots[n]] = values[n]
        counts[slots[n]] += 1
    for n in range(values.shape[0]):
        slots[n] = counts[slots[n]]
    return slots


@compiled
def _is_paragraph(marks: Marks, kind: int) -> bool:
    """Tell whether a line reads as a paragraph of the story; one that a rule marks does not."""
    sentences = marks[SENTENCES]
    is_ended = marks[SENTENCE_END] > 0 or marks[CUT_SHORT] > 0
    return (
        kind == 0
        and np.expm1(marks[LOG_WORDS]) >= _PARAGRAPH_WORDS
        and sentences >= 1
        and (is_ended or sentences > 1)
    )


@compiled
def find_lines(
    ends: Numbers,
    marks: Marks,
    kinds: npt.NDArray[np.int16],
    lines: Numbers,
    text_ends: Numbers,
    is_paragraph: Bytes,
) -> int:
    """Fill the indices of the lines that are not blank and whether each is a paragraph; give how many there are.

    `ends` (texts + 1) bounds the lines of each text; `kinds` has one number per line, 0 where no rule marks it.
    The lines of text t are lines[text_ends[t]:text_ends[t + 1]].
    """
    count = 0
    for text in range(ends.shape[0] - 1):
        text_ends[text] = count
        for line in range(ends[text], ends[text + 1]):
            if marks[line, LOG_CHARS] > 0:
                lines[count] = line
                is_paragraph[count] = _is_paragraph(marks[line], kinds[line])
                count += 1
    text_ends[ends.shape[0] - 1] = count
    return count


@compiled
def place(
    ends: Numbers,
    sizes: Numbers,
    marks: Marks,
    tokens: Tokens,
    token_ends: Numbers,
    hashes: Hashes,
    shapes: Hashes,
    starts: Numbers,
    kinds: npt.NDArray[np.int16],
    openers: npt.NDArray[np.int8],
    stops: Bytes,
    title_tokens: Tokens,
    title_ends: Numbers,
    lines: Numbers,
    text_ends: Numbers,
    is_paragraph: Bytes,
    places: Marks,
) -> None:
    """Fill `places` (non-blank lines x PLACES).

    `sizes` is the bytes per text; `openers` gives, per kind, 1 + its index in OPENERS, else 0; `title_tokens`
    [title_ends[t]:title_ends[t + 1]] are the words of the title of text t: none where it is unknown, then the
    first line stands for it. The rest is as line_marks.mark and find_lines fill it.
    """
    for text in range(ends.shape[0] - 1):
        low, high = text_ends[text], text_ends[text + 1]
        if low == high:
            continue
        mine = lines[low:high]
        is_mine = is_paragraph[low:high]
        result = places[low:high]
        _whole(mine, is_mine, marks, kinds, result)
        _where(mine, is_mine, marks, starts, max(1, sizes[text]), result)
        _around(mine, ends[text], ends[text + 1], marks, result)
        _behind(mine, kinds, openers, result)
        _repeats(mine, hashes, shapes, tokens, token_ends, result)
        _words(mine, is_mine, tokens, token_ends, stops, result)
        if title_ends[text + 1] > title_ends[text]:
            title = title_tokens[title_ends[text] : title_ends[text + 1]]
        else:
            title = tokens[token_ends[mine[0]] : token_ends[mine[0] + 1]]
        _titles(mine, title, tokens, token_ends, hashes, result)


@compiled
def _whole(mine: Numbers, is_mine: Bytes, marks: Marks, kinds: npt.NDArray[np.int16], result: Marks) -> None:
    """Fill what holds for the whole text."""
    count = mine.shape[0]
    paragraphs, ruled = 0, 0
    unspaced, words, stops, chars = 0.0, 0.0, 0.0, 0.0
    for n in range(count):
        row = marks[mine[n]]
        unspaced += row[UNSPACED]
        chars += row[LOG_CHARS]
        ruled += kinds[mine[n]] > 0
        if is_mine[n]:
            paragraphs += 1
            spoken = np.expm1(row[LOG_WORDS])
            words += spoken
            stops += row[STOPS] * spoken
    for n in range(count):
        row = result[n]
        row[LOG_LINES] = np.log1p(count)
        row[PARAGRAPH_SHARE] = paragraphs / count
        row[LOG_PARAGRAPHS] = np.log1p(paragraphs)
        row[MEAN_CHARS] = chars / count
        row[RULED_SHARE] = ruled / count
        row[UNSPACED_SHARE] = unspaced / count
        row[PARAGRAPH_STOPS] = stops / max(1.0, words)


@compiled
def _where(mine: Numbers, is_mine: Bytes, marks: Marks, starts: Numbers, size: int, result: Marks) -> None:
    """Fill where each line stands, from both ends of the text and of the story in it."""
    count = mine.shape[0]
    first, last = count, -1
    words = 0.0
    for n in range(count):
        words += np.expm1(marks[mine[n], LOG_WORDS])
        if is_mine[n]:
            first, last = min(first, n), n
    if last < 0:
        first, last = 0, count - 1
    before, run = 0.0, 0
    for n in range(count):
        row = result[n]
        row[POSITION] = n / count
        row[BYTE_POSITION] = starts[mine[n]] / size
        row[LINES_LEFT], row[LINES_BEFORE] = min(count - n, _FAR), min(n, _FAR)
        row[BEFORE_STORY] = min(max(first - n, 0), _LIMIT_AWAY)
        row[BEHIND_STORY] = min(max(n - last, 0), _LIMIT_AWAY)
        row[IN_STORY], row[IS_HEAD], row[IS_TAIL] = first <= n <= last, n < first, n > last
        row[WORDS_BEFORE] = before / max(1.0, words)
        before += np.expm1(marks[mine[n], LOG_WORDS])
        row[WORDS_LEFT] = 1 - before / max(1.0, words)
        row[RUN_BEFORE] = min(run, _LIMIT_RUN)
        run = 0 if is_mine[n] else run + 1
    run = 0
    for n in range(count - 1, -1, -1):
        result[n, RUN_AFTER] = min(run, _LIMIT_RUN)
        run = 0 if is_mine[n] else run + 1


@compiled
def _around(mine: Numbers, start: int, end: int, marks: Marks, result: Marks) -> None:
    """Fill whether blank lines part a line from its neighbours."""
    for n in range(mine.shape[0]):
        line = mine[n]
        result[n, BLANK_BEFORE] = line > start and marks[line - 1, LOG_CHARS] == 0
        result[n, BLANK_AFTER] = line + 1 < end and marks[line + 1, LOG_CHARS] == 0


@compiled
def _behind(mine: Numbers, kinds: npt.NDArray[np.int16], openers: npt.NDArray[np.int8], result: Marks) -> None:
    """Fill how many lines ago the last line of each opening kind was."""
    since = np.zeros(4, np.int64)  # 1 + the line of the last opener of each kind
    for n in range(mine.shape[0]):
        for which in range(4):
            away = n + 1 - since[which]
            result[n, BEHIND_COMMENTS + which] = min(away, _FAR) if since[which] else _NEVER
        opener = openers[kinds[mine[n]]]
        if opener > 1 or (opener == 1 and n >= _OPENING_LINES):  # "3 comments" above the story opens nothing
            since[opener - 1] = n + 1


@compiled
def _repeats(
    mine: Numbers, hashes: Hashes, shapes: Hashes, tokens: Tokens, token_ends: Numbers, result: Marks
) -> None:
    """Fill how often the text says the same line again, or one of the same form."""
    count = mine.shape[0]
    said, shaped = np.empty(count, np.uint64), np.empty(count, np.uint64)
    first, last = np.empty(count, np.uint64), np.empty(count, np.uint64)
    for n in range(count):
        said[n], shaped[n] = hashes[mine[n]] | _ONE, shapes[mine[n]] | _ONE
        first[n], last[n] = _ONE, _ONE
        start, end = token_ends[mine[n]], token_ends[mine[n] + 1]
        if end > start:
            first[n] = np.uint64(tokens[start]) * np.uint64(2) + _ONE
            last[n] = np.uint64(tokens[end - 1]) * np.uint64(2) + _ONE
    again, shape = _same(said), _same(shaped)
    firsts, lasts = _same(first), _same(last)
    seen = key_table(count)
    for n in range(count):
        slot = key_slot(seen, said[n])
        row = result[n]
        row[SAID_BEFORE] = seen[slot] != _ZERO
        seen[slot] = said[n]
        row[SAID_AGAIN] = min(again[n] - 1, _LIMIT_AGAIN)
        row[SAME_SHAPE] = min(shape[n], _LIMIT_SAME)
        has_words = token_ends[mine[n] + 1] > token_ends[mine[n]]
        row[SAME_FIRST_WORD] = min(firsts[n], _LIMIT_SAME) if has_words else 0
        row[SAME_LAST_WORD] = min(lasts[n], _LIMIT_SAME) if has_words else 0


@compiled
def _words(mine: Numbers, is_mine: Bytes, tokens: Tokens, token_ends: Numbers, stops: Bytes, result: Marks) -> None:
    """Fill the share of each line's telling words that other paragraphs say too."""
    total = 0
    for n in range(mine.shape[0]):
        if is_mine[n]:
            total += token_ends[mine[n] + 1] - token_ends[mine[n]]
    keys = key_table(min(total, _STORY_TOKENS))
    counts, last = np.zeros(keys.shape[0], np.int64), np.zeros(keys.shape[0], np.int64)
    read = 0
    for n in range(mine.shape[0]):
        if not is_mine[n]:
            continue
        for at in range(token_ends[mine[n]], token_ends[mine[n] + 1]):
            if read == _STORY_TOKENS:
                break
            read += 1
            key = np.uint64(tokens[at]) | _ONE
            slot = key_slot(keys, key)
            keys[slot] = key
            if last[slot] != n + 1:
                last[slot] = n + 1
                counts[slot] += 1
    _share(mine, is_mine, tokens, token_ends, stops, keys, counts, result)


@compiled
def _share(
    mine: Numbers,
    is_mine: Bytes,
    tokens: Tokens,
    token_ends: Numbers,
    stops: Bytes,
    keys: Hashes,
    counts: Numbers,
    result: Marks,
) -> None:
    """Fill the same from how many paragraphs say each word."""
    for n in range(mine.shape[0]):
        start, end = token_ends[mine[n]], token_ends[mine[n] + 1]
        telling, shared = 0, 0
        own = 1 if is_mine[n] else 0
        for at in range(start, end):
            if stops[tokens[at] >> _STOP_SHIFT]:
                continue
            telling += 1
            shared += counts[key_slot(keys, np.uint64(tokens[at]) | _ONE)] > own
        result[n, STORY_WORDS] = shared / (telling + 1)
        result[n, TELLING_WORDS] = telling / max(1, end - start)


@compiled
def _titles(
    mine: Numbers, title: Tokens, tokens: Tokens, token_ends: Numbers, hashes: Hashes, result: Marks
) -> None:
    """Fill what each line shares with the title."""
    keys = key_table(_TITLE_TOKENS)
    distinct, whole = 0, _ZERO
    for at in range(title.shape[0]):
        whole = mix(whole * _GOLDEN + np.uint64(title[at]))
        if at < _TITLE_TOKENS:
            key = np.uint64(title[at]) | _ONE
            slot = key_slot(keys, key)
            distinct += keys[slot] == _ZERO
            keys[slot] = key
    for n in range(mine.shape[0]):
        shared = 0
        for at in range(token_ends[mine[n]], token_ends[mine[n] + 1]):
            shared += keys[key_slot(keys, np.uint64(tokens[at]) | _ONE)] != _ZERO
        result[n, TITLE_WORDS] = shared / max(1, min(distinct, _TITLE_WORDS))
        result[n, IS_TITLE] = hashes[mine[n]] == whole and distinct >= _TITLE_LEAST

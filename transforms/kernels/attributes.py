"""Where elements of a page have too many attributes, whatever a parser takes for an element.

What a quoted value, a comment or a script is depends on all that stands before it, so every `<` before a letter is
followed as if a tag began there. Those that stand in the same state go on alike, so that only the one with the most
attributes counts: the time grows with the page, whatever it holds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

# What a byte is, as far as tags go, and the states of a tag: HTML standard, 13.2.5.8 and 13.2.5.32 to 13.2.5.39
_OTHER, _SPACE, _SLASH, _SIGN, _QUOTE, _APOSTROPHE, _GT = range(7)
_TAG, _GAP, _NAME, _AFTER, _EQUALS, _BARE, _DOUBLE, _SINGLE = range(8)
_QUOTES = (_QUOTE, _APOSTROPHE)
_STATES, _END, _NONE, _LT, _SOLIDUS = 8, -1, -2, ord("<"), ord("/")
_KINDS = np.zeros(256, np.uint8)
for _kind, _signs in enumerate((b" \t\n\r\f", b"/", b"=", b'"', b"'", b">"), 1):
    _KINDS[list(_signs)] = _kind
# A row for each state: the one that follows a byte of each kind
_FOLLOWS = np.array(
    [
        [_TAG, _GAP, _GAP, _TAG, _TAG, _TAG, _END],
        [_NAME, _GAP, _GAP, _NAME, _NAME, _NAME, _END],
        [_NAME, _AFTER, _GAP, _EQUALS, _NAME, _NAME, _END],
        [_NAME, _AFTER, _GAP, _EQUALS, _NAME, _NAME, _END],
        [_BARE, _EQUALS, _BARE, _BARE, _DOUBLE, _SINGLE, _END],
        [_BARE, _GAP, _BARE, _BARE, _BARE, _BARE, _END],
        [_DOUBLE, _DOUBLE, _DOUBLE, _DOUBLE, _GAP, _DOUBLE, _DOUBLE],
        [_SINGLE, _SINGLE, _SINGLE, _SINGLE, _SINGLE, _GAP, _SINGLE],
    ],
    np.int64,
)


def without_too_many(html: bytes, most: int) -> bytes:
    """Give a page whose elements have no more attributes than `most`: the first ones.

    >>> without_too_many(b'<p a="<b>" c d=e f>Words</p>', 3)
    b'<p a="<b>" c d=e >Words</p>'
    """
    kept, at = [], 0
    for start, end in _places(html, most):
        kept.append(html[at:start])
        at = end
    return b"".join([*kept, html[at:]]) if kept else html


def has_too_many(html: bytes, most: int) -> bool:
    """Tell whether an element of a page, or the end of one, may have more attributes than `most`.

    >>> has_too_many(b"<p>Words</p a b c>", 3), has_too_many(b"<p>Words</p a b c>", 2)
    (False, True)
    """
    return bool(_places(html, most))


def _places(html: bytes, most: int) -> list[tuple[int, int]]:
    if len(html) < 2 * most:  # each takes a letter, and a space or quotes
        return []
    data = np.frombuffer(html, np.uint8)
    drops = np.zeros((_STATES * (data.size // (most + 1) + 1), 2), np.int64)
    found = _drops(data, most, drops, _KINDS, _FOLLOWS)
    return [(start, end) for start, end in drops[:found].tolist()]


@compiled
def _drops(data: Bytes, most: int, drops: Numbers, kinds: Bytes, follows: Numbers) -> int:
    """Put down from where to where attributes are too many, and give how many such places there are."""
    counts, later = np.full(_STATES, _NONE, np.int64), np.full(_STATES, _NONE, np.int64)
    found, at = 0, 0
    in_tag, in_quotes, was_other = False, False, False
    while at < data.size:
        byte = data[at]
        kind = kinds[byte]
        if kind == _OTHER and byte != _LT and (was_other or not in_tag):  # a letter behind another changes no state
            at += 1
            continue
        is_start = byte == _LT and _begins_tag(data, at + 1)
        if not (is_start or in_tag or (in_quotes and kind in _QUOTES)):
            at += 1
            continue
        was_other = kind == _OTHER
        later[:] = _NONE
        for state in range(_STATES):
            if counts[state] != _NONE and follows[state, kind] != _END:
                to = follows[state, kind]
                later[to] = max(later[to], counts[state] + (to == _NAME and state != _NAME))
        if later[_NAME] > most:  # what else is followed goes on behind them, as in the page without them
            drops[found, 0], drops[found, 1] = at, _end_of(data, at, kinds, follows)
            at = drops[found, 1]
            found += 1
            counts[_GAP], counts[_NAME], counts[_AFTER] = _NONE, _NONE, _NONE
            continue
        if is_start:
            later[_TAG] = max(later[_TAG], -1 if data[at + 1] == _SOLIDUS else 0)  # its name looks like one more
        counts, later = later, counts
        in_tag = counts[:_DOUBLE].max() != _NONE
        in_quotes = counts[_DOUBLE] != _NONE or counts[_SINGLE] != _NONE
        at += 1
    return found


@compiled
def _begins_tag(data: Bytes, at: int) -> bool:
    """Tell whether the name of a tag, or of the end of an element, stands here."""
    if at < data.size and data[at] == _SOLIDUS:
        at += 1
    return at < data.size and 97 <= data[at] | 32 <= 122  # noqa: PLR2004 - a to z


@compiled
def _end_of(data: Bytes, at: int, kinds: Bytes, follows: Numbers) -> int:
    """Give where the tag ends of which a name begins here: its `>`, or the end of the page."""
    state = _GAP
    while at < data.size:
        state = follows[state, kinds[data[at]]]
        if state == _END:
            return at
        at += 1
    return at

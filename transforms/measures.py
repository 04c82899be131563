"""Measures many lines in one pass: as columns what `lines` says of one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from transforms import lines
from transforms.kernels import looks as kernel

_BATCH = 1 << 20  # characters; what is held beside the lines is a few times as many bytes
_SURROGATES = ("\ud800", "\udfff")  # halves of a character; UTF-8 has no bytes for them


@dataclass(frozen=True)
class Measured:
    """Some lines, a row of `table` each (its columns are those of the kernel), and the forms rules compare.

    A line that only `lines` itself can judge is measured as if it were empty, and has a true `is_hard`.
    """

    table: npt.NDArray[np.int64]
    is_hard: npt.NDArray[np.bool_]
    folded: list[bytes]
    plain: list[bytes]

    @property
    def chars(self) -> npt.NDArray[np.int64]:
        """Give the characters of each shown form."""
        return self.table[:, kernel.CHARS]

    def has(self, flag: int) -> npt.NDArray[np.bool_]:
        """Tell of each line whether it has the flag."""
        flags: npt.NDArray[np.int64] = self.table[:, kernel.FLAGS]
        is_so: npt.NDArray[np.bool_] = flags & flag != 0
        return is_so

    def is_prose(self, limits: lines.Prose, *, is_plain: bool = False) -> npt.NDArray[np.bool_]:
        """Tell of each line, or of its plain form, what `lines.is_prose` tells."""
        words = self.table[:, kernel.PLAIN_WORDS if is_plain else kernel.WORDS]
        ends = self.has(kernel.PLAIN_ENDS_SENTENCE if is_plain else kernel.ENDS_SENTENCE)
        return (words >= limits.long_words) | ((words >= limits.min_words) & ends)


def batches(every: Sequence[str], characters: int = _BATCH) -> Iterator[Sequence[str]]:
    """Give the lines in order, parted so that no part holds many more characters than that."""
    first, held = 0, 0
    for n, line in enumerate(every):
        held += len(line)
        if held >= characters:
            yield every[first : n + 1]
            first, held = n + 1, 0
    if first < len(every):
        yield every[first:]


def measure(some: Sequence[str], longest: int) -> Measured:
    """Give the measures of the lines, and the forms of those whose shown form has up to `longest` characters."""
    is_broken = np.zeros(len(some), np.bool_)
    try:
        data = "".join(some).encode()
    except UnicodeEncodeError:
        is_broken = np.array([_has_surrogate(line) for line in some])
        some = ["" if broken else line for line, broken in zip(some, is_broken, strict=True)]
        data = "".join(some).encode()
    table = np.zeros((len(some), kernel.COLUMNS), np.int64)
    room = kernel.MAX_FOLD * len(data)
    forms = np.empty(room, np.uint8), np.empty(room, np.uint8)
    sizes = np.fromiter(map(len, some), np.int64, len(some))
    kinds, folding = characters()
    kernel.measure(np.frombuffer(data, np.uint8), sizes, kinds, folding, longest, table, forms)
    is_hard = is_broken | (table[:, kernel.FLAGS] & kernel.IS_HARD != 0)
    folded, plain = (
        _pieces(form, table[:, end]) for form, end in zip(forms, (kernel.FOLDED_END, kernel.PLAIN_END), strict=True)
    )
    return Measured(table, is_hard, folded, plain)


def _pieces(form: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> list[bytes]:
    """Give the bytes up to each end from the one before."""
    stops = ends.tolist()
    whole = form[: stops[-1] if stops else 0].tobytes()
    return [whole[at:stop] for at, stop in zip([0, *stops], stops, strict=False)]


def _has_surrogate(line: str) -> bool:
    first, last = _SURROGATES
    return any(first <= char <= last for char in line)


@lru_cache(maxsize=1)
def characters() -> tuple[kernel.Kinds, kernel.Folding]:
    """Give, per code point, what the character is as bits, and how it is written plainly and folded.

    The second part has the plain code point, the folded one of the plain one, and, where that is not one
    character, minus one and the row in the third table, which is filled up with -1.
    """
    codes = range(kernel.PLANES)
    kinds = np.zeros(kernel.PLANES, np.uint16)
    plains = np.arange(kernel.PLANES, dtype=np.int32)
    plains[list(lines.PLAIN)] = list(lines.PLAIN.values())
    is_word = np.array([chr(code).isalnum() for code in codes])
    for first, last in lines.UNPARTED:
        is_word[ord(first) : ord(last) + 1] = False
        kinds[ord(first) : ord(last) + 1] |= kernel.EACH
    kinds[is_word] |= kernel.WORD
    kinds[is_word[plains]] |= kernel.PLAIN_WORD
    _mark(kinds, (chr(code) for code in codes if chr(code).isspace()), kernel.SPACE | kernel.CLOSER)
    _mark(kinds, lines.INVISIBLE, kernel.INVISIBLE)
    _mark(kinds, lines.LEADING, kernel.LEADING)
    _mark(kinds, lines.TRAILING, kernel.TRAILING)
    _mark(kinds, lines.PARTNER, kernel.GUILLEMET)
    _mark(kinds, lines.STOPS, kernel.STOP)
    _mark(kinds, lines.CLOSERS, kernel.CLOSER)
    kinds[kinds[plains] & kernel.CLOSER != 0] |= kernel.PLAIN_CLOSER
    kinds[ord("!") : ord("~") + 1] |= kernel.PRINTED
    folds, longer = _folds()
    return kinds, (plains, folds, longer)


def _mark(kinds: npt.NDArray[np.uint16], chars: Iterable[str], bit: int) -> None:
    for char in chars:
        kinds[ord(char)] |= bit


def _folds() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    folds = np.arange(kernel.PLANES, dtype=np.int32)
    longer: list[list[int]] = []
    for code in range(kernel.PLANES):
        folded = lines.folded(chr(code))
        if len(folded) == 1:
            folds[code] = ord(folded)
        else:
            longer.append([*map(ord, folded), *[-1] * (kernel.MAX_FOLD - len(folded))])
            folds[code] = -len(longer)
    return folds, np.array(longer, np.int32)

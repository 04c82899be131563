"""Lines of a page that say again what other lines of it say: pages carry a story twice, for two kinds of screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from transforms.looks import Look


@dataclass(frozen=True)
class RepeatLimits:
    """When a line is a second copy. F1 is of words on unseen hosts of dev: WCXB, AEB, Fundus."""

    chars: int = 30  # F1 gains .003, .005 and .002 over leaving repeats in; from 60 characters on .001 less on WCXB
    times: int = 3  # a line said more often heads each part of a list, as "How to adapt to this trend:" does;
    copied_chars: int = 150  # one as long as this does not
    story_words: int = 100  # of a line that has the whole story; F1 gains .007 on AEB, whose pages have such lines,
    story_share: float = 0.3  # of the words of all lines
    told_share: float = 0.8  # of the words of that line, in lines that stand whole in it
    told_lines: int = 3


LIMITS = RepeatLimits()


def repeats(kept: Mapping[int, Look]) -> list[int]:
    """Give the numbers of the lines that are copies, of the lines that a page's body would have, in order.

    Of lines that say the same, spaces aside, the first stays. Of a story that stands whole in one line, too, its
    paragraphs stay.
    """
    keys = {n: look.shown.replace(" ", "") for n, look in kept.items()}
    times = Counter(keys.values())
    said: set[str] = set()
    copies = []
    for n, key in keys.items():
        chars = len(kept[n].shown)
        is_copy = chars > LIMITS.chars and (times[key] <= LIMITS.times or chars > LIMITS.copied_chars)
        if is_copy and key in said:
            copies.append(n)
        said.add(key)
    whole = _whole({n: look for n, look in kept.items() if n not in copies}, keys)
    return copies if whole is None else sorted([*copies, whole])


def _whole(kept: Mapping[int, Look], keys: Mapping[int, str]) -> int | None:
    """Give the number of the line in which the paragraphs of the story stand once more, one behind the other."""
    if not kept:
        return None
    longest = max(kept, key=lambda n: (kept[n].words, -n))
    words = kept[longest].words
    if words < max(LIMITS.story_words, LIMITS.story_share * sum(look.words for look in kept.values())):
        return None
    told = [kept[n].words for n in kept if n != longest and keys[n] in keys[longest]]
    return longest if len(told) >= LIMITS.told_lines and sum(told) >= LIMITS.told_share * words else None

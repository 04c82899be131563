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
    keys = {n: look.shown.replace(" ", "") for n, look in kept.items() if len(look.shown) > LIMITS.chars}
    times = Counter(keys.values())
    said: set[str] = set()
    copies = set()
    for n, key in keys.items():
        if key in said and (times[key] <= LIMITS.times or len(kept[n].shown) > LIMITS.copied_chars):
            copies.add(n)
        said.add(key)
    whole = _whole({n: look for n, look in kept.items() if n not in copies}, keys)
    return sorted(copies if whole is None else {*copies, whole})


def _whole(kept: Mapping[int, Look], keys: Mapping[int, str]) -> int | None:
    """Give the number of the line in which the paragraphs of the story stand once more, one behind the other."""
    words = [look.words for look in kept.values()]
    most = max(words, default=0)
    if most < LIMITS.story_words or most < LIMITS.story_share * sum(words):
        return None
    longest = next(n for n, look in kept.items() if look.words == most)
    told = [kept[n].words for n in kept.keys() & keys.keys() if n != longest and keys[n] in keys[longest]]
    return longest if len(told) >= LIMITS.told_lines and sum(told) >= LIMITS.told_share * most else None

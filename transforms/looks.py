"""Looks at each distinct line once: its words, the rules that match it, whether it is prose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from transforms import lines
from transforms.normalize import is_blank
from transforms.rules import Rule, Rules


@dataclass(frozen=True)
class Look:
    """What can be said of a line without knowing where it stands."""

    raw: str
    shown: str
    words: int
    rules: tuple[Rule, ...]
    is_blank: bool
    is_prose: bool


def looker(rules: Rules) -> Callable[[str], Look]:
    """Give a function from a line to its look, which remembers the lines it has seen."""
    seen: dict[str, Look] = {}

    def look(raw: str) -> Look:
        known = seen.get(raw)
        if known is None:
            known = seen[raw] = _look(raw, rules)
        return known

    return look


def _look(raw: str, rules: Rules) -> Look:
    if is_blank(raw):
        return Look(raw, "", 0, (), is_blank=True, is_prose=False)
    text = lines.shown(raw)
    words = lines.count_words(text)
    found = rules.matches(raw, text)
    whole = any(rule.action not in {"trim", "keep"} for rule in found)
    is_prose = not whole and lines.is_prose(text, words)
    return Look(raw, text, words, found, is_blank=False, is_prose=is_prose)

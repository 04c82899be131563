"""Rules, compiled so that one pass over a line tries them all; knows nothing about pages or files."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import re2

from transforms import lines
from transforms.agencies import NONE, Agencies
from transforms.measures import Measured
from transforms.rule_checks import options

_SENTENCE = lines.Prose(min_words=5)  # a rule spares sentences unless it catches one or says `prose = true`


@dataclass(frozen=True)
class Sets:
    """In how many sets rules are tried."""

    # For rules that may take prose. dev, CPU s for 151,000 distinct lines in a new process: 2 sets take 3.9, most
    # of it for states; 3 take 2.7, 4 take 2.0, 6 take 2.3; in a process that has seen them any takes 1.4.
    prose: int = 4


SETS = Sets()


@dataclass(frozen=True)
class Rule:
    """One pattern with what to do about a line it matches."""

    id: str
    kind: str
    lang: str
    where: str
    action: str
    field: str | None
    patterns: tuple[str, ...]
    max_chars: int
    catches: tuple[str, ...]
    spares: tuple[str, ...]
    source: str
    is_cased: bool = False  # compared with the line as written, not case-folded
    takes_prose: bool = False  # may take a line that reads as a paragraph of the story
    sites: tuple[str, ...] = ()  # empty: every site
    min_leads: int = 0  # holds only in a text with so many matching lines, no two with the same `lead` group

    @property
    def pattern(self) -> str:
        """Give the alternatives as one pattern."""
        return "|".join(self.patterns)

    @cached_property
    def finders(self) -> tuple[Any, ...]:
        """Give the alternatives compiled for finding spans in a plain, not folded line.

        Each for itself, since RE2 knows a group's name only at its first use.
        """
        flags = "" if self.is_cased else "(?i)"
        return tuple(re2.compile(f"{flags}(?:{pattern})", options()) for pattern in self.patterns)

    def groups(self, plain_line: str) -> dict[str, tuple[int, int]]:
        """Give the span of each named group that took part in the match of a whole line."""
        found = next((found for one in self.finders if (found := one.fullmatch(plain_line))), None)
        if found is None:
            return {}
        numbers = found.re.groupindex.items()
        return {name: found.span(number) for name, number in numbers if found.start(number) >= 0}

    def find(self, line: str) -> tuple[int, int] | None:
        """Give the span of the first match inside a line as it is written."""
        found = next((found for one in self.finders if (found := one.search(line))), None)
        return found.span() if found else None

    def may_take(self, chars: int, *, is_prose: bool) -> bool:
        """Tell whether the rule may take a whole line of so many characters."""
        return chars <= self.max_chars and (self.takes_prose or not is_prose)

    def applies_to(self, site: str | None) -> bool:
        """Tell whether the rule is meant for pages of this site."""
        return not self.sites or (site is not None and site in self.sites)


class Rules:
    """All rules in the order in which they are tried, compiled so that one pass over a line tries them all."""

    def __init__(self, ordered: Iterable[Rule], agencies: Agencies = NONE) -> None:
        self.ordered = tuple(ordered)
        self.agencies = agencies
        self.longest = max((rule.max_chars for rule in self.ordered), default=0)
        whole = [rule for rule in self.ordered if rule.action not in {"trim", "read"}]
        self._folded = [_Patterns(some) for some in _parted([r for r in whole if not r.is_cased])]
        self._cased = [_Patterns([r for r in whole if r.is_cased])]
        self._reads = _Patterns([r for r in self.ordered if r.action == "read"])
        self._trims = _Patterns([r for r in self.ordered if r.action == "trim"], is_search=True)
        self._rank = {rule.id: rank for rank, rule in enumerate(self.ordered)}

    @cached_property
    def digest(self) -> str:
        """Give a hash of everything that can change a verdict: the rules, in order."""
        content: list[object] = [{k: v for k, v in asdict(rule).items() if k != "source"} for rule in self.ordered]
        content.append(dict(self.agencies.by_key))
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()

    def matches(self, line: str, shown: str | None = None) -> tuple[Rule, ...]:
        """Give every rule that matches the line wherever it may stand, first the one that is tried first.

        Pass the shown form where it is at hand.
        """
        shown = lines.shown(line) if shown is None else shown
        if not shown:
            return ()
        found = self._trims.find(_encoded(line.rstrip()))
        if len(shown) <= self.longest:
            found += self._whole(lines.plain(shown))
        return self._sorted(found)

    def reads(self, line: str) -> tuple[Rule, ...]:
        """Give every rule that can read something off the line, first the one that is tried first.

        Only what opens or ends a story is asked for this, so that it costs nothing per line.
        """
        return self._sorted(self._reads.find(_encoded(lines.plain(line))))

    def fits(self, rule: Rule, line: str) -> bool:
        """Tell whether a rule matches a line, or can read it where its place is right."""
        return rule in (self.reads(lines.spaced(line)) if rule.action == "read" else self.matches(line))

    def _whole(self, plain: str) -> list[Rule]:
        """Give the rules that match the whole line, in no order."""
        forms = (self._folded, lines.folded(plain)), (self._cased, plain)
        found = [
            rule
            for some, form in forms
            for patterns in some
            if len(plain) <= patterns.longest
            for rule in patterns.find(_encoded(form))
        ]
        if not found:
            return found
        prose = is_sentence(plain)
        return [rule for rule in found if rule.may_take(len(plain), is_prose=prose)]

    def matches_all(self, some: Sequence[str], measured: Measured) -> dict[int, tuple[Rule, ...]]:
        """Give what `matches` gives, by index, for those lines that are measured and that a rule matches."""
        found: dict[int, list[Rule]] = {}
        is_prose = measured.is_prose(_SENTENCE, is_plain=True)
        chars = np.where(measured.is_hard, 0, measured.chars)
        self._trims.find_all(np.flatnonzero(chars), [_encoded(line.rstrip()) for line in some], found)
        for sets, forms in ((self._folded, measured.folded), (self._cased, measured.plain)):
            for patterns in sets:
                fits = (chars > 0) & (chars <= patterns.longest) & (patterns.takes_prose | ~is_prose)
                patterns.find_all(np.flatnonzero(fits), forms, found)
        sizes, prose = chars.tolist(), is_prose.tolist()
        return {
            n: self._sorted(r for r in rules if r.action == "trim" or r.may_take(sizes[n], is_prose=prose[n]))
            for n, rules in found.items()
        }

    def _sorted(self, found: Iterable[Rule]) -> tuple[Rule, ...]:
        return tuple(sorted(found, key=lambda rule: self._rank[rule.id]))


def is_sentence(line: str) -> bool:
    """Tell whether a line reads as a sentence, which only rules made for sentences may take."""
    return lines.is_prose(line, lines.count_words(line), _SENTENCE)


def _parted(rules: list[Rule]) -> Iterator[list[Rule]]:
    """Give the rules in sets for one pass each: what they match together is the same, but not what it costs."""
    yield [rule for rule in rules if not rule.takes_prose]
    prose = sorted((rule for rule in rules if rule.takes_prose), key=lambda rule: rule.max_chars)
    size = max(1, math.ceil(len(prose) / SETS.prose))  # fewer lines are short enough for the first sets
    yield from (prose[at : at + size] for at in range(0, len(prose), size))


class _Patterns:
    """Some rules, tried in one pass over a line."""

    def __init__(self, rules: list[Rule], *, is_search: bool = False) -> None:
        self._rules = rules
        self.longest = max((rule.max_chars for rule in rules), default=0)
        self.takes_prose = any(rule.takes_prose for rule in rules)
        # The method behind the wrapper that takes str too: half the cost of a call, of which there is one per line.
        made = _set(tuple(rule.pattern for rule in rules), is_search=is_search)
        self._match = getattr(made, "_set", made).Match

    def find(self, line: bytes) -> list[Rule]:
        """Give the rules that match the line, in no order."""
        if not self._rules:
            return []
        return [self._rules[n] for n in self._match(line) or ()]

    def find_all(self, rows: npt.NDArray[np.int64], forms: Sequence[bytes], found: dict[int, list[Rule]]) -> None:
        """Add to `found` the rules that match the lines of those numbers."""
        if not self._rules:
            return
        chosen = rows.tolist()
        for row, hits in zip(chosen, map(self._match, map(forms.__getitem__, chosen)), strict=True):
            if hits:
                found.setdefault(row, []).extend(self._rules[n] for n in hits)


@lru_cache(maxsize=16)  # two loads: those sets that hold no rule of an own file are the same for both
def _set(patterns: tuple[str, ...], *, is_search: bool) -> Any:
    choice = options()
    choice.case_sensitive = not is_search
    made = re2.Set.SearchSet(choice) if is_search else re2.Set.FullMatchSet(choice)
    for pattern in patterns:
        made.Add(pattern)
    if patterns:
        made.Compile()
    return made


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")

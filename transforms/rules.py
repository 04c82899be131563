"""Rules, compiled so that one pass over a line tries them all; knows nothing about pages or files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import re2

from transforms import lines
from transforms.rule_checks import options

_SENTENCE = lines.Prose(min_words=5)  # a rule spares sentences unless it catches one or says `prose = true`


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

    def applies_to(self, site: str | None) -> bool:
        """Tell whether the rule is meant for pages of this site."""
        return not self.sites or (site is not None and site in self.sites)


class Rules:
    """All rules in the order in which they are tried, compiled so that one pass over a line tries them all."""

    def __init__(self, ordered: Iterable[Rule]) -> None:
        self.ordered = tuple(ordered)
        self.longest = max((rule.max_chars for rule in self.ordered), default=0)
        whole = [rule for rule in self.ordered if rule.action != "trim"]
        self._folded = _Patterns([r for r in whole if not r.is_cased], is_search=False)
        self._cased = _Patterns([r for r in whole if r.is_cased], is_search=False)
        self._trims = _Patterns([r for r in self.ordered if r.action == "trim"], is_search=True)
        self._rank = {rule.id: rank for rank, rule in enumerate(self.ordered)}

    @cached_property
    def digest(self) -> str:
        """Give a hash of everything that can change a verdict: the rules, in order."""
        content = [{k: v for k, v in asdict(rule).items() if k != "source"} for rule in self.ordered]
        return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()

    def matches(self, line: str, shown: str | None = None) -> tuple[Rule, ...]:
        """Give every rule that matches the line wherever it may stand, first the one that is tried first.

        Pass the shown form where it is at hand.
        """
        shown = lines.shown(line) if shown is None else shown
        if not shown:
            return ()
        found = self._trims.find(line.rstrip())
        if len(shown) <= self.longest:
            found += self._whole(lines.plain(shown))
        return tuple(sorted(found, key=lambda rule: self._rank[rule.id])) if found else ()

    def _whole(self, plain: str) -> list[Rule]:
        """Give the rules that match the whole line, in no order."""
        found = self._folded.find(lines.folded(plain)) + self._cased.find(plain)
        if not found:
            return found
        prose = is_sentence(plain)
        return [rule for rule in found if len(plain) <= rule.max_chars and (rule.takes_prose or not prose)]


def is_sentence(line: str) -> bool:
    """Tell whether a line reads as a sentence, which only rules made for sentences may take."""
    return lines.is_prose(line, lines.count_words(line), _SENTENCE)


class _Patterns:
    """Many patterns tried in one pass."""

    def __init__(self, rules: list[Rule], *, is_search: bool) -> None:
        self._rules = rules
        choice = options()
        choice.case_sensitive = not is_search
        self._set = re2.Set.SearchSet(choice) if is_search else re2.Set.FullMatchSet(choice)
        for rule in rules:
            self._set.Add(rule.pattern)
        if rules:
            self._set.Compile()

    def find(self, line: str) -> list[Rule]:
        if not self._rules:
            return []
        return [self._rules[n] for n in self._set.Match(line.encode("utf-8", "replace")) or ()]

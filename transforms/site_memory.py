"""What is known of single lines of single sites: learned over many editions, decided by a person or by support.

A line is known by its key, so that a site may change quotation marks, case or spaces. Memory holds no text that
nobody decided about, and comes from plain rows, so that the same history gives the same memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from transforms.lines import count_words, ends_sentence, is_prose, shown
from transforms.normalize import match_form, repair

APPROVED, VETOED, PROPOSED = "approved", "vetoed", "proposed"
PERSON, SUPPORT = "person", "support"
DIGEST_CHARS = 16
_NAMES = ("site", "line_key", "state", "decided_by")
FIRST_CHARS = 12  # of a line are compared first: nearly every line of a story ends its search there


@dataclass(frozen=True)
class LearnLimits:
    """When a line that repeats is proposed, and when it may be cut without a person."""

    min_stories: int = 3  # dev: of 63 lines on three pages of a site 4 are mostly content, on two 375 of 1,958
    min_editions: int = 2  # one batch is no history: a scraper's fault or one night's banner repeats in it
    edge_share: float = 0.9  # dev: of 696 such lines at the edges on two pages 16 are content; elsewhere 178 of 958


LEARN_LIMITS = LearnLimits()


@dataclass(frozen=True)
class KnownLines:
    """The lines of one site that somebody decided about, by their keys."""

    approved: frozenset[str]
    vetoed: frozenset[str]
    supported: frozenset[str]

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        keys = self.approved | self.vetoed | self.supported
        return frozenset(key[:size] for key in keys for size in range(min(len(key), FIRST_CHARS) + 1))

    def _may_begin(self, line: str) -> bool:
        """Tell cheaply whether a known line may begin so: the match form of a beginning begins the match form."""
        first = line.lstrip()[:FIRST_CHARS]
        if not (first.isascii() and first.isprintable()):  # a repair may change it
            first = repair(line).text[:FIRST_CHARS]
        return match_form(first)[:FIRST_CHARS] in self._beginnings

    def decision(self, line: str) -> str | None:
        """Give "approved", "vetoed" or "support" for a line as it stands in a text, None for any other."""
        if not self._may_begin(line):
            return None
        key = line_key(line)
        if key in self.vetoed:
            return VETOED
        if key in self.approved:
            return APPROVED
        return SUPPORT if key in self.supported else None


class SiteMemory:
    """The decisions about lines, site by site."""

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        """Take rows with site, line_key, state (approved or vetoed) and decided_by (person or support).

        A key without a letter says nothing: it would stand for every line of ornaments.
        """
        self.rows = sorted({tuple(str(row[name]) for name in _NAMES) for row in rows if is_line(row["line_key"])})
        keys: dict[str, dict[str, set[str]]] = {}
        for site, key, state, decided_by in self.rows:
            told = keys.setdefault(site, {APPROVED: set(), VETOED: set(), SUPPORT: set()})
            told[SUPPORT if decided_by == SUPPORT else state].add(key)
        self._sites = {
            site: KnownLines(frozenset(told[APPROVED]), frozenset(told[VETOED]), frozenset(told[SUPPORT]))
            for site, told in keys.items()
        }

    def on(self, site: str | None) -> KnownLines | None:
        """Give what is known of a site's lines; None where nothing is."""
        return None if site is None else self._sites.get(site)

    def table(self) -> pa.Table:
        """Give the rows as a table, from which the same memory can be made."""
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(_NAMES)
        return pa.table({name: pa.array(column, pa.string()) for name, column in zip(_NAMES, columns, strict=True)})

    @cached_property
    def digest(self) -> str:
        """Give a hash of what persons decided, then "+" and a hash of what support decides; "" where nothing is."""
        persons = _digest(row[:3] for row in self.rows if row[3] != SUPPORT)
        support = _digest(row[:3] for row in self.rows if row[3] == SUPPORT)
        return f"{persons}+{support}" if support else persons


def line_key(line: str) -> str:
    """Give what two lines of a site share that differ in dress alone: the match form of the repaired line.

    >>> line_key("» Sign up – it’s free!") == line_key("Sign up: it's  free")
    True
    """
    return match_form(repair(line).text)


def is_line(key: str) -> bool:
    """Tell whether a key can stand for a line of text: it has a letter; numbers and ornaments are no furniture.

    >>> is_line("12 30"), is_line("page 2")
    (False, True)
    """
    return any(char.isalpha() for char in key)


def reads_as_sentence(line: str) -> bool:
    """Tell whether a line may be somebody's sentence, which no number of repetitions makes a leftover.

    >>> reads_as_sentence("The agency is not part of the group."), reads_as_sentence("Sign up here")
    (True, False)
    """
    shown_line = shown(line)
    return ends_sentence(shown_line) or is_prose(shown_line, count_words(shown_line))


def _digest(rows: Iterable[tuple[str, ...]]) -> str:
    """Give a short hash of rows, the one that sql/checks computes; "" where there are none."""
    text = "\n".join("\t".join(row) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS] if text else ""

"""Loads and compiles the rule files; knows nothing about pages.

A rule file is TOML: an optional `kind` for all its rules, an optional table `[words]` of named pieces of
pattern that every rule may use as `{name}`, and one `[[rule]]` table per rule. Patterns are RE2, written
case-folded with straight quotes and hyphens, and match the whole line (`trim`: any part of it).
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import re2

from transforms import lines
from transforms.errors import RuleError
from transforms.rule_checks import Failure, check_choices, check_keys, check_pattern, options

PACKAGED = Path(__file__).parent / "rules"
_MAX_CHARS = 160  # dev: 98 % of the lines that rules take are no longer; a rule may set its own limit
_SENTENCE = lines.Prose(min_words=5)  # a rule spares sentences unless it catches one or says `prose = true`
_WORD_NAME = re.compile(r"\{([a-z_]+)\}")  # cannot collide with {2,5} or \p{Lu}


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
        is_sentence = _is_sentence(plain)
        return [rule for rule in found if len(plain) <= rule.max_chars and (rule.takes_prose or not is_sentence)]


def _is_sentence(line: str) -> bool:
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


def load(*folders: Path) -> Rules:
    """Give the packaged rules and those of `folders`, which are tried first.

    RuleError names the file, the rule, the reason and the remedy.
    """
    files = [path for folder in (*folders, PACKAGED) for path in _files(folder)]
    tables = {path: _table(path) for path in files}
    words = _words(tables)
    ordered = [rule for path, table in tables.items() for rule in _rules(path, table, words)]
    _check_ids(ordered)
    ordered.sort(key=lambda rule: rule.action != "keep")  # keep-rules win over all
    loaded = Rules(ordered)
    for rule in ordered:
        _check_examples(rule, loaded)
    return loaded


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise RuleError(f"{folder}: no such folder of rules. Create it, or correct the setting that names it.")
    return sorted(folder.glob("*.toml"))


def _table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path.name}: not valid TOML: {error}. Write patterns in 'single quotes'.") from error
    unknown = set(table) - {"kind", "words", "rule"}
    if unknown:
        raise RuleError(
            f"{path.name}: unknown key '{min(unknown)}'. A file holds kind, [words] and [[rule]] tables."
        )
    if not isinstance(table.get("words", {}), dict):
        raise RuleError(f"{path.name}: 'words' is no table. Write [words] and under it name = 'pattern'.")
    rows = table.get("rule", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RuleError(f"{path.name}: 'rule' is no list of tables. Begin each rule with the line [[rule]].")
    return table


def _words(tables: Mapping[Path, Mapping[str, Any]]) -> dict[str, str]:
    """Give each named piece of pattern, as a group."""
    words: dict[str, str] = {}
    for path, table in tables.items():
        for name, value in table.get("words", {}).items():
            if name in words:
                raise RuleError(f"{path.name}: [words] {name} is defined twice. Choose another name.")
            if not (pieces := _texts(value)):
                raise RuleError(f"{path.name}: [words] {name} is no text: {value!r}. {_QUOTE}")
            words[name] = f"(?:{'|'.join(pieces)})"
    return words


_QUOTE = "Give a pattern in 'single quotes', or a list of them."


def _texts(value: object) -> list[str]:
    """Give the one pattern or the list of patterns; nothing where the value is neither."""
    given = value if isinstance(value, list) else [value]
    texts = [text for text in given if isinstance(text, str)]
    return texts if len(texts) == len(given) else []


def _rules(path: Path, table: Mapping[str, Any], words: Mapping[str, str]) -> list[Rule]:
    return [_rule(path, {"kind": table.get("kind"), **row}, words) for row in table.get("rule", [])]


def _rule(path: Path, row: Mapping[str, Any], words: Mapping[str, str]) -> Rule:
    """Give one checked rule."""
    fail = Failure(path.name, str(row.get("id", "without id")))
    check_keys(row, fail)
    check_choices(row, fail)
    if not (written := _texts(row["match"])):
        raise fail(f"has a 'match' that is no text: {row['match']!r}. {_QUOTE}")
    patterns = tuple(_expand(pattern, words, fail) for pattern in written)
    for pattern in patterns:
        check_pattern(pattern, row, fail)
    return Rule(
        id=row["id"],
        kind=row["kind"],
        lang=row["lang"],
        where=row["where"],
        action=row["action"],
        field=row.get("field"),
        patterns=patterns,
        max_chars=row.get("max_chars", _MAX_CHARS),
        catches=tuple(row["catches"]),
        spares=tuple(row["spares"]),
        source=path.name,
        is_cased=row.get("cased", False),
        takes_prose=row.get("prose", any(_is_sentence(lines.shown(line)) for line in row["catches"])),
        sites=tuple(row.get("sites", ())),
        min_leads=row.get("min_leads", 0),
    )


def _expand(pattern: str, words: Mapping[str, str], fail: Failure) -> str:
    """Give the pattern with `{name}` replaced by the words of that name."""

    def piece(found: re.Match[str]) -> str:
        if found[1] not in words:
            raise fail(f"uses {{{found[1]}}}, which no [words] table defines. Known: {', '.join(sorted(words))}.")
        return words[found[1]]

    for _ in range(_NESTING):
        pattern = _WORD_NAME.sub(piece, pattern)
    return pattern


_NESTING = 3  # words may use words, this deep


def _check_ids(ordered: list[Rule]) -> None:
    seen: dict[str, str] = {}
    for rule in ordered:
        if rule.id in seen:
            raise RuleError(
                f"{rule.source}: rule '{rule.id}' is also in {seen[rule.id]}. Give it an id of its own."
            )
        seen[rule.id] = rule.source


def _check_examples(rule: Rule, loaded: Rules) -> None:
    """Raise where a rule does not do what its own examples say."""
    for line in rule.catches:
        if rule not in loaded.matches(line):
            raise RuleError(
                f"{rule.source}: rule '{rule.id}' does not match a line it catches: {line!r}. Widen match."
            )
    for line in rule.spares:
        if rule in loaded.matches(line):
            raise RuleError(
                f"{rule.source}: rule '{rule.id}' spares a line it also matches: {line!r}. Narrow match."
            )

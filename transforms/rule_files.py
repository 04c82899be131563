"""Loads the rule files and checks every rule in them.

A rule file is TOML: an optional `kind` for all its rules, an optional table `[words]` of named pieces of
pattern that every rule may use as `{name}`, and one `[[rule]]` table per rule. Patterns are RE2, written
case-folded with straight quotes and hyphens, and match the whole line (`trim`: any part of it).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transforms import lines
from transforms.errors import RuleError
from transforms.rule_checks import Failure, check_choices, check_keys, check_pattern
from transforms.rules import Rule, Rules, is_sentence

PACKAGED = Path(__file__).parent / "rules"
_MAX_CHARS = 160  # dev: 98 % of the lines that rules take are no longer; a rule may set its own limit
_WORD_NAME = re.compile(r"\{([a-z_]+)\}")  # cannot collide with {2,5} or \p{Lu}


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
        takes_prose=row.get("prose", any(is_sentence(lines.shown(line)) for line in row["catches"])),
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

"""Loads the rule files and checks every rule in them.

A rule file is TOML: an optional `kind` for all its rules, an optional table `[words]` of named pieces of
pattern that every rule may use as `{name}`, and one `[[rule]]` table per rule. A rule says which lines it
takes by `text` (the whole line), `starts` (how it begins) or `match` (RE2, written case-folded with straight
quotes and hyphens, for the whole line; with `trim`, for any part of it).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import re2

from transforms import lines
from transforms.agencies import TABLES, Agencies, listed
from transforms.errors import RuleError
from transforms.rule_checks import DEFAULTS, SAYS, Failure, check_choices, check_keys, check_pattern
from transforms.rules import Rule, Rules, is_sentence

PACKAGED = Path(__file__).parent / "rules"
GOLDEN = PACKAGED / "golden.txt"
_MAX_CHARS = 160  # dev: 98 % of the lines that rules take are no longer; a rule may set its own limit
_WORD_NAME = re.compile(r"\{([a-z_]+)\}")  # cannot collide with {2,5} or \p{Lu}


def load(*places: Path, is_checked: bool = False) -> Rules:
    """Give the packaged rules and those of `places`, folders or single files, which are tried first.

    RuleError names the file, the rule, the reason and the remedy. With `is_checked` patterns and examples are taken
    on trust, in half the time: for who compares the digest with that of rules that were loaded without. Files that
    a process has loaded before cost it nothing while they hold the same bytes.
    """
    paths = dict.fromkeys(path for place in (*places, PACKAGED) for path in files_of(place))
    return _loaded(tuple((path, _content(path)) for path in paths), is_checked=is_checked)


Files = tuple[tuple[Path, bytes], ...]  # with what is in them, in the order in which they are read


@lru_cache(maxsize=4)  # of the run, and of a file that is tried out
def _loaded(files: Files, *, is_checked: bool) -> Rules:
    if is_checked:
        with suppress(re2.error):  # then a file was changed since, and what is wrong must be said
            return Rules(*_read(files, is_checked=True))
    ordered, agencies = _read(files, is_checked=False)
    loaded = _compiled(ordered, agencies)
    for rule in ordered:
        _check_examples(rule, loaded)
    _check_golden(golden(), loaded)
    return loaded


def _read(files: Files, *, is_checked: bool) -> tuple[list[Rule], Agencies]:
    """Give all rules in the order in which they are tried, and the agencies."""
    tables = {path: _table(path, content) for path, content in files}
    agencies = listed((str(path), table) for path, table in tables.items())
    words = _words(tables, agencies.words)
    ordered = [rule for path, table in tables.items() for rule in _rules(path, table, words, is_checked=is_checked)]
    _check_ids(ordered)
    ordered.sort(key=lambda rule: rule.action != "keep")  # keep-rules win over all
    return ordered, agencies


@cache
def packaged_agencies() -> Agencies:
    """Give the agencies of the packaged rule files alone, without their rules."""
    return listed((path.name, _table(path, _content(path))) for path in files_of(PACKAGED))


def files_of(place: Path) -> list[Path]:
    """Give the rule files of a folder in order, or the one file."""
    if place.is_file():
        if place.suffix != ".toml":
            raise RuleError(f"{place}: is no rule file by its name. Have it end in .toml, or it is not found.")
        return [place]
    if not place.is_dir():
        raise RuleError(f"{place}: no such folder of rules. Create it, or correct the setting that names it.")
    return sorted(place.glob("*.toml"))


def golden() -> tuple[str, ...]:
    """Give lines of stories, in many languages, that no rule may take."""
    every = GOLDEN.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in every if line and not line.startswith("# "))


def _compiled(ordered: list[Rule], agencies: Agencies) -> Rules:
    try:
        return Rules(ordered, agencies)
    except re2.error as error:
        own = [rule for rule in ordered if Path(rule.source).parent != PACKAGED] or ordered
        longest = max(own, key=lambda rule: sum(finder.programsize for finder in rule.finders))
        raise RuleError(
            f"{longest.source}: rule '{longest.id}' is the largest of more than RE2 can hold. "
            "Use smaller counts in {…} there, or fewer rules."
        ) from error


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise RuleError(f"{path}: is no file. Only files with rules may be named .toml here; move it away.")
    return path.read_bytes()


def _table(path: Path, content: bytes) -> dict[str, Any]:
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: is not UTF-8: {error.reason} at byte {error.start}. Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RuleError(
            f"{path}: not valid TOML: {error}. Correct it; patterns stand in 'single quotes'."
        ) from error
    if unknown := sorted(set(table) - {"kind", "words", "rule", *TABLES}):
        raise RuleError(f"{path}: unknown key '{unknown[0]}'. A file holds kind, [words], [agencies], [[rule]].")
    if not isinstance(table.get("words", {}), dict):
        raise RuleError(f"{path}: 'words' is no table. Write [words] and under it name = 'pattern'.")
    rows = table.get("rule", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RuleError(f"{path}: 'rule' is no list of tables. Begin each rule with the line [[rule]].")
    if not rows and not any(table.get(name) for name in ("words", *TABLES)):
        raise RuleError(f"{path}: holds no rule. Begin one with the line [[rule]], or delete the file.")
    return table


def _words(tables: Mapping[Path, Mapping[str, Any]], made: Mapping[str, str]) -> dict[str, str]:
    """Give each named piece of pattern, as a group, beside those `made` of other tables."""
    words = dict(made)
    for path, table in reversed(list(tables.items())):
        for name, value in table.get("words", {}).items():
            if name in words:
                raise RuleError(f"{path}: [words] {name} is defined twice. Choose another name.")
            if not (pieces := _texts(value)):
                raise RuleError(f"{path}: [words] {name} is no text: {value!r}. {_QUOTE}")
            words[name] = f"(?:{'|'.join(pieces)})"
    return words


_QUOTE = "Give a text in 'single quotes', or a list of them."


def _texts(value: object) -> list[str]:
    """Give the one pattern or the list of patterns; nothing where the value is neither."""
    given = value if isinstance(value, list) else [value]
    texts = [text for text in given if isinstance(text, str)]
    return texts if len(texts) == len(given) else []


def _rules(path: Path, table: Mapping[str, Any], words: Mapping[str, str], *, is_checked: bool) -> list[Rule]:
    shared = {**DEFAULTS, **{key: table[key] for key in ("kind",) if key in table}}
    return [_rule(path, {**shared, **row}, words, is_checked=is_checked) for row in table.get("rule", [])]


def _rule(path: Path, row: Mapping[str, Any], words: Mapping[str, str], *, is_checked: bool) -> Rule:
    """Give one checked rule."""
    fail = Failure(str(path), str(row.get("id", "without id")))
    check_keys(row, fail)
    check_choices(row, fail)
    patterns = _patterns(row, words, fail)
    for pattern in () if is_checked else patterns:
        check_pattern(pattern, row, fail)
    catches = row.get("catches") or _texts(row["text"])
    return Rule(
        id=row["id"],
        kind=row["kind"],
        lang=row["lang"],
        where=row["where"],
        action=row["action"],
        field=row.get("field"),
        patterns=patterns,
        max_chars=row.get("max_chars", max(_MAX_CHARS, *map(len, _texts(row.get("text", ""))))),
        catches=tuple(catches),
        spares=tuple(row.get("spares", ())),
        source=str(path),
        is_cased=row.get("cased", False),
        takes_prose=row.get("prose", any(is_sentence(lines.shown(line)) for line in catches)),
        sites=tuple(row.get("sites", ())),
        min_leads=row.get("min_leads", 0),
    )


def _patterns(row: Mapping[str, Any], words: Mapping[str, str], fail: Failure) -> tuple[str, ...]:
    key = next(key for key in SAYS if key in row)
    if not (written := _texts(row[key])):
        raise fail(f"has a '{key}' that is no text: {row[key]!r}. {_QUOTE}")
    if key == "match":
        return tuple(_expand(pattern, words, fail) for pattern in written)
    return tuple(_literal(text, row, fail) for text in written)


def _literal(text: str, row: Mapping[str, Any], fail: Failure) -> str:
    """Give the pattern of a text as people write it, in the form in which lines are compared."""
    if "\n" in text:
        raise fail(f"has a text of several lines: {text!r}. Give them one by one: ['first', 'second'].")
    if row["action"] == "trim":  # looks at lines as they are written
        form = text
    else:
        form = lines.plain(_beginning(text) if "starts" in row else lines.shown(text))
        form = form if row.get("cased") else lines.folded(form)
    if not form.strip():
        raise fail(f"has a text without a word: {text!r}. Ornaments go by themselves; write words.")
    return str(re2.escape(form)) + (".*" if "starts" in row else "")


def _beginning(text: str) -> str:
    """Give the shown form of how a line begins: with the marks at its end, for there the line goes on.

    >>> _beginning("• Tags: ")
    'Tags: '
    """
    more = "x"
    return lines.shown(text + more).removesuffix(more)


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
    for rule in reversed(ordered):  # the packaged come last; who meets their name is the one to change
        if rule.id in seen:
            raise RuleError(
                f"{rule.source}: rule '{rule.id}' is also in {seen[rule.id]}. Give it an id of its own."
            )
        seen[rule.id] = rule.source


def _check_examples(rule: Rule, loaded: Rules) -> None:
    """Raise where a rule does not do what its own examples say."""
    fail = Failure(rule.source, rule.id)
    for line in rule.catches:
        if not loaded.fits(rule, line):
            raise fail(f"does not match a line it catches: {line!r}. {_why_missed(rule, line)}")
    for line in rule.spares:
        if loaded.fits(rule, line):
            raise fail(f"spares a line it also matches: {line!r}. Narrow the rule.")


def _why_missed(rule: Rule, line: str) -> str:
    """Give what to do about a line that the rule does not match."""
    shown = lines.shown(line)
    is_whole = rule.action not in {"trim", "read"}
    if is_whole and len(shown) > rule.max_chars:
        return f"It is longer than max_chars = {rule.max_chars}. Set max_chars = {len(shown)}."
    if is_whole and not rule.takes_prose and is_sentence(lines.plain(shown)):
        return "It reads as a sentence. Leave prose = false out."
    return "Widen the rule."


def _check_golden(story_lines: Iterable[str], loaded: Rules) -> None:
    """Raise where a rule takes a line of a story; one line says nothing of a rule that needs several."""
    for line in story_lines:
        taker = next((r for r in loaded.matches(line) if r.action != "keep" and not r.min_leads), None)
        if taker is not None:
            raise Failure(taker.source, taker.id)(f"takes a line of a story: {line!r}. Narrow the rule.")

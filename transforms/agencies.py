"""The news agencies that the rule files list: what each is called, and the one name that the column gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transforms import lines
from transforms.errors import RuleError

TABLES = ("agencies", "ambiguous_agencies")


@dataclass(frozen=True)
class Agencies:
    """Names of agencies; `by_key` has the column's name for each way to write one, in letters and digits alone."""

    by_key: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)  # pieces of pattern: {agency} and {agency_short}

    def name(self, written: str) -> str | None:
        """Give the column's name of an agency as a line writes it; null where no file lists it.

        >>> listed([("a.toml", {"agencies": {"AP": ["Associated Press"]}})]).name("the ASSOCIATED PRESS")
        'AP'
        """
        key = lines.match_key(written)
        return self.by_key.get(key) or self.by_key.get(key.removeprefix("the"))


NONE = Agencies()


def listed(files: Iterable[tuple[str, Mapping[str, Any]]]) -> Agencies:
    """Give the agencies of all rule files, each with its name and its tables.

    RuleError where a table is none, a name is no text, or one name stands for two agencies.
    """
    by_key: dict[str, str] = {}
    origins: dict[str, str] = {}  # the file that a key is from
    written: dict[str, list[str]] = {table: [] for table in TABLES}
    for file, content in files:
        for table in TABLES:
            for name, others in _rows(file, table, content):
                for each in (name, *others):
                    key = lines.match_key(each)
                    known, origin = by_key.setdefault(key, name), origins.setdefault(key, file)
                    if known != name:
                        raise RuleError(
                            f"{file}: [{table}] '{each}' is '{name}' here and '{known}' in {origin}. Keep one."
                        )
                written[table] += [name, *others]
    sure = [lines.folded(name) for name in written["agencies"]]
    pieces = {"agency": sure, "agency_short": written["ambiguous_agencies"]}
    return Agencies(by_key, {word: _either(names) for word, names in pieces.items() if names})


def _rows(file: str, table: str, content: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    rows = content.get(table, {})
    is_right = isinstance(rows, dict) and all(
        isinstance(others, list) and all(isinstance(one, str) and lines.match_key(one) for one in (name, *others))
        for name, others in rows.items()
    )
    if not is_right:
        raise RuleError(
            f'{file}: [{table}] is not a table of names. Write "AP" = ["Associated Press"], or "AP" = [].'
        )
    return list(rows.items())


def _either(names: Iterable[str]) -> str:
    """Give a pattern for any of the names."""
    return f"(?:{'|'.join(sorted({re.escape(lines.plain(name)) for name in names}))})"

"""Checks one rule as it stands in its file; what is wrong comes with the file, the rule and the remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import re2

from transforms.errors import RuleError

WHERE = ("head", "tail", "edge", "late", "anywhere")  # edge: head or tail; late: past half of the paragraphs
ACTIONS = ("keep", "cut", "cut-rest", "move", "trim")
FIELDS = ("title", "author", "credits", "agency", "signoff", "republished_from", "captions", "is_updated")
_REQUIRED = {"id", "lang", "where", "match", "action", "catches", "spares"}
_OPTIONAL = {"kind", "field", "max_chars", "cased", "prose", "sites", "min_leads"}
_MAX_MEM = (
    256 << 20
)  # bytes for RE2's tables: same answers from 16 MB on, 3.6 times as fast as that; 117 MB came into use
_NOT_FOLDED = re.compile(r"\\p\{[^}]*\}|\\.|\(\?P<[a-z_]+>|[A-Zß‘’“”–—]")


@dataclass(frozen=True)
class Failure:
    """Words an error about one rule."""

    file: str
    rule: str

    def __call__(self, reason: str) -> RuleError:
        """Give the error for a reason that ends with the remedy."""
        return RuleError(f"{self.file}: rule '{self.rule}' {reason}")


def check_keys(row: Mapping[str, Any], fail: Failure) -> None:
    """Raise where a key is missing, unknown or of the wrong type."""
    given = {key for key, value in row.items() if value is not None}
    if missing := sorted((_REQUIRED | {"kind"}) - given):
        raise fail(f"lacks '{missing[0]}'. Every rule states {', '.join(sorted(_REQUIRED | {'kind'}))}.")
    if unknown := sorted(given - _REQUIRED - _OPTIONAL):
        raise fail(
            f"has the unknown key '{unknown[0]}'. Allowed beside the required ones: {', '.join(sorted(_OPTIONAL))}."
        )
    for key, kinds in _TYPES.items():
        if key in given and type(row[key]) not in kinds:  # a boolean is no number here
            raise fail(f"has a '{key}' of the wrong type: {row[key]!r}. See the packaged files for examples.")
    for key in ("catches", "spares"):
        if not row[key]:
            raise fail(f"has no '{key}'. Give at least one line it {key}.")
    for key in ("catches", "spares", "sites"):
        if strange := [one for one in row.get(key, ()) if not isinstance(one, str)]:
            raise fail(f"has {strange[0]!r} among its '{key}', which is no text. Put it in \"quotes\".")


_TYPES: dict[str, tuple[type, ...]] = {
    "id": (str,), "kind": (str,), "lang": (str,), "where": (str,), "action": (str,), "field": (str,),
    "match": (str, list), "max_chars": (int,), "cased": (bool,), "prose": (bool,), "sites": (list,),
    "min_leads": (int,), "catches": (list,), "spares": (list,),
}  # fmt: skip


def check_choices(row: Mapping[str, Any], fail: Failure) -> None:
    """Raise where a place, an action or a column is none that exists."""
    for key, choices in (("where", WHERE), ("action", ACTIONS), ("field", FIELDS)):
        if row.get(key) is not None and row[key] not in choices:
            raise fail(f"has {key} = '{row[key]}'. Use one of: {', '.join(choices)}.")
    if row["action"] == "move" and "field" not in row:
        raise fail(f"moves lines to no column. Add field = one of: {', '.join(FIELDS)}.")
    if row["action"] != "move" and "field" in row:
        raise fail("has a field but does not move. Use action = 'move', or leave field out.")


def check_pattern(pattern: str, row: Mapping[str, Any], fail: Failure) -> None:
    """Raise where RE2 refuses the pattern, or where it can match nothing or anything."""
    try:
        compiled = re2.compile(pattern, options())
    except re2.error as error:
        raise fail(
            f"has a pattern that RE2 refuses: {_message(error)}. No lookaround, no back-references."
        ) from error
    if compiled.fullmatch("") is not None:
        raise fail("matches an empty line. Make some part of the pattern required.")
    if row["action"] != "trim" and compiled.fullmatch(_ANY_LINE) is not None:
        raise fail("matches any line at all. Narrow match.")
    if row.get("cased") or row["action"] == "trim":
        return
    if strange := [found for found in _NOT_FOLDED.findall(pattern) if len(found) == 1]:
        raise fail(f"has '{strange[0]}' in its pattern, which no case-folded line contains. "
                   "Write lower case, ss for ß, straight quotes and hyphens, or set cased = true.")  # fmt: skip


_ANY_LINE = "zq vx 7 kw, the zq said vx."


def _message(error: re2.error) -> str:
    detail = error.args[0] if error.args else "unknown"
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)


def options() -> Any:
    """Give what every pattern is compiled with: enough memory, and no lines on stderr."""
    chosen = re2.Options()
    chosen.max_mem = _MAX_MEM
    chosen.log_errors = False
    return chosen

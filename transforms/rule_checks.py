"""Checks one rule as it stands in its file; what is wrong comes with the file, the rule and the remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from transforms.errors import RuleError

# edge: head or tail; late: past half of the paragraphs; apart: anywhere but alone between two paragraphs
WHERE = ("head", "tail", "edge", "late", "apart", "anywhere")
ACTIONS = ("keep", "cut", "cut-rest", "move", "trim", "read")
FIELDS = ("author", "credits", "agency", "dateline", "signoff", "republished_from", "captions", "is_updated")
SAYS = ("text", "starts", "match")  # which lines a rule takes: those, those that begin so, those a pattern fits
DEFAULTS: Mapping[str, Any] = {"kind": "leftover", "lang": "any", "where": "anywhere", "action": "cut"}
_EXAMPLES = ("catches", "spares")
_OPTIONAL = {"field", "max_chars", "cased", "prose", "sites", "min_leads", *_EXAMPLES}
_KNOWN = {"id", *SAYS, *DEFAULTS, *_OPTIONAL}
_ID = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_KIND = re.compile(r"[a-z][a-z_]*")
_OWN_IDS = {"layout", "memory", "model", "title"}  # what judge.py itself decides is named so
_OWN_KINDS = {"blank", "repeat", "title", "title_repeat"}
_LEAD = "lead"  # the group whose words differ between the lines of a rule with `min_leads`
_MAX_MEM = (
    256 << 20
)  # bytes for RE2's tables: same answers from 16 MB on, 3.6 times as fast as that; 117 MB came into use
_MAX_PROGRAM = 250_000  # RE2 instructions of one pattern: the largest of the package has 127,608
_NOT_FOLDED = re.compile(r"\\p\{[^}]*\}|\\.|\(\?P<[a-z_]+>|[A-Zß‘’“”–—]")
_LOOKS_AROUND = re.compile(r"\(\?<?[=!]")
_REFERS_BACK = re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]|\(\?P=")


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
    if unknown := sorted(set(row) - _KNOWN):
        raise fail(f"has the unknown key '{unknown[0]}'. A rule may say {', '.join(sorted(_KNOWN))}.")
    if "id" not in row:
        raise fail("lacks 'id'. Give it a name of its own: id = 'own.letter'.")
    for key, kinds in _TYPES.items():
        if key in row and type(row[key]) not in kinds:  # a boolean is no number here
            raise fail(f"has a '{key}' of the wrong type: {row[key]!r}. Write {_SAMPLES[kinds]}.")
    said = [key for key in SAYS if key in row]
    if len(said) != 1:
        raise fail(
            f"has {' and '.join(map(repr, said)) or 'nothing that says which lines it takes'}. "
            "Give one of text = 'the whole line', starts = 'how it begins' or match = 'a pattern'."
        )
    for key in _EXAMPLES:
        if said != ["text"] and not row.get(key):  # a text is its own example
            raise fail(f"has no '{key}'. Give at least one line it {key}.")
    for key in (*_EXAMPLES, "sites"):
        if strange := [one for one in row.get(key, ()) if not isinstance(one, str)]:
            raise fail(f"has {strange[0]!r} among its '{key}', which is no text. Put it in \"quotes\".")


_TYPES: dict[str, tuple[type, ...]] = {
    "id": (str,), "kind": (str,), "lang": (str,), "where": (str,), "action": (str,), "field": (str,),
    "text": (str, list), "starts": (str, list), "match": (str, list), "max_chars": (int,), "cased": (bool,),
    "prose": (bool,), "sites": (list,), "min_leads": (int,), "catches": (list,), "spares": (list,),
}  # fmt: skip
_SAMPLES: dict[tuple[type, ...], str] = {
    (str,): "a text in 'quotes'",
    (str, list): "a text in 'single quotes', or a list of them",
    (int,): "a number without quotes",
    (bool,): "true or false",
    (list,): 'a list: ["one", "another"]',
}


def check_choices(row: Mapping[str, Any], fail: Failure) -> None:
    """Raise where an id, a kind, a place, an action, a column or a site is none that can be."""
    if not _ID.fullmatch(row["id"]) or row["id"].split(".")[0] in _OWN_IDS:
        raise fail("has an id that cannot be. Use letters, digits, '-', '_' and dots between, as in own.letter; "
                   f"what begins with {', '.join(sorted(_OWN_IDS))} is taken.")  # fmt: skip
    if not _KIND.fullmatch(row["kind"]) or row["kind"] in _OWN_KINDS:
        raise fail(f"has kind = '{row['kind']}'. Use small letters and '_', as in newsletter; "
                   f"{', '.join(sorted(_OWN_KINDS))} are taken.")  # fmt: skip
    for key, choices in (("where", WHERE), ("action", ACTIONS), ("field", FIELDS)):
        if key in row and row[key] not in choices:
            raise fail(f"has {key} = '{row[key]}'. Use one of: {', '.join(choices)}.")
    if row["action"] == "move" and "field" not in row:
        raise fail(f"moves lines to no column. Add field = one of: {', '.join(FIELDS)}.")
    if row["action"] != "move" and "field" in row:
        raise fail("has a field but does not move. Use action = 'move', or leave field out.")
    if row["action"] == "trim" and "starts" in row:
        raise fail("trims by 'starts', which takes whole lines. Use text or match.")
    if row["action"] == "read" and not (row["where"] in {"head", "tail"} and row.get("cased")):
        raise fail(
            "reads what opens or ends a story, as it is written. Set where = 'head' or 'tail', and cased = true."
        )
    _check_sites(row, fail)


def _check_sites(row: Mapping[str, Any], fail: Failure) -> None:
    if "sites" in row and not row["sites"]:
        raise fail("is for no site. Name one as articles.site has it, or leave sites out for all.")
    for site in row.get("sites", ()):
        if not site.strip() or "/" in site or site.startswith("www."):
            raise fail(f"has the site '{site}'. Write it as articles.site has it: sites = ['ledger.example'].")


def check_pattern(pattern: str, row: Mapping[str, Any], fail: Failure) -> None:
    """Raise where RE2 refuses the pattern, or where it can match nothing or anything."""
    try:
        made = _made(pattern)
    except re2.error as error:
        raise fail(f"has a pattern that RE2 refuses: {_message(error)}. {_remedy(pattern)}") from error
    if made.steps > _MAX_PROGRAM:
        raise fail(
            f"has a pattern that RE2 makes {made.steps:,} steps of; {_MAX_PROGRAM:,} are allowed. "
            "Use smaller counts in {…}, or divide it."
        )
    if made.takes_nothing:
        raise fail("matches an empty line. Make some part of the pattern required.")
    if row["action"] != "trim" and made.takes_anything:
        raise fail("matches any line at all. Narrow match.")
    if unknown := sorted(made.groups - {*FIELDS, _LEAD}):
        raise fail(f"names a group '{unknown[0]}', which is no column. Use one of: {', '.join(FIELDS)}, {_LEAD}.")
    if row.get("cased") or row["action"] == "trim" or "match" not in row:
        return
    if strange := [found for found in _NOT_FOLDED.findall(pattern) if len(found) == 1]:
        raise fail(f"has '{strange[0]}' in its pattern, which no case-folded line contains. "
                   "Write lower case, ss for ß, straight quotes and hyphens, or set cased = true.")  # fmt: skip


_ANY_LINE = "zq vx 7 kw, the zq said vx."


@dataclass(frozen=True)
class _Made:
    """What RE2 makes of a pattern."""

    steps: int
    takes_nothing: bool
    takes_anything: bool
    groups: frozenset[str]


@lru_cache(maxsize=4096)  # twice the packaged patterns: own rules are tried out again and again beside them
def _made(pattern: str) -> _Made:
    compiled = re2.compile(pattern, options())
    nothing, anything = (compiled.fullmatch(line) is not None for line in ("", _ANY_LINE))
    return _Made(compiled.programsize, nothing, anything, frozenset(compiled.groupindex))


def _message(error: re2.error) -> str:
    detail = error.args[0] if error.args else "unknown"
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)


def _remedy(pattern: str) -> str:
    """Give what to do about a pattern that RE2 refuses."""
    if _LOOKS_AROUND.search(pattern):
        return "It has no look-around. Say what the line may be, or spare lines by a rule with action = 'keep'."
    if _REFERS_BACK.search(pattern):
        return "It has no back-references. Write out what may repeat."
    return "Correct it; text = '…' takes a line as it is written, without a pattern."


def options() -> Any:
    """Give what every pattern is compiled with: enough memory, and no lines on stderr."""
    chosen = re2.Options()
    chosen.max_mem = _MAX_MEM
    chosen.log_errors = False
    return chosen

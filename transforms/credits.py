"""Reads what a moved line says: names of contributors, agencies, initials, sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from transforms import lines
from transforms.agencies import NONE, Agencies
from transforms.normalize import repair
from transforms.rules import Rule

_AND = re.compile(
    r"\s*(?:[,;/&+、，]|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])|\b(?:and|und|et|y|e|en|och|og|i|и|та|ve)\b)\s*"
    r"|\.\s+(?=[A-Za-z]+(?:ing|ed) by\b)"
)
_PLACE = re.compile(r"\s*,?\s+(?:in|aus|à|en|a|från|fra|w|в|у)\s+[A-ZÀ-ÞА-Я].*\Z")
_ROLE = re.compile(r"\s*[,|(]\s*(?:[a-z].*|.*(?:Writer|Editor|Reporter|Correspondent|Staff|News).*)\Z")
_AMONG = re.compile(r"\s+[-–]\s+|" + _AND.pattern)  # between agencies
_DOING = re.compile(
    r"\A(?:(?:additional|further|extra)\s+)?(?:report|writ|edit|translat|compil|research)(?:ing|ed|ten)\s+by\s+",
    re.IGNORECASE,
)
_POST = re.compile(
    r"\A(?:\S+\s+){0,4}(?:[Ww]riters?|[Rr]eporters?|[Cc]orrespondents?|[Jj]ournalists?|[Ss]taff)\s+(?=[A-ZÀ-ÞА-Я]\S*\s+\S)"
)
_EDGES = " \t.,;:()[]|–-"


def values(rule: Rule, line: str, listed: Agencies) -> dict[str, str]:
    """Give what goes to which column: the pattern's named groups, or the whole line to the rule's field.

    `line` is what the rule compared, as written; the text is cleaned for its column. A rule that reads and has
    no groups reads nothing.
    """
    spans = {name: span for name, span in rule.groups(lines.plain(line)).items() if name != "lead"}
    found = {name: line[start:end] for name, (start, end) in spans.items()}
    if not found and rule.field:
        found = {rule.field: line}
    tidied = {name: _tidied(name, repair(value).text, listed) for name, value in found.items()}
    return {name: value for name, value in _sorted_out(tidied, listed).items() if value}


def _sorted_out(told: Mapping[str, str], listed: Agencies) -> dict[str, str]:
    """Give the columns with agencies taken from among the persons."""
    result = dict(told)
    for column in ("credits", "author"):
        people = [name for name in told.get(column, "").split("; ") if name]
        named = [agency for name in people if (agency := listed.name(name))]
        if named:
            result[column] = "; ".join(name for name in people if not listed.name(name))
            result["agency"] = ", ".join(dict.fromkeys([*filter(None, [result.get("agency")]), *named]))
    return result


def _tidied(name: str, value: str, listed: Agencies) -> str:
    return agencies(value, listed) if name == "agency" else _TIDY.get(name, _plain)(value)


def _plain(value: str) -> str:
    return value.strip(_EDGES)


def names(value: str) -> str:
    """Give the persons a credit names, without their places and roles, separated by '; '.

    >>> names("Ana Ruiz in Madrid and Jo Berg in Oslo")
    'Ana Ruiz; Jo Berg'
    """
    parts = [_person(part) for part in _AND.split(value)]
    return "; ".join(dict.fromkeys(part for part in parts if part))


def _person(part: str) -> str:
    """Give the name in a part of a credit line."""
    return _POST.sub("", _DOING.sub("", _ROLE.sub("", _PLACE.sub("", part)).strip(_EDGES)))


def agencies(value: str, listed: Agencies = NONE) -> str:
    """Give the agencies a line names, separated by ', ', by the names that the files list, else as written.

    >>> agencies("(dpa/AFP und Reuters)")
    'dpa, AFP, Reuters'
    """
    named = [value] if listed.name(value) else _AMONG.split(value)  # RFE/RL is one
    stripped = [part.strip(_EDGES) for part in named]
    found = [listed.name(part) or part for part in stripped if part]
    return ", ".join(dict.fromkeys(found))


def _verbatim(value: str) -> str:
    return value.strip()


def _true(_: str) -> str:
    return "true"


_TIDY: dict[str, Callable[[str], str]] = {
    "credits": names,
    "author": names,
    "captions": _verbatim,
    "dateline": _verbatim,
    "is_updated": _true,
}

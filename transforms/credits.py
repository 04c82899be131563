"""Reads what a moved line says: names of contributors, agencies, initials, sources."""

from __future__ import annotations

import re

from transforms import lines
from transforms.rules import Rule

_AND = re.compile(
    r"\s*(?:[,;/&+、，]|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])|\b(?:and|und|et|y|e|en|och|og|i|и|та|ve)\b)\s*"
)
_PLACE = re.compile(r"\s*,?\s+(?:in|aus|à|en|a|från|fra|w|в|у)\s+[A-ZÀ-ÞА-Я].*\Z")
_ROLE = re.compile(r"\s*[,|(]\s*(?:[a-z].*|.*(?:Writer|Editor|Reporter|Correspondent|Staff|News).*)\Z")
_EDGES = " \t.,;:()[]|–-"


def values(rule: Rule, line: str) -> dict[str, str]:
    """Give what goes to which column: the pattern's named groups, or the whole line to the rule's field.

    The text is given as written, cleaned for its column.
    """
    text = lines.shown(line)
    spans = {name: span for name, span in rule.groups(lines.plain(text)).items() if name != "lead"}
    found = {name: text[start:end] for name, (start, end) in spans.items()} or {str(rule.field): text}
    tidied = {name: _TIDY.get(name, _plain)(value) for name, value in found.items()}
    return {name: value for name, value in tidied.items() if value}


def _plain(value: str) -> str:
    return value.strip(_EDGES)


def _caption(value: str) -> str:
    return value.strip()


def names(value: str) -> str:
    """Give the persons a credit names, without their places and roles, separated by '; '.

    >>> names("Ana Ruiz in Madrid and Jo Berg in Oslo")
    'Ana Ruiz; Jo Berg'
    """
    parts = [_ROLE.sub("", _PLACE.sub("", part)).strip(_EDGES) for part in _AND.split(value)]
    return "; ".join(dict.fromkeys(part for part in parts if part))


def agencies(value: str) -> str:
    """Give the agencies a line names, separated by ', '.

    >>> agencies("(dpa/AFP und Reuters)")
    'dpa, AFP, Reuters'
    """
    return ", ".join(dict.fromkeys(part.strip(_EDGES) for part in _AND.split(value) if part.strip(_EDGES)))


_TIDY = {"credits": names, "author": names, "agency": agencies, "captions": _caption}

"""Reads what the lines of one text tell about the article, each with the line it was read off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from transforms import lines
from transforms.credits import values
from transforms.normalize import repair
from transforms.rules import Rule, Rules
from transforms.titles import Titled


@dataclass(frozen=True)
class ReadingLimits:
    """How far into a line what opens or ends a story is looked for."""

    reach: int = 160  # characters; dev: the longest dateline has 45, the longest initials at the end 12
    edge_lines: int = 12  # that may stand before the first paragraph; dev: ten in the longest lists of key points


LIMITS = ReadingLimits()


class Reading(NamedTuple):
    """A value for a column of the article, and where it was read."""

    line_no: int  # 0: the title as record or markup gave it
    text: str  # the whole line as it arrived
    kind: str
    field: str
    value: str  # as the column has it; where several lines fill a column, a part of it
    rule_id: str
    action: str = "read"  # of the row of cuts, where the line has none of its own


def off_line(rule: Rule, line_no: int, text: str, compared: str, rules: Rules) -> list[Reading]:
    """Give what a rule reads off a line, of which `compared` is the form that the rule matched."""
    told = values(rule, compared, rules.agencies)
    return [Reading(line_no, text, rule.kind, name, value, rule.id) for name, value in told.items()]


def off_story(kept: Sequence[tuple[int, str]], where: str, rules: Rules) -> list[Reading]:
    """Give what a rule reads off the first readable line that may open (`head`) or end (`tail`) the story."""
    for line_no, text in kept:
        part = text[: LIMITS.reach] if where == "head" else text[-LIMITS.reach :]
        compared = lines.spaced(part)
        if found := [rule for rule in rules.reads(compared) if rule.where == where]:
            return off_line(found[0], line_no, text, compared, rules)
    return []


def off_title(titled: Titled, given: str | None, arrived: str, site: str | None) -> Iterator[Reading]:
    """Give the headline and the names behind it.

    `given` is the title of the record, `arrived` the line that is the headline, `site` the site where it is known.
    """
    if titled.title is None:
        return
    title = repair(titled.title).text
    if titled.line is not None:
        yield Reading(titled.line + 1, arrived, "title", "title", title, "title.line")
    whole = " ".join((given or "").split())
    if whole and whole != titled.title:
        yield Reading(0, whole, "title", "title", title, "title.suffix", "trim")
    at, said = (0, whole) if whole or titled.line is None else (titled.line + 1, arrived)
    for field, name in (("site", None if site else titled.site), ("republished_from", titled.source)):
        if name:
            yield Reading(at, said, "title", field, name, "title.suffix")


def together(said: Sequence[Reading], headed: Iterable[Reading]) -> tuple[Reading, ...]:
    """Give all readings in the order of their lines; a line that names the source is believed before the title."""
    has_source = any(reading.field == "republished_from" for reading in said)
    heads = (reading for reading in headed if not (has_source and reading.field == "republished_from"))
    return tuple(sorted((*heads, *said), key=lambda reading: reading.line_no))


def fields(readings: Iterable[Reading]) -> dict[str, str]:
    """Give what the readings fill beside title and site, by column; each value once, in the order of the lines."""
    found: dict[str, dict[str, None]] = {}
    for reading in readings:
        if reading.field not in _APART:
            joint = _LISTS.get(reading.field)
            parts = reading.value.split(joint) if joint else [reading.value]
            found.setdefault(reading.field, {}).update(dict.fromkeys(parts))
    return {name: _JOINTS.get(name, "; ").join(said) for name, said in found.items()}


_APART = frozenset({"title", "site"})
_LISTS = {"agency": ", ", "credits": "; ", "author": "; "}  # columns whose values are lists of names
_JOINTS = {"agency": ", ", "captions": "\n", "signoff": " "}

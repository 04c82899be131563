"""Judges every line of one text: what goes, where it goes, and what sent it.

One visible order decides: the title, keep-rules, a heading that ends the article (`cut-rest`), rules by
place, what stands before the title. Then come the guard against cutting too much and the blank lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from transforms import lines
from transforms.credits import values
from transforms.looks import Look, looker
from transforms.normalize import is_blank
from transforms.rules import Rule, Rules
from transforms.titles import Titled, find_title


@dataclass(frozen=True)
class CutLimits:
    """When a text has lost too much, and where the end of an article begins."""

    overcut_share: float = 0.6  # FAULTS C9: such an article is flagged
    refuse_share: float = 0.9  # FAULTS C9: such an article keeps its raw text
    refuse_words: int = 20  # a shorter text may well be nothing but boilerplate
    mark_chars: int = 2  # a bullet or a full stop alone is litter anywhere; "***" parts the sections of a story
    late_share: float = 0.5  # dev: 72 pages have paragraphs behind a comment heading there, one of them content


LIMITS = CutLimits()


class Verdict(NamedTuple):
    """What becomes of one line and why; `text` is the line as it arrived.

    A tuple, since there is one per line: three times as fast to make as a frozen dataclass.
    """

    line_no: int
    text: str
    action: str = "keep"  # keep, cut, move, trim
    kind: str | None = None
    field: str | None = None
    rule_id: str | None = None
    kept: str | None = None  # what stays in the body; null where nothing does


@dataclass(frozen=True)
class Judgement:
    """The verdicts on one text, and what its lines say about the article."""

    verdicts: tuple[Verdict, ...]
    title: str | None
    site: str | None
    fields: dict[str, str]
    is_overcut: bool
    words: int  # of the body

    @property
    def body(self) -> str:
        """Give the lines that stay."""
        return "\n".join(verdict.kept for verdict in self.verdicts if verdict.kept is not None)


def judge(
    text: str,
    title: str | None,
    rules: Rules,
    *,
    site: str | None = None,
    author: str | None = None,
    look: Callable[[str], Look] | None = None,
) -> Judgement:
    """Give the verdict on every line of one text.

    `look` shares what is known of lines over many texts; without it the text is looked at alone.
    """
    looks = [(look or looker(rules))(line) for line in text.split("\n")]
    titled = find_title(title, looks, site)
    decided = _title_verdicts(titled, looks)
    rest = [n for n, one in enumerate(looks) if n not in decided and not one.is_blank]
    ruled = _rule_verdicts(looks, rest, titled, site)
    if author is not None:
        ruled = {n: _unmoved(verdict) if verdict.field == "author" else verdict for n, verdict in ruled.items()}
    share = _share_gone(looks, rest, ruled)
    if share > LIMITS.refuse_share and sum(looks[n].words for n in rest) >= LIMITS.refuse_words:
        ruled = {}
    fields = _fields(ruled, looks)
    if titled.source:
        fields.setdefault("republished_from", titled.source)
    judged = decided | ruled
    every = [judged.get(n) or Verdict(n + 1, one.raw, kept=one.raw) for n, one in enumerate(looks)]
    verdicts = tuple(_without_surplus_blanks(every, looks))
    is_overcut = share > LIMITS.overcut_share
    return Judgement(verdicts, titled.title, site or titled.site, fields, is_overcut, _words(verdicts, looks))


def _title_verdicts(titled: Titled, looks: Sequence[Look]) -> dict[int, Verdict]:
    repeats = {n: Verdict(n + 1, looks[n].raw, "cut", "title_repeat", None, "title.repeat") for n in titled.repeats}
    if titled.line is None:
        return repeats
    moved = Verdict(titled.line + 1, looks[titled.line].raw, "move", "title", "title", "title.line")
    return {titled.line: moved, **repeats}


def _rule_verdicts(
    looks: Sequence[Look], rest: Sequence[int], titled: Titled, site: str | None
) -> dict[int, Verdict]:
    """Give the lines that a rule or the place before the title takes."""
    led = _led_rules(looks, rest)
    usable = {
        n: [r for r in looks[n].rules if r.applies_to(site) and (not r.min_leads or r.id in led)] for n in rest
    }
    end, heading = _end(looks, rest, usable)
    place = Place.of([n for n in rest if n < end and looks[n].is_prose], end)
    verdicts = {}
    for n in rest:
        verdict = _cut_rest(looks[n], n, usable[n], heading) if n >= end and heading else None
        verdict = verdict or _first(looks[n], n, usable[n], place) or _by_layout(looks[n], n, place, titled)
        if verdict and verdict.action != "keep":
            verdicts[n] = verdict
    return verdicts


def _led_rules(looks: Sequence[Look], rest: Iterable[int]) -> set[str]:
    """Give the rules with `min_leads` that hold here: enough lines match, and no two share a lead."""
    leads: dict[Rule, list[str]] = {}
    for n in rest:
        for rule in looks[n].rules:
            if rule.min_leads:
                leads.setdefault(rule, []).append(_lead(rule, looks[n]))
    return {r.id for r, found in leads.items() if len(found) >= r.min_leads and len(set(found)) == len(found)}


def _lead(rule: Rule, look: Look) -> str:
    text = lines.plain(look.shown)
    start, end = rule.groups(text).get("lead", (0, len(text)))
    return text[start:end]


@dataclass(frozen=True)
class Place:
    """Where the paragraphs of the story begin and end; a text without any is head and tail at once."""

    first: int
    last: int
    half: int

    @classmethod
    def of(cls, prose: Sequence[int], end: int) -> Place:
        """Give the place of the story from the indices of its paragraphs."""
        if not prose:
            return cls(end, -1, -1)
        needed = max(1, int(len(prose) * LIMITS.late_share + 0.5))
        return cls(prose[0], prose[-1], prose[needed - 1])

    def has(self, where: str, n: int) -> bool:
        """Tell whether line `n` stands where a rule wants it."""
        head, tail = n < self.first, n > self.last
        return {"head": head, "tail": tail, "edge": head or tail, "late": n > self.half, "anywhere": True}[where]


def _end(looks: Sequence[Look], rest: Sequence[int], usable: dict[int, list[Rule]]) -> tuple[int, Rule | None]:
    """Give the index of the heading that ends the article, and its rule; else the end of the text."""
    headings = [(n, r) for n in rest for r in usable[n][:1] if r.action == "cut-rest"]
    end, rule = len(looks), None
    while True:  # behind the end there is no story, so an earlier heading may now stand in the tail
        prose = [n for n in rest if n < end and looks[n].is_prose]
        place = Place.of(prose, end)
        found = next(((n, r) for n, r in headings if n < end and prose and place.has(r.where, n)), None)
        if found is None:
            return end, rule
        end, rule = found


def _cut_rest(look: Look, n: int, usable: Sequence[Rule], heading: Rule) -> Verdict | None:
    """Give the cut of a line behind the heading, by its own rule if it has one, else as the heading's `/rest`."""
    if any(rule.action == "keep" for rule in usable):
        return None
    own = next((rule for rule in usable if rule.action in {"cut", "cut-rest"}), None)
    kind, rule_id = (own.kind, own.id) if own else (heading.kind, f"{heading.id}/rest")
    return Verdict(n + 1, look.raw, "cut", kind, None, rule_id)


def _first(look: Look, n: int, usable: Sequence[Rule], place: Place) -> Verdict | None:
    """Give the verdict of the first rule that fits the place. A `cut-rest` out of place cuts its own line."""
    for rule in usable:
        if rule.action != "cut-rest" and not place.has(rule.where, n):
            continue
        if rule.action == "trim":
            if (trimmed := _trimmed(rule, look, n)) is not None:
                return trimmed
            continue
        action = rule.action.removesuffix("-rest")
        return Verdict(
            n + 1, look.raw, action, rule.kind, rule.field, rule.id, look.raw if action == "keep" else None
        )
    return None


def _trimmed(rule: Rule, look: Look, n: int) -> Verdict | None:
    """Give the line without the part that the rule matches; the line is cut where nothing else is on it."""
    span = rule.find(look.raw.rstrip())
    if span is None:
        return None
    kept = f"{look.raw[: span[0]].rstrip()} {look.raw[span[1] :].strip()}".rstrip()
    if not lines.shown(kept) or is_blank(kept):
        return Verdict(n + 1, look.raw, "cut", rule.kind, None, rule.id)
    return Verdict(n + 1, look.raw, "trim", rule.kind, rule.field, rule.id, kept)


def _by_layout(look: Look, n: int, place: Place, titled: Titled) -> Verdict | None:
    """Give the cut of what stands before the title, and of bare marks."""
    # dev: of 523 such lines before the title one is content
    if titled.line is not None and n < titled.line < place.first:
        return Verdict(n + 1, look.raw, "cut", "nav", None, "layout.before-title")
    if not look.words and (len(look.raw.strip()) <= LIMITS.mark_chars or place.has("edge", n)):
        return Verdict(n + 1, look.raw, "cut", "nav", None, "layout.mark")
    return None


def _share_gone(looks: Sequence[Look], rest: Iterable[int], ruled: dict[int, Verdict]) -> float:
    """Give the share of the words, the title's aside, that rules take from the body."""
    gone = sum(looks[n].words for n, verdict in ruled.items() if verdict.kept is None)
    return gone / max(1, sum(looks[n].words for n in rest))


def _words(verdicts: Iterable[Verdict], looks: Sequence[Look]) -> int:
    """Give the number of words that stay."""
    kept = ((verdict, look) for verdict, look in zip(verdicts, looks, strict=True) if verdict.kept is not None)
    return sum(lines.count_words(v.kept or "") if v.action == "trim" else look.words for v, look in kept)


def _unmoved(verdict: Verdict) -> Verdict:
    """Give the cut of a line that has nothing to tell: the page itself names its authors."""
    return verdict._replace(action="cut", field=None)


def _fields(ruled: dict[int, Verdict], looks: Sequence[Look]) -> dict[str, str]:
    """Give what moved lines say, by column."""
    found: dict[str, list[str]] = {}
    for n in sorted(ruled):
        if ruled[n].action != "move":
            continue
        rule = next(rule for rule in looks[n].rules if rule.id == ruled[n].rule_id)
        for name, value in values(rule, looks[n].shown).items():
            found.setdefault(name, []).append(value)
    return {name: _JOINED.get(name, "; ").join(dict.fromkeys(said)) for name, said in found.items()}


_JOINED = {"agency": ", ", "captions": "\n", "signoff": " "}


def _without_surplus_blanks(verdicts: Iterable[Verdict], looks: Sequence[Look]) -> list[Verdict]:
    """Give the verdicts with every blank line cut but one between two kept lines."""
    result = list(verdicts)
    blanks: list[int] = []
    has_begun = False
    for n, verdict in enumerate(result):
        if looks[n].is_blank:
            blanks.append(n)
        elif verdict.kept is not None:
            spared = min(blanks, key=lambda blank: len(looks[blank].raw)) if blanks and has_begun else None
            _cut_blanks(result, blanks, spared)
            blanks, has_begun = [], True
    _cut_blanks(result, blanks, None)
    return result


def _cut_blanks(verdicts: list[Verdict], blanks: Iterable[int], spared: int | None) -> None:
    for n in blanks:
        if n != spared:
            verdicts[n] = Verdict(n + 1, verdicts[n].text, "cut", "blank", None, "layout.blank")

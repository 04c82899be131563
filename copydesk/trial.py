"""What a rule file would change in published editions, as text and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from copydesk.text import printable
from transforms.rules import Rule

SHOWN_LINES = 10  # of each rule; --json has as many
SHOWN_CHARS = 90
LEAST_PERCENT = 0.001  # what is less is said to be so
ROUNDED_PERCENT = 99  # from here on a share is rounded down
SHOWN_ID = 12  # characters of an article_id: enough for `copydesk explain`


@dataclass(frozen=True)
class Example:
    """A line that a rule would change, with one of the articles it stands in."""

    text: str
    lines: int
    site: str | None
    article_id: str
    is_prose: bool


@dataclass(frozen=True)
class Effect:
    """What one rule would do: cut, move, trim; keep what goes today; take over what another rule takes today."""

    rule_id: str
    action: str
    lines: int
    prose_lines: int
    articles: int
    sites: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Trial:
    """What a rule file would change in the last editions; its rules have passed every check."""

    file: str
    rules: tuple[Rule, ...]
    story_lines: int
    editions: tuple[str, ...] = ()
    articles: int = 0
    body_lines: int = 0
    changed_articles: int = 0
    effects: tuple[Effect, ...] = ()
    emptied: tuple[str, ...] = ()  # article_ids that would go to quarantine, for nothing is left of them
    absent_sites: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the trial for machines."""
        rules = [{"id": r.id, "catches": len(r.catches), "spares": len(r.spares)} for r in self.rules]
        return {**asdict(self), "rules": rules}

    def to_text(self) -> str:
        """Give the trial for a reader."""
        return "\n".join((*self._examples(), "", *self._editions()))

    def _examples(self) -> Iterator[str]:
        width = max(map(len, ("rule", *(rule.id for rule in self.rules))))
        yield f"{'rule':<{width}}  catches  spares  story lines"
        for rule in self.rules:
            caught, spared = len(rule.catches), len(rule.spares)
            yield f"{rule.id:<{width}}  {caught:>4} ok {spared:>4} ok  {self.story_lines:>8} ok"

    def _editions(self) -> Iterator[str]:
        if not self.editions:
            yield "No edition is published here, so what it would change is not known; --data names another store."
            return
        first, last = self.editions[0], self.editions[-1]
        span = f"edition {first}" if first == last else f"{len(self.editions)} editions, {first} to {last}"
        share = _percent(self.changed_articles, self.articles)
        yield f"Over {span}: {self.changed_articles:,} of {self.articles:,} articles ({share}) would change."
        for site in self.absent_sites:
            yield f"No article there is of the site '{site}'; `copydesk sql \"from outlets\"` names the sites."
        for effect in self.effects:
            yield from self._effect(effect)
        at_work = {effect.rule_id for effect in self.effects}
        idle = [rule.id for rule in self.rules if rule.id not in at_work]
        if idle and not self.emptied:
            more = ", …" if len(idle) > SHOWN_LINES else ""
            yield f"Nothing is changed by {', '.join(idle[:SHOWN_LINES])}{more}."
        if self.emptied:
            ids = ", ".join(article_id[:SHOWN_ID] for article_id in self.emptied[:SHOWN_LINES])
            yield f"Nothing would be left of {_count(len(self.emptied), 'article')}, for quarantine: {ids}"
        if any(effect.prose_lines for effect in self.effects):
            yield "! reads as a sentence of a story: `copydesk explain` with its article_id shows where it stands."

    def _effect(self, effect: Effect) -> Iterator[str]:
        lines = _count(effect.lines, "line")
        if effect.action in _GONE_TODAY:
            what = f"{lines} of those that go today"
        else:
            what = f"{lines} of those that stay today ({_percent(effect.lines, self.body_lines)})"
        where = f"in {_count(effect.articles, 'article')} of {_count(effect.sites, 'site')}"
        prose = f"; {effect.prose_lines:,} read as sentences" if effect.prose_lines else ""
        yield f"{effect.rule_id} {_VERBS[effect.action]} {what} {where}{prose}:"
        for one in effect.examples:
            text = printable(one.text if len(one.text) <= SHOWN_CHARS else f"{one.text[:SHOWN_CHARS]}…")
            mark = "!" if one.is_prose else " "
            yield f"{one.lines:>8,} x {mark} {text}  [{one.site or 'no site'}, {one.article_id[:SHOWN_ID]}]"


_VERBS = {"cut": "cuts", "move": "moves", "trim": "trims", "keep": "keeps", "take over": "takes over"}
_GONE_TODAY = ("keep", "take over")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _percent(part: int, whole: int) -> str:
    """Give a share in percent, of two digits; 100 only where nothing is missing."""
    share = 100 * part / max(1, whole)
    if 0 < share < LEAST_PERCENT:
        return f"under {LEAST_PERCENT} %"
    return f"{share:.2g} %" if share < ROUNDED_PERCENT else f"{int(share)} %"

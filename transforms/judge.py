"""Judges every line of one text: what goes, where it goes, and what sent it.

One visible order decides: the title, keep-rules, a heading that ends the article (`cut-rest`), rules by
place, what stands before the title, site memory (a person's word beats every rule), the line classifier. Then
come the guard against cutting too much and the blank lines.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from transforms import lines, readings
from transforms.classifier import Opinion
from transforms.looks import Look, looker
from transforms.normalize import is_blank
from transforms.readings import Reading
from transforms.repeats import repeats
from transforms.rules import Rule, Rules
from transforms.site_memory import APPROVED, SUPPORT, VETOED, KnownLines, SiteMemory
from transforms.titles import Titled, find_title


@dataclass(frozen=True)
class CutLimits:
    """When a text has lost too much, and where the end of an article begins."""

    overcut_share: float = 0.6  # FAULTS C9: such an article is flagged
    refuse_share: float = 0.9  # FAULTS C9: such an article keeps its raw text
    refuse_words: int = 20  # a shorter text may well be nothing but boilerplate
    mark_chars: int = 2  # a bullet or a full stop alone is litter anywhere; "***" parts the sections of a story
    doubt_threads: float = 0.5  # score; dev: 89 of 100 lines of comment tails go, 86 where every paragraph counts
    doubt_others: float = 0.8  # below it, true last paragraphs behind a box of links were taken for teasers
    heading_gap: int = 2  # lines from a heading to the paragraphs around it: one blank line may stand between
    byline_lines: int = 8  # of a page, around the story: bylines, captions and sign-offs stand so near
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
    score: float | None = None  # how sure the line classifier is, where it decided


@dataclass(frozen=True)
class Judgement:
    """The verdicts on one text, and what its lines say about the article."""

    lines: tuple[str, ...]  # as they arrived
    changed: tuple[Verdict, ...]  # of those that do not stay as they are, in order
    title: str | None
    site: str | None
    readings: tuple[Reading, ...]
    is_overcut: bool
    words: int  # of the body

    @property
    def fields(self) -> dict[str, str]:
        """Give the columns beside title and site that the lines fill."""
        return readings.fields(self.readings)

    @property
    def body(self) -> str:
        """Give the lines that stay."""
        kept: list[str | None] = list(self.lines)
        for verdict in self.changed:
            kept[verdict.line_no - 1] = verdict.kept
        return "\n".join(line for line in kept if line is not None)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Give the verdict on every line, in order."""
        result = [Verdict(n, line, kept=line) for n, line in enumerate(self.lines, 1)]
        for verdict in self.changed:
            result[verdict.line_no - 1] = verdict
        return tuple(result)


def judge(  # noqa: PLR0913 - everything that has a say
    text: str,
    title: str | None,
    rules: Rules,
    *,
    site: str | None = None,
    author: str | None = None,
    look: Callable[[str], Look] | None = None,
    memory: SiteMemory | None = None,
    opinion: Opinion | None = None,
) -> Judgement:
    """Give the verdict on every line of one text.

    `look` shares what is known of lines over many texts; without it the text is looked at alone. `opinion` is what
    the line classifier says of this text; without it, it has no say.
    """
    looks = list(map(look or looker(rules), text.split("\n")))
    return judge_looks(looks, title, rules, site=site, author=author, memory=memory, opinion=opinion)


def judge_looks(
    looks: Sequence[Look],
    title: str | None,
    rules: Rules,
    *,
    site: str | None = None,
    author: str | None = None,
    memory: SiteMemory | None = None,
    opinion: Opinion | None = None,
) -> Judgement:
    """Give the verdict on every line of one text, of which the looks are at hand."""
    titled = find_title(title, looks, site, is_page=opinion is not None and opinion.regions is not None)
    decided = _title_verdicts(titled, looks)
    rest = [n for n, one in enumerate(looks) if n not in decided and not one.is_blank]
    known = memory.on(site or titled.site) if memory else None
    known_of = {n: word for n in rest if (word := known.decision(looks[n].raw))} if known else {}
    ruled, spared = _rule_verdicts(looks, rest, titled, site, known_of, opinion)
    if author is not None:
        ruled = {n: _unmoved(verdict) if verdict.field == "author" else verdict for n, verdict in ruled.items()}
    if known:
        ruled = _remembered(looks, ruled, known_of, known)
    if opinion is None:
        lost = _lost(looks, rest, ruled)
        ruled = {} if lost.is_refused else ruled
    elif opinion.regions is None:
        spared |= {n for n, word in known_of.items() if word == VETOED}
        scored = ruled | _classified(looks, rest, ruled, spared, opinion)
        lost = _lost(looks, rest, scored)
        if not lost.is_refused:
            ruled = scored
        elif _lost(looks, rest, ruled).is_refused:
            ruled = {}
    else:
        spared |= {n for n, word in known_of.items() if word == VETOED}
        ruled = _near_the_story(looks, rest, ruled, titled, opinion)
        lost = _lost(looks, [n for n in rest if not opinion.goes[n]], ruled)
        ruled = {} if lost.is_refused else ruled
        ruled = ruled | _classified(looks, rest, ruled, spared, opinion)
        ruled = ruled | _repeated({n: looks[n] for n in rest if n not in ruled and n not in spared})
    judged = decided | ruled
    every = judged | _surplus_blanks(judged, looks)
    changed = tuple(every[n] for n in sorted(every))
    is_overcut = lost.share > LIMITS.overcut_share
    headed = readings.off_title(titled, title, "" if titled.line is None else looks[titled.line].raw, site)
    told = readings.together(_readings(ruled, looks, judged, rules, author), headed)
    raws = tuple(one.raw for one in looks)
    return Judgement(raws, changed, titled.title, site or titled.site, told, is_overcut, _words(changed, looks))


def _title_verdicts(titled: Titled, looks: Sequence[Look]) -> dict[int, Verdict]:
    repeats = {n: Verdict(n + 1, looks[n].raw, "cut", "title_repeat", None, "title.repeat") for n in titled.repeats}
    if titled.line is None:
        return repeats
    moved = Verdict(titled.line + 1, looks[titled.line].raw, "move", "title", "title", "title.line")
    return {titled.line: moved, **repeats}


def _rule_verdicts(
    looks: Sequence[Look],
    rest: Sequence[int],
    titled: Titled,
    site: str | None,
    known_of: Mapping[int, str],
    opinion: Opinion | None,
) -> tuple[dict[int, Verdict], set[int]]:
    """Give the lines that a rule or the place before the title takes, and those that a keep-rule spares.

    `known_of` is what memory says of lines. The end of the article is looked for behind its paragraphs, of which
    those that the classifier doubts do not count: readers' comments and teasers may read as prose.
    """
    marked = [n for n in rest if looks[n].rules]
    led = _led_rules(looks, marked)
    here = site or titled.site
    usable = {
        n: [r for r in looks[n].rules if r.applies_to(here) and (not r.min_leads or r.id in led)] for n in marked
    }
    usable |= {n: [] for n, word in known_of.items() if word == VETOED}
    paragraphs = [n for n in rest if looks[n].is_prose]
    end, heading = _end(_stories(paragraphs, opinion), usable, len(looks))
    place = Place.of([n for n in rest if n < end and looks[n].is_prose and known_of.get(n) != APPROVED], end)
    before = titled.line or 0
    verdicts, spared = {}, set()
    for n in rest:
        if n not in usable and before <= n < end and looks[n].words:
            continue  # most lines: nothing below takes them
        own = usable.get(n, [])
        region = opinion.regions[n] if opinion is not None and opinion.regions else None
        verdict = _cut_rest(looks[n], n, own, heading, region) if n >= end and heading else None
        verdict = verdict or _first(looks[n], n, own, place) or _by_layout(looks[n], n, place, titled)
        if verdict and verdict.action == "keep":
            spared.add(n)
        elif verdict:
            verdicts[n] = verdict
    return verdicts, spared


def _classified(
    looks: Sequence[Look],
    rest: Iterable[int],
    ruled: Mapping[int, Verdict],
    spared: set[int],
    opinion: Opinion,
) -> dict[int, Verdict]:
    """Give the cuts of the lines that the classifier is sure of.

    Their kind is that of a rule that knows the line in another place, else that of the furniture they stand among:
    of the last line of an opening kind, where nothing that stays lies between; else "other".
    """
    verdicts: dict[int, Verdict] = {}
    among = "other"
    for n in rest:
        if n in ruled and ruled[n].kept is None:
            kind = ruled[n].kind or among
        elif n not in ruled and n not in spared and opinion.goes[n]:
            kind = looks[n].kind or (opinion.regions[n] if opinion.regions else None) or among
            sure = float(opinion.scores[n])
            verdicts[n] = Verdict(n + 1, looks[n].raw, "cut", kind, None, opinion.rule_id, score=sure)
        else:
            kind = among = "other"
        among = kind if kind in _OPENING else among
    return verdicts


def _repeated(kept: Mapping[int, Look]) -> dict[int, Verdict]:
    """Give the cuts of a page's lines that say again what others say."""
    return {n: Verdict(n + 1, kept[n].raw, "cut", "repeat", None, "layout.repeat") for n in repeats(kept)}


def _near_the_story(
    looks: Sequence[Look], rest: Sequence[int], ruled: Mapping[int, Verdict], titled: Titled, opinion: Opinion
) -> dict[int, Verdict]:
    """Give the verdicts without those that read a line of the page's menus and boxes as one of the article's.

    What a line tells of the article, an agency or a name, it tells between the title and a few lines behind the
    story's last paragraph, or where the classifier keeps it.
    """
    story = [n for n in rest if looks[n].is_prose and not opinion.goes[n]]
    first, last = (story[0], story[-1]) if story else (0, -1)
    first = min(first, titled.line) if titled.line is not None else first
    near = range(first - LIMITS.byline_lines, last + LIMITS.byline_lines + 1)
    return {n: one for n, one in ruled.items() if one.action != "move" or not opinion.goes[n] or n in near}


_OPENING = frozenset({"comment_form", "related", "share", "nav", "legal", "newsletter"})  # more of the kind follows


class _Lost(NamedTuple):
    """How many words of a text's lines, the title's aside, verdicts take from the body."""

    gone: int
    words: int

    @property
    def share(self) -> float:
        return self.gone / max(1, self.words)

    @property
    def is_refused(self) -> bool:
        """Tell whether so much would go that the judgement cannot be right."""
        return self.share > LIMITS.refuse_share and self.words >= LIMITS.refuse_words


def _lost(looks: Sequence[Look], rest: Iterable[int], verdicts: Mapping[int, Verdict]) -> _Lost:
    gone = words = 0
    for n in rest:
        words += looks[n].words
        if n in verdicts and verdicts[n].kept is None:
            gone += looks[n].words
    return _Lost(gone, words)


def _remembered(
    looks: Sequence[Look], ruled: Mapping[int, Verdict], known_of: Mapping[int, str], known: KnownLines
) -> dict[int, Verdict]:
    """Give the verdicts with what memory decides: a person's word beats any rule's, support's none."""
    verdicts = {n: verdict for n, verdict in ruled.items() if known_of.get(n) != VETOED}
    trims = {n: known.decision(verdict.kept or "") for n, verdict in verdicts.items() if verdict.action == "trim"}
    approved = {n for n, word in (*known_of.items(), *trims.items()) if word == APPROVED}
    supported = {n for n, word in known_of.items() if word == SUPPORT and not _is_spoken_for(looks[n])}
    for n in approved | (supported - ruled.keys()):
        if n not in verdicts or n in trims:
            kind = next((rule.kind for rule in looks[n].rules if rule.action != "keep"), "site_line")
            word = APPROVED if n in approved else SUPPORT
            verdicts[n] = Verdict(n + 1, looks[n].raw, "cut", kind, None, f"memory.{word}")
    return verdicts


def _is_spoken_for(look: Look) -> bool:
    """Tell whether a rule would keep the line, or knows it as a credit, wherever it stands."""
    return any(rule.action in {"keep", "move", "read"} for rule in look.rules)


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
    prose: Sequence[int] = ()

    @classmethod
    def of(cls, prose: Sequence[int], end: int) -> Place:
        """Give the place of the story from the indices of its paragraphs."""
        if not prose:
            return cls(end, -1, -1)
        needed = max(1, int(len(prose) * LIMITS.late_share + 0.5))
        return cls(prose[0], prose[-1], prose[needed - 1], prose)

    def has(self, where: str, n: int) -> bool:
        """Tell whether line `n` stands where a rule wants it."""
        if where == "apart":
            return not self._heads(n)
        head, tail = n < self.first, n > self.last
        return {"head": head, "tail": tail, "edge": head or tail, "late": n > self.half, "anywhere": True}[where]

    def _heads(self, n: int) -> bool:
        """Tell whether line `n` stands alone between two paragraphs, as a heading of the story does."""
        after = bisect(self.prose, n)
        if not 0 < after < len(self.prose):
            return False
        return max(n - self.prose[after - 1], self.prose[after] - n) <= LIMITS.heading_gap


def _stories(paragraphs: Sequence[int], opinion: Opinion | None) -> tuple[Sequence[int], Sequence[int]]:
    """Give the paragraphs that count for a heading of comments, and those that count for another."""
    if opinion is None:
        return paragraphs, paragraphs
    scores = opinion.scores
    threads = [n for n in paragraphs if scores[n] < LIMITS.doubt_threads]
    others = [n for n in paragraphs if scores[n] < LIMITS.doubt_others]
    return threads, others


def _end(
    stories: tuple[Sequence[int], Sequence[int]], usable: dict[int, list[Rule]], count: int
) -> tuple[int, Rule | None]:
    """Give the index of the heading that ends the article, and its rule; else the end of the text.

    `stories` is the indices of the paragraphs that count for headings of comments, and for others.
    """
    headings = [(n, r) for n, own in usable.items() for r in own[:1] if r.action == "cut-rest"]
    end, rule = count, None
    while headings:  # behind the end there is no story, so an earlier heading may now stand in the tail
        before = [[n for n in story if n < end] for story in stories]
        places = [Place.of(story, end) for story in before]
        headings = [(n, r) for n, r in headings if n < end and before[r.kind not in _THREADS]]
        found = next(((n, r) for n, r in headings if places[r.kind not in _THREADS].has(r.where, n)), None)
        if found is None:
            break
        end, rule = found
    return end, rule


_THREADS = frozenset({"comment_form"})  # what readers write behind such a heading reads as prose


def _cut_rest(look: Look, n: int, usable: Sequence[Rule], heading: Rule, region: str | None) -> Verdict | None:
    """Give the cut of a line behind the heading, by its own rule if it has one, else as the heading's `/rest`.

    `region` is the kind of furniture that the page itself says the line is.
    """
    if any(rule.action == "keep" for rule in usable):
        return None
    own = next((rule for rule in usable if rule.action in {"cut", "cut-rest"}), None)
    kind, rule_id = (own.kind, own.id) if own else (region or heading.kind, f"{heading.id}/rest")
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


def _words(changed: Iterable[Verdict], looks: Sequence[Look]) -> int:
    """Give the number of words that stay."""
    words = sum(look.words for look in looks)
    for verdict in changed:
        words -= looks[verdict.line_no - 1].words
        if verdict.kept:
            words += lines.count_words(verdict.kept)
    return words


def _unmoved(verdict: Verdict) -> Verdict:
    """Give the cut of a line that has nothing to tell: the page itself names its authors."""
    return verdict._replace(action="cut", field=None)


def _readings(
    ruled: dict[int, Verdict],
    looks: Sequence[Look],
    judged: Mapping[int, Verdict],
    rules: Rules,
    author: str | None,
) -> list[Reading]:
    """Give what moved lines say, and what opens and ends the story."""
    found = []
    for n in sorted(n for n, verdict in ruled.items() if verdict.action == "move"):
        rule = next(rule for rule in looks[n].rules if rule.id == ruled[n].rule_id)
        found += readings.off_line(rule, n + 1, looks[n].raw, looks[n].shown, rules)
    for where, order in (("head", range(len(looks))), ("tail", range(len(looks) - 1, -1, -1))):
        story = (n for n in order if not looks[n].is_blank and (n not in judged or judged[n].kept is not None))
        found += readings.off_story(_at_the_edge(story, looks), where, rules)
    return [one for one in found if author is None or one.field != "author"]


def _at_the_edge(story: Iterable[int], looks: Sequence[Look]) -> list[tuple[int, str]]:
    """Give the first of these lines that is a paragraph, then the outermost one."""
    outer = []
    for n in islice(story, readings.LIMITS.edge_lines):
        outer.append(n)
        if looks[n].is_prose:
            break
    return [(n + 1, looks[n].raw) for n in dict.fromkeys((*outer[-1:], *outer[:1]))]


def _surplus_blanks(judged: Mapping[int, Verdict], looks: Sequence[Look]) -> dict[int, Verdict]:
    """Give the cuts of all blank lines but the first of the shortest between two lines that stay."""
    surplus: list[int] = []
    between: list[int] = []
    has_begun = False
    for n, look in enumerate(looks):
        if look.is_blank:
            between.append(n)
        elif n not in judged or judged[n].kept is not None:
            if has_begun and between:
                between.remove(min(between, key=lambda blank: len(looks[blank].raw)))
            surplus += between
            between, has_begun = [], True
    return {n: _blank(n, looks[n]) for n in (*surplus, *between)}


def _blank(n: int, look: Look) -> Verdict:
    return Verdict(n + 1, look.raw, "cut", "blank", None, "layout.blank")

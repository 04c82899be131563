"""Tries a rule file before it is accepted: its examples, and what it would change in published editions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk import inspect
from copydesk.settings import Settings
from copydesk.store import Staged, Store
from copydesk.trial import SHOWN_LINES, Effect, Example, Trial
from transforms import lines, model_file, rule_files
from transforms.classifier import PAGE
from transforms.errors import UsageError
from transforms.rebuild import rebuild
from transforms.rules import Rule, Rules, is_sentence
from transforms.schemas import EXTRACTS
from transforms.site_memory import SiteMemory
from transforms.strip import Stripped, strip

Row = Mapping[str, Any]


def try_file(file: Path, settings: Settings, *, last: int) -> Trial:
    """Give what the rules in a file would change in the `last` published editions.

    The file need not lie in a folder of the settings; where it does, the trial compares with the rules without it.
    RuleError where a rule is refused. Texts are as `extract` gave them, judged by the memory of their edition.
    """
    loaded = _load(file, settings)
    own = tuple(rule for rule in loaded.ordered if Path(rule.source).resolve() == file.resolve())
    trial = Trial(str(file), own, len(rule_files.golden()))
    store = Store(settings.data)
    tried = sorted(store.current().editions, key=lambda staged: staged.edition)[-last:]
    if not tried:
        return trial
    inspect.published_by(settings)  # has the catalog show the version that holds
    tally = _tally(store, tried, own, loaded)
    return replace(
        trial,
        editions=tuple(staged.edition for staged in tried),
        articles=len(tally.sites),
        body_lines=tally.body_lines,
        changed_articles=len(tally.changed),
        effects=tuple(tally.effects()),
        emptied=tuple(tally.emptied),
        absent_sites=tuple(sorted({site for rule in own for site in rule.sites} - set(tally.sites.values()))),
    )


def _load(file: Path, settings: Settings) -> Rules:
    """Give the rules of the settings and those of the file, each once."""
    if not file.is_file():
        raise UsageError(f"{file}: no such file; give one file with rules")
    folders = (*settings.rules, rule_files.PACKAGED)
    is_in_use = file.resolve() in {each.resolve() for folder in folders for each in rule_files.files_of(folder)}
    return rule_files.load(*settings.rules) if is_in_use else rule_files.load(file, *settings.rules)


def _tally(store: Store, editions: Sequence[Staged], own: Sequence[Rule], loaded: Rules) -> _Tally:
    """Give what `own` rules change in the texts of these editions, of which one at a time is in memory."""
    tally = _Tally(own)
    ids = {rule.id for rule in own}
    without = Rules([rule for rule in loaded.ordered if rule.id not in ids], loaded.agencies)
    for staged in editions:
        texts = filter(_concerns(own, loaded), tally.counted(_texts(store.published, staged.edition, ids)))
        concerned = pa.Table.from_pylist(list(texts), EXTRACTS)
        known = _memory(store.memory(staged.memory_digest))
        classifier = model_file.load() if staged.classifier_digest else None
        tally.add(strip(concerned, without, known, classifier), strip(concerned, loaded, known, classifier))
    return tally


def _memory(file: Path) -> SiteMemory | None:
    """Give the site memory that an edition was judged by; null where there was none, or the stage is gone."""
    return SiteMemory(pq.read_table(file).to_pylist()) if file.is_file() else None


def _texts(published: Path, edition: str, tried: Collection[str]) -> Iterator[dict[str, Any]]:
    """Give one row of EXTRACTS per article of an edition: what `strip` was given, and beside it what it made."""
    cuts: dict[str, list[Row]] = {}
    for cut in inspect.rows(published, "select * from cuts where edition = $1::date", edition):
        cuts.setdefault(cut["article_id"], []).append(cut)
    query = "select * from articles where edition = $1::date order by article_id"
    for article in inspect.rows(published, query, edition):
        own = cuts.get(article["article_id"], [])
        told = {cut["field"] for cut in own}
        titles = [cut["text"] for cut in own if cut["line_no"] == 0 and cut["field"] == "title"]
        text = rebuild(article["body"], own)
        yield {
            **article,
            **_opinion(text, own, tried),
            "page_id": article["article_id"],
            "published_site": article["site"],
            "text": text,
            "title": titles[0] if titles else article["title"],
            **{name: None for name in ("site", "author") if name in told},  # read off the text, not given
        }


def _opinion(text: str, cuts: Iterable[Row], tried: Collection[str]) -> dict[str, list[Any] | None]:
    """Give what the page classifier said of the lines of an HTML page; nulls of a text, of which it said nothing.

    A page is known by a line that it cut. What it said of a line that a rule took is not kept: that it goes, as
    nearly all of these do, but for the rules that are tried: those are to be seen.
    """
    rows = [cut for cut in cuts if cut["action"] == "cut" and cut["kind"] != "blank"]
    if not any(cut["rule_id"] == PAGE for cut in rows):
        return {"scores": None, "regions": None}
    count = text.count("\n") + 1
    scores: list[Any] = [0.0] * count
    regions: list[Any] = [None] * count
    for cut in rows:
        line = cut["line_no"] - 1
        if cut["rule_id"] == PAGE:
            scores[line], regions[line] = cut["score"], cut["kind"]
        elif cut["rule_id"] not in tried and cut["kind"] != "title_repeat":
            scores[line] = 1.0
    return {"scores": scores, "regions": regions}


def _concerns(own: Sequence[Rule], loaded: Rules) -> Callable[[Row], bool]:
    """Give a function that tells of a text whether one of these rules may touch it: all others need no judge."""
    if any(rule.action == "read" for rule in own):  # these look at a part of a line, not at lines
        return lambda _text: True
    alone = Rules(own, loaded.agencies)
    seen: dict[str, bool] = {}

    def takes(line: str) -> bool:
        known = seen.get(line)
        if known is None:
            known = seen[line] = bool(alone.matches(line))
        return known

    def concerns(text: Row) -> bool:
        is_meant = any(rule.applies_to(text["published_site"]) for rule in own)
        return is_meant and any(map(takes, text["text"].split("\n")))

    return concerns


@dataclass
class _Tally:
    """Counts what differs between two ways to strip the same texts."""

    own: Sequence[Rule]
    sites: dict[str, str | None] = field(default_factory=dict)  # article_id -> site
    body_lines: int = 0
    changed: set[str] = field(default_factory=set)
    emptied: list[str] = field(default_factory=list)
    found: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)  # of a line, article_ids

    def counted(self, texts: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Give the texts on, counted."""
        for text in texts:
            self.sites[text["page_id"]] = text["published_site"]
            self.body_lines += sum(1 for line in text["body"].split("\n") if line.strip())
            yield text

    def add(self, without: Stripped, having: Stripped) -> None:
        """Count what goes otherwise with the rules than without them."""
        self.emptied += sorted(set(_ids(having.quarantine)) - set(_ids(without.quarantine)))
        lost = {*_ids(having.quarantine), *_ids(without.quarantine)}
        before, after = _taken(without.cuts), _taken(having.cuts)
        self.changed.update(self.emptied)
        for key in sorted(before.keys() | after.keys()):
            what = _difference(before.get(key), after.get(key))
            if what is None or key[0] in lost:
                continue
            row = after.get(key) or before[key]
            rule_id = row["rule_id"] if what != "keep" else self._keeper(row)
            self.changed.add(key[0])
            self.found.setdefault((rule_id, what), {}).setdefault(row["text"], []).append(key[0])

    def effects(self) -> Iterator[Effect]:
        """Give what each rule would do, those that do most first."""
        for (rule_id, action), texts in sorted(self.found.items(), key=lambda item: (-_sum(item[1]), item[0])):
            articles = {article_id for found in texts.values() for article_id in found}
            examples = [
                Example(text, len(found), self.sites[found[0]], found[0], action != "keep" and _is_prose(text))
                for text, found in texts.items()
            ]
            examples.sort(key=lambda one: (not one.is_prose, -one.lines, one.text))
            prose = sum(one.lines for one in examples if one.is_prose)
            sites = {self.sites[article_id] for article_id in articles}
            shown = tuple(examples[:SHOWN_LINES])
            yield Effect(rule_id, action, _sum(texts), prose, len(articles), len(sites), shown)

    def _keeper(self, row: Row) -> str:
        """Give the rule that keeps a line; where none does so itself, the one that took it."""
        keepers = Rules([rule for rule in self.own if rule.action == "keep"]).matches(row["text"])
        return keepers[0].id if keepers else str(row["rule_id"])


def _ids(quarantine: pa.Table) -> list[str]:
    ids: list[str] = quarantine["page_id"].to_pylist()
    return ids


def _taken(cuts: pa.Table) -> dict[tuple[str, int], Row]:
    """Give the rows of lines that are taken or changed: neither blank ones nor what was only read."""
    rows = cuts.to_pylist()
    taken = (row for row in rows if row["kind"] != "blank" and row["action"] != "read" and row["line_no"])
    return {(row["article_id"], row["line_no"]): row for row in taken}


def _difference(before: Row | None, after: Row | None) -> str | None:
    """Give what becomes of a line that did not before; null where nothing does."""
    if before is None or after is None:
        return "keep" if after is None else str(after["action"])
    if all(before[name] == after[name] for name in ("action", "field", "rule_id")):
        return None
    same = all(before[name] == after[name] for name in ("action", "field"))
    return "take over" if same else str(after["action"])


def _is_prose(text: str) -> bool:
    return is_sentence(lines.plain(lines.shown(text)))


def _sum(texts: Mapping[str, Sequence[str]]) -> int:
    return sum(map(len, texts.values()))

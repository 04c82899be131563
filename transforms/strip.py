"""extracts -> articles + cuts: takes out what scraping left behind, and records every line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, repeat
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.classifier import Classifier, Opinion
from transforms.extract import failed_page
from transforms.judge import Judgement, Verdict, judge, judge_looks
from transforms.looks import Look, look_at
from transforms.page_classifier import CUT
from transforms.rules import Rules
from transforms.schemas import ARTICLES, CUTS, EXTRACTS, QUARANTINE
from transforms.site_memory import SiteMemory

__all__ = ["Judgement", "Stripped", "Verdict", "judge", "strip"]

ARTICLE_WORDS = 2  # one word is no article but what is left of an error page or a picture
BATCH_CHARS = 16_000_000  # texts that the classifier sees at once; its numbers take six times as much
MOST_LINES = 2_000_000  # of one text, at 300 bytes and 3 microseconds each; the longest of dev has 1,827
STUB_WORDS = 5  # a shorter body cannot be compared with others; FAULTS B10
_CARRIED = [name for name in EXTRACTS.names if name in ARTICLES.names]
_TOLD = ("line_no", "text", "kind", "action", "field", "rule_id")  # of a verdict and of a reading
_EMPTY = "nothing is left but a title and boilerplate; look at the text, then add a keep-rule or drop the page"
_TOO_LONG = f"the text has more than {MOST_LINES:,} lines, which no article has; split the input or drop the page"


@dataclass(frozen=True)
class Stripped:
    """The articles, what was taken from them, and the pages where nothing is left."""

    articles: pa.Table
    cuts: pa.Table
    quarantine: pa.Table


def strip(
    extracts: pa.Table, rules: Rules, memory: SiteMemory | None = None, classifier: Classifier | None = None
) -> Stripped:
    """Give one row of ARTICLES per page with its rows of CUTS, or one row of QUARANTINE.

    Without `classifier` the rules, the title and the memory decide alone.
    """
    is_short = pc.less(pc.count_substring(extracts["text"], "\n"), MOST_LINES)
    refused = [_failed(page, _TOO_LONG) for page in extracts.filter(pc.invert(is_short)).to_pylist()]
    extracts = extracts.filter(is_short)
    pages = extracts.to_pylist()
    looks = _looks([page["text"] for page in pages], rules)
    opinions = _opinions(extracts, looks, classifier)
    articles: list[dict[str, Any]] = []
    cuts: dict[str, list[Any]] = {name: [] for name in CUTS.names}
    empty: list[dict[str, Any]] = []
    for page, own, opinion in zip(pages, looks, opinions, strict=True):
        judged = judge_looks(
            own, page["title"], rules, site=page["site"], author=page["author"], memory=memory, opinion=opinion
        )
        if judged.words < ARTICLE_WORDS:
            empty.append(_failed(page, _EMPTY))
            continue
        articles.append(_article(page, judged))
        _add_cuts(cuts, page, judged)
    return Stripped(
        pa.Table.from_pylist(articles, ARTICLES),
        pa.table(cuts, CUTS),
        pa.Table.from_pylist(refused + empty, QUARANTINE),
    )


def _failed(page: dict[str, Any], reason: str) -> dict[str, Any]:
    shown = {**page, "body": page["text"], "source_offset": 0, "media_type": "text/plain"}
    return failed_page(shown, step="strip", reason=reason)


def _looks(texts: Iterable[str], rules: Rules) -> list[list[Look]]:
    """Give the looks of the lines of each text; each distinct line is looked at once."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    numbered = [list(map(numbers.__getitem__, text.split("\n"))) for text in texts]
    looks = look_at(list(numbers), rules)
    return [list(map(looks.__getitem__, lines)) for lines in numbered]


def _opinions(
    extracts: pa.Table, looks: Sequence[Sequence[Look]], classifier: Classifier | None
) -> Iterator[Opinion | None]:
    """Give what a classifier says of each page: of an HTML page its own, made before, of a text this one."""
    is_text = pc.is_null(extracts["scores"])
    own = [look for look, is_one in zip(looks, is_text.to_pylist(), strict=True) if is_one]
    told = _of_texts(extracts.filter(is_text), own, classifier) if classifier else repeat(None)
    for scores, regions in zip(*(extracts[name].to_pylist() for name in ("scores", "regions")), strict=True):
        if scores is None:
            yield next(told)
        else:
            sure = np.array(scores, np.float32)
            yield Opinion(sure, sure >= CUT, regions)


def _of_texts(
    extracts: pa.Table, looks: Sequence[Sequence[Look]], classifier: Classifier
) -> Iterator[Opinion | None]:
    """Give what the classifier says of each text, some at a time: its numbers take room."""
    start, size = 0, 0
    for end, chars in enumerate(pc.utf8_length(extracts["text"]).to_pylist(), 1):
        size += chars
        if size >= BATCH_CHARS or end == len(looks):
            some = extracts.slice(start, end - start)
            kinds = [look.kind if look.rules else None for look in chain.from_iterable(looks[start:end])]
            yield from classifier.judge(some["text"], some["title"], kinds)
            start, size = end, 0


def _article(page: dict[str, Any], judged: Judgement) -> dict[str, Any]:
    gone = [v for v in judged.changed if v.kept is None and v.kind != "blank"]
    fields = judged.fields
    return {
        **{name: page[name] for name in _CARRIED},
        "article_id": page["page_id"],
        **fields,
        "author": page["author"] or fields.get("author"),
        "title": judged.title,
        "site": judged.site,
        **_sources(page, fields, judged),
        "body": judged.body,
        "is_updated": "is_updated" in fields,
        "is_stub": judged.words < STUB_WORDS,
        "is_overcut": judged.is_overcut,
        "text_lines": len(judged.lines),
        "body_words": judged.words,
        "cut_lines": len(gone),
        "cut_chars": sum(len(v.text) for v in gone),
    }


def _sources(page: dict[str, Any], fields: Mapping[str, Any], judged: Judgement) -> dict[str, str | None]:
    """Give where the values come from that lines of the text can tell, too."""
    told = {"author": fields.get("author"), "title": judged.title, "site": judged.site}
    place = {"author": "text", "title": "text", "site": "title"}
    sources = {
        f"{name}_source": page[f"{name}_source"] if page[name] else place[name] if value else None
        for name, value in told.items()
    }
    return {**sources, "agency_source": "text" if "agency" in fields else page["agency_source"]}


def _add_cuts(cuts: Mapping[str, list[Any]], page: Mapping[str, Any], judged: Judgement) -> None:
    """Add a row per line that was taken or changed, with what was read off it, and one per further reading."""
    told: dict[tuple[int, str | None], str] = {
        (reading.line_no, reading.field): reading.value for reading in judged.readings
    }
    values = [told.pop((verdict.line_no, verdict.field), None) if told else None for verdict in judged.changed]
    further = [reading for reading in judged.readings if (reading.line_no, reading.field) in told]
    rows = len(values) + len(further)
    cuts["article_id"].extend(repeat(page["page_id"], rows))
    cuts["edition"].extend(repeat(page["edition"], rows))
    for name in _TOLD:
        cuts[name].extend(map(attrgetter(name), judged.changed))
        cuts[name].extend(map(attrgetter(name), further))
    cuts["value"] += [*values, *(reading.value for reading in further)]
    cuts["score"] += [*(verdict.score for verdict in judged.changed), *repeat(None, len(further))]

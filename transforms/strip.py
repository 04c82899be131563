"""extracts -> articles + cuts: takes out what scraping left behind, and records every line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import pyarrow as pa

from transforms.classifier import Classifier, Opinion
from transforms.extract import failed_page
from transforms.judge import Judgement, Verdict, judge
from transforms.looks import Look, look_at
from transforms.rules import Rules
from transforms.schemas import ARTICLES, CUTS, EXTRACTS, QUARANTINE
from transforms.site_memory import SiteMemory

__all__ = ["Judgement", "Stripped", "Verdict", "judge", "strip"]

ARTICLE_WORDS = 2  # one word is no article but what is left of an error page or a picture
BATCH_CHARS = 16_000_000  # texts that the classifier sees at once; its numbers take six times as much
STUB_WORDS = 5  # a shorter body cannot be compared with others; FAULTS B10
_CARRIED = [name for name in EXTRACTS.names if name in ARTICLES.names]
_EMPTY = "nothing is left but a title and boilerplate; look at the text, then add a keep-rule or drop the page"


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
    pages = extracts.to_pylist()
    looks = _looks(pages, rules)
    look = looks.__getitem__
    opinions = _opinions(extracts, pages, looks, classifier) if classifier else repeat(None, len(pages))
    articles: list[dict[str, Any]] = []
    cuts: list[dict[str, Any]] = []
    empty: list[dict[str, Any]] = []
    for page, opinion in zip(pages, opinions, strict=True):
        judged = judge(
            page["text"],
            page["title"],
            rules,
            site=page["site"],
            author=page["author"],
            look=look,
            memory=memory,
            opinion=opinion,
        )
        if judged.words < ARTICLE_WORDS:
            empty.append(
                failed_page({**page, "body": page["text"], "source_offset": 0}, step="strip", reason=_EMPTY)
            )
            continue
        articles.append(_article(page, judged))
        cuts.extend(_cuts(page, judged))
    return Stripped(
        pa.Table.from_pylist(articles, ARTICLES),
        pa.Table.from_pylist(cuts, CUTS),
        pa.Table.from_pylist(empty, QUARANTINE),
    )


def _looks(pages: Iterable[Mapping[str, Any]], rules: Rules) -> dict[str, Look]:
    """Give the look of each distinct line of the pages."""
    distinct = list(dict.fromkeys(line for page in pages for line in page["text"].split("\n")))
    return dict(zip(distinct, look_at(distinct, rules), strict=True))


def _opinions(
    extracts: pa.Table, pages: Sequence[Mapping[str, Any]], looks: Mapping[str, Look], classifier: Classifier
) -> Iterator[Opinion]:
    """Give what the classifier says of each page, some pages at a time: its numbers take room."""
    kinds = {raw: look.kind for raw, look in looks.items()}
    start, size = 0, 0
    for end, page in enumerate(pages, 1):
        size += len(page["text"])
        if size >= BATCH_CHARS or end == len(pages):
            some = extracts.slice(start, end - start)
            every = [kinds[line] for one in pages[start:end] for line in one["text"].split("\n")]
            yield from classifier.judge(some["text"], some["title"], every)
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
        "body": judged.body,
        "is_updated": "is_updated" in fields,
        "is_stub": judged.words < STUB_WORDS,
        "is_overcut": judged.is_overcut,
        "text_lines": len(judged.lines),
        "body_words": judged.words,
        "cut_lines": len(gone),
        "cut_chars": sum(len(v.text) for v in gone),
    }


def _cuts(page: dict[str, Any], judged: Judgement) -> Iterator[dict[str, Any]]:
    """Give a row per line that was taken or changed, with what was read off it, and one per further reading."""
    key = {"article_id": page["page_id"], "edition": page["edition"]}
    told: dict[tuple[int, str | None], str] = {
        (reading.line_no, reading.field): reading.value for reading in judged.readings
    }
    for verdict in judged.changed:
        yield {
            **key,
            "line_no": verdict.line_no,
            "text": verdict.text,
            "kind": verdict.kind,
            "action": verdict.action,
            "field": verdict.field,
            "value": told.pop((verdict.line_no, verdict.field), None),
            "rule_id": verdict.rule_id,
            "score": verdict.score,
        }
    yield from (
        {**key, **one._asdict(), "score": None} for one in judged.readings if (one.line_no, one.field) in told
    )

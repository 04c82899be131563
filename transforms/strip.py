"""extracts -> articles + cuts: takes out what scraping left behind, and records every line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from transforms.extract import failed_page
from transforms.judge import Judgement, Verdict, judge
from transforms.looks import looker
from transforms.rules import Rules
from transforms.schemas import ARTICLES, CUTS, EXTRACTS, QUARANTINE

__all__ = ["Judgement", "Stripped", "Verdict", "judge", "strip"]

ARTICLE_WORDS = 2  # one word is no article but what is left of an error page or a picture
STUB_WORDS = 5  # a shorter body cannot be compared with others; FAULTS B10
_CARRIED = [name for name in EXTRACTS.names if name in ARTICLES.names]
_EMPTY = "nothing is left but a title and boilerplate; look at the text, then add a keep-rule or drop the page"


@dataclass(frozen=True)
class Stripped:
    """The articles, what was taken from them, and the pages where nothing is left."""

    articles: pa.Table
    cuts: pa.Table
    quarantine: pa.Table


def strip(extracts: pa.Table, rules: Rules) -> Stripped:
    """Give one row of ARTICLES per page with its rows of CUTS, or one row of QUARANTINE."""
    look = looker(rules)
    articles: list[dict[str, Any]] = []
    cuts: list[dict[str, Any]] = []
    empty: list[dict[str, Any]] = []
    for page in extracts.to_pylist():
        judged = judge(page["text"], page["title"], rules, site=page["site"], author=page["author"], look=look)
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


def _article(page: dict[str, Any], judged: Judgement) -> dict[str, Any]:
    gone = [v for v in judged.verdicts if v.kept is None and v.kind != "blank"]
    return {
        **{name: page[name] for name in _CARRIED},
        "article_id": page["page_id"],
        **judged.fields,
        "author": page["author"] or judged.fields.get("author"),
        "title": judged.title,
        "site": judged.site,
        "body": judged.body,
        "is_updated": "is_updated" in judged.fields,
        "is_stub": judged.words < STUB_WORDS,
        "is_overcut": judged.is_overcut,
        "text_lines": len(judged.verdicts),
        "body_words": judged.words,
        "cut_lines": len(gone),
        "cut_chars": sum(len(v.text) for v in gone),
    }


def _cuts(page: dict[str, Any], judged: Judgement) -> Iterator[dict[str, Any]]:
    for verdict in judged.verdicts:
        if verdict.action != "keep":
            yield {
                "article_id": page["page_id"],
                "edition": page["edition"],
                "line_no": verdict.line_no,
                "text": verdict.text,
                "kind": verdict.kind,
                "action": verdict.action,
                "field": verdict.field,
                "rule_id": verdict.rule_id,
                "score": None,
            }

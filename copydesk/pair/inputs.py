"""Finds the two articles of `copydesk explain-pair`, and what the published tables say of them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from copydesk import inspect
from copydesk.pair.view import Article, Published, Step
from copydesk.settings import Settings
from transforms.errors import UsageError
from transforms.lines import count_words
from transforms.strip import STUB_WORDS

_PAIRS = """
    select pairs.* from pairs join members on pairs.left_id = members.article_id
    where members.story_id = $1 order by pairs.left_id, pairs.right_id
"""


def find(left: str, right: str, settings: Settings) -> tuple[Article, Article, Published | None]:
    """Give two articles, each by the beginning of its id or as a file, and what is published about the two.

    That is None unless both are published. UsageError for a name that means no article or several.
    """
    if left == right == "-":
        raise UsageError("standard input is one page; give the other as a file or an article_id")
    one, other = _named(left, settings), _named(right, settings)
    told = _published(one, other, settings) if isinstance(one, dict) and isinstance(other, dict) else None
    return _article(one), _article(other), told


def _named(name: str, settings: Settings) -> Article | dict[str, Any]:
    """Give the page in a file, else the row of a published article."""
    if not name:
        raise UsageError("the name of an article is empty; give a file, - for standard input, or an article_id")
    if not inspect.is_file(name):
        return inspect.article(name, settings)
    page = inspect.clean_file(name, settings)
    is_stub = count_words(page.body) < STUB_WORDS
    return Article(name, page.body, page.title, page.fields.get("site"), is_stub=is_stub)


def _article(row: Article | dict[str, Any]) -> Article:
    if isinstance(row, Article):
        return row
    names = ("body", "title", "site", "url", "edition", "is_stub")
    return Article(row["article_id"], **{name: row[name] for name in names})


def _published(left: dict[str, Any], right: dict[str, Any], settings: Settings) -> Published:
    published = inspect.published_by(settings)
    stories = (left["story_id"], right["story_id"])
    size = "select count(*) as articles from members where story_id = $1"
    pairs = list(inspect.rows(published, _PAIRS, stories[0])) if stories[0] == stories[1] else []
    ends = {left["article_id"], right["article_id"]}
    own = [row for row in pairs if {row["left_id"], row["right_id"]} == ends]
    return Published(
        left_story=stories[0],
        right_story=stories[1],
        articles=next(inspect.rows(published, size, stories[0]))["articles"],
        chain=_chain(pairs, left["article_id"], right["article_id"], published),
        headline=own[0].get("headline") if own else None,  # a version made by an older copydesk has none
        days=abs((left["edition"] - right["edition"]).days),
        window=settings.fold_window,
    )


def _chain(pairs: list[dict[str, Any]], start: str, end: str, published: Path) -> tuple[Step, ...]:
    """Give the fewest pairs that lead from one article to another; of several ways, that of the smallest ids."""
    beside: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in pairs:
        beside[row["left_id"]].append((row["right_id"], row["relation"]))
        beside[row["right_id"]].append((row["left_id"], row["relation"]))
    came: dict[str, tuple[str, str]] = {start: ("", "")}
    reached = [start]
    while reached and end not in came:
        found = {
            other: (article, relation)
            for article in reached
            for other, relation in sorted(beside[article])
            if other not in came
        }
        came |= found
        reached = sorted(found)
    if end not in came or start == end:
        return ()
    steps: list[Step] = []
    while end != start:
        site = next(inspect.rows(published, "select site from articles where article_id = $1", end))["site"]
        before, relation = came[end]
        steps.append(Step(relation, end, site))
        end = before
    return tuple(steps[::-1])

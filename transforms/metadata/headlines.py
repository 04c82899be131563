"""The headline of a page: the visible heading that its metadata speaks of, without the name of the site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from transforms.lines import count_words, match_key
from transforms.metadata.head import Head, plain, text_of
from transforms.metadata.linked import Linked, types
from transforms.titles import Evidence, trim_suffix

_CRUMB = re.compile(
    r"breadcrumb|seo-?title|visually-?hidden|sr-only|screen-reader|is[-_]?(?:blind|hidden)\b|\bblind\b",
    re.IGNORECASE,
)
_LOGO = re.compile(r"logo|site-?(?:title|name)|brand(?:ing)?\b|masthead", re.IGNORECASE)
_KICKER = re.compile(
    r"kicker|over-?line|top-?line|roof-?line|eyebrow|dachzeile|spitzmarke|pre-?title|supra|super-?title|flag\b|\blabel|"
    r"vignette|catch-?line|rubrik|topic|tagline|category|\bbadge",
    re.IGNORECASE,
)
# What match_key leaves out of an ASCII word
_KEYED = {code: None for code in range(128) if not (chr(code).isalnum() or chr(code).isspace())}
_DIVIDERS = "-–—|｜ㅣ:：·•/»<["
_NEWS = frozenset(
    {
        "NewsArticle",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "OpinionNewsArticle",
        "BackgroundNewsArticle",
        "LiveBlogPosting",
    }
)
_SECTIONS = ("article:section", "og:section", "parsely-section", "section", "content_category")
_SHARED = (
    "headline",
    "og:title",
    "twitter:title",
    "dc.title",
    "parsely-title",
    "sailthru.title",
    "citation_title",
    "title",
)


@dataclass(frozen=True)
class HeadlineLimits:
    """What makes a heading the page's headline."""

    min_share: float = 0.3  # of the heading's words in the metadata's titles; dev: below, 9 of 12 were logos
    min_words: int = 3  # of a heading that no metadata speaks of
    climb: int = 3  # elements above a heading that tell what it is: a list item, a link to the front page
    most_headings: int = 30


LIMITS = HeadlineLimits()


@dataclass(frozen=True)
class Visible:
    """A heading as a reader sees it; `whole` has also the kicker above it."""

    text: str
    whole: str


def headline(
    head: Head, linked: Linked, host: str | None, site_names: Sequence[str]
) -> tuple[str | None, str | None]:
    """Give the headline and where it stood: h1, h2, json-ld or meta; None and None where the page has none.

    The visible heading counts, as search engines are often told another. Of a page that says it is a news article
    the headline is what two of its statements agree on, else what its JSON-LD says.
    """
    stated = plain(linked.article.get("headline")) or plain(linked.article.get("name"))
    shared = [text for _, value in head.metas_of(_SHARED) if (text := plain(value))]
    told = [text for text in (stated, *shared, head.title) if text]
    shown = _seen(head.headings, site_names, told)
    best = _best(shown, told)
    is_news = bool(stated and _NEWS & set(types(linked.article)))
    if best and not is_news:
        return best.text, "h1"
    lower = [] if best else _seen(head.subheadings, site_names, told)
    evidence = Evidence(host, frozenset(match_key(each.text) for each in (*shown, *lower)), tuple(site_names))
    named = [(text, "json-ld") for text in (stated,) if text]
    named += [(_trimmed(text, evidence, head.meta(*_SECTIONS)), "meta") for text in (*shared, head.title) if text]
    if best:
        return _agreed((best.text, "h1"), *named[:2])
    confirmed = [each for each in named if _is_shown(each[0], lower)]
    if confirmed:
        return min(confirmed, key=lambda each: len(each[0]))[0], "h2"
    return next(iter(named), (None, None))


def _agreed(*named: tuple[str, str]) -> tuple[str, str]:
    """Give the first statement that a later one repeats, else the second, the JSON-LD's."""
    keys = [match_key(text) for text, _ in named]
    return next((each for n, each in enumerate(named) if keys[n] in keys[n + 1 :]), named[1])


def _seen(headings: Iterable[Any], site_names: Sequence[str], told: Sequence[str]) -> list[Visible]:
    """Give the headings that may be a headline: no breadcrumb, no logo, no name of the site."""
    names = {match_key(name) for name in site_names}
    found = []
    for node in list(headings)[: LIMITS.most_headings]:
        if _is_crumb(node):
            continue
        whole = text_of(node)
        if whole and match_key(whole) not in names and not (_is_logo(node) and not _shares(whole, told)):
            found.append(Visible(_without_kicker(node, whole), whole))
    return found


def _is_crumb(node: Any) -> bool:
    if _CRUMB.search(node.get("class") or ""):
        return True
    for above in _above(node):
        if above.tag in {"nav", "li", "footer"} or _CRUMB.search(above.get("class") or ""):
            return True
    return False


def _is_logo(node: Any) -> bool:
    above = list(_above(node))
    marked = any(_LOGO.search(f"{each.get('class') or ''} {each.get('id') or ''}") for each in (node, *above[:2]))
    linked = next((each.get("href") or "" for each in (*node.iter("a"), *above) if each.tag == "a"), None)
    return marked or (linked is not None and linked.count("/") <= _ROOT_SLASHES and linked.endswith("/"))


_ROOT_SLASHES = 3  # https://host/


def _above(node: Any) -> Iterable[Any]:
    for n, each in enumerate(node.iterancestors()):
        if n == LIMITS.climb:
            break
        yield each


def _without_kicker(node: Any, whole: str) -> str:
    """Give the heading without the line above it, where its markup sets that off."""
    for child in node.iter():
        if child is not node and isinstance(child.tag, str) and _KICKER.search(child.get("class") or ""):
            kicker = text_of(child)
            rest = whole.removeprefix(kicker).lstrip(" :|–—-·•/")
            if kicker and rest != whole and count_words(rest) >= LIMITS.min_words:
                return rest
    return whole


def _best(shown: Sequence[Visible], told: Sequence[str]) -> Visible | None:
    """Give the heading that shares most with the metadata; one that shares nothing only where it is alone."""
    if not shown:
        return None
    others = [_pieces(each) for each in told]
    shares = [max(_share(each.text, others), _share(each.whole, others)) for each in shown]
    best = max(shares)
    if best >= LIMITS.min_share:
        return shown[shares.index(best)]
    is_alone = len({each.whole for each in shown}) == 1
    return shown[0] if is_alone and count_words(shown[0].whole) >= LIMITS.min_words else None


def _shares(text: str, told: Sequence[str]) -> bool:
    return (
        _share(text, [_pieces(each) for each in told]) >= LIMITS.min_share and count_words(text) >= LIMITS.min_words
    )


def _share(text: str, others: Sequence[set[str]]) -> float:
    """Give the share of the text's words, or of its pairs of letters where no space parts it, that a title has."""
    pieces = _pieces(text)
    return max((len(pieces & each) / len(pieces) for each in others), default=0.0) if pieces else 0.0


def _pieces(text: str) -> set[str]:
    if text.isascii():
        return set(text.casefold().translate(_KEYED).split())
    words = text.casefold().split()
    keys = {key for word in words if (key := match_key(word))}
    if len(keys) > 1 and all(word.isascii() for word in keys):
        return keys
    key = match_key(text)
    return keys if key.isascii() else {key[n : n + 2] for n in range(max(1, len(key) - 1))} if key else set()


def _is_shown(text: str, headings: Iterable[Visible]) -> bool:
    """Tell whether a heading says the text, alone or behind a kicker."""
    key = match_key(text)
    return bool(key) and any(
        key == match_key(each.text) or match_key(each.whole).endswith(key) for each in headings
    )


def _trimmed(title: str, evidence: Evidence, section: str) -> str:
    """Give the title without the names of the site and the section at its end."""
    for name in (*evidence.imprints, section):
        if name and len(title) > len(name) and title.endswith(name):
            bare = title[: -len(name)].rstrip()
            if bare[-1:] in _DIVIDERS and count_words(bare) >= LIMITS.min_words:
                title = bare.rstrip(_DIVIDERS + " ")
    return trim_suffix(title, evidence)[0]

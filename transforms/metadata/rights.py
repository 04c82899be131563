"""What a page says about its use: robots, text and data mining, payment; null where it says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from transforms.metadata.head import Head
from transforms.metadata.linked import Linked

# Names of robots in meta tags: search engines, and those that collect texts for AI.
_ROBOTS = ("robots", "googlebot", "bingbot", "googlebot-news")
_AI_ROBOTS = ("google-extended", "gptbot", "ccbot", "anthropic-ai")
_AI_RULES = frozenset({"noai", "noimageai", "noml", "noaitraining", "noai-training", "nogenai"})
_NONE = frozenset({"none", "noindex", "disallow"})
_RESERVED = {"1": True, "0": False}  # W3C TDM Reservation Protocol
_WORD = re.compile(r"[a-z-]+")
_PAID_TIERS = {"free": False, "metered": True, "locked": True, "paid": True, "premium": True}
_TIER_KEYS = ("article:content_tier", "content_tier", "og:article:content_tier")


@dataclass(frozen=True)
class Rights:
    """What the page reserves; null means that it does not say."""

    is_noindex: bool | None = None
    is_ai_reserved: bool | None = None
    tdm_policy: str | None = None
    is_paywalled: bool | None = None
    is_live_blog: bool | None = None


def rights(head: Head, linked: Linked, robots: str | None, tdm_reservation: str | None) -> Rights:
    """Give what meta tags, JSON-LD and the HTTP headers X-Robots-Tag and TDM-Reservation say."""
    rules = _rules([*(value for _, value in head.metas_of(_ROBOTS)), robots or ""])
    barred = _rules(value for _, value in head.metas_of(_AI_ROBOTS))
    reserved = _RESERVED.get((tdm_reservation or head.meta("tdm-reservation")).strip()[:1])
    is_barred = bool(rules & _AI_RULES or barred & _NONE)
    return Rights(
        is_noindex=bool(rules & _NONE) if rules else None,
        is_ai_reserved=True if is_barred else reserved,
        tdm_policy=head.meta("tdm-policy") or None,
        is_paywalled=_paid(head, linked),
        is_live_blog=linked.is_live,
    )


def _rules(values: Iterable[str]) -> set[str]:
    """Give the rules of some robots values, a robot's name before them left out: 'gptbot: noindex, nofollow'."""
    return {word for value in values for part in value.lower().split(",") for word in _WORD.findall(part)[-1:]}


def _paid(head: Head, linked: Linked) -> bool | None:
    paid = linked.is_paid()
    return paid if paid is not None else _PAID_TIERS.get(head.meta(*_TIER_KEYS).lower())

"""The fold's verdict on two texts in plain words, with the numbers and the bounds that decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from copydesk.pair.pieces import Words
from copydesk.pair.view import EMPTY, SAME, STUB, PairView, Published
from transforms.fold.tables import VERSION
from transforms.fold.verdicts import Bounds, Relations

_BOUNDS = Bounds()
_RELATIONS = Relations()


def percent(share: float) -> str:
    """Give a share as a whole percentage that is 0 or 100 only where it is exactly so.

    >>> [percent(share) for share in (0.0, 0.001, 0.126, 0.999, 1.0)]
    ['0 %', 'under 1 %', '13 %', 'over 99 %', '100 %']
    """
    if 0 < share < 0.005:  # noqa: PLR2004  # would be rounded to 0
        return "under 1 %"
    if 0.995 <= share < 1:  # noqa: PLR2004  # would be rounded to 100
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")


def verdict(view: PairView) -> str:
    """Give in one or two sentences whether the two texts are one story, and what decided it."""
    outcome, reason = "One story" if view.is_together else "Apart", _REASONS[view.reason](view)
    if view.reason in (SAME, EMPTY, STUB) or view.anchors.is_enough:
        return f"{outcome}: {reason}."
    shared, needed = view.anchors.shared, _number(view.anchors.needed, "anchor")
    never = f"Apart: never compared ({shared} of the {needed} asked for)"
    if view.is_together:
        return f"{never}. Taken alone they would be one story: {reason}."
    return f"{never}, and {reason}."


def measures(view: PairView) -> list[tuple[str, str]]:
    """Give what was measured, as names and sentences; nothing for equal texts and for an empty one."""
    if view.reason in (SAME, EMPTY):
        return []
    anchors = (
        f"{view.anchors.shared} shared, of {view.anchors.left} (left) and {view.anchors.right} (right); "
        f"{view.anchors.needed} {'is' if view.anchors.needed == 1 else 'are'} asked for"
    )
    found = [("anchors", anchors)]
    return [*_aligned(view), *found] if view.counts.left_span else found


def _aligned(view: PairView) -> list[tuple[str, str]]:
    counts = view.counts
    common = (
        f"{_span(view, view.shorter)} of the shorter text ({view.shorter}) and {_span(view, view.longer)} of the "
        "longer"
    )
    begins = f"at {percent(_begins(view, view.longer))} of the longer text"
    facts = counts.facts_kept + counts.facts_changed
    words = _same_words(view) + counts.words_changed
    changed_words = f"{counts.words_changed:,} of {words:,}"
    found = [("in common", common), ("begins", begins)]
    if facts:
        found.append(("changed facts", f"{counts.facts_changed:,} of {facts:,}; other words: {changed_words}"))
    elif words:
        found.append(("changed words", changed_words))
    return found


def to_json(view: PairView) -> dict[str, Any]:
    """Give everything as JSON holds it, the verdict also in words."""
    told = asdict(view)
    published = view.published and {"placed": placed(view.published, view), **told.pop("published")}
    rows = told.pop("rows")
    return {
        "is_together": view.is_together,
        "verdict": verdict(view),
        **told,
        "published": published,
        "rows": rows,
    }


def placed(published: Published, view: PairView) -> str:
    """Give in a sentence or two what all published articles together made of the two."""
    if published.is_one_story:
        return _one_story(published, view)
    where = f"Two stories: {published.left_story} (left) and {published.right_story} (right)."
    return f"{where} {_why_parted(published, view)}".rstrip()


def _one_story(published: Published, view: PairView) -> str:
    size = f"One story of {_number(published.articles, 'article')}: {published.left_story}."
    if len(published.chain) == 1:
        headline = {None: "", "same": ", the same headline", "edited": ", headline edited", "new": ", new headline"}
        relation = published.chain[0].relation
        why = " (the same URL)" if relation == VERSION else ""
        return f"{size} Paired directly: {relation}{why}{headline[published.headline]}."
    if view.left.name == view.right.name:
        return f"{size} Both are the same article."
    if not published.chain:
        return f"{size} No chain of pairs ties them: each was found beside the story's lead."
    if view.is_together:
        return f"{size} No pair of their own, but a chain of {len(published.chain)} pairs ties them:"
    return (
        f"{size} The verdict on the two alone keeps them apart; a chain of {len(published.chain)} pairs ties them:"
    )


def _why_parted(published: Published, view: PairView) -> str:
    """Give what, beyond the two texts, can have kept them in two stories."""
    if not view.is_together:
        return ""
    if published.days > published.window and view.reason != SAME:
        window = f"{_number(published.window, 'day')} (fold_window)"
        within = window if published.window else "one edition only (fold_window = 0)"
        return (
            f"Their editions are {_number(published.days, 'day')} apart; near-identical texts are looked for "
            f"within {within}."
        )
    if not view.anchors.is_enough and view.reason != SAME:
        return ""
    if view.reason == "part":
        return (
            f"Taken alone they would be one: the {view.longer} article also holds a part of another story (a "
            "round-up joins none of those it quotes), the chain of pairs to the story's lead is too long, or they "
            "were folded with another fold_window."
        )
    return (
        "Taken alone they would be one: the chain of pairs from one to the other is too long and the two leads "
        "differ, one of them holds parts of several stories, too many texts share these anchors for all to be "
        "compared, or they were folded with another fold_window."
    )


def _same(view: PairView) -> str:
    if view.left.body == view.right.body:
        return f"{view.relation}; both texts are the same, character for character"
    return f"{view.relation}; both texts are the same words in the same order"


def _empty(view: PairView) -> str:
    sides = [side for side in ("left", "right") if getattr(view.counts, f"{side}_words") == 0]
    which = "neither text has" if len(sides) > 1 else f"the {sides[0]} text does not have"
    return f"{which} a word, and nothing is compared with an empty text"


def _stub(view: PairView) -> str:
    sides = [side for side in ("left", "right") if getattr(view, side).is_stub]
    which = "both texts are stubs" if len(sides) > 1 else f"the {sides[0]} text is a stub"
    return f"{which}, too short to be compared with others"


def _little(view: PairView) -> str:
    return (
        f"too little in common; {_span(view, 'left')} of the left text and {_span(view, 'right')} of the right one "
        f"stand in the other, one story has {percent(_BOUNDS.short_span)} of the shorter and "
        f"{percent(_BOUNDS.long_span)} of the longer at least"
    )


def _facts(view: PairView) -> str:
    counts = view.counts
    compared = counts.facts_kept + counts.facts_changed
    return (
        f"the words agree ({percent(1 - _words_changed(view))}) and the facts differ ({counts.facts_changed} of "
        f"{compared}; up to {percent(_BOUNDS.facts_changed)} may), which is a template"
    )


def _words(view: PairView) -> str:
    return (
        f"{percent(_words_changed(view))} of the words compared differ; more than "
        f"{percent(_BOUNDS.words_changed)} is another text"
    )


def _form(view: PairView) -> str:
    changed = f"{_number(view.counts.facts_changed, 'fact')} and {_number(view.counts.words_changed, 'other word')}"
    return f"the words differ in few places, several at a time ({changed}), as the entries of a form do"


def _frame(view: PairView) -> str:
    inside = [view.counts.share("inside", side) for side in ("left", "right")]
    if min(inside) > _BOUNDS.frame_inside and _words_changed(view) < _BOUNDS.frame_words_changed:
        edit = f"up to {percent(_BOUNDS.frame_inside)} is an edit"
        return f"both have a part of their own ({_shares(inside)}) inside a common frame; {edit}"
    begins = [_begins(view, side) for side in ("left", "right")]
    return f"both have a part of their own before what they share ({_shares(begins)})"


def _shares(own: list[float]) -> str:
    return f"{percent(own[0])} of the left text, {percent(own[1])} of the right"


def _brief(view: PairView) -> str:
    size = getattr(view.counts, f"{view.shorter}_words")
    changed = f"{_number(view.counts.facts_changed, 'fact')} and {_number(view.counts.words_changed, 'other word')}"
    if size < _BOUNDS.headline:
        common = f"{_span(view, view.shorter)} of it is in common"
        return f"a text of {_number(size, 'word')} must agree in every one; {common}, {changed} changed"
    return (
        f"{size} words are too few for what differs: {changed} changed, {_span(view, view.shorter)} of the shorter "
        f"text in common; below {_BOUNDS.brief} words one fact may change, but not half of them, and "
        f"{percent(_BOUNDS.brief_span)} must be common"
    )


def _series(_: PairView) -> str:
    return "the titles are one frame with other facts in it and the texts are not equal, which is a series"


def _whole(view: PairView) -> str:
    found = [percent(view.counts.share("found", side)) for side in ("left", "right")]
    return (
        f"{_relation(view)}; {found[0]} of the left text's words stand in the right one, {found[1]} of the right "
        "one's in the left"
    )


def _part(view: PairView) -> str:
    return (
        f"{_relation(view)}; {_span(view, view.shorter)} of the {view.shorter} text stands in the {view.longer} "
        f"one, beginning at {percent(_begins(view, view.longer))} of it"
    )


def _inside(view: PairView) -> str:
    size = getattr(view.counts, f"{view.shorter}_words") / getattr(view.counts, f"{view.longer}_words")
    begins = _begins(view, view.longer)
    titles = [_title(each.title) for each in (view.left, view.right)]
    if size < _BOUNDS.part_size:
        where = (
            f"as a mere teaser, {percent(size)} of its size; an excerpt has {percent(_BOUNDS.part_size)} at least"
        )
    elif view.counts.share("span", view.shorter) < _BOUNDS.part_span:
        where = f"not nearly whole; of an excerpt, {percent(_BOUNDS.part_span)} does at least"
    elif _is_late(view) and all(titles) and titles[0] != titles[1]:
        where = (
            f"further down (from {percent(begins)} of it on) and under another title; under one title, or in the "
            f"first {_BOUNDS.part_head} words, it would be an excerpt"
        )
    elif _is_late(view) and not all(titles):
        where = f"further down, from {percent(begins)} of it on; an excerpt before {percent(_BOUNDS.part_start)}"
    else:
        where = "scattered, or in a text about something else, as the title says"
    return f"{_span(view, view.shorter)} of the {view.shorter} text stands in the {view.longer} one, but {where}"


def _is_late(view: PairView) -> bool:
    """Say whether the common text begins behind the head of the longer text, and stands there in one piece."""
    begins: int = getattr(view.counts, f"{view.longer}_begins")
    return (
        begins >= _BOUNDS.part_head
        and _begins(view, view.longer) >= _BOUNDS.part_start
        and view.counts.share("inside", view.longer) <= _BOUNDS.part_gaps * view.counts.share("span", view.longer)
    )


def _title(title: str | None) -> list[int]:
    """Give the words of a title, facts or not; nothing where it lacks."""
    return [token >> 1 for token in Words.of(title or "").tokens.tolist()]


def _relation(view: PairView) -> str:
    told = {
        "copy": f"copy ({percent(_RELATIONS.whole)} of each or more are found)",
        "excerpt": (
            f"excerpt ({percent(_RELATIONS.whole)} or more of one are found in the other, which is half as long "
            "again)"
        ),
        "update": "update (each, or the longer, has text of its own)",
    }
    return told[str(view.relation)]


def _span(view: PairView, side: str) -> str:
    return percent(view.counts.share("span", side))


def _begins(view: PairView, side: str) -> float:
    return view.counts.share("begins", side)


def _same_words(view: PairView) -> int:
    return int(getattr(view.counts, f"{view.shorter}_found")) - view.counts.facts_kept


def _words_changed(view: PairView) -> float:
    return view.counts.words_changed / max(1, _same_words(view) + view.counts.words_changed)


def _number(count: int, name: str) -> str:
    return f"{count:,} {_plural(count, name)}"


def _plural(count: int, name: str) -> str:
    return name if count == 1 else name + "s"


_REASONS: dict[str, Callable[[PairView], str]] = {
    SAME: _same,
    EMPTY: _empty,
    STUB: _stub,
    "little": _little,
    "facts": _facts,
    "words": _words,
    "form": _form,
    "frame": _frame,
    "brief": _brief,
    "series": _series,
    "whole": _whole,
    "part": _part,
    "inside": _inside,
}

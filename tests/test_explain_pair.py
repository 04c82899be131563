"""explain-pair: where tokens stand, which words are shared, what stands beside what, and the verdict in words."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from copydesk.pair import reasons
from copydesk.pair import view as viewed
from copydesk.pair.inputs import find
from copydesk.pair.pieces import MARKS, Folding, Piece, Words
from copydesk.pair.reasons import measures, placed, to_json, verdict
from copydesk.pair.rows import Part, Row
from copydesk.pair.text import to_text
from copydesk.pair.view import Anchors, Article, Counts, PairView, Published, Step, view
from copydesk.settings import Settings
from tests.command import copydesk
from transforms.columns import hashed_words, placed_words
from transforms.fold.verdicts import Verdict

SYLLABLES = tuple(a + b for a in "bcdfghjklmnp" for b in "aeiou")
FERRY = """The ferry Marta left the harbour of Lunow at eight on Monday with 90 people on board.

Her engine failed off the lighthouse, and two tugs brought the ship back before noon.

“I will sail when the letter is there,” the captain told the owners."""
UPDATE = """“I will sail when the letter is there,” the captain told the owners.

The ferry Marta left the harbour of Lunow at nine on Monday with 120 people on board.

Her engine had failed off the lighthouse, and two tugs brought the ship back before noon.

Nobody was hurt. The owners have asked for a new engine."""


def prose(seed: int, words: int) -> str:
    """Give a text of invented words in sentences of twelve, the same for the same seed."""
    chosen = random.Random(seed)  # noqa: S311 - a fixed text, nothing secret
    made = ["".join(chosen.choices(SYLLABLES, k=chosen.randint(1, 4))) for _ in range(words)]
    sentences = [" ".join(made[at : at + 12]).capitalize() + "." for at in range(0, words, 12)]
    return " ".join(sentences)


LONG, OTHER = prose(1, 400), prose(2, 400)


def cut(text: str, start: int, stop: int) -> str:
    return " ".join(text.split()[start:stop])


def changed(text: str, every: int, word: str) -> str:
    """Give the text with every n-th word replaced by a numbered one."""
    return " ".join(f"{word}{at}" if at % every == every - 1 else old for at, old in enumerate(text.split()))


def paragraphs(text: str, words: int) -> str:
    whole = text.split()
    return "\n".join(" ".join(whole[at : at + words]) for at in range(0, len(whole), words))


def article(body: str, title: str | None = None, **known: Any) -> Article:
    return replace(Article("page.txt", body, title), **known)


def seen(left: str, right: str, *, folding: Folding | None = None) -> PairView:
    return view(article(left), article(right), folding=folding)


def shown(left: str, right: str, *, width: int = 80, is_coloured: bool = False) -> list[str]:
    """Give the lines of both texts, without what stands above them."""
    whole = to_text(seen(left, right, folding=Folding()), width=width, is_coloured=is_coloured).split("\n")
    rules = [number for number, line in enumerate(whole) if set(line) == {"─"} or "─" * width in line]
    return whole[rules[-1] + 1 :]


def words(piece: str) -> list[int]:
    """Give the tokens of a text without their fact bits."""
    return [token >> 1 for token in placed_words(piece)[0].tolist()]


def pieces(part: Part | None) -> list[tuple[str, str]]:
    return [(piece.mark, piece.text) for piece in part.pieces] if part else []


def marked(found: PairView, side: str, mark: str) -> list[str]:
    """Give the stretches of one side with a mark."""
    parts = [getattr(row, side) for row in found.rows]
    return [text.strip() for part in parts for own, text in pieces(part) if own == mark and text.strip()]


# Where tokens stand


@given(st.text())
@bounds(deadline=None)
def test_a_span_cut_out_of_its_text_is_the_token_alone(text: str) -> None:
    tokens, spans = placed_words(text)
    alone = [words(text[begin:end]) for begin, end in spans.tolist()]
    assert [each[-1] for each in alone] == [token >> 1 for token in tokens.tolist()]
    begins, ends = spans[:, 0], spans[:, 1]
    assert (np.diff(begins) >= 0).all()
    assert (np.diff(ends) > 0).all()
    is_pair = begins[1:] < ends[:-1]
    assert [len(each) for each in alone[1:]] == [2 if pair else 1 for pair in is_pair]


@given(st.text())
@bounds(deadline=None)
def test_placed_words_are_the_words_of_the_fold(text: str) -> None:
    expected, _ = hashed_words(pa.chunked_array([pa.array([text], pa.large_string())]))
    assert placed_words(text)[0].tolist() == expected.tolist()


def test_a_word_stands_without_the_marks_around_it() -> None:
    text = "‘Don’t move’, said a\u00adn É́a: 12,5 %. Ａ 𝒜b 一二 三。四"
    assert [text[begin:end] for begin, end in placed_words(text)[1].tolist()] == [
        "Don’t", "move", "said", "a\u00adn", "É́a", "12", "5", "Ａ", "𝒜b", "一", "一二", "二 三", "四",
    ]  # fmt: skip


# Which words are shared

TEXTS = st.lists(st.sampled_from([*cut(LONG, 0, 12).split(), "Oslo", "Bergen", "12", "9", "一二三", ".\n", ","]))


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """Give a text and what is left of it after some cuts, moves, changes and additions."""
    start = draw(st.integers(0, 300))
    left = cut(LONG, start, start + draw(st.integers(0, 100))).split()
    right = list(left)
    for _ in range(draw(st.integers(0, 5))):
        at, end = sorted((draw(st.integers(0, len(right))), draw(st.integers(0, len(right)))))
        kind = draw(st.sampled_from(["drop", "move", "add", "change"]))
        taken = right[at:end]
        right = right[:at] + (taken if kind == "add" else []) + right[end:]
        added = draw(TEXTS) if kind in ("add", "change") else taken * (kind == "move")
        place = at if kind == "change" else draw(st.integers(0, len(right)))
        right[place:place] = added
    return " ".join(left), " ".join(right)


@given(edited() | st.tuples(TEXTS.map(" ".join), TEXTS.map(" ".join)))
@bounds(deadline=None, max_examples=300)
def test_the_marks_are_what_the_fold_counts_and_no_word_is_lost(texts: tuple[str, str]) -> None:
    both = [Words.of(text) for text in texts]
    short, long = sorted(both, key=lambda each: len(each.tokens))
    found = viewed._aligned(short, long)
    own, other = viewed._marked(short, long)
    shared = MARKS.index("shared")
    only = MARKS.index("only")
    counts = viewed._counts(found, is_swapped=False)
    assert [(side.marks != only).sum() for side in (own, other)] == [counts.left_span, counts.right_span]
    assert [(side.marks == shared).sum() for side in (own, other)] == [counts.left_found, counts.right_found]
    tied = np.flatnonzero((own.marks == shared) & (own.partners >= 0))
    assert (short.tokens[tied] >> 1 == long.tokens[own.partners[tied]] >> 1).all()
    assert (other.partners[own.partners[tied]] >= 0).all()

    whole = seen(*texts)
    for side, text, each in zip(("left", "right"), texts, both, strict=True):
        parts = [part for row in whole.rows if (part := getattr(row, side)) is not None]
        told = "".join(piece.text for part in parts for piece in part.pieces)
        assert "".join(told.split()) == ("".join(text.split()) if len(each.tokens) else "")
        assert sum(part.words for part in parts) == len(each.tokens)


@given(edited(), st.integers(40, 200), st.booleans())
@bounds(deadline=None)
def test_every_line_fits_the_width(texts: tuple[str, str], width: int, is_plain: bool) -> None:  # noqa: FBT001
    from rich.cells import cell_len

    found = seen(*(text.replace(".", ".\n") for text in texts), folding=Folding() if is_plain else None)
    lines = to_text(found, width=width, is_coloured=False).split("\n")
    assert max(map(cell_len, lines)) <= width


def test_changed_facts_changed_words_and_what_one_side_has_alone_are_told_apart() -> None:
    found = seen(FERRY, UPDATE)
    assert {mark: marked(found, "left", mark) for mark in ("fact", "word", "only")} == {
        "fact": ["90"],
        "word": ["eight"],
        "only": [],
    }
    assert {mark: marked(found, "right", mark) for mark in ("fact", "word", "only")} == {
        "fact": ["120"],
        "word": ["nine", "had"],
        "only": ["Nobody was hurt. The owners have asked for a new engine."],
    }


def test_a_fact_beside_a_plain_word_is_no_changed_fact() -> None:
    left = "The people of the harbour went from Oslo quickly to the lighthouse and saw the ferry come in."
    found = seen(left, left.replace("Oslo quickly", "slowly Bergen"))
    assert found.counts.facts_changed == 0
    assert [marked(found, side, mark) for side in ("left", "right") for mark in ("fact", "word")] == [
        [], ["Oslo quickly"], [], ["slowly Bergen"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("short", "long", "partners"),
    [
        (  # a word in the gap of one chain that another chain found elsewhere
            "0132312223023113303001302", "0132312223023113311330003031302",
            [*range(17), 23, 24, 21, 22, -1, 24, 29, 30],
        ),
        (  # two words right before a chain
            "225040211034545532401131", "3440240211034545532401131",
            [-1, -1, -1, -1, *range(5, 25)],
        ),
    ],
)  # fmt: skip
def test_the_counterpart_of_a_shared_word_is_the_same_word(short: str, long: str, partners: list[int]) -> None:
    texts = [Words.of(" ".join(SYLLABLES[int(each)] for each in text)) for text in (short, long)]
    own, _ = viewed._marked(*texts)
    assert own.partners.tolist() == partners


def test_of_a_pair_of_characters_only_the_changed_one_is_marked() -> None:
    left = (
        "澄湾市地铁三号线的施工人员上周五在地下九米处挖到一座完整的石拱桥。文物部门三日确认，这座桥建于明代中期。"
    )
    found = seen(left, left.replace("九", "八"))
    assert (marked(found, "left", "word"), marked(found, "right", "word")) == (["九"], ["八"])


@pytest.mark.parametrize("added", ["The level had fallen by noon.", "The dam had leaked for many years by then."])
def test_what_was_put_in_begins_at_its_sentence(added: str) -> None:
    first, last = "The crack was found by a watchman on his way.", "The dam was completed long ago and is repaired."
    found = seen(f"{first} {last}", f"{first} {added} {last}")
    assert marked(found, "right", "only") == [added]
    assert marked(seen(f"{first} {added} {last}", f"{first} {last}"), "left", "only") == [added]


def test_punctuation_goes_with_what_one_side_has_alone() -> None:
    text = cut(LONG, 0, 24)
    found = seen(
        f"{text} {cut(LONG, 24, 48)}",
        f"{text} “(Nobody was hurt in the end, and all went home!)” {cut(LONG, 24, 48)}",
    )
    assert marked(found, "right", "only") == ["“(Nobody was hurt in the end, and all went home!)”"]


# What stands beside what


def test_a_paragraph_that_moved_says_where_to() -> None:
    found = seen(FERRY, UPDATE)
    placed_at = [
        (
            (row.left.paragraph, row.left.moved_to) if row.left else None,
            (row.right.paragraph, row.right.moved_to) if row.right else None,
        )
        for row in found.rows
    ]
    assert placed_at == [
        (None, (1, 3)),
        ((1, None), (2, None)),
        ((2, None), (3, None)),
        ((3, 1), None),
        (None, (4, None)),
    ]


def test_a_text_without_paragraphs_is_parted_as_the_other_one_is() -> None:
    parts = [cut(LONG, at, at + 40) for at in (0, 40, 80)]
    found = seen("\n".join(parts), " ".join(parts))
    assert found.rows == tuple(
        Row(
            Part(number, number, False, None, (Piece("shared", part, 40),)),
            Part(1, 1, number > 1, None, (Piece("shared", part, 40),)),
        )
        for number, part in enumerate(parts, start=1)
    )


def test_a_phrase_that_both_use_elsewhere_does_not_part_a_paragraph() -> None:
    phrase = "at the gates of the old town"
    one, two, three = (cut(LONG, at, at + 30) for at in (0, 30, 60))
    found = seen(f"{one} {phrase}\n{two}\n{three}", f"{one}\n{two}\n{three} {phrase}")
    assert [(row.left and row.left.paragraph, row.right and row.right.paragraph) for row in found.rows] == [
        (1, 1), (2, 2), (3, 3),
    ]  # fmt: skip


def test_a_break_a_few_words_further_on_makes_no_row_of_its_own() -> None:
    found = seen(f"{cut(LONG, 0, 30)}\n{cut(LONG, 30, 60)}", f"{cut(LONG, 0, 32)}\n{cut(LONG, 32, 60)}")
    assert [(row.left and row.left.words, row.right and row.right.words) for row in found.rows] == [
        (30, 32),
        (30, 28),
    ]


def test_identical_texts_show_their_ends() -> None:
    text = paragraphs(LONG, 20)
    found = seen(text, text, folding=Folding(only=40, shared=60, edge=3))
    lines = text.split("\n")
    middle = (
        Piece("shared", cut(lines[1], 0, 3), 3),
        Piece("shared", "", 354),
        Piece("shared", cut(lines[-2], 17, 20), 3),
    )
    ends = [(Piece("shared", line, 20),) for line in (lines[0], lines[-1])]
    parts = [
        Part(1, 1, False, None, ends[0]),
        Part(2, 19, False, None, middle),
        Part(20, 20, False, None, ends[1]),
    ]
    assert found.rows == tuple(Row(part, part) for part in parts)
    assert (found.reason, found.relation, measures(found)) == ("same", "copy", [])
    assert verdict(found) == "One story: copy; both texts are the same, character for character."
    assert verdict(seen(text, text.replace("\n", " "))) == (
        "One story: copy; both texts are the same words in the same order."
    )


def test_fifty_thousand_words_are_a_page_to_read_and_whole_on_request() -> None:
    text = prose(3, 50_000)
    found = seen(paragraphs(text, 50), paragraphs(changed(text, 7, "other"), 70), folding=Folding())
    lines = to_text(found, width=120, is_coloured=False).split("\n")
    assert (len(found.rows), len(lines), lines[-1]) == (1_572, 2_264, "… 1,172 more rows; --full shows them …")
    in_one_line = seen(text, changed(text, 7, "other"), folding=Folding())
    ends = [part.pieces[-1] for row in in_one_line.rows for part in (row.left, row.right) if part]
    assert ends == [Piece("more", "", 48_600)] * 2
    assert "48,600" in to_text(in_one_line, width=120, is_coloured=False)
    whole = seen(text, changed(text, 7, "other"))
    assert [part.words for row in whole.rows for part in (row.left, row.right) if part] == [50_000, 50_000]


# How it looks

PLAIN = """\
left · 45 words · edition 2026-03-02 · │ right · 57 words · edition 2026-03-03
lunow.example                          │ (no title)
Ferry returns to Lunow                 │ page.txt
https://lunow.example/ferry            │
page.txt                               │
────────────────────────────────────────────────────────────────────────────────
One story: update (each, or the longer, has text of its own); 96 % of the left
text's words stand in the right one, 75 % of the right one's in the left.
  in common      100 % of the shorter text (left) and 81 % of the longer
  begins         at 0 % of the longer text
  changed facts  1 of 4; other words: 1 of 41
  anchors        33 shared, of 45 (left) and 55 (right); 3 are asked for
  marks          plain shared · [!left!] {!right!} changed fact ·
                 [-left-] {+right+} changed word · [<left<] {>right>} only here
                 · ¶ paragraph
────────────────────────────────────────────────────────────────────────────────
                                       │ ¶1 (moved: left ¶3) “I will sail when
                                       │ the letter is there,” the captain told
                                       │ the owners.
                                       │
¶1 The ferry Marta left the harbour of │ ¶2 The ferry Marta left the harbour of
Lunow at [-eight-] on Monday with      │ Lunow at {+nine+} on Monday with
[!90!] people on board.                │ {!120!} people on board.
                                       │
¶2 Her engine failed off the           │ ¶3 Her engine {+had+} failed off the
lighthouse, and two tugs brought the   │ lighthouse, and two tugs brought the
ship back before noon.                 │ ship back before noon.
                                       │
¶3 (moved: right ¶1) “I will sail when │
the letter is there,” the captain told │
the owners.                            │
                                       │
                                       │ ¶4 {>Nobody was hurt. The owners have
                                       │ asked for a new engine.>}
"""
COLOURED = """\
                             │ ^[2m¶1 ^[0m^[35m(moved: left ¶3) ^[0m“I will
                             │ sail when the letter is
                             │ there,” the captain told the
                             │ owners.
                             │
^[2m¶1 ^[0mThe ferry Marta left the  │ ^[2m¶2 ^[0mThe ferry Marta left the
harbour of Lunow at ^[33meight^[0m on │ harbour of Lunow at ^[33mnine^[0m on
Monday with ^[1;31m90^[0m people on     │ Monday with ^[1;31m120^[0m people on
board.                       │ board.
                             │
^[2m¶2 ^[0mHer engine failed off the │ ^[2m¶3 ^[0mHer engine ^[33mhad^[0m failed off
lighthouse, and two tugs     │ the lighthouse, and two tugs
brought the ship back before │ brought the ship back before
noon.                        │ noon.
                             │
^[2m¶3 ^[0m^[35m(moved: right ¶1) ^[0m“I will │
sail when the letter is      │
there,” the captain told the │
owners.                      │
                             │
                             │ ^[2m¶4 ^[0m^[94mNobody was hurt. The^[0m
                             │ ^[94mowners have asked for a new^[0m
                             │ ^[94mengine.^[0m
"""


def test_two_texts_side_by_side_without_colours() -> None:
    left = article(
        FERRY,
        "Ferry returns to Lunow",
        site="lunow.example",
        url="https://lunow.example/ferry",
        edition=dt.date(2026, 3, 2),
    )
    found = view(left, article(UPDATE, edition=dt.date(2026, 3, 3)), folding=Folding())
    assert to_text(found, width=80, is_coloured=False) + "\n" == PLAIN


def test_each_line_of_a_header_breaks_by_itself() -> None:
    title = "Ferry returns to Lunow after dark"
    found = view(article(FERRY, title, url="https://lunow.example/ferry"), article(FERRY))
    lines = to_text(found, width=80, is_coloured=False).split("\n")
    assert [line.split("│")[0].rstrip() for line in lines[:4]] == [
        "left · 45 words",
        title,
        "https://lunow.example/ferry",
        "page.txt",
    ]


def test_colours_say_the_same() -> None:
    lines = shown(FERRY, UPDATE, width=60, is_coloured=True)
    assert "\n".join(lines).replace("\x1b", "^") + "\n" == COLOURED


def test_right_to_left_text_stays_in_its_column() -> None:
    text = "غادرت العبارة ميناء لونو في الساعة الثامنة صباحا"
    assert shown(f"{text} يوم الاثنين", f"{text} يوم الثلاثاء", width=80) == [
        "\u2068¶1 غادرت العبارة ميناء لونو في الساعة\u2069  │ \u2068¶1 غادرت العبارة ميناء لونو في الساعة\u2069",
        "\u2068الثامنة صباحا يوم [<الاثنين<]\u2069          │ \u2068الثامنة صباحا يوم {>الثلاثاء>}\u2069",
    ]


def test_chinese_fills_its_column() -> None:
    left = "澄湾市地铁三号线的施工人员上周五在地下九米处挖到一座完整的石拱桥。"
    assert shown(left, left.replace("九", "八"), width=60) == [
        "¶1 澄湾市地铁三号线的施工人  │ ¶1 澄湾市地铁三号线的施工人员",
        "员上周五在地下[-九-]米处挖到 │ 上周五在地下{+八+}米处挖到一",
        "一座完整的石拱桥。           │ 座完整的石拱桥。",
    ]
    assert shown("东南西北春夏秋冬天地玄。", "", width=60) == [
        "¶1 [<东南西北春夏秋冬天地    │",
        "玄。<]                       │",
    ]


def test_many_paragraphs_in_one_say_where_they_begin() -> None:
    lines = shown("\n".join(["One two three four five."] * 10), "", width=200)
    assert [line.removesuffix("│").rstrip() for line in lines] == [
        "¶1-10 [<One two three four five. ¶ One two three four five. ¶ One two<] … 26 words only here …",
        "[<four five. ¶ One two three four five. ¶ One two three four five.<]",
    ]


HOSTILE = (
    "[bold red]Free[/] \x1b]0;owned\x07 \x1b[2J \u202eevil\u2066 \x9b31m\r\t[link=https://a.example]x[/link] :x:"
)
HARMLESS = (
    r"[bold red]Free[/] \x1b]0;owned\x07 \x1b[2J \x202eevil\x2066 \x9b31m  [link=https://a.example]x[/link] :x:"
)


@pytest.mark.parametrize("is_coloured", [False, True])
def test_hostile_text_is_shown_as_it_is(is_coloured: bool) -> None:  # noqa: FBT001
    left = article(f"{HOSTILE} left", HOSTILE, site=HOSTILE, url=HOSTILE, name=HOSTILE)
    whole = published(left_story=HOSTILE, chain=(Step("copy", HOSTILE, HOSTILE), Step("update", "b", None)))
    told = to_text(view(left, article(f"{HOSTILE} right"), whole), width=1_000, is_coloured=is_coloured)
    plain = re.sub("\x1b\\[[0-9;]*m", "", told)
    assert not set(plain) & set("\x1b\x07\x9b\r\t\u202e\u2066")
    assert plain.count(HARMLESS) == 8


# The verdict in words


def published(**changes: Any) -> Published:
    """Give two articles in one story of three, paired directly."""
    told = Published("a1", "a1", 3, (Step("copy", "b1", None),), "edited", 1, 90)
    return replace(told, **changes)


@pytest.fixture(scope="module")
def pair() -> PairView:
    """Give two texts with numbers that are easy to recognise."""
    counts = Counts(
        left_words=100, right_words=200, left_span=90, right_span=95, left_found=85, right_found=86, left_inside=30,
        right_inside=80, left_begins=25, right_begins=60, facts_kept=2, facts_changed=6, words_changed=2,
    )  # fmt: skip
    return replace(
        seen(FERRY, UPDATE), counts=counts, anchors=Anchors(40, 50, 20, 3), shorter="left", relation=None, rows=()
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "little",
            (
                "too little in common; 90 % of the left text and 48 % of the right one stand in the other, one "
                "story "
                "has "
                "55 % of the shorter and 40 % of the longer at least"
            ),
        ),
        ("facts", "the words agree (98 %) and the facts differ (6 of 8; up to 40 % may), which is a template"),
        ("words", "2 % of the words compared differ; more than 62 % is another text"),
        (
            "form",
            (
                "the words differ in few places, several at a time (6 facts and 2 other words), as the entries of "
                "a "
                "form do"
            ),
        ),
        (
            "frame",
            (
                "both have a part of their own (30 % of the left text, 40 % of the right) inside a common frame; "
                "up to "
                "20 % "
                "is an edit"
            ),
        ),
        (
            "series",
            "the titles are one frame with other facts in it and the texts are not equal, which is a series",
        ),
        (
            "inside",
            (
                "90 % of the left text stands in the right one, but further down, from 30 % of it on; an excerpt "
                "before 15 %"
            ),
        ),
    ],
)
def test_the_reason_for_staying_apart_comes_with_its_numbers(pair: PairView, reason: str, said: str) -> None:
    assert verdict(replace(pair, reason=reason)) == f"Apart: {said}."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"left_words": 15, "left_span": 14},
            (
                "a text of 15 words must agree in every one; 93 % of it is in common, 6 facts and 2 other words "
                "changed"
            ),
        ),
        (
            {"left_words": 75, "left_span": 60, "facts_changed": 2, "words_changed": 1},
            (
                "75 words are too few for what differs: 2 facts and 1 other word changed, 80 % of the shorter text "
                "in "
                "common; below 80 words one fact may change, but not half of them, and 70 % must be common"
            ),
        ),
    ],
)
def test_a_brief_text_must_agree_more(pair: PairView, changes: dict[str, int], said: str) -> None:
    assert verdict(replace(pair, reason="brief", counts=replace(pair.counts, **changes))) == f"Apart: {said}."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"left_words": 9, "left_span": 9},
            (
                "100 % of the left text stands in the right one, but as a mere teaser, 4 % of its size; an excerpt "
                "has "
                "5 % at least"
            ),
        ),
        (
            {"left_span": 60},
            (
                "60 % of the left text stands in the right one, but not nearly whole; of an excerpt, 70 % does at "
                "least"
            ),
        ),
        (
            {"right_begins": 0},
            (
                "90 % of the left text stands in the right one, but scattered, or in a text about something else, "
                "as "
                "the title says"
            ),
        ),
    ],
)
def test_what_stands_inside_is_no_excerpt_for_several_reasons(
    pair: PairView, changes: dict[str, int], said: str
) -> None:
    assert verdict(replace(pair, reason="inside", counts=replace(pair.counts, **changes))) == f"Apart: {said}."


@pytest.mark.parametrize(
    ("titles", "changes", "said"),
    [
        (
            ("Ferry returns", "News of the week"),
            {},
            (
                "further down (from 30 % of it on) and under another title; under one title, or in the first "
                "40 words, it would be an excerpt"
            ),
        ),
        (("Ferry returns", None), {}, "further down, from 30 % of it on; an excerpt before 15 %"),
        (
            ("Ferry returns", "FERRY RETURNS!"),
            {},
            "scattered, or in a text about something else, as the title says",
        ),
        (
            ("Ferry returns", "News of the week"),
            {"right_begins": 39},
            "scattered, or in a text about something else, as the title says",
        ),
        (
            ("Ferry returns", "News of the week"),
            {"right_inside": 286},
            "scattered, or in a text about something else, as the title says",
        ),
    ],
)
def test_what_stands_further_down_names_the_title_that_parts_it(
    pair: PairView, titles: tuple[str | None, str | None], changes: dict[str, int], said: str
) -> None:
    left, right = (article(FERRY, title) for title in titles)
    inside = replace(pair, reason="inside", left=left, right=right, counts=replace(pair.counts, **changes))
    assert verdict(inside) == f"Apart: 90 % of the left text stands in the right one, but {said}."


@pytest.mark.parametrize("changes", [{"words_changed": 20}, {"left_inside": 0}])
def test_a_frame_whose_heads_differ_says_so(pair: PairView, changes: dict[str, int]) -> None:
    assert verdict(replace(pair, reason="frame", counts=replace(pair.counts, **changes))) == (
        "Apart: both have a part of their own before what they share (25 % of the left text, 30 % of the right)."
    )


@pytest.mark.parametrize(
    ("reason", "relation", "said"),
    [
        (
            "whole",
            "copy",
            (
                "copy (90 % of each or more are found); 85 % of the left text's words stand in the right one, "
                "43 % of the right one's in the left"
            ),
        ),
        (
            "whole",
            "update",
            (
                "update (each, or the longer, has text of its own); 85 % of the left text's words stand in the "
                "right one, 43 % of the right one's in the left"
            ),
        ),
        (
            "part",
            "excerpt",
            (
                "excerpt (90 % or more of one are found in the other, which is half as long again); 90 % of the "
                "left text stands in the right one, beginning at 30 % of it"
            ),
        ),
    ],
)
def test_one_story_comes_with_its_relation(pair: PairView, reason: str, relation: str, said: str) -> None:
    assert verdict(replace(pair, reason=reason, relation=relation)) == f"One story: {said}."


def test_every_verdict_of_the_fold_has_its_sentence() -> None:
    assert {each.name.lower() for each in Verdict} <= reasons._REASONS.keys()


def test_texts_that_nothing_brings_together_are_not_compared(pair: PairView) -> None:
    apart = replace(pair, reason="whole", relation="copy", anchors=Anchors(4, 50, 0, 1))
    assert verdict(apart) == (
        "Apart: never compared (0 of the 1 anchor asked for). Taken alone they would be one story: copy (90 % of "
        "each or more are found); 85 % of the left text's words stand in the right one, 43 % of the right one's in "
        "the left."
    )
    assert measures(apart)[-1] == ("anchors", "0 shared, of 4 (left) and 50 (right); 1 is asked for")
    assert verdict(replace(pair, reason="little", anchors=Anchors(40, 50, 1, 3))) == (
        "Apart: never compared (1 of the 3 anchors asked for), and too little in common; 90 % of the left text and "
        "48 % of the right one stand in the other, one story has 55 % of the shorter and 40 % of the longer at "
        "least."
    )
    assert seen(LONG, changed(LONG, 3, "x")).anchors.is_enough is False


def test_the_measures_bring_their_numbers(pair: PairView) -> None:
    assert measures(replace(pair, reason="facts")) == [
        (
            "in common",
            "90 % of the shorter text (left) and 48 % of the longer",
        ),
        ("begins", "at 30 % of the longer text"),
        ("changed facts", "6 of 8; other words: 2 of 85"),
        ("anchors", "20 shared, of 40 (left) and 50 (right); 3 are asked for"),
    ]


@pytest.mark.parametrize(
    ("changes", "names", "changed_words"),
    [
        ({}, ["in common", "begins", "changed words", "anchors"], "2 of 87"),
        ({"left_found": 0, "words_changed": 0}, ["in common", "begins", "anchors"], None),
    ],
)
def test_what_was_not_compared_is_not_counted(
    pair: PairView, changes: dict[str, int], names: list[str], changed_words: str | None
) -> None:
    counts = replace(pair.counts, facts_kept=0, facts_changed=0, **changes)
    told = measures(replace(pair, reason="whole", counts=counts))
    assert [name for name, _ in told] == names
    assert dict(told).get("changed words") == changed_words


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("", LONG, "the left text does not have a word, and nothing is compared with an empty text"),
        (LONG, "…", "the right text does not have a word, and nothing is compared with an empty text"),
        ("", "", "neither text has a word, and nothing is compared with an empty text"),
    ],
)
def test_nothing_is_compared_with_an_empty_text(left: str, right: str, said: str) -> None:
    found = seen(left, right, folding=Folding())
    assert verdict(found) == f"Apart: {said}."
    assert to_text(found, width=80, is_coloured=True)


def test_a_stub_is_not_compared() -> None:
    stub = article("Four words, no more.", is_stub=True)
    assert verdict(view(stub, stub)) == "Apart: both texts are stubs, too short to be compared with others."
    found = view(article(LONG), stub)
    assert verdict(found) == "Apart: the right text is a stub, too short to be compared with others."
    assert (found.anchors.right, found.relation) == (0, None)


def test_a_headline_stub_is_compared_with_its_report() -> None:
    title = "Ferry Marta returns to the harbour of Lunow"
    found = view(article(title, title, is_stub=True), article(f"{title}\n\n{FERRY}", title))
    assert found.reason == "part"
    assert found.anchors == Anchors(2, 53, 2, 1)


def test_which_text_comes_first_changes_no_number() -> None:
    one, other = seen(FERRY, UPDATE), seen(UPDATE, FERRY)
    told, turned = (to_json(each) for each in (one, other))
    assert told["counts"] == {
        name.replace("left", "-").replace("right", "left").replace("-", "right"): count
        for name, count in turned["counts"].items()
    }
    assert (told["reason"], told["relation"], told["shorter"]) == (turned["reason"], turned["relation"], "left")
    assert turned["shorter"] == "right"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "One story of 3 articles: a1. Paired directly: copy, headline edited."),
        ({"headline": None}, "One story of 3 articles: a1. Paired directly: copy."),
        (
            {"chain": (Step("version", "b1", None),)},
            "One story of 3 articles: a1. Paired directly: version (the same URL), headline edited.",
        ),
        (
            {"articles": 1, "chain": ()},
            "One story of 1 article: a1. No chain of pairs ties them: each was found beside the story's lead.",
        ),
        (
            {"chain": (Step("copy", "c", None), Step("update", "b", None)), "headline": None},
            "One story of 3 articles: a1. No pair of their own, but a chain of 2 pairs ties them:",
        ),
        (
            {"chain": ()},
            "One story of 3 articles: a1. No chain of pairs ties them: each was found beside the story's lead.",
        ),
        (
            {"right_story": "b1", "chain": (), "days": 91},
            (
                "Two stories: a1 (left) and b1 (right). Their editions are 91 days apart; near-identical texts are "
                "looked for within 90 days (fold_window)."
            ),
        ),
        (
            {"right_story": "b1", "chain": (), "days": 2, "window": 1},
            (
                "Two stories: a1 (left) and b1 (right). Their editions are 2 days apart; near-identical texts are "
                "looked for within 1 day (fold_window)."
            ),
        ),
        (
            {"right_story": "b1", "chain": (), "days": 1, "window": 0},
            (
                "Two stories: a1 (left) and b1 (right). Their editions are 1 day apart; near-identical texts are "
                "looked for within one edition only (fold_window = 0)."
            ),
        ),
        (
            {"right_story": "b1", "chain": ()},
            (
                "Two stories: a1 (left) and b1 (right). Taken alone they would be one: the chain of pairs from one "
                "to "
                "the "
                "other is too long and the two leads differ, one of them holds parts of several stories, too "
                "many "
                "texts "
                "share these anchors for all to be compared, or they were folded with another fold_window."
            ),
        ),
    ],
)
def test_what_all_articles_together_made_of_two(pair: PairView, changes: dict[str, Any], said: str) -> None:
    told = replace(pair, reason="whole", relation="copy", right=article(UPDATE, name="b"))
    assert placed(published(**changes), told) == said


def test_a_round_up_and_its_part_are_two_stories(pair: PairView) -> None:
    apart = published(right_story="b1", chain=())
    assert placed(apart, replace(pair, reason="part", relation="excerpt")) == (
        "Two stories: a1 (left) and b1 (right). Taken alone they would be one: the right article also holds a part "
        "of "
        "another story (a round-up joins none of those it quotes), the chain of pairs to the story's lead is too "
        "long, or they were folded with another fold_window."
    )
    assert placed(apart, replace(pair, reason="facts")) == "Two stories: a1 (left) and b1 (right)."


# The command


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish a report twice, its excerpt, a copy of the excerpt, and a text of its own."""
    root = tmp_path_factory.mktemp("pairs")
    pages = {
        "a.example": LONG,
        "b.example": cut(LONG, 0, 120),
        "c.example": changed(cut(LONG, 0, 120), 40, "other"),
        "d.example": OTHER,
        "e.example": LONG,
    }
    lines = [
        json.dumps({"url": f"https://{site}/1", "title": f"What {site} says", "text": paragraphs(text, 40)})
        for site, text in pages.items()
    ]
    (root / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = copydesk("run", root / "in.jsonl", "--edition", "2026-03-02", "--data", root / "data", "--workers", 1)
    assert done.returncode == 0, done.stderr.decode()
    return root / "data"


def ids(data: Path) -> dict[str, str]:
    done = copydesk("sql", "select site, article_id from articles", "--data", data, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["site"]: row["article_id"] for row in rows}


def test_two_published_articles_come_with_their_story(data: Path) -> None:
    known = ids(data)
    whole = min(known["a.example"], known["e.example"])  # identical texts are paired with the first of them
    site = next(site for site, article_id in known.items() if article_id == whole)
    done = copydesk("explain-pair", known["b.example"][:12], whole, "--data", data, "--json")
    found = json.loads(done.stdout)
    story = found["published"]["left_story"]
    assert found["published"] == {
        "placed": f"One story of 4 articles: {story}. Paired directly: excerpt, headline edited.",
        "left_story": story,
        "right_story": story,
        "articles": 4,
        "chain": [{"relation": "excerpt", "article_id": whole, "site": site}],
        "headline": "edited",
        "days": 0,
        "window": 90,
    }
    assert (found["is_together"], found["relation"], found["left"]["edition"]) == (True, "excerpt", "2026-03-02")
    body = "".join(piece["text"] for row in found["rows"] if row["right"] for piece in row["right"]["pieces"])
    assert "".join(body.split()) == "".join(found["right"]["body"].split())


def test_the_chain_of_pairs_is_the_shortest(data: Path) -> None:
    known = ids(data)
    first, second = sorted((known["a.example"], known["e.example"]))
    sites = {article_id: site for site, article_id in known.items()}
    there = view(*find(known["b.example"], second, Settings(data)))
    assert there.published is not None
    assert there.published.chain == (Step("excerpt", first, sites[first]), Step("copy", second, sites[second]))
    *_, back = find(second, known["b.example"], Settings(data))
    assert back is not None
    assert back.chain == (Step("copy", first, sites[first]), Step("excerpt", known["b.example"], "b.example"))
    *_, same = find(second, second, Settings(data))
    assert same is not None
    assert same.chain == ()
    itself = view(article(LONG, name=second), article(LONG, name=second), same)
    assert placed(same, itself) == f"One story of 4 articles: {same.left_story}. Both are the same article."
    by_way_of = f"by way of      left — excerpt → {first[:12]} ({sites[first]}) — copy → right"
    assert by_way_of in to_text(there, width=100, is_coloured=False)


def test_two_stories_are_told_apart(data: Path) -> None:
    known = ids(data)
    done = copydesk("explain-pair", known["d.example"], known["a.example"], "--data", data)
    text = " ".join(done.stdout.decode().split())
    assert "Apart: never compared (0 of the 3 anchors asked for), and too little in common; " in text
    assert f"Two stories: {known['d.example']} (left) and {known['a.example']} (right)." in text


def test_a_pipe_and_a_file_are_compared_too(tmp_path: Path) -> None:
    lines = "".join(f"<p>{line}</p>" for line in UPDATE.split("\n\n"))
    page = f"<html><head><title>Ferry back</title></head><body><article>{lines}</article></body></html>"
    (tmp_path / "back.html").write_text(page, encoding="utf-8")
    done = copydesk("explain-pair", "-", "back.html", "--width", 60, cwd=tmp_path, stdin=FERRY.encode())
    lines_ = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr, max(map(len, lines_))) == (0, b"", 60)
    assert lines_[:3] == [
        "left · 45 words              │ right · 57 words",
        "(no title)                   │ Ferry back",
        "-                            │ back.html",
    ]


def test_colours_come_when_asked_for_and_no_color_has_the_last_word(data: Path) -> None:
    known = ids(data)
    pair_ = ("explain-pair", known["b.example"], known["c.example"], "--data", data)
    plain, coloured = copydesk(*pair_).stdout.decode(), copydesk(*pair_, FORCE_COLOR="1").stdout.decode()
    assert ("\x1b" in plain, "{+other39+}" in plain) == (False, True)
    assert "\x1b[33mother39\x1b[0m" in coloured
    assert copydesk(*pair_, FORCE_COLOR="1", NO_COLOR="1").stdout.decode() == plain


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("-", "-", "standard input is one page; give the other as a file or an article_id"),
        ("no/such.txt", "-", "no/such.txt: no such file, and no article_id looks like this"),
        ("", "-", "the name of an article is empty; give a file, - for standard input, or an article_id"),
        ("zz", "-", "zz: no such file, and no published article whose article_id begins so"),
    ],
)
def test_what_cannot_be_found_is_wrong_usage(data: Path, left: str, right: str, said: str) -> None:
    done = copydesk("explain-pair", left, right, "--data", data, stdin=FERRY.encode())
    assert (done.returncode, done.stdout, done.stderr.decode()) == (64, b"", f"copydesk: {said}\n")

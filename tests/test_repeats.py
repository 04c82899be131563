"""Lines of a page that say again what others say, and those that only look like it."""

from __future__ import annotations

from transforms import rule_files
from transforms.looks import look_at
from transforms.repeats import LIMITS, repeats

RULES = rule_files.load()
PARAGRAPHS = [
    f"The {place} ferry was moored at the {side} quay on Monday while {crew} sailors from Lunow searched her holds "
    f"for the {cargo} that the harbour office had asked the owners about {times} times since the first of March."
    for place, side, crew, cargo, times in (
        ("Malchin", "northern", "six", "crates", "four"),
        ("Torgelow", "eastern", "nine", "barrels", "seven"),
        ("Upland", "western", "two", "letters", "three"),
        ("Marta", "southern", "eleven", "anchors", "five"),
    )
]
HEADING = "How the harbour office can adapt to it:"


def copies(lines: list[str]) -> list[int]:
    return repeats(dict(enumerate(look_at(lines, RULES))))


def test_the_second_of_two_paragraphs_that_say_the_same_is_a_copy_whatever_their_spaces() -> None:
    assert copies([*PARAGRAPHS, PARAGRAPHS[1].replace(" on ", "  on\u00a0")]) == [4]


def test_a_short_line_is_none_nor_is_a_heading_that_opens_each_part_of_a_list() -> None:
    assert copies(["Pros", PARAGRAPHS[0], "Pros", PARAGRAPHS[1]]) == []
    parts = [line for paragraph in PARAGRAPHS for line in (HEADING, paragraph)]
    assert copies(parts) == []
    assert copies(parts[:6]) == [2, 4]  # said LIMITS.times times: as likely a copy


def test_a_long_line_is_a_copy_however_often_it_is_said() -> None:
    assert len(PARAGRAPHS[0]) > LIMITS.copied_chars
    assert copies([PARAGRAPHS[0]] * 6) == [1, 2, 3, 4, 5]


def test_a_line_with_the_whole_story_is_a_copy_of_its_paragraphs_before_and_behind_them() -> None:
    whole = " ".join(PARAGRAPHS)
    assert copies([*PARAGRAPHS, whole]) == [4]
    assert copies([whole, *PARAGRAPHS]) == [0]


def test_a_long_paragraph_that_quotes_another_stays() -> None:
    more = "The owners said nothing, and the sailors went home when the lamps of the quay were lit. " * 5
    assert copies([*PARAGRAPHS[:3], f"{PARAGRAPHS[0]} {more.strip()}"]) == []


def test_no_lines_have_no_copies() -> None:
    assert copies([]) == []

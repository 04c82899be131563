"""Many lines at once are seen as one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import lines, measures, rule_files
from transforms.kernels import looks as kernel
from transforms.looks import look_at, looker

RULES = rule_files.load()
PIECES = st.sampled_from([
    "Leave a Reply", "READ MORE", "Weiterlesen auf Straße", "İstanbul", "© 2026 Valley Mirror", "By Ana Ruiz",
    "The dam burst at noon and the valley was flooded.", "he said", "三个字", "ข่าว", "한국어", " ", "  ", "\t",
    "\u00a0", "\u3000", "\u200b", "\u00ad", "\u200f", "\ufe0f", "\x00", "\x1f", "\x85", "\ud800", "\U0001f600",
    "\U00020000", "•", "- ", "»", "« ", "‹", "›", "|", "...", "…", ".", "!", "”", "“", "'", "ʼ", "`", "´", ")",
    "ß", "ΐ", "ŉ", "\n", "Â",
])  # fmt: skip
LINES = st.text(max_size=60) | st.lists(PIECES, max_size=8).map("".join)


@settings(deadline=None, max_examples=300)
@given(st.lists(LINES, max_size=8))
def test_many_lines_at_once_are_seen_as_one_by_one(some: list[str]) -> None:
    look = looker(RULES)
    assert look_at(some, RULES) == [look(line) for line in some]


def test_every_character_is_seen_alone_as_among_others() -> None:
    some = [chr(code) for code in range(0x3000) if chr(code) not in lines.PARTNER]
    look = looker(RULES)
    assert look_at(some, RULES) == [look(line) for line in some]


def test_the_forms_that_rules_compare_are_those_of_one_line() -> None:
    some = [f"x{chr(code)} Y" for code in range(0x20000) if not 0xD800 <= code <= 0xDFFF]
    measured = measures.measure(some, 9)
    plain = [lines.plain(lines.shown(line)) for line in some]
    assert [form.decode() for form in measured.plain] == plain
    assert [form.decode() for form in measured.folded] == [lines.folded(line) for line in plain]


def test_no_character_outgrows_the_room_for_its_folded_form() -> None:
    written = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    assert max(len(lines.folded(c).encode()) / len(c.encode()) for c in written) <= kernel.MAX_FOLD
    assert max(len(lines.folded(c)) for c in written) <= kernel.MAX_FOLD
    above = written[kernel.PLANES :]
    assert not [c for c in above if c.isalnum() or c.isspace() or c.casefold() != c]


@pytest.mark.parametrize("characters", [1, 3, 1000])
def test_batches_give_every_line_once_and_in_order(characters: int) -> None:
    some = ["", "ab", "c", "", "defgh", ""]
    assert [line for batch in measures.batches(some, characters) for line in batch] == some


def test_a_line_with_half_a_character_is_left_to_the_slow_way() -> None:
    measured = measures.measure(["a b", "\ud800", "c"], 9)
    assert measured.is_hard.tolist() == [False, True, False]
    assert measured.table[:, kernel.WORDS].tolist() == [2, 0, 1]


def test_no_lines_have_no_measures() -> None:
    assert np.array_equal(measures.measure([], 9).table, np.zeros((0, kernel.COLUMNS)))
    assert look_at([], RULES) == []


def test_a_look_has_the_kind_of_the_rule_that_is_tried_first() -> None:
    assert [look.kind for look in look_at(["Leave a Reply", "Ministers meet"], RULES)] == ["comment_form", None]


@given(st.text(alphabet="ab \u200b\u00a0\u3000", max_size=20), st.integers(1, 6))
def test_a_line_without_end_is_spaced_in_blocks_to_the_same(line: str, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        whole = lines.spaced(line)
        patch.setattr(lines, "BLOCK", block)
        assert lines.spaced(line) == whole

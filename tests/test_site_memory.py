"""What memory says of a line, and what it does to a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import rule_files
from transforms.judge import judge
from transforms.site_memory import SiteMemory, is_line, line_key

SITE = "harborledger.example"
STORY = (
    "The ferry left the harbour of Lunow at eight with eighty people on board, the office said.\n\n"
    "Its engine failed off the lighthouse, and two tugs brought the ship back before noon."
)
RULES = rule_files.load()


def row(line: str, state: str = "approved", decided_by: str = "person", site: str = SITE) -> dict[str, str]:
    return {"site": site, "line_key": line_key(line), "state": state, "decided_by": decided_by}


def memory(*lines: str, state: str = "approved", decided_by: str = "person") -> SiteMemory:
    return SiteMemory(row(line, state, decided_by) for line in lines)


def taken(
    text: str, known: SiteMemory | None, site: str | None = SITE
) -> list[tuple[str, str, str | None, str | None]]:
    """Give the lines that were cut, moved or trimmed, with kind and decider; blank ones aside."""
    verdicts = judge(text, "Ferry returns", RULES, site=site, memory=known).verdicts
    return [(v.action, v.text, v.kind, v.rule_id) for v in verdicts if v.action != "keep" and v.kind != "blank"]


def test_an_approved_line_is_cut_on_its_site_alone_and_in_any_dress() -> None:
    known = memory("Harbor Ledger – morning letter")
    line = "» HARBOR LEDGER: Morning\u00a0letter"
    cut = [("cut", line, "site_line", "memory.approved")]
    assert taken(f"{STORY}\n\n{line}", known) == cut
    assert taken(f"{line}\n\n{STORY}", known) == cut
    assert taken(STORY.replace("\n\n", f"\n\n{line}\n\n"), known) == cut
    assert taken(f"{STORY}\n\n{line}", known, "uplandsentinel.example") == []
    assert taken(f"{STORY}\n\n{line}", known, None) == []
    assert taken(f"{STORY}\n\n{line} and more", known) == []


def test_a_person_may_have_a_sentence_cut_even_one_that_a_rule_keeps() -> None:
    line = "Correction: the tide table of the Ledger is printed for Lunow, not for Malchin."
    assert taken(f"{STORY}\n\n{line}", None) == []
    assert taken(f"{STORY}\n\n{line}", memory(line)) == [("cut", line, "site_line", "memory.approved")]


def test_a_rule_that_takes_a_line_says_so_itself() -> None:
    text = f"{STORY}\n\nLeave a Reply"
    [(action, line, kind, decider)] = taken(text, None)
    assert taken(text, memory("Leave a Reply")) == [(action, line, kind, decider)]


def test_a_vetoed_line_stays_whatever_rules_support_and_the_place_say() -> None:
    lines = ("Leave a Reply", "Share this story", "***", "By Ada Quill")
    text = "\n\n".join((STORY, *lines))
    assert [line for _, line, _, _ in taken(text, None)] == list(lines)
    vetoed = SiteMemory(
        [row(line, "vetoed") for line in lines] + [row(line, decided_by="support") for line in lines]
    )
    assert taken(text, vetoed) == [("cut", "***", "nav", "layout.mark")]  # no letters: nobody can decide about it


def test_what_stands_behind_a_vetoed_heading_is_not_taken_for_comments() -> None:
    text = f"{STORY}\n\nLeave a Reply\n\nThe captain said that he would sail again."
    assert [line for _, line, _, _ in taken(text, None)] == [
        "Leave a Reply",
        "The captain said that he would sail again.",
    ]
    assert taken(text, memory("Leave a Reply", state="vetoed")) == []


def test_support_takes_no_line_that_a_rule_keeps_or_knows_as_a_credit() -> None:
    correction = "Correction: the tide table of the Ledger is printed for Lunow, not for Malchin."
    letter, credit = "Harbor Ledger morning letter", "Additional reporting by Ada Quill in Malchin"
    known = memory(correction, credit, letter, decided_by="support")
    text = f"{STORY}\n\n{correction}\n\n{credit}\n\n{letter}"
    [moved] = taken(f"{STORY}\n\n{credit}", None)
    assert taken(text, known) == [moved, ("cut", letter, "site_line", "memory.support")]


def test_a_paragraph_that_a_person_approved_does_not_put_off_the_end_of_the_story() -> None:
    club, mark = "The Ledger Club sends one letter a week to those who like the harbour.", "-ENDS-"
    text = f"{STORY}\n\n{mark}\n\n{club}"
    assert [line for _, line, _, _ in taken(text, None)] == []
    assert [line for _, line, _, _ in taken(text, memory(club))] == [mark, club]


def test_what_is_left_of_a_trimmed_line_is_cut_where_a_person_approved_it() -> None:
    line = "Tides of the Ledger pic.twitter.com/a1B2c3"
    [(action, text, kind, _)] = taken(f"{STORY}\n\n{line}", None)
    assert (action, text) == ("trim", line)
    assert taken(f"{STORY}\n\n{line}", memory("Tides of the Ledger")) == [("cut", line, kind, "memory.approved")]


def test_a_vetoed_line_stays_behind_the_heading_of_the_comments() -> None:
    board = "Tide board of the Ledger"
    text = f"{STORY}\n\nLeave a Reply\n\n{board}"
    assert [line for _, line, _, _ in taken(text, None)] == ["Leave a Reply", board]
    assert [line for _, line, _, _ in taken(text, memory(board, state="vetoed"))] == ["Leave a Reply"]


def test_a_text_that_would_lose_everything_keeps_it() -> None:
    lines = [f"Harbor Ledger letter of the {day} with all the news" for day in ("first", "second", "third")]
    judged = judge("\n".join(lines), "Ferry returns", RULES, site=SITE, memory=memory(*lines))
    assert (judged.body, judged.is_overcut) == ("\n".join(lines), True)


@pytest.mark.parametrize("site", [SITE, "other.example"])
def test_without_memory_nothing_changes(site: str) -> None:
    text = f"{STORY}\n\nHarbor Ledger morning letter\n\nLeave a Reply"
    assert judge(text, None, RULES, site=site, memory=SiteMemory()) == judge(text, None, RULES, site=site)


TEXT = st.text(st.sampled_from("aAbéÉe\u0301ß\u017f İ'’-–.\u00ad\u200d\u00a0Ã©ﬁ한ά9 "), max_size=30) | st.text(
    max_size=30
)


@given(TEXT, st.lists(TEXT, max_size=3))
def test_the_quick_look_at_the_beginning_of_a_line_never_misses(line: str, others: list[str]) -> None:
    known = memory(line, *others).on(SITE)
    words = ["approved" if is_line(line_key(told)) else None for told in (line, *others)]
    assert [known and known.decision(told) for told in (line, *others)] == (words if known else [None] * len(words))


@given(TEXT, TEXT)
def test_only_a_line_with_the_same_key_is_known(line: str, other: str) -> None:
    known = memory(line).on(SITE)
    is_same = line_key(line) == line_key(other) and is_line(line_key(line))
    assert (known is not None and known.decision(other) == "approved") == is_same


def test_the_last_word_is_a_veto_then_a_person_then_support() -> None:
    said = [row("letter", "vetoed"), row("letter"), row("letter", decided_by="support")]
    words = [SiteMemory(said[first:]).on(SITE) for first in range(3)]
    assert [known and known.decision("Letter") for known in words] == ["vetoed", "approved", "support"]


def test_a_digest_tells_what_is_known_and_not_in_which_order_it_was_told() -> None:
    one, two = row("letter"), row("tide board", "vetoed")
    support = row("tide board", decided_by="support")
    assert SiteMemory([one, two]).digest == SiteMemory([two, one, two]).digest
    assert SiteMemory([one]).digest != SiteMemory([one, two]).digest
    assert SiteMemory([one, support]).digest.split("+")[0] == SiteMemory([one]).digest
    assert SiteMemory([support]).digest.startswith("+")
    assert SiteMemory().digest == ""


@pytest.mark.parametrize("known", [SiteMemory(), SiteMemory([row("letter"), row("tide", "vetoed")])])
def test_memory_comes_back_from_its_table(known: SiteMemory) -> None:
    again = SiteMemory(known.table().to_pylist())
    assert (again.rows, again.digest) == (known.rows, known.digest)

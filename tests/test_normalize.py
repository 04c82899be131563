import datetime as dt
import unicodedata
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms import rule_files
from transforms.normalize import REPAIRS, is_blank, match_form, normalize, repair, repair_lines
from transforms.rebuild import rebuild
from transforms.schemas import ARTICLES, CUTS, EXTRACTS
from transforms.strip import strip

DAY = dt.date(2026, 3, 2)


RULES = rule_files.load()
PROSE = "The council met on Tuesday and agreed to repair the old wall before winter comes."


def display(text: str) -> str:
    return "\n".join(line.text for line in repair_lines(text.split("\n")))


def article(body: str, **fields: object) -> pa.Table:
    row = dict.fromkeys(ARTICLES.names) | {
        "article_id": "a1",
        "edition": DAY,
        "source": "a.txt",
        "charset": "utf-8",
        "charset_method": "utf-8",
        "body": body,
        "is_updated": False,
        "is_stub": False,
        "is_overcut": False,
        "text_lines": body.count("\n") + 1,
        "body_words": 9,
        "cut_lines": 0,
        "cut_chars": 0,
    }
    return pa.Table.from_pylist([row | fields], ARTICLES)


def cut(line_no: int, text: str, action: str) -> dict[str, object]:
    row = {"article_id": "a1", "edition": DAY, "line_no": line_no, "text": text, "action": action}
    return row | {"kind": "share", "field": None, "rule_id": "share.x", "score": None}


@pytest.mark.parametrize(
    ("arrived", "shown", "kind"),
    [
        ("It’s “fine” – he said: ‘yes’.", "It’s “fine” – he said: ‘yes’.", ""),
        ("Itâ€™s â€œfineâ€\x9d", "It’s “fine”", "mojibake"),
        ("Ð¡Ð»Ð¾Ð²Ð¾", "Слово", "mojibake"),
        ("São Paulo e Brasília, Ângela", "São Paulo e Brasília, Ângela", ""),
        ("cafe\u0301", "café", "composition"),
        ("a\x00b\x07c", "abc", "controls"),
        ("zero\u200bwidth soft\u00adhyphen\ufeff", "zerowidth softhyphen", "invisible"),
        ("\u202egnp.exe", "gnp.exe", "invisible"),
        ("  two\u00a0\u2009spaces\t ", "two spaces", "spaces"),
        ("می\u200cخواهم", "می\u200cخواهم", ""),
        ("क्\u200dष", "क्\u200dष", ""),
        ("family 👨\u200d👩\u200d👧", "family 👨\u200d👩\u200d👧", ""),
        ("la\u200ctin", "latin", "invisible"),
    ],
)
def test_repairs_mend_what_scraping_broke_and_nothing_else(arrived: str, shown: str, kind: str) -> None:
    line = repair(arrived)
    assert (line.text, line.kind) == (shown, kind)


def test_words_divided_at_the_end_of_a_line_are_put_together() -> None:
    wrapped = (
        "The harbour com-\nmission met on the well-\nknown pier; the well-known pier\nwas closed to\nthe public."
    )
    assert display(wrapped) == (
        "The harbour\ncommission met on the\nwell-known pier; the well-known pier\nwas closed to\nthe public."
    )


def test_a_divided_word_leaves_no_blank_line_behind() -> None:
    wrapped = "\u200bcom-\nmission members met on\nthe well-known pier and\nagreed on it."
    assert display(wrapped) == "com-\nmission members met on\nthe well-known pier and\nagreed on it."
    assert display(f"x\n\u00a0\u200b com\u00ad\nmission {'x' * 200}") == f"x\ncom\nmission {'x' * 200}"
    assert display("x \u00c3\u0178\u00ad\n\u00e1\u00c4") == "x \u00df\n\u00e1\u00c4"  # as one word: U+180E


def test_blank_lines_do_not_make_a_text_long_enough_to_be_wrapped() -> None:
    text = "The harbour com-\nmission met there\nagain"
    assert display(f"{text}\n\u200b") == f"{text}\n"
    assert "\ncommission" in display(f"{text}\nlater")


def test_a_hyphen_at_the_end_of_a_paragraph_divides_nothing() -> None:
    text = "He spoke of pre-\nand post-war art. " + "Long paragraphs are not wrapped at a fixed width. " * 4
    assert display(text) == text.strip()


def test_a_soft_hyphen_at_the_end_of_a_line_always_divides() -> None:
    assert display("one long com\u00ad\nmission " + "x" * 200) == "one long\ncommission " + "x" * 200


def test_each_changed_line_has_a_row_that_keeps_it_as_it_arrived() -> None:
    body = "First  line.\nSecond line.\nThird\u200b line."
    cuts = pa.Table.from_pylist([cut(2, "Share", "cut"), cut(4, "Third\u200b line. Share", "trim")], CUTS)
    made = normalize(article(body, text_lines=4), cuts)
    assert made.articles["body"].to_pylist() == ["First line.\nSecond line.\nThird line."]
    assert made.cuts.schema == CUTS
    assert [(r["line_no"], r["text"], r["action"], r["rule_id"]) for r in made.cuts.to_pylist()] == [
        (1, "First  line.", "repair", "normalize.spaces"),
        (2, "Share", "cut", "share.x"),
        (4, "Third\u200b line. Share", "trim", "share.x"),
    ]


def test_titles_are_shown_in_display_form() -> None:
    assert normalize(article("x", title="A\u00a0 title"), CUTS.empty_table()).articles["title"].to_pylist() == [
        "A title"
    ]


def test_match_form_is_equal_for_texts_that_look_alike() -> None:
    assert match_form("‘Café’ — A\u00adB!") == match_form("'CAFE\u0301' - ab") == "cafe ab"


@pytest.mark.parametrize(
    "line", ["", " \t", "\u200b" * 300, "\ufeff", "\u00ad\u00a0", "\x01\x7f\u2028", "\u200d\u200e", "\u00c2\u00a0"]
)
def test_a_line_that_nobody_sees_is_a_blank_line(line: str) -> None:
    made = stripped_and_normalised(f"{PROSE}\n\n{line}\n\n{PROSE} Twice.\n{line}")
    assert is_blank(line)
    assert made["body"] == f"{PROSE}\n\n{PROSE} Twice."
    assert [row["line_no"] for row in made["cuts"] if row["action"] == "cut"] == [3, 4, 6]
    assert {row["rule_id"] for row in made["cuts"] if row["action"] == "cut"} == {"layout.blank"}


@pytest.mark.parametrize("line", [".", "\u2014", "\u0663", "\u200b\u00e9", "\u4e2d"])
def test_a_line_with_one_mark_is_not_blank(line: str) -> None:
    assert not is_blank(line)


def stripped_and_normalised(text: str) -> dict[str, Any]:
    """Give the article's row with its cuts, or nothing where the page went to quarantine."""
    page = {"page_id": "a1", "edition": DAY, "source": "a.txt", "text": text}
    stripped = strip(pa.Table.from_pylist([page], EXTRACTS), RULES)
    made = normalize(stripped.articles, stripped.cuts)
    return {**row, "cuts": made.cuts.to_pylist()} if (row := next(iter(made.articles.to_pylist()), None)) else {}


PIECES = st.sampled_from([
    *"\u200b\u200c\u200d\u200e\u202e\u2060\ufeff\u00ad\u061c\u180e\ufe0f", *"\x00\x01\x0b\x1c\x7f\x85\u2028\uffff",
    *"\u00a0\u2009\u3000 \t", *"-\u2010\u2014*.", *"abZé\u05d0\u4e2d", "\u00c2\u00a0", "\u00e2\u20ac\u2039",
    "com-\nmission ", "\u200bexam\u00ad\nple of it ", "\n", "\n", "\n\n", f"\n{PROSE}\n", "\nShare\n",
    " Continue reading\n",
])  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES, max_size=40).map("".join))
@example(f"{PROSE}\n\n{chr(0x200B) * 300}\n\n{PROSE}")
@example(f"{PROSE}\n\u200bexam\u00ad\nple of it\n\n{PROSE}")
@example(f"{PROSE}\n\x01\u2026 Continue reading")
def test_a_body_has_no_surplus_blank_line_and_loses_none(text: str) -> None:
    made = stripped_and_normalised(text)
    if not made:
        return
    lines, cuts = made["body"].split("\n"), made["cuts"]
    gone = [row for row in cuts if row["action"] in {"cut", "move"}]
    counted = [row["text"] for row in gone if row["kind"] != "blank"]
    assert lines[0]
    assert lines[-1]
    assert "\n\n\n" not in made["body"]
    assert rebuild(made["body"], cuts) == text
    assert made["text_lines"] == text.count("\n") + 1 == len(lines) + len(gone)
    assert len({row["line_no"] for row in cuts}) == len(cuts)
    assert (made["cut_lines"], made["cut_chars"]) == (len(counted), sum(map(len, counted)))


@given(st.text())
@example("Ð\x1f¡")
def test_display_is_idempotent_and_composed(text: str) -> None:
    text = text.replace("\r", "")
    once = display(text)
    assert display(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once.count("\n") == text.count("\n")


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"])), min_size=1))
def test_the_text_is_rebuilt_from_the_body_and_the_cuts(lines: list[str]) -> None:
    body = "\n".join(["Something.", *lines])
    made = normalize(article(body), CUTS.empty_table())
    assert rebuild(made.articles["body"][0].as_py(), made.cuts.to_pylist()) == body


def test_the_cheap_test_never_misses_a_character_that_is_repaired() -> None:
    missed = []
    for code in range(0x10000):
        text = f"ab{chr(code)}cd"
        after = text
        for _, function in REPAIRS:
            after = function(after)
        if after != text and repair(text).text != after:
            missed.append(hex(code))
    assert missed == []

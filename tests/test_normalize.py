import datetime as dt
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.normalize import REPAIRS, display, match_form, normalize, repair
from transforms.rebuild import rebuild
from transforms.schemas import ARTICLES, CUTS

DAY = dt.date(2026, 3, 2)


def article(body: str, **fields: object) -> pa.Table:
    row = dict.fromkeys(ARTICLES.names) | {
        "article_id": "a1",
        "edition": DAY,
        "source": "a.txt",
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

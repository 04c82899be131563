"""Fingerprints: what counts as the same word, what is a fact, which sequences are kept."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.fingerprint import fingerprint
from transforms.schemas import FINGERPRINTS

DAY = dt.date(2024, 3, 1)


def articles(
    *bodies: str,
    title: str | None = None,
    url: str | None = None,
    is_stub: bool = False,
    is_overcut: bool = False,
) -> pa.Table:
    count = len(bodies)
    return pa.table(
        {
            "article_id": pa.array([f"a{number:04d}" for number in range(count)], pa.string()),
            "edition": pa.array([DAY] * count, pa.date32()),
            "site": pa.array(["a.example"] * count, pa.string()),
            "canonical_url": pa.array([url] * count, pa.string()),
            "title": pa.array([title] * count, pa.string()),
            "body": pa.array(bodies, pa.large_string()),
            "is_stub": pa.array([is_stub] * count, pa.bool_()),
            "is_overcut": pa.array([is_overcut] * count, pa.bool_()),
        }
    )


def tokens(body: str) -> list[int]:
    found: list[int] = fingerprint(articles(body))["tokens"][0].as_py()
    return found


def words(body: str) -> list[int]:
    """Give the tokens without their fact bits."""
    return [token >> 1 for token in tokens(body)]


def facts(body: str) -> list[int]:
    return [token & 1 for token in tokens(body)]


def row(body: str, *, title: str | None = None, is_stub: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = fingerprint(articles(body, title=title, is_stub=is_stub)).to_pylist()[0]
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("THE CAFÉ IN ŁÓDŹ", "the cafe in łódź"),
        ("Don’t ‘move’", "dont move"),
        ("co\u00adoperate zero\u200bwidth", "cooperate zerowidth"),
        ("cafe\u0301 sen\u0303or", "café señor"),
        ("Ｗｉｄｅ １２", "wide 12"),
        ("МОСКВА, Ёлка", "москва елка"),
        ("one — two…three", "one two three"),
        ("كـتـابٌ", "كتاب"),
        ("می\u200cخواهم", "میخواهم"),
        ("一二 三", "一二三"),
    ],
)
def test_these_are_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rose to 12", "rose to 13"),
        ("한국 신문", "하국 신문"),
        ("कि", "की"),
        ("一二三", "一三二"),
        ("一。二", "一二"),
        ("𝒜 b", "𝒝 b"),
        ("𠀀𠀁", "𠀁𠀀"),
        ("one two", "one two two"),
    ],
)
def test_these_are_other_words(one: str, other: str) -> None:
    assert words(one) != words(other)
    assert row(one)["text_hash"] != row(other)["text_hash"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("The mayor of Oslo paid 40 crowns", [0, 0, 0, 1, 0, 1, 0]),
        ("It rained. Then Anna came", [0, 0, 0, 1, 0]),
        ("Rain\nSun in Rome", [0, 0, 0, 1]),
        ("3rd of May: Fair", [1, 0, 1, 0]),
        ("Москва и Париж", [0, 0, 1]),
        ("在东京Sony说", [0, 0, 0, 1, 0]),
        ("iPhone and McX", [0, 0, 1]),
    ],
)
def test_facts_are_numbers_and_capitals_inside_a_sentence(body: str, expected: list[int]) -> None:
    assert facts(body) == expected


def test_a_script_without_spaces_gives_one_token_per_character() -> None:
    assert [len(tokens(body)) for body in ("東京都", "ประเทศ", "東京 tower 東京", "한국 신문")] == [3, 6, 5, 2]
    assert len(set(words("東京 tower 東京"))) == 3


@pytest.mark.parametrize("body", ["", " \n\t", "… — !?", "😀🚀👩‍👩‍👧", "\U0010ffff\U000e0041", "''’"])
def test_a_text_without_words_has_no_tokens_and_no_anchors(body: str) -> None:
    found = row(body)
    assert (found["tokens"], found["anchors"], found["body_chars"]) == ([], [], len(body))


@pytest.mark.parametrize("last", ["é", "中", "😀", "𝒜", "𠀀", "\u00ad"])
def test_the_last_character_may_take_any_number_of_bytes(last: str) -> None:
    alone, followed = fingerprint(articles(f"one {last}", "two")), fingerprint(articles(f"one {last}"))
    assert alone["tokens"][0] == followed["tokens"][0]
    assert alone["tokens"][1].as_py() == tokens("two")


def test_every_sequence_of_a_short_text_is_an_anchor_and_one_in_eight_of_a_long_one() -> None:
    chosen = random.Random(1)  # noqa: S311 - a fixed text, nothing secret
    body = " ".join(f"w{chosen.randrange(10**9)}" for _ in range(4000))
    short = " ".join(body.split()[:60])
    assert len(row(short)["anchors"]) == 58
    kept = row(body)["anchors"]
    assert 400 < len(kept) < 600
    assert set(kept) & set(row(short)["anchors"]) == {a for a in row(short)["anchors"] if a <= (2**64 - 1) >> 3}


def test_a_stub_has_tokens_and_no_anchors() -> None:
    found = row("one two three four", is_stub=True)
    assert (len(found["tokens"]), found["anchors"]) == (4, [])
    assert len(row("one two three four")["anchors"]) == 2


def test_title_is_tokenised_alone_and_may_be_missing() -> None:
    assert row("one two", title=None)["title_tokens"] == []
    assert row("one two", title="One two")["title_tokens"] == tokens("One two")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_table_follows_the_schema(count: int) -> None:
    made = fingerprint(articles(*["Some text in Oslo"] * count, title="T"))
    assert made.schema.equals(FINGERPRINTS, check_metadata=True)
    assert made.num_rows == count
    made.validate(full=True)


def test_rows_do_not_depend_on_the_batch_they_came_in() -> None:
    whole = articles("One text", "Zwei Texte, 中文", "", "três textos")
    parts = [fingerprint(whole.slice(0, 1)), fingerprint(whole.slice(1, 3))]
    assert pa.concat_tables(parts).to_pylist() == fingerprint(whole).to_pylist()
    chunked = pa.concat_tables([whole.slice(0, 2), whole.slice(2)])
    assert fingerprint(chunked).equals(fingerprint(whole))


def test_the_articles_are_left_alone() -> None:
    given_table = articles("One text")
    before = given_table.to_pylist()
    fingerprint(given_table)
    assert given_table.to_pylist() == before


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_unicode_gives_one_row_per_text(bodies: list[str]) -> None:
    sound = [body.encode("utf-8", "ignore").decode() for body in bodies]
    made = fingerprint(articles(*sound))
    made.validate(full=True)
    assert made["body_chars"].to_pylist() == [len(body) for body in sound]
    assert made["tokens"].to_pylist() == [tokens(body) for body in sound]

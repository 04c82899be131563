"""Fold: which articles are one story, how they relate, and what stays apart."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.fingerprint import fingerprint
from transforms.fold import Folded, fold
from transforms.schemas import MEMBERS, PAIRS

SHARED = Path(__file__).parents[1].parent / "shared"
DAY = dt.date(2024, 3, 1)
SYLLABLES = tuple(a + b for a in "bcdfghjklmnp" for b in "aeiou")


def prose(seed: int, words: int) -> str:
    """Give a text of invented words in sentences of twelve, the same for the same seed."""
    chosen = random.Random(seed)  # noqa: S311 - a fixed text, nothing secret
    made = ["".join(chosen.choices(SYLLABLES, k=chosen.randint(1, 4))) for _ in range(words)]
    sentences = [" ".join(made[at : at + 12]).capitalize() + "." for at in range(0, words, 12)]
    return " ".join(sentences)


def cut(text: str, start: int, stop: int) -> str:
    return " ".join(text.split()[start:stop])


def rewritten(text: str, every: int) -> str:
    """Give the text with every n-th word replaced."""
    return " ".join(f"other{at}" if at % every == every - 1 else word for at, word in enumerate(text.split()))


def table(
    bodies: dict[str, str],
    *,
    titles: dict[str, str] | None = None,
    days: dict[str, int] | None = None,
    urls: dict[str, str] | None = None,
    sites: dict[str, str] | None = None,
    overcut: Iterable[str] = (),
) -> pa.Table:
    ids = list(bodies)
    return fingerprint(
        pa.table(
            {
                "article_id": pa.array(ids, pa.string()),
                "edition": pa.array([DAY + dt.timedelta((days or {}).get(i, 0)) for i in ids], pa.date32()),
                "site": pa.array([(sites or {}).get(i) for i in ids], pa.string()),
                "canonical_url": pa.array([(urls or {}).get(i) for i in ids], pa.string()),
                "title": pa.array([(titles or {}).get(i) for i in ids], pa.string()),
                "body": pa.array(list(bodies.values()), pa.large_string()),
                "is_stub": pa.array([len(body) < 20 for body in bodies.values()], pa.bool_()),
                "is_overcut": pa.array([i in set(overcut) for i in ids], pa.bool_()),
            }
        )
    )


def pairs(folded: Folded) -> list[tuple[str, str, str]]:
    return [(row["left_id"], row["right_id"], row["relation"]) for row in folded.pairs.to_pylist()]


def members(folded: Folded) -> dict[str, tuple[str, str]]:
    """Give story and relation by article."""
    return {row["article_id"]: (row["story_id"], row["relation"]) for row in folded.members.to_pylist()}


def stories(folded: Folded) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for row in folded.members.to_pylist():
        found.setdefault(row["story_id"], []).append(row["article_id"])
    return sorted(found.values())


def test_a_copy_in_other_type_is_one_story() -> None:
    text = prose(1, 150)
    folded = fold(table({"a": text, "b": text.upper().replace(". ", " — "), "c": prose(2, 150)}))
    assert folded.pairs.to_pylist() == [
        {
            "left_id": "a",
            "right_id": "b",
            "edition": DAY,
            "relation": "copy",
            "left_share": 1.0,
            "right_share": 1.0,
            "left_from": 0.0,
            "left_to": 1.0,
            "right_from": 0.0,
            "right_to": 1.0,
            "headline": None,
        }
    ]
    assert folded.members.to_pylist() == [
        {"article_id": "a", "story_id": "a", "is_lead": False, "relation": "copy", "similarity": 1.0},
        {"article_id": "b", "story_id": "a", "is_lead": True, "relation": "lead", "similarity": 1.0},
        {"article_id": "c", "story_id": "c", "is_lead": True, "relation": "lead", "similarity": 1.0},
    ]


def test_the_head_of_a_text_is_its_excerpt() -> None:
    text = prose(1, 400)
    folded = fold(table({"a": cut(text, 0, 100), "b": text}))
    assert folded.pairs.select(["relation", "left_share", "right_share"]).to_pylist() == [
        {"relation": "excerpt", "left_share": 1.0, "right_share": 0.25}
    ]
    assert members(folded) == {"a": ("a", "excerpt"), "b": ("a", "lead")}
    assert folded.members["similarity"].to_pylist() == [1.0, 1.0]


def test_a_quotation_from_further_down_is_another_story() -> None:
    text = prose(1, 400)
    assert stories(fold(table({"a": cut(text, 200, 260) + " " + prose(2, 10), "b": text}))) == [["a"], ["b"]]


def test_a_report_that_grew_is_an_update() -> None:
    first = prose(1, 200)
    grown = cut(first, 0, 60) + " " + prose(2, 40) + " " + cut(first, 60, 200) + " " + prose(3, 40)
    folded = fold(table({"a": first, "b": grown}, days={"b": 1}))
    assert pairs(folded) == [("a", "b", "update")]
    assert folded.pairs["edition"].to_pylist() == [DAY + dt.timedelta(1)]
    assert members(folded) == {"a": ("a", "update"), "b": ("a", "lead")}
    assert [round(share, 2) for share in folded.pairs["right_share"].to_pylist()] == [0.71]


@pytest.mark.parametrize(("every", "relation"), [(30, "copy"), (6, "update")])
def test_rewritten_words_make_a_copy_or_an_update(every: int, relation: str) -> None:
    text = prose(1, 240)
    folded = fold(table({"a": text, "b": rewritten(text, every)}))
    assert pairs(folded) == [("a", "b", relation)]


def test_moved_paragraphs_are_found() -> None:
    text = prose(1, 240)
    moved = " ".join(cut(text, start, stop) for start, stop in ((120, 240), (0, 60), (60, 120)))
    assert pairs(fold(table({"a": text, "b": moved}))) == [("a", "b", "copy")]


def test_scripts_without_spaces_and_with_other_letters_fold_alike() -> None:
    chosen = random.Random(5)  # noqa: S311 - a fixed text, nothing secret
    chinese = "".join(chr(chosen.randrange(0x4E00, 0x9000)) for _ in range(300))
    russian = prose(9, 150).translate(str.maketrans("abcdefghijklmnopu", "абцдефгхиъклмнопу"))
    folded = fold(
        table(
            {
                "c1": chinese,
                "c2": chinese[:150] + "，" + chinese[150:290],
                "c3": chinese[::-1],
                "r1": russian,
                "r2": russian.upper(),
                "r3": prose(9, 150),
            }
        )
    )
    assert stories(folded) == [["c1", "c2"], ["c3"], ["r1", "r2"], ["r3"]]
    assert pairs(folded) == [("c1", "c2", "copy"), ("r1", "r2", "copy")]


def forecast(city: str, day: str, numbers: tuple[int, ...]) -> str:
    return (
        f"It will be a cloudy start to the day in {city} this {day}, with the mercury at {numbers[0]} degrees. "
        f"By noon it may climb to {numbers[1]}, with a chance of rain of {numbers[2]} per cent and a breeze of "
        f"{numbers[3]} from the coast. At night expect {numbers[4]} degrees, and take a coat when you go out late. "
        f"The outlook for the rest of the week is much the same, our desk in {city} says."
    )


def test_a_template_with_other_facts_is_another_story_and_its_copy_is_not() -> None:
    bergen, tromso = (
        forecast("Bergen", "Monday", (4, 9, 60, 12, 1)),
        forecast("Tromsø", "Friday", (1, 3, 80, 33, 7)),
    )
    copied = bergen + " " + prose(4, 10)
    folded = fold(table({"a": bergen, "b": tromso, "c": copied}))
    assert stories(folded) == [["a", "c"], ["b"]]


@pytest.mark.parametrize(
    ("words", "slots", "changed"),
    [
        (240, range(5, 240, 40), range(5, 240, 40)),  # a long one: every fact is another
        (120, (20, 60), (20,)),  # a short one: one of two
        (70, range(4, 70, 8), (12, 28)),  # a brief one: two of nine
        (240, range(5, 240, 40), range(5, 240, 20)),  # every fact, and some words with them
    ],
)
def test_a_frame_whose_facts_change_is_a_template(words: int, slots: Iterable[int], changed: Iterable[int]) -> None:
    frame = prose(1, words).lower().split()
    for slot in slots:
        frame[slot] = f"{slot}00"
    other = [word if at not in changed else f"{at}77" for at, word in enumerate(frame)]
    assert stories(fold(table({"a": " ".join(frame), "b": " ".join(other)}))) == [["a"], ["b"]]
    assert stories(fold(table({"a": " ".join(frame), "b": " ".join(frame[:-2])}))) == [["a", "b"]]


def test_a_text_of_mostly_other_words_is_another_story() -> None:
    kept = prose(1, 240).split()
    other = [word if at % 7 < 2 or at < 12 else f"word{at}" for at, word in enumerate(kept)]
    assert stories(fold(table({"a": " ".join(kept), "b": " ".join(other)}))) == [["a"], ["b"]]


def test_a_teaser_is_not_an_excerpt() -> None:
    text = prose(1, 1000)
    assert stories(fold(table({"a": cut(text, 0, 40), "b": text}))) == [["a"], ["b"]]


def test_an_invented_horoscope_with_other_slots_is_another_story() -> None:
    frame = (
        "Today the moon brings a {} mood to your desk. You may want to {} but think twice before lunch. A {} "
        "could knock at the door. In love, {} should wait for a {} evening. The lucky number is {}."
    )
    slots = [
        ("calm", "call a friend", "neighbour", "Leo", "quiet", 4),
        ("wild", "sell the car", "colleague", "Virgo", "busy", 9),
    ]
    assert stories(fold(table({f"{at}": frame.format(*slot) for at, slot in enumerate(slots)}))) == [["0"], ["1"]]


def test_issues_of_a_series_are_stories_of_their_own() -> None:
    head, foot = prose(1, 60), prose(2, 60)
    issues = {f"{number}": f"{head} {prose(10 + number, 60)} {foot}" for number in range(4)}
    assert stories(fold(table(issues))) == [["0"], ["1"], ["2"], ["3"]]


def test_titles_of_one_frame_part_texts_that_differ() -> None:
    text = prose(1, 240)
    bodies = {"a": text, "b": rewritten(text, 30)}
    series = {"a": "Morning briefing for Monday", "b": "Morning briefing for Friday"}
    assert stories(fold(table(bodies, titles=series))) == [["a"], ["b"]]
    assert stories(fold(table(bodies, titles={"a": series["a"], "b": series["a"]}))) == [["a", "b"]]
    assert stories(fold(table({"a": text, "b": text}, titles=series))) == [["a", "b"]]


def test_a_headline_with_another_name_is_another_story() -> None:
    bodies = {"a": "Rovers sign Adams until June 2031.", "b": "Rovers sign Brown until June 2031."}
    assert stories(fold(table({**bodies, "c": bodies["a"].upper()}))) == [["a", "c"], ["b"]]


def test_a_round_up_does_not_glue_its_parts() -> None:
    parts = {f"{number}": prose(number, 120) for number in range(4)}
    round_up = " ".join(cut(text, 0, 90) for text in parts.values())
    folded = fold(table({**parts, "9": round_up}))
    assert stories(folded) == [["0"], ["1"], ["2"], ["3"], ["9"]]
    assert pairs(folded) == []


def test_three_versions_in_a_chain_are_one_story() -> None:
    text = prose(1, 300)
    versions = {"a": cut(text, 0, 180), "b": cut(text, 60, 240), "c": cut(text, 120, 300)}
    folded = fold(table(versions))
    assert pairs(folded) == [("a", "b", "update"), ("b", "c", "update")]
    assert stories(folded) == [["a", "b", "c"]]
    assert Counter(relation for _, relation in members(folded).values()) == {"lead": 1, "update": 1, "linked": 1}


def test_a_long_chain_is_not_one_story() -> None:
    text = prose(1, 2000)
    links = {f"{at:02d}": cut(text, 60 * at, 60 * at + 180) for at in range(26)}
    folded = fold(table(links))
    found = stories(folded)
    assert max(len(story) for story in found) <= 7
    story = {article: number for number, ids in enumerate(found) for article in ids}
    assert all(story[left] == story[right] for left, right, _ in pairs(folded))


def test_a_crowd_of_rewritten_copies_is_one_story_with_few_pairs() -> None:
    chosen = random.Random(3)  # noqa: S311 - a fixed text, nothing secret
    text = prose(1, 200).split()
    crowd = {}
    for number in range(300):
        words = list(text)
        for at in chosen.sample(range(200), 6):
            words[at] = f"changed{chosen.randrange(999)}"
        crowd[f"{number:03d}"] = " ".join(words)
    folded = fold(table(crowd))
    assert len(stories(folded)) == 1
    assert folded.pairs.num_rows < 300 * 10
    assert "linked" not in folded.members["relation"].to_pylist()


def test_identical_pages_are_one_story_and_as_many_pairs() -> None:
    folded = fold(table({f"{number:04d}": prose(1, 60) for number in range(2000)}))
    assert pairs(folded) == [("0000", f"{number:04d}", "copy") for number in range(1, 2000)]
    assert folded.members["story_id"].unique().to_pylist() == ["0000"]
    assert folded.members["is_lead"].to_pylist() == [True] + [False] * 1999


def test_a_sentence_that_all_pages_share_ties_none() -> None:
    shared = prose(1, 12)
    pages = {f"{number:03d}": f"{prose(100 + number, 60)} {shared}" for number in range(200)}
    folded = fold(table(pages))
    assert (folded.pairs.num_rows, len(stories(folded))) == (0, 200)


def test_lead_is_longest_then_earliest_then_smallest() -> None:
    text = prose(1, 100)
    bodies = {"a": text, "b": text, "c": text + "!", "d": text + "?", "e": text}
    folded = fold(table(bodies, days={"a": 3, "b": 2, "c": 2, "d": 1, "e": 1}))
    assert members(folded) == {
        "a": ("d", "copy"),
        "b": ("d", "copy"),
        "c": ("d", "copy"),
        "d": ("d", "lead"),
        "e": ("d", "copy"),
    }
    same = fold(table(dict.fromkeys("ba", text)))
    assert members(same) == {"a": ("a", "lead"), "b": ("a", "copy")}


def test_the_story_is_named_after_its_first_article_not_its_lead() -> None:
    text = prose(1, 120)
    folded = fold(table({"a": text + " More.", "b": text}, days={"a": 5}))
    assert members(folded) == {"a": ("b", "lead"), "b": ("b", "copy")}


@pytest.mark.parametrize("body", ["Read more", "", "… — …"])
def test_stubs_and_empty_texts_stay_alone(body: str) -> None:
    folded = fold(table({"a": body, "b": body}))
    assert (members(folded), pairs(folded)) == ({"a": ("a", "lead"), "b": ("b", "lead")}, [])


def test_texts_without_words_are_not_each_others_copies() -> None:
    assert stories(fold(table({"a": "— " * 30, "b": "! " * 30}))) == [["a"], ["b"]]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_tables_follow_the_schemas(count: int) -> None:
    folded = fold(table({f"{number}": prose(1, 30) for number in range(count)}))
    assert folded.pairs.schema.equals(PAIRS, check_metadata=True)
    assert folded.members.schema.equals(MEMBERS, check_metadata=True)
    assert (folded.members.num_rows, folded.pairs.num_rows) == (count, max(0, count - 1))
    folded.members.validate(full=True)
    folded.pairs.validate(full=True)


def corpus() -> pa.Table:
    """Give some of everything: copies, excerpts, updates, a chain, a crowd, a round-up, stubs."""
    bodies = {}
    for seed in range(6):
        text = prose(seed, 150)
        bodies[f"{seed}copy"] = bodies[f"{seed}same"] = text
        bodies[f"{seed}rewritten"] = rewritten(text, 9)
        bodies[f"{seed}head"] = cut(text, 0, 50)
        bodies[f"{seed}grown"] = text + " " + prose(50 + seed, 60)
    bodies["roundup"] = " ".join(cut(prose(seed, 150), 0, 100) for seed in range(6))
    chain = prose(99, 700)
    bodies |= {f"chain{at}": cut(chain, 50 * at, 50 * at + 150) for at in range(10)}
    bodies |= {f"crowd{at:02d}": rewritten(prose(77, 90), 20 + at) for at in range(40)}
    bodies |= {"stub": "Read more", "empty": ""}
    return table(bodies, days={f"{seed}grown": 1 for seed in range(6)})


CORPUS = corpus()


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(CORPUS.num_rows)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    expected, found = fold(CORPUS), fold(CORPUS.take(pa.array(order, pa.int64())))
    assert found.pairs.equals(expected.pairs)
    assert found.members.equals(expected.members)


def test_chunks_change_nothing() -> None:
    chunked = pa.concat_tables([CORPUS.slice(40), CORPUS.slice(7, 33), CORPUS.slice(0, 7)])
    assert fold(chunked).members.equals(fold(CORPUS).members)


def test_the_corpus_has_every_relation() -> None:
    relations = Counter(relation for _, relation in members(fold(CORPUS)).values())
    assert set(relations) == {"lead", "copy", "excerpt", "update", "linked"}
    assert set(fold(CORPUS).pairs["relation"].to_pylist()) == {"copy", "excerpt", "update"}


def test_importing_the_steps_does_not_load_numba() -> None:
    script = "import sys, transforms.fingerprint, transforms.fold; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_five_seeds_stay_five_stories() -> None:
    files = sorted(SHARED.glob("seeds/*.txt"))
    if not files:
        pytest.skip("needs ../shared/seeds beside the repository")
    assert len(files) == 5
    folded = fold(table({file.stem: file.read_text() for file in files}))
    assert (len(stories(folded)), folded.pairs.num_rows) == (5, 0)


def test_the_development_corpus_folds_as_labelled() -> None:
    path = SHARED / "data" / "dedup_dev.parquet"
    if not path.exists():
        pytest.skip("needs ../shared/data/dedup_dev.parquet beside the repository")
    labelled = pq.read_table(path).to_pylist()
    folded = fold(
        table(
            {row["doc_id"]: row["text"] for row in labelled},
            titles={row["doc_id"]: row["title"] for row in labelled},
        )
    )
    found = {article: story for article, (story, _) in members(folded).items()}
    both = tied((row["story"], found[row["doc_id"]]) for row in labelled)
    said, true = tied(found.values()), tied(row["story"] for row in labelled)
    precision, recall = both / said, both / true
    assert 2 * precision * recall / (precision + recall) >= 0.99


def tied(labels: Iterable[Hashable]) -> int:
    """Count the pairs that carry the same label."""
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def between(folded: Folded, *columns: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in columns) for row in folded.pairs.to_pylist()]


def test_pairs_say_where_the_common_text_lies() -> None:
    text = prose(1, 400)
    folded = fold(table({"a": f"{prose(2, 100)} {text}", "b": text, "c": cut(text, 0, 100)}))
    assert between(folded, "left_id", "right_id", "left_from", "left_to", "right_from", "right_to") == [
        ("a", "b", pytest.approx(0.2), 1.0, 0.0, 1.0),
        ("b", "c", 0.0, 0.25, 0.0, 1.0),
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Dam near Lunow closed", "DAM NEAR LUNOW CLOSED", "same"),
        ("Dam near Lunow closed", "Old dam near Lunow closed", "edited"),
        ("Dog bites man in Lunow", "Man in Lunow bites dog", "edited"),
        ("Dam near Lunow closed", "Closed", "new"),
        ("Dam near Lunow closed", "Flood feared", "new"),
        ("Dam near Lunow closed", None, None),
        (None, "", None),
    ],
)
def test_pairs_say_whether_the_headline_changed(one: str | None, other: str | None, expected: str | None) -> None:
    bodies = {"a": prose(1, 200), "b": rewritten(prose(1, 200), 20)}
    titles = {name: title for name, title in (("a", one), ("b", other)) if title is not None}
    assert between(fold(table(bodies, titles=titles)), "headline") == [(expected,)]


def test_states_of_one_url_are_versions_each_of_the_next() -> None:
    text = prose(1, 300)
    bodies = {name: f"{text} {prose(10 + at, 20 * at)}" for at, name in enumerate("abcd")}
    url = "https://www.a.example/dam?id=1"
    urls = {"a": url, "b": url + "#top", "c": url.replace("https://www.", "HTTP://"), "d": "https://b.example/dam"}
    folded = fold(table(bodies, urls=urls, days={"a": 2, "b": 1}))
    assert pairs(folded) == [
        ("a", "b", "version"),
        ("a", "c", "version"),
        ("a", "d", "update"),
        ("b", "c", "version"),
        ("b", "d", "update"),
        ("c", "d", "update"),
    ]
    assert members(folded) == {
        "a": ("c", "update"),
        "b": ("c", "update"),
        "c": ("c", "update"),
        "d": ("c", "lead"),
    }
    assert members(fold(table(bodies, urls=dict.fromkeys("abcd", url))))["a"] == ("a", "version")


def test_texts_of_one_url_that_share_nothing_are_two_stories() -> None:
    bodies, url = {"a": prose(1, 100), "b": prose(2, 100)}, "https://a.example/live"
    folded = fold(table(bodies, urls=dict.fromkeys(bodies, url)))
    assert (stories(folded), pairs(folded)) == ([["a"], ["b"]], [])


def test_a_crowd_of_states_of_one_url_has_a_chain_of_pairs() -> None:
    text, url = prose(1, 100), "https://a.example/dam"
    folded = fold(table({f"{at:03d}": text for at in range(200)}, urls={f"{at:03d}": url for at in range(200)}))
    versions = [(left, right) for left, right, relation in pairs(folded) if relation == "version"]
    assert [(f"{at:03d}", f"{at + 1:03d}") for at in range(199)] == sorted(
        set(versions) - {("000", f"{at:03d}") for at in range(2, 200)}
    )


def test_a_complete_text_leads_before_a_longer_one_that_breaks_off() -> None:
    text = prose(1, 200)
    bodies = {"a": text, "b": f"{text} {prose(2, 8)[:-1]} …", "c": f"{text} {prose(3, 8)}"}
    assert members(fold(table(bodies)))["c"] == ("a", "lead")
    assert members(fold(table(bodies, overcut="c")))["a"] == ("a", "lead")
    assert members(fold(table({"b": bodies["b"], "d": cut(text, 0, 150) + "..."})))["b"] == ("b", "lead")


def test_the_outlet_that_is_preferred_leads() -> None:
    text = prose(1, 150)
    given_table = table(
        {"a": text + " More.", "b": text, "c": text},
        sites={"a": "a.example", "b": "b.example", "c": "c.example"},
    )
    priorities = [(), ("c.example",), ("x.example", "b.example", "c.example")]
    leads = [
        [name for name, (_, to) in members(fold(given_table, priority=p)).items() if to == "lead"]
        for p in priorities
    ]
    assert leads == [["a"], ["c"], ["b"]]


@settings(deadline=None, max_examples=10)
@given(st.integers(1, 40), st.lists(st.integers(0, 3), min_size=CORPUS.num_rows, max_size=CORPUS.num_rows))
def test_parts_of_the_anchors_change_nothing(parts: int, days: list[int]) -> None:
    dated = [DAY + dt.timedelta(day) for day in days]
    spread = CORPUS.set_column(1, CORPUS.schema.field("edition"), pa.array(dated, pa.date32()))
    expected, found = fold(spread), fold(spread, parts=parts)
    assert found.pairs.equals(expected.pairs)
    assert found.members.equals(expected.members)


@pytest.mark.parametrize(
    "bodies",
    [
        {},
        {"a": ""},
        {"a": "word"},
        {"a": "two words", "b": "two words"},
        {"a": "spam " * 3000, "b": "spam " * 2000, "c": "spam"},
        {"a": "spam eggs " * 3000, "b": "eggs spam " * 2900},
        {"a": "\u0000\ufffd" * 500, "b": "\u202e" * 50, "c": "\U000e0041" * 50},
        {"a": "大会 opens in München on 5 мая " * 30, "b": "ประเทศไทย مؤتمر 한국 " * 30},
        {f"{at}": "word " * at for at in range(60)},
    ],
)
def test_odd_texts_are_folded_and_each_has_a_story(bodies: dict[str, str]) -> None:
    folded = fold(table(bodies))
    folded.pairs.validate(full=True)
    assert sorted(members(folded)) == sorted(bodies)
    rows = folded.pairs.to_pylist()
    assert all(0 <= row[name] <= 1 for row in rows for name in ("left_share", "right_share", "left_to", "right_to"))


def test_identical_texts_of_few_words_are_one_story_unless_they_are_stubs() -> None:
    text = "Lunowmühlenstraße bleibt gesperrt"
    assert stories(fold(table({"a": text, "b": text, "c": text[:10], "d": text[:10]}))) == [
        ["a", "b"],
        ["c"],
        ["d"],
    ]

"""The line classifier: what it reads of a line, that a text is judged for itself, and the file it comes from."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import model_file, rule_files
from transforms.classifier import LAYOUT, Cutoff, Opinion, Trees, gone, kind_columns, wording
from transforms.errors import ModelError
from transforms.judge import judge
from transforms.kernels.line_marks import MARKS
from transforms.kernels.line_places import PLACES
from transforms.kernels.line_scores import columns, rows
from transforms.kernels.trees import LANES, LEAVES, add, forest
from transforms.line_table import LineTable, line_table
from transforms.looks import look_at
from transforms.normalize import match_form
from transforms.schemas import EXTRACTS
from transforms.site_memory import SiteMemory
from transforms.strip import strip

CLASSIFIER = model_file.load()
STORY = [
    "The harbour of Port Alwen opened again on Monday, two weeks after the storm had torn its gates away.",
    "“We worked day and night,” said the harbour master, Ines Marl, who has run the port for eleven years.",
    "Ships from three countries had waited outside, and the first of them came in shortly before noon.",
]


def table(*texts: str, titles: tuple[str | None, ...] = (), kinds: tuple[str, ...] = ()) -> LineTable:
    """Give the lines of texts; each of `kinds` marks one line of the first text, from its end."""
    lines = sum(text.count("\n") + 1 for text in texts)
    first = texts[0].count("\n") + 1
    codes = np.zeros(lines, np.int16)
    names = sorted(set(kinds))
    codes[first - len(kinds) : first] = [names.index(kind) + 1 for kind in kinds]
    given_titles = pa.chunked_array([list(titles) or [None] * len(texts)], pa.string())
    return line_table(
        pa.chunked_array([list(texts)], pa.large_string()), given_titles, codes, names, CLASSIFIER.stop_flags
    )


def marks(line: str) -> dict[str, float]:
    """Give the marks of one line that are not 0."""
    values = table(line).marks[0].tolist()
    return {name: round(value, 3) for name, value in zip(MARKS, values, strict=True) if value}


def places(*lines: str, kinds: tuple[str, ...] = (), title: str | None = None) -> list[dict[str, float]]:
    found = table("\n".join(lines), titles=(title,), kinds=kinds).places.tolist()
    return [dict(zip(PLACES, row, strict=True)) for row in found]


def test_what_a_short_line_shows() -> None:
    assert marks("» READ: 5 more…") == {
        "log_chars": round(math.log1p(15), 3),
        "log_words": round(math.log1p(3), 3),
        "word_length": 3.0,
        "ellipsis_end": 1.0,
        "bullet": 1.0,
        "capitals": 0.5,
        "capitalised": 0.333,
        "digits": 0.083,
        "signs": 0.25,
        "sentences": 1.0,
        "bars": 1.0,
        "quote_start": 1.0,
        "quotes": 1.0,
        "stops": 0.333,
        "numbers": 0.333,
        "longest_word": 4.0,
    }


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("He left. She stayed. “Why?”", "sentences", 3.0),
        ("Version 2.0 is out", "sentences", 0.0),
        ("He said: “No.”", "sentence_end", 1.0),
        ("To be continued...", "sentence_end", 0.0),
        ("To be continued...", "ellipsis_end", 1.0),
        ("Related:", "colon_end", 1.0),
        ("相关新闻：", "colon_end", 1.0),
        ("外长星期一会见记者。", "sentence_end", 1.0),
        ("外长会见", "unspaced", 1.0),
        ("外长会见", "log_words", math.log1p(2)),
        ("PORT ALWEN: The gates are open again", "shouted_lead", 1.0),
        ("Port Alwen: The gates are open again", "shouted_lead", 0.0),
        ("see https://news.example/a", "address", 1.0),
        ("desk@news.example", "address", 1.0),
        ("und so weiter", "lower_start", 1.0),
        ("3 comments", "digit_start", 1.0),
        ("SHARE", "all_capitals", 1.0),
        ("#harbour #storm", "hashes", 2.0),
        ("Was that all? Really?", "questions", 2.0),
        ("a, b, c", "commas", 2.0),
    ],
)
def test_one_mark_of_a_line(line: str, name: str, value: float) -> None:
    assert marks(line).get(name, 0.0) == pytest.approx(value, abs=0.001)


def test_a_line_of_the_same_words_reads_the_same_in_any_dress() -> None:
    one, other = table("Leave a Reply\nCafé"), table("LEAVE A REPLY!\ncafe\u0301")
    assert one.tokens.tolist() == other.tokens.tolist()


def test_where_the_lines_of_a_text_stand() -> None:
    found = places("Port Alwen opens again", "", *STORY, "Share", "3 Comments", kinds=("share", "comment_form"))
    assert [row["in_story"] for row in found] == [0, 1, 1, 1, 0, 0]
    assert [row["before_story"] for row in found] == [1, 0, 0, 0, 0, 0]
    assert [row["behind_story"] for row in found] == [0, 0, 0, 0, 1, 2]
    assert [row["lines_left"] for row in found] == [6, 5, 4, 3, 2, 1]
    assert [row["behind_share"] for row in found] == [60, 60, 60, 60, 60, 1]
    assert [row["behind_comments"] for row in found] == [60] * 6
    assert [row["blank_before"] for row in found] == [0, 1, 0, 0, 0, 0]
    assert [row["run_after"] for row in found] == [0, 0, 0, 2, 1, 0]


def test_what_lines_share_with_the_story_the_title_and_each_other() -> None:
    found = places(*STORY, "Harbour master", "Puzzles", "Puzzles", title="Harbour opens again")
    assert [row["said_again"] for row in found] == [0, 0, 0, 0, 1, 1]
    assert [row["said_before"] for row in found] == [0, 0, 0, 0, 0, 1]
    assert found[3]["story_words"] == pytest.approx(2 / 3)
    assert found[4]["story_words"] == 0
    assert [round(row["title_words"], 2) for row in found] == [0.67, 0.33, 0, 0.33, 0, 0]
    assert places("Harbour opens again!", *STORY, title="Harbour opens again")[0]["is_title"] == 1


def test_rows_name_every_number_and_a_neighbour_is_a_neighbour() -> None:
    some = table("\n".join([*STORY, "Share"]), kinds=("share",))
    names = columns(("share",))
    matrix = np.full((4, len(names)), np.nan, np.float32)
    words = wording(some, CLASSIFIER.weights, CLASSIFIER.bias)
    rows(
        some.marks, some.places, some.lines, some.text_ends, some.is_paragraph, some.kinds,
        kind_columns(["share"], ["share"]), 1, words, matrix,
    )  # fmt: skip
    assert not np.isnan(matrix).any()
    by_name = dict(zip(names, matrix.T.tolist(), strict=True))
    assert by_name["is_share"] == by_name["ruled"] == [0, 0, 0, 1]
    assert by_name["ruled[+1]"] == [0, 0, 1, 0]
    assert by_name["paragraph[-1]"] == [0, 1, 1, 1]
    assert by_name["wording[-2]"] == [0, 0, *by_name["wording"][:2]]
    assert by_name["paragraph[-5]"] == pytest.approx([0, 0.2, 0.4, 0.6])
    assert by_name["ruled[+5]"] == pytest.approx([0.2, 0.2, 0.2, 0])


def test_the_trees_add_up_as_their_nodes_say() -> None:
    text = "\n".join(["Home | World | Sport", *STORY, "Share", "Most read", "Storm takes gates of Port Alwen away"])
    some = table(text)
    matrix = np.empty((some.lines.size, len(columns(CLASSIFIER.kinds))), np.float32)
    words = wording(some, CLASSIFIER.weights, CLASSIFIER.bias)
    rows(
        some.marks, some.places, some.lines, some.text_ends, some.is_paragraph, some.kinds,
        kind_columns([], CLASSIFIER.kinds), len(CLASSIFIER.kinds), words, matrix,
    )  # fmt: skip
    trees = CLASSIFIER.trees
    expected = []
    for row in matrix:
        total = 0.0
        for root in trees.roots:
            node = root
            while trees.features[node] >= 0:
                is_left = row[trees.features[node]] <= trees.thresholds[node]
                node = trees.lefts[node] if is_left else trees.rights[node]
            total += float(trees.thresholds[node])
        expected.append(1 / (1 + math.exp(-total)))
    opinion = scores(text)
    assert opinion == pytest.approx(expected, abs=1e-5)


def scores(*texts: str, title: str | None = None) -> list[float]:
    """Give the scores of all lines of all texts."""
    lines = [line for text in texts for line in text.split("\n")]
    titles = pa.chunked_array([[title] * len(texts)], pa.string())
    found = CLASSIFIER.judge(pa.chunked_array([list(texts)], pa.large_string()), titles, [None] * len(lines))
    return [float(score) for opinion in found for score in opinion.scores]


def test_the_story_stays_and_the_furniture_around_it_goes() -> None:
    text = "\n".join([
        *STORY, "", "Most popular", "Ten gardens to see in spring", "Why the old bridge is closed",
        "Quiz of the week", "Follow us", "About us", "Contact", "Terms of use",
    ])  # fmt: skip
    found = scores(text, title="Harbour opens again")
    assert max(found[:4]) < 0.1
    assert min(found[8:]) > 0.5


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), min_size=1, max_size=5))
def test_a_text_is_judged_for_itself_whatever_stands_beside_it(texts: list[str]) -> None:
    assert scores(*texts) == [score for text in texts for score in scores(text)]


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from(" \n\u00a0\u200b\x00\u202eaA.é一🙂"), max_size=60))
def test_every_line_has_a_score_and_a_blank_one_0(text: str) -> None:
    found = scores(text)
    assert len(found) == text.count("\n") + 1
    assert all(0 <= score <= 1 for score in found)
    assert all(score == 0 for score, line in zip(found, text.split("\n"), strict=True) if not line.strip(" \u00a0"))


def test_a_longer_line_and_one_inside_the_story_must_be_surer() -> None:
    cutoff = Cutoff(base=1.0, slope=0.5, inside=1.0)
    sure = np.full(4, 0.9, np.float32)
    share, inside = np.array([1.0, 20.0, 1.0, 1.0]), np.array([False, False, True, False])
    assert gone(sure, share, inside, cutoff).tolist() == [True, False, True, True]
    assert gone(sure - np.float32(0.1), share, inside, cutoff).tolist() == [True, False, False, True]


def test_the_shipped_file_says_what_it_is() -> None:
    assert model_file.PACKAGED.stat().st_size < 300_000
    about = CLASSIFIER.about
    assert about["version"] == 1
    assert len(about["data"]["sha256"]) == len(about["rules"]) == len(CLASSIFIER.digest) == 64
    unseen = about["news of unseen sites"]["rules and classifier"]
    assert unseen["line_precision"] >= 0.95
    assert unseen["line_recall"] >= 0.80
    assert unseen["lost"] <= 0.5
    assert unseen["hurt"] <= 8.0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not quite", json.dumps({"about": 1}).encode()])
def test_another_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "lines.npz"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"lines\.npz: not a line classifier .* make it with `make train`"):
        model_file.load(file)
    with pytest.raises(ModelError, match="absent"):
        model_file.load(tmp_path / "absent.npz")


RULES = rule_files.load()


def judged(
    lines: list[str], goes: list[int], memory: SiteMemory | None = None
) -> list[tuple[str, str | None, str | None]]:
    """Give action, kind and decider of every line, where the classifier is sure of the lines `goes`."""
    sure = np.array([n in goes for n in range(len(lines))])
    opinion = Opinion(np.where(sure, 0.97, 0.01).astype(np.float32), sure)
    found = judge("\n".join(lines), "Gates of Port Alwen", RULES, site="a.example", memory=memory, opinion=opinion)
    return [(verdict.action, verdict.kind, verdict.rule_id) for verdict in found.verdicts]


KEPT = ("keep", None, None)


def test_what_the_classifier_is_sure_of_is_cut_and_says_so() -> None:
    found = judged([*STORY, "Gardens to see in spring", "Why the old bridge is closed"], [3])
    assert found == [KEPT, KEPT, KEPT, ("cut", "other", "model.lines"), KEPT]


def test_a_cut_of_the_classifier_has_the_kind_of_what_stands_right_before() -> None:
    found = judged([*STORY, "Share", "Gardens to see in spring", "Why the old bridge is closed"], [3, 4, 5])
    assert found[3][1] == "share"
    assert found[4:] == [("cut", "share", "model.lines")] * 2


def test_a_rule_decides_before_the_classifier() -> None:
    found = judged([*STORY, "Leave a Reply"], [3])
    assert found[3][:2] == ("cut", "comment_form")
    assert found[3][2] != "model.lines"


def test_a_vetoed_line_is_never_cut_by_the_classifier() -> None:
    line = "Gardens to see in spring"
    vetoed = SiteMemory(
        [{"site": "a.example", "line_key": match_form(line), "state": "vetoed", "decided_by": "person"}]
    )
    assert judged([*STORY, line], [3], vetoed)[3] == KEPT
    assert judged([*STORY, line], [3])[3] == ("cut", "other", "model.lines")


def test_a_kept_line_is_never_cut_by_the_classifier(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[[rule]]\nid = "own.garden"\nkind = "keep"\naction = "keep"\ntext = "Gardens to see in spring"\n'
    )
    text = "\n".join([*STORY, "Gardens to see in spring"])
    sure = Opinion(np.array([0, 0, 0, 0.99], np.float32), np.array([False, False, False, True]))
    assert judge(text, None, rule_files.load(tmp_path), opinion=sure).body == text
    assert judge(text, None, RULES, opinion=sure).body == "\n".join(STORY)


def test_a_classifier_that_would_take_nearly_all_is_not_heard() -> None:
    lines = [*STORY, "Leave a Reply"]
    assert [action for action, _, _ in judged(lines, [0, 1, 2, 3])] == ["keep", "keep", "keep", "cut"]


def test_comments_that_read_as_prose_do_not_hide_the_end_of_the_article() -> None:
    threads = [
        f"I have lived here for {n} years and I have never seen the like of it, my friends." for n in range(9)
    ]
    text = "\n".join([*STORY, "Leave a Reply", *threads])
    doubted = np.array([0.01] * 3 + [0.9] + [0.6] * 9, np.float32)
    opinion = Opinion(doubted, np.zeros(13, np.bool_))
    assert judge(text, None, RULES, opinion=opinion).body == "\n".join(STORY)
    assert judge(text, None, RULES).body == "\n".join([*STORY, *threads])


def test_a_true_paragraph_behind_a_box_of_links_is_not_lost_to_doubt() -> None:
    text = "\n".join([*STORY[:2], "Related articles", "Gardens to see in spring", STORY[2]])
    opinion = Opinion(np.array([0.01, 0.01, 0.9, 0.9, 0.6], np.float32), np.zeros(5, np.bool_))
    assert judge(text, "Gates of Port Alwen", RULES, opinion=opinion).body.endswith(STORY[2])
    opinion.scores[4] = 0.85
    assert judge(text, "Gates of Port Alwen", RULES, opinion=opinion).body == "\n".join(STORY[:2])


def test_blank_lines_do_not_part_a_cut_from_its_heading() -> None:
    found = judged([*STORY, "", "Share", "", "Gardens to see in spring"], [4, 6])
    assert found[4][1] == "share"
    assert found[6] == ("cut", "share", "model.lines")


def test_a_cut_behind_a_line_that_stays_has_no_kind_of_its_own() -> None:
    assert judged(["Share", STORY[0], "Gardens to see in spring", *STORY[1:]], [2])[2] == (
        "cut",
        "other",
        "model.lines",
    )


def test_a_text_of_which_the_classifier_would_leave_nothing_is_marked() -> None:
    text = "\n".join(STORY)
    opinion = Opinion(np.full(3, 0.99, np.float32), np.ones(3, np.bool_))
    found = judge(text, None, RULES, opinion=opinion)
    assert found.body == text
    assert found.is_overcut


def test_strip_asks_the_classifier_and_records_its_score() -> None:
    story = [line.replace("three", str(n)).replace("Monday", f"{n} May") for n in range(4, 12) for line in STORY]
    text = "\n".join([
        "Our other titles", "Alwen Post", "Borrow Herald", "Weather 12°", "E-paper", "Jobs board", *story,
        "More stories for you", "Ten gardens to see in spring", "Follow us", "About us", "Contact", "Jobs board",
    ])  # fmt: skip
    page = dict.fromkeys(EXTRACTS.names) | {
        "page_id": "p", "edition": dt.date(2024, 1, 1), "source": "s", "title": "Harbour opens again", "text": text,
    }  # fmt: skip
    extracts = pa.Table.from_pylist([page], EXTRACTS)
    alone, together = strip(extracts, RULES), strip(extracts, RULES, classifier=CLASSIFIER)
    assert together.articles["body"][0].as_py().endswith("\n".join(story))
    assert alone.articles["body_words"][0].as_py() > together.articles["body_words"][0].as_py()
    cuts = [cut for cut in together.cuts.to_pylist() if cut["rule_id"] == "model.lines"]
    expected = scores_of(text)
    assert cuts
    assert all(cut["score"] == pytest.approx(expected[cut["line_no"] - 1], abs=1e-6) for cut in cuts)
    assert all(cut["score"] is None for cut in alone.cuts.to_pylist())


def scores_of(text: str) -> list[float]:
    """Give the scores of the lines where the rules mark what they know."""
    kinds = [look.kind for look in look_at(text.split("\n"), RULES)]
    titles = pa.chunked_array([["Harbour opens again"]], pa.string())
    (opinion,) = CLASSIFIER.judge(pa.chunked_array([[text]], pa.large_string()), titles, kinds)
    return [float(score) for score in opinion.scores]


@given(rows=st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=LANES, max_size=LANES))
def test_many_rows_end_at_the_leaves_where_each_goes_alone(rows: list[list[int]]) -> None:
    trees = Trees(
        roots=np.array([0, 7], np.int32),
        features=np.array([0, 1, -1, 2, -1, -1, -1, -1], np.int16),
        thresholds=np.array([2, 1, 0.25, 3, 0.5, -1, 4, 8], np.float32),
        lefts=np.array([1, 2, 0, 4, 0, 0, 0, 0], np.int32),
        rights=np.array([6, 3, 0, 5, 0, 0, 0, 0], np.int32),
    )
    totals = np.empty(LANES, np.float64)
    add(np.ascontiguousarray(np.array(rows, np.float32).T), *trees.forest, totals)
    alone = [8 + (4 if a > 2 else 0.25 if b <= 1 else 0.5 if c <= 3 else -1) for a, b, c in rows]
    assert totals.tolist() == alone


def test_a_tree_of_too_many_leaves_is_refused() -> None:
    inner, leaves = LEAVES, LEAVES + 1  # each test has a leaf on its left and the next test on its right
    with pytest.raises(ValueError, match="more than 32 leaves"):
        forest(
            np.array([0], np.int32),
            np.array([0] * inner + [-1] * leaves, np.int16),
            np.zeros(inner + leaves, np.float32),
            np.array([inner + n for n in range(inner)] + [0] * leaves, np.int32),
            np.array([*range(1, inner), inner + leaves - 1] + [0] * leaves, np.int32),
        )


def test_texts_of_more_lines_than_go_through_at_once_are_scored_as_alone() -> None:
    text = "\n".join(f"{line} {n}" for n in range(LANES // 2) for line in STORY)
    both = scores(text, "\n".join(STORY))
    assert both == [*scores(text), *scores("\n".join(STORY))]


def damaged(file: Path, **changed: npt.NDArray[Any]) -> Path:
    """Give the packaged file with some arrays in place of its own."""
    with np.load(model_file.PACKAGED) as held:
        np.savez(file, **{**held, **changed})
    return file


def test_a_flipped_bit_is_refused_by_name(tmp_path: Path) -> None:
    data = model_file.PACKAGED.read_bytes()
    for place in np.linspace(0, len(data) - 1, 40).astype(int).tolist():
        file = tmp_path / f"{place}.npz"
        file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        try:
            found = model_file.load(file)
        except ModelError as error:
            assert str(error).startswith(f"{file}: not a line classifier (")  # noqa: PT017 - it may load, too
        else:
            assert np.array_equal(found.weights, CLASSIFIER.weights)


def test_a_file_of_another_layout_is_refused(tmp_path: Path) -> None:
    about = json.dumps({**CLASSIFIER.about, "version": LAYOUT + 1}).encode()
    file = damaged(tmp_path / "other.npz", about=np.frombuffer(about, np.uint8))
    with pytest.raises(ModelError, match=rf"its version is {LAYOUT + 1}, and this copydesk reads {LAYOUT}"):
        model_file.load(file)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("features", len(columns(CLASSIFIER.kinds)), "a tree asks for a number that no line has"),
        ("features", -2, "a tree asks for a number that no line has"),
        ("lefts", CLASSIFIER.trees.features.size, "a branch leads to no later node"),
        ("rights", 0, "a branch leads to no later node"),
        ("roots", CLASSIFIER.trees.features.size, "a tree begins at no node"),
        ("roots", -1, "a tree begins at no node"),
    ],
)
def test_a_tree_that_points_to_nothing_is_refused(tmp_path: Path, name: str, value: int, fault: str) -> None:
    changed = getattr(CLASSIFIER.trees, name).copy()
    changed[0] = value
    with pytest.raises(ModelError, match=fault):
        model_file.load(damaged(tmp_path / "wrong.npz", **{name: changed}))


def test_weights_that_no_hash_fits_are_refused(tmp_path: Path) -> None:
    for size in (0, 3):
        file = damaged(tmp_path / f"{size}.npz", weights=np.zeros(size, np.int8))
        with pytest.raises(ModelError, match="the number of weights is no power of two"):
            model_file.load(file)

"""The page classifier: what stays of an invented page, that it is judged for itself, and the file it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.invented_pages import BOTE, LEDGER, PAGES, STORY, TITLE, pages
from transforms import model_file, page_tree
from transforms.answers import answers, askable
from transforms.errors import ModelError
from transforms.extract import extract
from transforms.page_classifier import CUT, LAYOUT, PageClassifier, PageJudges, PageOpinion
from transforms.page_table import NAME_SLOTS, columns, page_table, regions, rows

MOVED = frozenset({"Fähre kehrt nach Lunow zurück", "Von Ada Quill"})  # by the judge: scores of .4 to .6
BEST, FAST = (model_file.load_pages(model_file.PAGES[name]) for name in ("best", "fast"))


def judged(html: str, classifier: PageClassifier = BEST) -> PageOpinion:
    tree = page_tree.parse(html)
    page, title = page_tree.outline_of(tree), page_tree.title_of(tree)
    return classifier.judge(page, title, answers(html, classifier.answers))


def kept(opinion: PageOpinion) -> tuple[str, ...]:
    lines = zip(opinion.text.split("\n"), opinion.scores, strict=True)
    return tuple(line for line, score in lines if score < CUT)


@pytest.mark.parametrize("classifier", [BEST, FAST], ids=["best", "fast"])
@pytest.mark.parametrize("outlet", sorted(PAGES))
def test_the_story_stays_and_the_furniture_around_it_goes(outlet: str, classifier: PageClassifier) -> None:
    html, story = PAGES[outlet]
    found = kept(judged(html, classifier))
    assert tuple(line for line in found if line not in MOVED) == story


def test_a_line_names_the_furniture_that_it_stands_among() -> None:
    found = judged(LEDGER)
    said = dict(zip(found.text.split("\n"), found.regions, strict=True))
    some = ("Home", "By Ada Quill", "Related articles", "Uta", "About us", *STORY)
    assert {line: said[line] for line in some} == {
        "Home": "nav", "By Ada Quill": "byline", "Related articles": "related", "Uta": "comment_form",
        "About us": "legal", **dict.fromkeys(STORY),
    }  # fmt: skip
    assert said["Facebook Twitter WhatsApp"] == "share"
    assert said["Get the news of the harbour every morning."] == "newsletter"
    assert said["The ferry Marta in the harbour of Lunow. Photo: Bo Reed"] == "caption"


NEXT = (
    "The district council sold the old town hall of Malchin on Tuesday to a brewer who wants to make beer in it.",
    "Eleven members voted for the sale and nine against it, after a debate that lasted until before midnight.",
    "“A house that nobody heats falls down,” said the mayor, who had looked for a buyer for the last six years.",
    "The brewer will pay two hundred thousand crowns and has promised that the clock in the tower will go on.",
)


def with_next_story(first: tuple[str, ...]) -> str:
    """Give a page that loads the next story below the first."""
    more = "".join(f"<p>{line}</p>" for line in NEXT)
    head = f'<article class="article"><h1 class="headline">Council sells the town hall</h1>{more}</article><aside'
    story = "".join(f"<p>{line}</p>\n" for line in STORY)
    return LEDGER.replace(story, "".join(f"<p>{line}</p>\n" for line in first)).replace("<aside", head, 1)


def test_the_next_story_below_the_first_goes_where_it_is_an_article_with_a_heading_of_its_own() -> None:
    assert tuple(line for line in kept(judged(with_next_story(STORY))) if line not in MOVED) == STORY


def test_an_article_is_no_other_story_where_that_with_the_title_is_next_to_nothing() -> None:
    assert set(NEXT) <= set(kept(judged(with_next_story(STORY[:1]))))


BOX = '<div class="{0}"><h3>Facts</h3><p>The Marta was built in Malchin in 1974 for 120 people.</p></div>'


@pytest.mark.parametrize("name", ["factbox", "fact-box border", "c-factBox", "faktaboks"])
def test_a_box_of_facts_goes(name: str) -> None:
    last = f"<p>{STORY[-1]}</p>"
    html = LEDGER.replace(last, BOX.format(name) + last)
    assert tuple(line for line in kept(judged(html)) if line not in MOVED) == STORY


@pytest.mark.parametrize("name", ["fact-check", "box", "artefact box"])
def test_what_is_only_named_like_a_box_of_facts_is_judged_by_what_it_says(name: str) -> None:
    last = f"<p>{STORY[-1]}</p>"
    assert "1974" in "".join(kept(judged(LEDGER.replace(last, BOX.format(name) + last))))


def test_a_story_that_stands_in_a_box_of_facts_stays() -> None:
    html = LEDGER.replace('class="article-body"', 'class="article-body factbox"')
    assert tuple(line for line in kept(judged(html)) if line not in MOVED) == STORY


@pytest.mark.parametrize("html", ["<p></p>", "<html><body><script>x()</script></body></html>"])
def test_a_page_without_words_has_one_empty_line_that_goes(html: str) -> None:
    assert judged(html) == PageOpinion("", [1.0], [None])


def test_a_page_of_one_line_has_one_score() -> None:
    found = judged(f"<p>{STORY[0]}</p>")
    assert found.text == STORY[0]
    assert [0 <= score <= 1 for score in found.scores] == [True]


def test_a_line_of_signs_alone_has_a_score_and_one_of_unseen_signs_goes() -> None:
    found = judged(LEDGER.replace("<aside", "<p>***</p><p>\u200b</p><aside"))
    scores = dict(zip(found.text.split("\n"), found.scores, strict=True))
    assert scores["\u200b"] > CUT
    assert 0 <= scores["***"] <= 1


def test_a_page_is_judged_for_itself_and_always_the_same() -> None:
    alone = judged(LEDGER)
    judged(BOTE)
    assert judged(LEDGER) == alone


def test_a_menu_is_not_the_story_however_often_it_stands_there() -> None:
    menu = LEDGER[LEDGER.index("<nav") : LEDGER.index("</nav>") + 6]
    assert kept(judged(LEDGER.replace("<footer", menu * 20 + "<footer"))) == STORY


def test_the_numbers_of_a_row_are_those_that_the_columns_name() -> None:
    page = page_tree.outline_of(page_tree.parse(LEDGER))
    table = page_table(page, TITLE, ["\n".join(STORY[:2]), STORY[2]], BEST.stop_flags)
    lines = table.lines.lines.size
    wording = np.arange(lines, dtype=np.float32)
    matrix = rows(table, wording, np.asarray(wording / 10, np.float32))
    named = dict(zip(columns(("one", "two")), matrix.T.tolist(), strict=True))
    first = table.text.split("\n").index(STORY[0])
    assert not np.isnan(matrix).any()
    assert [named["one"][first + n] for n in range(4)] == [1, 1, 0, 0]
    assert [round(named["two"][first + n]) for n in range(4)] == [0, 0, 1, 0]
    assert named["two[+1]"][first + 1] == named["two"][first + 2]
    assert named["naming[-2]"][:4] == pytest.approx([0, 0, 0, 0.1])
    assert named["naming[5]"][0] == pytest.approx(0.25)
    assert named["in_nav"][1] == named["linked[+1]"][0] == 1
    assert named["has_title"] == [1.0] * lines
    assert named["since_title"][first] == first - table.text.split("\n").index(TITLE)
    assert len(regions(table)) == lines


BODIES = st.lists(
    st.sampled_from([
        "<p>", "</p>", "<div class=nav>", "</div>", "<a href=x>", "</a>", "<h1>", "<table><tr><td>", "</table>",
        "<br>", "<li>", "<article>", "</article>", "<pre>", "\n", "Home", "© 2026", STORY[0], STORY[1], "\u200b",
        "一", "&lt;",
    ]),
    max_size=40,
).map(lambda some: f"<html><body>{''.join(some)}</body></html>")  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(BODIES)
def test_every_line_of_any_page_has_a_score_and_a_region(html: str) -> None:
    for classifier in (BEST, FAST):
        found = judged(html, classifier)
        assert len(found.scores) == len(found.regions) == found.text.count("\n") + 1
        assert all(0 <= score <= 1 for score in found.scores)


def asked(html: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Give which classifier judges a page, and the answers that it is given."""
    told = []

    def judge(self: PageClassifier, _page: object, _title: str, said: list[str]) -> PageOpinion:
        told.append(("fast" if self is FAST else "best", [answer[:5] for answer in said]))
        return PageOpinion(STORY[0], [0.0], [None])

    monkeypatch.setattr(PageClassifier, "judge", judge)
    extract(pages(html), PageJudges(BEST, FAST))
    return told


def test_extractors_whose_time_is_not_bounded_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    body = f"<p>{STORY[0]}</p>" * 3
    assert asked(f"<html><body>{body}</body></html>", monkeypatch) == [("best", ["The f", "The f"])]
    many = f"<html><body>{body}{'<span>a</span>' * 12_000}</body></html>"
    assert asked(many, monkeypatch) == [("fast", ["The f"])]
    attributes = " ".join(f"a{n}=1" for n in range(2_001))
    assert asked(f"<html><body {attributes}>{body}</body></html>", monkeypatch) == [("fast", [""])]


def test_depth_counts_where_the_parser_gave_up() -> None:
    def may(html: str) -> frozenset[str]:
        return askable(page_tree.outline_of(page_tree.parse(html)), html)

    both = frozenset({"readability", "resiliparse", "trafilatura"})
    assert may("<div>" * 200 + "x" + "</div>" * 200) == both
    assert may("<div>" * 12_000 + "x" + "</div>" * 12_000) == both
    assert may("<div>" * 12_001 + "x") == frozenset()
    assert may("<p>a</p>" * 13_000) == frozenset({"resiliparse"})


def test_the_shipped_files_say_what_they_are() -> None:
    for name, classifier in (("best", BEST), ("fast", FAST)):
        assert model_file.PAGES[name].stat().st_size < 300_000
        assert classifier.about["version"] == LAYOUT
        assert len(classifier.about["data"]["sha256"]) == len(classifier.digest) == 64
        assert not classifier.about["hosts left out"]
    assert (BEST.answers, FAST.answers) == (("resiliparse", "readability"), ("resiliparse",))


def test_the_digest_names_all_that_have_a_say() -> None:
    best, fast = model_file.classifiers("best"), model_file.classifiers("fast")
    assert (best.pages, fast.pages) == (PageJudges(BEST, FAST), PageJudges(FAST, FAST))
    assert best.lines is fast.lines is model_file.load()
    assert best.digest != fast.digest
    assert model_file.classifiers("best").digest == best.digest


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not quite", json.dumps({"about": 1}).encode()])
def test_another_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "pages.npz"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"pages\.npz: not a page classifier .* make it with `make train`"):
        model_file.load_pages(file)
    with pytest.raises(ModelError, match="absent"):
        model_file.load_pages(tmp_path / "absent.npz")


def changed(folder: Path, **arrays: Any) -> Path:
    """Give a file that differs from a shipped one in these arrays."""
    with np.load(model_file.PAGES["fast"]) as held:
        found = {name: held[name] for name in held.files} | arrays
    file = folder / "changed.npz"
    np.savez(file, **found)
    return file


_ROOTS = np.array([0], np.int32)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"about": np.frombuffer(b'{"version": 99}', np.uint8)}, "its version is 99, and this copydesk reads"),
        ({"names": np.zeros(NAME_SLOTS // 2, np.int8)}, "the number of weights of names is not this copydesk's"),
        ({"words": np.zeros(1000, np.int8)}, "the number of weights is no power of two"),
        ({"roots": np.array([1 << 30], np.int32)}, "a tree begins at no node"),
        ({"answers": np.zeros(0, np.uint8)}, "a tree asks for a number that no line has"),
        (
            {
                "roots": _ROOTS, "features": np.array([0, -1], np.int16), "thresholds": np.zeros(2, np.float32),
                "lefts": np.array([1, 0], np.int32), "rights": np.array([2, 0], np.int32),
            },
            "a branch leads to no later node",
        ),
    ],
)  # fmt: skip
def test_a_file_that_points_to_where_nothing_is_is_refused(
    tmp_path: Path, arrays: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ModelError, match=reason):
        model_file.load_pages(changed(tmp_path, **arrays))


@pytest.mark.parametrize("name", ["about", "answers", "names_scale", "words_bias", "rights", "stops"])
def test_a_file_without_one_of_its_parts_is_refused(tmp_path: Path, name: str) -> None:
    with np.load(model_file.PAGES["fast"]) as held:
        found = {other: held[other] for other in held.files if other != name}
    np.savez(tmp_path / "partial.npz", **found)
    with pytest.raises(ModelError, match=name):
        model_file.load_pages(tmp_path / "partial.npz")

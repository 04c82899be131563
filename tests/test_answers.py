"""The published edition of real and of invented scrapes against answers that were written by hand."""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from copydesk import edition
from copydesk.inspect import Line, _page
from copydesk.settings import Settings
from transforms.normalize import repair

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "data" / "sample"
SEEDS = ROOT.parent / "shared" / "seeds"
GOLDEN = Path(__file__).parent / "golden" / "seed_lines.jsonl"


@dataclass(frozen=True)
class Made:
    """One published article with every line of its text."""

    row: Mapping[str, Any]
    lines: Mapping[int, Line]

    def gone(self) -> set[int]:
        return {no for no, line in self.lines.items() if line.action in ("cut", "move") and line.kind != "blank"}


def published(data: Path, inputs: Path, day: dt.date) -> dict[str, list[Made]]:
    """Give the articles of one edition by input file, in the order of their records."""
    edition.run([inputs], day=day, settings=Settings(data, workers=2))
    with duckdb.connect(str(data / "published" / "news.duckdb"), read_only=True) as connection:
        articles = rows(connection, "select * from articles")
        cuts = rows(connection, "select * from cuts")
        pages = rows(connection, f"select page_id, source_offset from '{data}/stage/pages/*.parquet'")
    offsets = {page["page_id"]: page["source_offset"] for page in pages}
    made: dict[str, list[Made]] = defaultdict(list)
    for row in sorted(articles, key=lambda row: offsets[row["article_id"]]):
        lines = _page(row, [cut for cut in cuts if cut["article_id"] == row["article_id"]]).lines
        made[str(Path(row["source"]).relative_to(inputs))].append(Made(row, {line.line_no: line for line in lines}))
    return made


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    answer = connection.execute(query)
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def answers(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLE / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, Any], Made]]:
    """Give each expected page of the sample with what became of it."""
    made = published(tmp_path_factory.mktemp("sample"), SAMPLE, dt.date(2026, 3, 4))
    expected: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for answer in answers("expected.jsonl"):
        expected[answer["file"]].append(answer)
    assert {file: len(each) for file, each in made.items()} == {file: len(each) for file, each in expected.items()}
    return [
        pair
        for file, each in expected.items()
        for pair in zip(sorted(each, key=lambda answer: answer["record"]), made[file], strict=True)
    ]


# What no rule can know: the name of an invented agency alone on a line; suffixes that nothing in the page confirms.
KNOWN_LEFT = [("2026-03-03/scrapy-feed.jsonl.gz", 1, 1)]
KNOWN_TITLES = [("2026-03-02/skerrycourier-river-1.txt", 0), ("2026-03-04/skerrycourier-river-3.txt", 0)]


def test_pages_of_one_story_are_folded_and_no_others(sample: list[tuple[dict[str, Any], Made]]) -> None:
    told, found = defaultdict(set), defaultdict(set)
    for answer, made in sample:
        told[answer["story"]].add(made.row["article_id"])
        found[made.row["story_id"]].add(made.row["article_id"])
    assert sorted(map(sorted, told.values())) == sorted(map(sorted, found.values()))


def test_titles_and_languages_are_as_expected(sample: list[tuple[dict[str, Any], Made]]) -> None:
    titles = [(a["file"], a["record"]) for a, made in sample if a["title"] != made.row["title"]]
    languages = [(a["file"], a["record"]) for a, made in sample if a["language"] != made.row["language"]]
    assert (titles, languages) == (KNOWN_TITLES, [])


def test_no_line_of_a_story_is_cut(sample: list[tuple[dict[str, Any], Made]]) -> None:
    lost = [
        (answer["file"], answer["record"], no)
        for answer, made in sample
        if not answer["file"].endswith(".html")
        for no in made.gone() - {*answer["leftover_lines"], answer["title_line"]}
    ]
    assert lost == []


def test_leftover_lines_are_cut_but_for_the_known_ones(sample: list[tuple[dict[str, Any], Made]]) -> None:
    left = [
        (answer["file"], answer["record"], no)
        for answer, made in sample
        for no in answer["leftover_lines"]
        if no not in made.gone()
    ]
    assert left == KNOWN_LEFT


def test_the_classifier_takes_what_no_rule_of_the_sample_knows(sample: list[tuple[dict[str, Any], Made]]) -> None:
    name = "2026-03-02/harborledger-library.txt"
    (page,) = [made for answer, made in sample if answer["file"] == name]
    taken = [line for line in page.lines.values() if line.rule_id == "model.lines" and line.text]
    assert [line.text for line in taken] == ["Buy a photo", "Tide tables", "Death notices", "Place an ad"]
    assert all(line.score is not None and line.score > 0.5 for line in taken)


def test_html_pages_keep_the_story_and_lose_what_is_around_it(sample: list[tuple[dict[str, Any], Made]]) -> None:
    lost = [(a["file"], text) for a, made in sample for text in a["must_contain"] if text not in made.row["body"]]
    left = [(a["file"], text) for a, made in sample for text in a["must_not_contain"] if text in made.row["body"]]
    assert (lost, left) == ([], [])


def test_dates_are_those_of_publication(sample: list[tuple[dict[str, Any], Made]]) -> None:
    wrong = [
        (answer["file"], answer["record"], made.row["published_at"])
        for answer, made in sample
        if "published" in answer
        and (answer["published"] or None)
        != (str(made.row["published_at"].date()) if made.row["published_at"] else None)
    ]
    assert wrong == []


def test_broken_records_are_in_quarantine_with_their_reason(tmp_path: Path) -> None:
    edition.run([SAMPLE], day=dt.date(2026, 3, 4), settings=Settings(tmp_path))
    with duckdb.connect(str(tmp_path / "published" / "news.duckdb"), read_only=True) as connection:
        found = {
            str(Path(row["source"]).relative_to(SAMPLE)): row["reason"].lower()
            for row in rows(connection, "select source, reason from quarantine")
        }
    expected = {answer["file"]: answer["reason_contains"] for answer in answers("expected_quarantine.jsonl")}
    assert set(found) == set(expected)
    assert [file for file, keyword in expected.items() if keyword not in found[file]] == []


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    if not SEEDS.is_dir():
        pytest.skip("the five founding texts (../shared/seeds) are not on this machine")
    made = published(tmp_path_factory.mktemp("seeds"), SEEDS, dt.date(2022, 1, 22))
    return {file: each for file, (each,) in made.items()}


def test_the_five_founding_texts_are_five_stories(seeds: dict[str, Made]) -> None:
    assert len({made.row["story_id"] for made in seeds.values()}) == len(seeds) == 5


def test_every_line_of_the_founding_texts_ends_where_it_belongs(seeds: dict[str, Made]) -> None:
    golden = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    wrong = []
    for answer in golden:
        line = seeds[answer["file"]].lines[answer["line_no"]]
        arrived = (SEEDS / answer["file"]).read_text(encoding="utf-8").split("\n")[answer["line_no"] - 1]
        assert hashlib.sha256(arrived.encode()).hexdigest() == answer["sha256"]
        if (answer["label"] == "content") != (line.kept is not None) or line.text != arrived.strip():
            wrong.append((answer["file"], answer["line_no"], line.action))
    assert (len(golden), wrong) == (144, [])


def test_the_bodies_of_the_founding_texts_are_their_content_lines(seeds: dict[str, Made]) -> None:
    golden = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    for file, made in seeds.items():
        content = [line["line_no"] for line in golden if line["file"] == file and line["label"] == "content"]
        body = [line for line in made.row["body"].split("\n") if line]
        assert body == [repair(made.lines[no].text).text for no in content]

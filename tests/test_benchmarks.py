"""The cleaners that strip is compared with, on invented documents; the tables of figures; the bad texts."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import peers
from benchmarks.bounds import in_bounds
from benchmarks.strip import METHODS, SCRAPES, Cost, Outcome, compare, further, headline

SCORER = SCRAPES.parents[1] / "evals" / "boilerplate" / "score.py"
STORY = (
    "The harbour council of Vellmar said on Monday that it would not sell the old grain store, because the people "
    "of the town have asked for it to be kept, and that it has found the money to mend its roof before the winter."
)
GERMAN = (
    "Der Rat der Stadt hat am Montag gesagt, dass er den alten Speicher am Hafen nicht verkaufen will, weil die "
    "Leute in der Stadt ihn behalten wollen, und dass er das Geld für das Dach noch vor dem Winter gefunden hat."
)
Method = Callable[[Sequence[peers.Doc]], list[list[int]]]


def kept(method: Method, *lines: str) -> list[int]:
    (indices,) = method([doc(*lines)])
    return indices


def doc(*lines: str) -> dict[str, str]:
    return {"doc_id": "1", "site": "vellmar-courier.example", "title": "", "text": "\n".join(lines)}


ALL = [peers.nothing, peers.c4, peers.trafilatura_filters, peers.justext_on_text]


@pytest.mark.parametrize("method", ALL)
def test_a_peer_answers_for_each_document_and_keeps_blank_lines(method: Method) -> None:
    docs = [doc(""), doc(STORY, "", " \t"), doc("\x00", "\u200f\u200f", "漢字だけの行"), doc(GERMAN)]
    answers = method(docs)
    assert len(answers) == len(docs)
    assert answers[0] == [0]
    assert {1, 2} <= set(answers[1])
    assert all(indices == sorted(set(indices)) for indices in answers)
    assert method([]) == []


def test_nothing_keeps_all() -> None:
    assert kept(peers.nothing, STORY, "Facebook", "", "Share {this}") == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "line",
    [
        "Five words without a mark",
        "Only four words here.",
        "The rest of this follows later...",
        "Please turn on JavaScript to read this page.",
        "By reading on you accept our cookie policy today.",
        "Lorem ipsum dolor sit amet and so on.",
        "function show() { return the whole of it; }.",
        "Only four [12] words here.",
        f"One word of this line is {'x' * 1001} too long.",
    ],
)
def test_c4_drops_a_line(line: str) -> None:
    assert kept(peers.c4, STORY, line) == [0]


def test_c4_looks_for_the_end_mark_behind_a_citation() -> None:
    assert kept(peers.c4, "The store was built in 1871.[4]", "Was it built as late as that?") == [0, 1]


def test_justext_keeps_long_prose_and_drops_a_menu() -> None:
    menu = (
        "Home News Sport Weather Vellmar Jobs Cars Homes Puzzles Horoscope Archive Obituaries Newsletters Contact"
    )
    assert kept(peers.justext_on_text, menu, STORY, "Home") == [1]


def test_justext_keeps_a_short_line_between_good_ones() -> None:
    assert kept(peers.justext_on_text, STORY, "A short line.", STORY) == [0, 1, 2]


def test_justext_drops_a_copyright_line() -> None:
    assert kept(peers.justext_on_text, STORY, f"© {STORY}") == [0]


@pytest.mark.parametrize(("text", "language"), [(STORY, "English"), (GERMAN, "German"), ("", "English")])
def test_the_stoplist_is_that_of_the_language(text: str, language: str) -> None:
    assert peers._stoplist([text]) == peers._stoplist_of(language)


def test_trafilatura_drops_names_of_buttons_and_what_cannot_be_printed() -> None:
    lines = (STORY, "Facebook", "• E-Mail", "More on this story", "Facebook said it had no comment.", "\x00\x01")
    assert kept(peers.trafilatura_filters, *lines) == [0, 4]


def test_trafilatura_drops_a_long_text_from_its_fourth_time_on() -> None:
    short = "A short line stays, however often."
    docs = [doc(STORY, short) for _ in range(5)]
    assert peers.trafilatura_filters(docs) == [[0, 1]] * 3 + [[1]] * 2
    assert peers.trafilatura_filters(docs[:1]) == [[0, 1]], "a call remembers nothing of another"


def test_the_tables_name_each_method_and_say_why_one_did_not_run() -> None:
    figures = {
        **dict.fromkeys(("line_P", "line_R", "word_P", "word_R", "f1_before", "f1_after"), 0.5),
        "lost_per_doc": 0.00512,
        "docs_hurt": 0.081,
        "docs": 7.0,
    }
    none_gone = figures | {"line_P": float("nan")}
    ran = Outcome(
        {"news (headline)": figures, "blogs (wcxb)": none_gone}, Cost(first_start=30.0, start=1.25, work=3.0), 2.0
    )
    outcomes = {"ours": ran, "theirs": Outcome({}, None, 2.0, "run `make train` first")}
    assert headline(outcomes)[0].startswith("news (headline): 7 scrapes; ")
    assert headline(outcomes)[-2:] == [
        "| ours | 0.5000 | 0.5000 | 0.5000 | 0.5000 | 0.51 | 8.1 | 0.5000 | 0.5000 | 1.500 | 1.2 | 30.0 |",
        "| theirs | NOT RUN: run `make train` first |",
    ]
    assert further(outcomes)[-2:] == [
        "| ours | no scrapes | no scrapes | no scrapes | – / 0.5000 / 0.5000 |",
        "| theirs | NOT RUN | NOT RUN | NOT RUN | NOT RUN |",
    ]


def test_without_the_data_the_command_says_what_to_name(tmp_path: Path) -> None:
    told = [sys.executable, "-m", "benchmarks.strip", "--data", str(tmp_path / "none.parquet")]
    done = subprocess.run(told, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path / 'none.parquet'} is not on this machine; name another with --data\n"


def test_every_method_can_be_imported() -> None:
    assert [
        target
        for target in METHODS.values()
        if not re.fullmatch(r"benchmarks\.(peers|adapters):[a-z_0-9]+", target)
    ] == []


def test_a_bad_text_gets_a_row_of_what_came_out() -> None:
    row = in_bounds("empty")
    told = (row.case, row.text_mb, row.outcome)
    assert told == ("empty", 0.0, "0 articles (0 characters), 0 cuts, 1 in quarantine")
    assert 0 <= row.cpu_seconds < 10 < row.peak_mib


def test_the_figures_are_those_of_the_scorer(tmp_path: Path) -> None:
    if not SCORER.is_file():
        pytest.skip("../shared/evals/boilerplate/score.py is not beside the repository: nothing can be scored")
    row = {
        "doc_id": "1",
        "page": "1",
        "source": "fundus",
        "site": "vellmar-courier.example",
        "lang": "en",
        "scrape": "newspaper",
        "title": "",
        "text": f"{STORY}\nShare this now",
        "gold": STORY,
        "labels": ["content", "boilerplate"],
        "kinds": ["", "share"],
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "scrapes.parquet")
    outcomes = compare(tmp_path / "scrapes.parquet", SCORER, {"C4": METHODS["C4 line rules"]})
    found = outcomes["C4"].report["news (headline)"]
    assert {name: found[name] for name in ("docs", "line_P", "line_R", "lost_per_doc", "f1_after")} == {
        "docs": 1,
        "line_P": 1.0,
        "line_R": 1.0,
        "lost_per_doc": 0.0,
        "f1_after": 1.0,
    }

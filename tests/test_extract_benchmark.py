"""The extractors that ours is compared with, where installed; how they are run; the figures and tables."""

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmarks import extract, extract_runs
from benchmarks.extract import BOOTSTRAP, NAMES, PAGES, Figures
from benchmarks.extract_runs import COST_OF, GAIN_OVER, PEERS_PYTHON, SYSTEMS, Ended, Run, System, run
from benchmarks.extract_systems import Answer, Found, TooLong, answer
from benchmarks.strip import load_scorer

SCORER = PAGES.parents[1] / "evals" / "extraction" / "score.py"
SENTENCES = (
    "The ferry Marta left the harbour of Lunow at eight on Monday with ninety people on board, the office said.",
    "Her engine had failed off the lighthouse, and two tugs brought the ship back to the harbour before noon.",
    "Nobody was hurt, it said, and those who had been on board were taken to the island by the mail boat at noon.",
    "The mayor, who was on board, said that the crew had been calm, and that she would take the ferry again soon.",
    "The engine, which had been mended in the spring, is to be replaced before the season ends, the office said.",
    "The ferry is to sail again on Thursday or on Friday, and until then the mail boat will go four times a day.",
)
FERRY = tuple(f"{first} {second}" for first, second in zip(SENTENCES[::2], SENTENCES[1::2], strict=True))
PAGE = (
    '<!doctype html><html lang="en"><head><title>Ferry towed back to Lunow</title></head><body>'
    '<ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li><li><a href="/wind">Wind</a></li></ul>'
    f"<article><h1>Ferry towed back to Lunow</h1>{''.join(f'<p>{text}</p>' for text in FERRY)}</article>"
    '<footer class="footer"><a href="/terms">Terms of use</a> <a href="/about">About us</a></footer></body></html>'
)
NOWHERE = Path("/nowhere/python")


def page(html: str, **gold: object) -> dict[str, Any]:
    blank = dict.fromkeys(("url", "gold_title", "gold_date", "gold_authors", "gold_with", "gold_without"))
    return {**blank, "html": html.encode(), "dataset": "aeb", "lang": "en", "gold_text": "", **gold}


def as_it_is(html: str, url: str | None) -> Found:
    """Stand in for a system: the page is its text, and its title."""
    os.write(1, b"what a peer prints is no answer\n")
    return {"text": html, "title": url}


def first_word(html: str, _url: str | None) -> Found:
    """Stand in for a system that gives text alone, and none of a page of two words."""
    words = html.split()
    if len(words) == 2:
        raise ValueError("two words")
    return words[0]


def broken(html: str, _url: str | None) -> Found:
    raise ValueError(f"{html} is too long")


def ends(html: str, _url: str | None) -> Found:
    if html == "store":
        os._exit(7)
    return html


def stand_in(name: str) -> System:
    return System(name, f"tests.test_extract_benchmark:{name}")


PEERS = {one.name: one for one in SYSTEMS if one.target.startswith("benchmarks.extract_systems:")}


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_finds_the_article_of_a_page(name: str) -> None:
    if PEERS[name].is_peer and not PEERS_PYTHON.is_file():
        pytest.skip(f"{PEERS_PYTHON} is not there: no peer can be run; `make peers` installs them")
    ran = run([PEERS[name]], [page(PAGE, url="https://lunow-courier.example/ferry")], PEERS_PYTHON)[name]
    assert (ran.missing, [one.error for one in ran.answers]) == ("", [""])
    (found,) = (one.found for one in ran.answers)
    assert [text for text in FERRY if text not in found["text"]] == []
    assert [text for text in ("Sport", "Terms of use") if text in found["text"]] == []
    assert found.get("title") in {None, "", "Ferry towed back to Lunow"}


def test_a_system_answers_for_each_page_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract_runs, "TURN", 2)
    pages = [page(html, url=f"/{html[:1]}") for html in ("ferry", "grain store", "ünder \U0001f6a2 way")]
    ran = run([stand_in("as_it_is"), stand_in("first_word")], pages, NOWHERE)
    assert {name: [(one.found, one.error) for one in of.answers] for name, of in ran.items()} == {
        "as_it_is": [
            ({"text": "ferry", "title": "/f"}, ""),
            ({"text": "grain store", "title": "/g"}, ""),
            ({"text": "ünder \U0001f6a2 way", "title": "/ü"}, ""),
        ],
        "first_word": [({"text": "ferry"}, ""), ({"text": ""}, "ValueError: two words"), ({"text": "ünder"}, "")],
    }
    assert all(0 <= one.seconds < 1 for of in ran.values() for one in of.answers)


def test_a_system_that_fails_on_every_page_or_ends_says_why(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract_runs, "WARM_PAGES", 1)
    pages = [page("ferry"), page("store"), page("x" * 200_000)]
    ran = run([stand_in("broken"), stand_in("ends"), stand_in("first_word")], pages, NOWHERE)
    assert [ran["broken"], ran["ends"]] == [
        Run(missing="FAILED: ValueError: ferry is too long"),
        Run(missing="FAILED: exit code 7"),
    ]
    assert [one.found["text"] for one in ran["first_word"].answers] == ["ferry", "store", "x" * 200_000]
    assert capfd.readouterr().err == "broken: FAILED: ValueError: ferry is too long\nends: FAILED: exit code 7\n"


def test_a_system_that_was_killed_between_two_turns_says_so() -> None:
    with extract_runs._child(stand_in("as_it_is"), NOWHERE) as child:
        assert len(child.ask([page("ferry")])) == 1
        child.process.kill()
        child.process.wait()
        with pytest.raises(Ended, match=r"^FAILED: exit code -9$"):
            child.ask([page("store")])


def test_a_peer_that_is_not_installed_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    peer = System("peer", "benchmarks.extract_systems:goose3", is_peer=True)
    absent = System("absent", "benchmarks.absent:system")
    why = f"NOT INSTALLED: there is no {NOWHERE}; `make peers` makes it, --peers names another"
    lacks = "NOT INSTALLED: No module named 'benchmarks.absent'"
    pages = [page("x" * 2_000_000)]  # more than waits in a pipe
    assert run([peer, absent], pages, NOWHERE) == {"peer": Run(missing=why), "absent": Run(missing=lacks)}
    assert capfd.readouterr().err == f"peer: {why}\nabsent: {lacks}\n"


def test_what_a_system_gives_is_a_record_whatever_its_shape() -> None:
    def raises(error: type[BaseException]) -> Found:
        raise error("said so")

    given = {
        "text": answer(lambda html, url: f"{html} of {url}", "text", "url"),
        "record": answer(lambda html, _: {"text": html, "author": ["A", "B"]}, "text", None),
        "nothing": answer(lambda _, __: None, "", None),
        "error": answer(lambda _, __: raises(KeyError), "", None),
        "too long": answer(lambda _, __: raises(TooLong), "", None),
    }
    assert {name: (one.found, one.error) for name, one in given.items()} == {
        "text": ({"text": "text of url"}, ""),
        "record": ({"text": "text", "author": ["A", "B"]}, ""),
        "nothing": ({"text": ""}, ""),
        "error": ({"text": ""}, "KeyError: 'said so'"),
        "too long": ({"text": ""}, "TooLong: said so"),
    }
    with pytest.raises(ImportError, match="said so"):
        answer(lambda _, __: raises(ImportError), "", None)
    assert signal.alarm(0) == 0  # a limit left running would end this process, two minutes on


def test_the_systems_asked_for_come_with_those_they_are_measured_by() -> None:
    assert [one.name for one in extract.asked(["goose3", "copydesk, unseen hosts"], unseen=True)] == [
        "copydesk, unseen hosts",
        COST_OF.name,
        GAIN_OVER.name,
        "goose3",
    ]
    ours = [name for name in NAMES if name.startswith("copydesk")]
    assert [one.name for one in extract.asked(ours, unseen=False)] == [
        "copydesk, hosts it was taught",
        "copydesk, fast, hosts it was taught",
        COST_OF.name,
        GAIN_OVER.name,
    ]


def test_every_system_can_be_imported() -> None:
    targets = [one.target.partition(":") for one in SYSTEMS]
    assert [name for module, _, name in targets if not callable(getattr(import_module(module), name, None))] == []


def test_an_interval_is_that_of_the_mean_and_always_the_same() -> None:
    gains = np.array([0.0, 0.1] * 200)
    mean, low, high = extract.interval(gains)
    assert (round(mean, 6), round(low, 3), round(high, 3)) == (0.05, 0.045, 0.055)  # 1.96 standard errors: .0049
    assert extract.interval(gains, BOOTSTRAP) == (mean, low, high)
    assert extract.interval(np.array([0.25])) == (0.25, 0.25, 0.25)


FIGURES = Figures(
    pages=7,
    f1=0.5,
    precision=0.25,
    recall=0.75,
    gain=(0.0125, -0.001, 0.02),
    title=0.5,
    date=1.0,
    author=None,
    empty=1,
    errors=2,
    cpu_ms=12.34,
    share_of_cost=0.5,
)


def test_the_table_names_each_system_and_says_why_one_did_not_run() -> None:
    head = (
        *("system", "F1", "precision", "recall", "gain over trafilatura [95 %]", "title", "date", "author"),
        *("empty", "errors", "CPU ms", "× trafilatura"),
    )
    ours = ("ours", "0.5000", "0.2500", "0.7500", "+0.0125 [-0.0010, +0.0200]", "0.5000", "1.0000", "–")
    assert extract.table({"ours": FIGURES, "theirs": "NOT INSTALLED: no module"}) == [
        f"| {' | '.join(head)} |",
        f"| {' | '.join(['---'] * 12)} |",
        f"| {' | '.join((*ours, '1', '2', '12.3', '0.50'))} |",
        "| theirs | NOT INSTALLED: no module |",
    ]


def test_languages_of_too_few_pages_are_left_out() -> None:
    pages = [page("", dataset="fundus", lang=lang) for lang in ("de", "no", "de", "de", "de", "de")]
    pages.append(page("", dataset="wcxb", lang="de"))
    rows = [{"F1": f1} for f1 in (1.0, 0.0, 0.5, 0.5, 0.5, 0.0, 0.0)]
    assert extract.by_language({"ours": rows, "theirs": "FAILED: exit code 1"}, pages) == [
        "Fundus: F1 by language",
        "",
        "| system | de, 5 pages |",
        "| --- | --- |",
        "| ours | 0.5000 |",
        "| theirs | FAILED: exit code 1 |",
    ]
    assert extract.by_language({"ours": rows}, pages[:3]) == []


@pytest.fixture
def score() -> ModuleType:
    if not SCORER.is_file():
        pytest.skip("../shared/evals/extraction/score.py is not beside the repository: nothing can be scored")
    return load_scorer(SCORER)


def test_the_figures_are_those_of_the_scorer(score: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"ours": ["ferry store", ""], COST_OF.name: ["ferry", "store"], GAIN_OVER.name: ["ferry", "store"]}
    seconds = {"ours": 0.25, COST_OF.name: 0.5, GAIN_OVER.name: 0.1}
    ran = {
        name: Run([Answer({"text": text, "title": text}, seconds[name], "" if text else "E: no") for text in of])
        for name, of in texts.items()
    }
    monkeypatch.setattr(extract, "run", lambda *_: {**ran, "theirs": Run(missing="NOT INSTALLED: no module")})
    pages = [
        page("", gold_text="ferry store", gold_title="Ferry: store", gold_date="2026-03-02"),
        page("", gold_text="store", dataset="wcxb"),
    ]
    scores = extract.scored([], pages, score, NOWHERE)
    assert extract.sets(pages) == {"WCXB articles": [1], "AEB": [0], "all pages": [0, 1]}
    found = extract.measured(scores, [0])
    assert found["ours"] == Figures(
        pages=1,
        f1=1.0,
        precision=1.0,
        recall=1.0,
        gain=(1 - 2 / 3, 1 - 2 / 3, 1 - 2 / 3),
        title=1.0,
        date=None,
        author=None,
        empty=0,
        errors=0,
        cpu_ms=250.0,
        share_of_cost=0.5,
    )
    assert found["theirs"] == "NOT INSTALLED: no module"
    whole = extract.measured(scores, [0, 1])
    told = ("pages", "f1", "empty", "errors", "title")
    assert {name: [getattr(whole[name], key) for key in told] for name in texts} == {
        "ours": [2, 0.5, 1, 1, 1.0],
        COST_OF.name: [2, pytest.approx(5 / 6), 0, 0, 0.0],
        GAIN_OVER.name: [2, pytest.approx(5 / 6), 0, 0, 0.0],
    }
    base = whole[GAIN_OVER.name]
    assert isinstance(base, Figures)
    assert base.gain is None
    with pytest.raises(SystemExit, match=f"nothing can be set beside {COST_OF.name}: FAILED"):
        extract.measured({**scores, COST_OF.name: "FAILED"}, [0])


def test_without_the_data_the_command_says_what_to_name(tmp_path: Path) -> None:
    told = [sys.executable, "-m", "benchmarks.extract", "--data", str(tmp_path / "none.parquet")]
    done = subprocess.run(told, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path / 'none.parquet'} is not on this machine; name another with --data\n"

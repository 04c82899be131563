"""The systems that fold is compared with, where installed; how they are run; the tables; the invented articles."""

import re
import subprocess
import sys
from collections import Counter
from inspect import signature
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import fold, fold_peers
from benchmarks.fold import ARTICLES, KINDS, NAMES, Outcome, Step
from benchmarks.fold_corpus import articles
from benchmarks.fold_systems import PEERS_PYTHON, TUNED, Place, Run, System, peer, run, systems
from benchmarks.measured import Cost
from benchmarks.strip import load_scorer

SCORER = ARTICLES.parents[1] / "evals" / "dedup" / "score.py"
FERRY = (
    "The ferry Marta left the harbour of Lunow at eight on Monday with ninety people on board, the harbour office "
    "said. Her engine had failed off the lighthouse, and two tugs brought the ship back before noon."
)
STORE = (
    "Nobody in Vellmar wants to see the old grain store sold, and so its council has voted to mend the roof with "
    "what the summer fair brought in. Work begins in April and will last until the first frost of the year."
)


def corpus(folder: Path, *texts: str) -> Path:
    file = folder / "articles.parquet"
    names = [f"d{n}" for n in range(len(texts))]
    pq.write_table(pa.table({"doc_id": names, "title": [""] * len(texts), "text": list(texts)}), file)
    return file


def by_first_word(table: pa.Table, *, letters: int = 99) -> fold_peers.Stories:
    """Stand in for a system: one story per first word, none for a text of nothing."""
    words = zip(table["doc_id"].to_pylist(), (text.split()[:1] for text in table["text"].to_pylist()), strict=True)
    found = [(doc, first[0][:letters]) for doc, first in words if first]
    return [doc for doc, _ in found], [story for _, story in found]


def by_first_row(table: pa.Table) -> fold_peers.Stories:
    """Stand in for a system that depends on the order: the first row is a story by itself."""
    return table["doc_id"].to_pylist(), ["first", *["others"] * (table.num_rows - 1)][: table.num_rows]


def broken(table: pa.Table) -> fold_peers.Stories:
    """Stand in for a system that cannot do it."""
    raise ValueError(f"{table.num_rows} rows are too many")


def stand_in(name: str, **settings: object) -> System:
    return System(name, f"tests.test_fold_benchmark:{name}", settings, is_peer=False)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(PEERS_PYTHON, tmp_path)


@pytest.mark.parametrize("name", TUNED)
def test_a_peer_joins_what_is_the_same_and_nothing_else(name: str, place: Place) -> None:
    if not PEERS_PYTHON.is_file():
        pytest.skip(f"{PEERS_PYTHON} is not there: no peer can be run; `make peers` installs them")
    texts = (FERRY, STORE, FERRY, "", "Short.", "")
    found = run(peer(name, {}, "default"), corpus(place.folder, *texts), place)
    assert (found.missing, found.stories[:3]) == ("", ["0", "1", "0"])
    assert not {found.stories[4], *found.stories[3:6:2]} & {"0", "1"}


def test_a_system_answers_for_each_row_in_the_order_of_the_corpus(place: Place) -> None:
    file = corpus(place.folder, "ferry a", "store", "", "ferry b", "stop")
    found = run(stand_in("by_first_word", letters=3), file, place, shuffled=True)
    assert found.stories == ["fer", "sto", "alone: d2", "fer", "sto"]
    assert found.shuffled == found.stories
    assert found.cost
    assert 10 < found.cost.held_mib <= found.cost.peak_mib


def test_a_start_answers_for_nothing(place: Place) -> None:
    found = run(stand_in("by_first_word"), corpus(place.folder, FERRY), place, start_only=True)
    assert (found.stories, found.cost and found.cost.work) == ([], 0)


def test_a_system_that_fails_says_why(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    found = run(stand_in("broken"), corpus(place.folder, FERRY, STORE), place)
    assert found == Run(missing="FAILED: ValueError: 2 rows are too many")
    assert capfd.readouterr().err == "broken: FAILED: ValueError: 2 rows are too many\n"


def test_a_peer_that_is_not_installed_is_named(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    file = corpus(place.folder, FERRY)
    nowhere = Place(place.folder / "python", place.folder)
    why = f"NOT INSTALLED: there is no {nowhere.peers_python}; `make peers` makes it, --peers names another"
    assert run(peer("rensa", {}, "default"), file, nowhere) == Run(missing=why)
    elsewhere = System("absent", "benchmarks.absent:system", is_peer=False)
    absent = "NOT INSTALLED: No module named 'benchmarks.absent'"
    assert run(elsewhere, file, place) == Run(missing=absent)
    assert capfd.readouterr().err == f"rensa, default: {why}\nabsent: {absent}\n"


def test_each_peer_runs_at_its_default_and_at_its_best() -> None:
    assert [system.name for system in systems(["gaoya", "copydesk"])] == [
        "copydesk",
        "gaoya, default",
        "gaoya, tuned",
    ]
    assert [system.name for system in systems(NAMES, defaults=False)] == [
        "copydesk",
        *(f"{name}, tuned" for name in ("datasketch", "rensa", "gaoya", "text_dedup", "datatrove")),
    ]


@pytest.mark.parametrize("name", TUNED)
def test_the_best_settings_are_among_those_that_were_tried(name: str) -> None:
    tried = list(fold.combinations(name))
    assert TUNED[name] in tried
    known = set(signature(getattr(fold_peers, name)).parameters)
    assert [settings for settings in tried if not set(settings) <= known] == []


def test_words_are_cut_at_blanks() -> None:
    assert fold_peers._grams("One two\n three ", 1, lowercase=True) == ["one", "two", "three"]
    assert fold_peers._grams("One two\n three ", 2, lowercase=False) == ["One two", "two three"]
    assert fold_peers._grams("One two", 3, lowercase=False) == ["One two"]


def test_pairs_tie_rows_to_the_smallest() -> None:
    table = pa.table({"doc_id": list("abcdef")})
    assert fold_peers._stories(table, [(4, 2), (2, 1), (5, 4)]) == (list("abcdef"), ["0", "1", "1", "3", "1", "1"])


def scored() -> Outcome:
    metrics = {
        **dict.fromkeys(("pair_f1", "pair_precision", "pair_recall", "hardneg_clean_all"), 0.5),
        "docs": 7_000,
        "cpu_s_per_10k": 1.25,
        "order_stable": True,
        "attached_n": {"wire1": 1, "wire2": 3, "mirrored": 2},
        "attached_by_kind": {"wire1": 1.0, "wire2": 0.5, "mirrored": 0.25},
        "hardneg_clean": {"template_weather": 0.75, "shared_quotes": 1.0},
    }
    return Outcome(metrics, Run(cost=Cost(start=0.25, work=9.0, wall=9.0, held_mib=123, peak_mib=4321)))


def test_the_tables_name_each_system_and_say_why_one_did_not_run() -> None:
    ours = Outcome({**scored().metrics, "first_start": 23.4}, scored().run)
    outcomes = {"ours": ours, "theirs": Outcome({}, Run(missing="NOT INSTALLED: no module"))}
    table = fold.headline(outcomes)
    assert table[0] == "7,000 articles"
    assert table[2] == "start: CPU s until warm; a start that compiles every kernel: 23.4"
    assert table[-2:] == [
        "| ours | 0.500 | 0.500 | 0.500 | 0.500 | same | 1.25 | 0.2 | 4,321 | 123 |",
        "| theirs | NOT INSTALLED: no module |",
    ]
    kinds = [*KINDS, "other"]
    share = {"wire": "0.625", "other": "0.250"}
    assert fold.by_kind(outcomes)[-4:] == [
        f"| system | {' | '.join(kinds)} |",
        f"| {' | '.join(['---'] * (len(kinds) + 1))} |",
        f"| ours | {' | '.join(share.get(kind, '–') for kind in kinds)} |",
        f"| theirs | {' | '.join(['–'] * len(kinds))} |",
    ]
    assert fold.by_family(outcomes)[-4:] == [
        "| system | shared quotes | weather |",
        "| --- | --- | --- |",
        "| ours | 1.000 | 0.750 |",
        "| theirs | – | – |",
    ]


@pytest.fixture
def score() -> ModuleType:
    if not SCORER.is_file():
        pytest.skip("../shared/evals/dedup/score.py is not beside the repository: nothing can be scored")
    return load_scorer(SCORER)


def test_the_figures_are_those_of_the_scorer(place: Place, score: ModuleType) -> None:
    labelled = pq.read_table(corpus(place.folder, "ferry a", "ferry b", "store", "store it"))
    for name, values in {
        "story": ["a", "a", "b", "c"],
        "kind": ["base", "wire1", "single", "single"],
        "family": [""] * 4,
    }.items():
        labelled = labelled.append_column(name, pa.array(values))
    pq.write_table(labelled, place.folder / "labelled.parquet")
    asked = [stand_in("by_first_word"), stand_in("by_first_row")]
    outcomes = fold.compare(asked, place.folder / "labelled.parquet", score, place)
    names = ("docs", "pair_precision", "pair_recall", "attached_by_kind", "hardneg_clean_all", "order_stable")
    assert {name: [outcome.metrics[key] for key in names] for name, outcome in outcomes.items()} == {
        "by_first_word": [4, 0.5, 1.0, {"wire1": 1.0}, 0.0, True],
        "by_first_row": [4, 0.0, 0.0, {"wire1": 0.0}, 0.0, False],
    }


def test_growth_leaves_out_what_would_take_too_long(
    place: Place, score: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fold, "STEPS", (Step(50, 20), Step(100, 20)))
    monkeypatch.setattr(fold, "OURS", (*fold.STEPS, Step(200, 10)))
    monkeypatch.setattr(fold, "MOST_CPU_SECONDS", 0)
    first, second = fold.growth([stand_in("by_first_word")], score, place)
    assert {name: first[name] for name in ("system", "articles", "words")} == {
        "system": "by_first_word",
        "articles": 50,
        "words": 20,
    }
    assert first["cpu_s_per_10k"] == pytest.approx(first["work"] * 200)
    assert second["missing"].startswith("left out: ")
    table = fold.growth_table([first, second])
    assert table[-1] == f"| by_first_word | 100 | 20 | {second['text_mb']:.1f} | {second['missing']} |"
    assert table[-2].startswith("| by_first_word | 50 | 20 | ")


def test_without_the_data_the_command_says_what_to_name(tmp_path: Path) -> None:
    told = [sys.executable, "-m", "benchmarks.fold", "--data", str(tmp_path / "none.parquet")]
    done = subprocess.run(told, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path / 'none.parquet'} is not on this machine; name another with --data\n"


def test_invented_articles_are_the_same_for_the_same_arguments() -> None:
    made = articles(40, 30, seed=3)
    assert made.equals(articles(40, 30, seed=3))
    assert not made.equals(articles(40, 30, seed=4))
    assert made.schema.names == ["doc_id", "title", "text", "site", "published", "lang", "story"]
    assert made["doc_id"].to_pylist() == [f"d{n:07d}" for n in range(40)]
    assert [column.null_count for column in made.columns] == [0] * 7
    assert articles(1, 30).num_rows == 1


def test_invented_articles_are_sentences() -> None:
    made = articles(200, 60)
    sentence = r"(?:[A-Z][a-z]*|[0-9]+)(?:,? [A-Za-z0-9]+)*,?\."
    text = re.compile(rf"{sentence}(?:[ \n]{sentence})*")
    wrong = [one for one in made["text"].to_pylist() if not text.fullmatch(one)]
    assert wrong == []
    titles = [title for title in made["title"].to_pylist() if not re.fullmatch(r"[A-Z0-9]\S*( \S+){7}", title)]
    assert titles == []


def test_three_invented_articles_in_ten_are_copies() -> None:
    made = articles(1_000, 200)
    texts: dict[str, list[Counter[str]]] = {}
    for story, text in zip(made["story"].to_pylist(), made["text"].to_pylist(), strict=True):
        texts.setdefault(story, []).append(Counter(text.split()))
    assert len(texts) == 700
    shares = [
        (one & other).total() / max(one.total(), other.total())
        for one, *others in texts.values()
        for other in others
    ]
    assert len(shares) == 300
    assert 0.7 < sum(shares) / len(shares) < 0.9  # of the longer, in common


def test_invented_articles_share_sequences_of_words_as_news_do() -> None:
    made = articles(1_000, 432)
    first = dict(zip(reversed(made["story"].to_pylist()), reversed(made["text"].to_pylist()), strict=True))
    in_texts: Counter[tuple[str, ...]] = Counter()
    for text in first.values():
        words = text.casefold().replace(",", "").replace(".", "").split()
        in_texts.update(set(zip(words, words[1:], words[2:], strict=False)))
    shared = sum(count for count in in_texts.values() if count > 1) / in_texts.total()
    assert 0.10 < shared < 0.16  # 700 news texts: between 11 % (500) and 15 % (1,000)

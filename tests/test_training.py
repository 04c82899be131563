"""Training: the same data gives the same file, no site judges itself, and the file says what the library said."""

from __future__ import annotations

import json
import random
from pathlib import Path

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training import ingredients
from training.__main__ import main
from training.data import BOILERPLATE, CONTENT, OTHER, function_words, read
from training.learn import Learner, write
from transforms import model_file, rule_files
from transforms.kernels.line_scores import columns

PLACES = ("Alwen", "Borrow", "Carne", "Dunmore", "Esk", "Farrow", "Gannet", "Holm")
FURNITURE = ("Subscribe", "Most read", "About us", "Share this", "Log in", "Weather", "Puzzles", "Terms of use")


def scrapes(folder: Path) -> Path:
    """Give a Parquet file of 40 invented scrapes of 20 sites."""
    chance = random.Random(5)  # noqa: S311 - not for secrets
    rows = []
    for number in range(40):
        place = chance.choice(PLACES)
        story = [
            f"The council of {place} met on day {n} of the month and agreed to mend {chance.randrange(90)} bridges."
            for n in range(chance.randrange(4, 9))
        ]
        tail = chance.sample(FURNITURE, 5)
        rows.append({
            "doc_id": f"d{number}",
            "site": f"site{number % 20}.example",
            "source": "invented",
            "scrape": "readability",
            "title": "" if number % 3 else f"{place} mends its bridges",
            "text": "\n".join([*story, "", *tail]),
            "labels": ["content"] * len(story) + ["blank"] + ["boilerplate"] * 5,
        })  # fmt: skip
    file = folder / "scrapes.parquet"
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    assert main([str(scrapes(folder)), "--out", str(folder / "a.npz"), "--folds", str(folder / "folds")]) == 0
    return folder


def test_the_same_data_gives_the_same_file(tmp_path: Path) -> None:
    file = scrapes(tmp_path)
    for name in ("a.npz", "b.npz"):
        learner = Learner.of(read(file, rule_files.load()), ["the", "of"])
        write(tmp_path / name, {"version": 0}, learner, *learner.without(-1))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_file_tells_its_data_and_its_figures(trained: Path) -> None:
    about = model_file.load(trained / "a.npz").about
    assert about["data"]["scrapes"] == 40
    assert about["data"]["sites"] == 20
    assert about["rules"] == rule_files.load().digest
    assert about["news of unseen sites"]["rules and classifier"]["line_recall"] > 0.9


def test_every_site_belongs_to_one_part_and_the_parts_are_of_equal_size(trained: Path) -> None:
    fold_of = json.loads((trained / "folds" / "sites.json").read_text())
    assert sorted(fold_of) == sorted({f"site{n}.example" for n in range(20)})
    assert sorted(fold_of.values()) == sorted([0, 1, 2, 3, 4] * 4)


def test_no_site_teaches_the_classifier_that_judges_it(tmp_path: Path) -> None:
    file = scrapes(tmp_path)
    rows = pq.read_table(file).to_pylist()
    seen = Learner.of(read(file, rule_files.load()), ["the", "of"])
    for row in rows:  # the same scrapes, but the sites of one part say the opposite
        if seen.scrapes.fold[seen.scrapes.text == rows.index(row)][0] == 2:
            other = {"content": "boilerplate", "boilerplate": "content"}
            row["labels"] = [other.get(label, label) for label in row["labels"]]
    pq.write_table(pa.Table.from_pylist(rows), file)
    turned = Learner.of(read(file, rule_files.load()), ["the", "of"])
    for one, two in zip(seen.without(2), turned.without(2), strict=True):
        assert all(np.array_equal(value, vars(two)[name]) for name, value in vars(one).items())
    assert not np.array_equal(seen.without(1)[0].weights, turned.without(1)[0].weights)


def test_labels_are_read_line_by_line(tmp_path: Path) -> None:
    read_ = read(scrapes(tmp_path), rule_files.load())
    first = read_.label[read_.text == 0].tolist()
    assert first == [CONTENT] * (len(first) - 6) + [OTHER] + [BOILERPLATE] * 5


def test_the_flat_trees_say_what_the_library_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = []
    fit = lightgbm.LGBMClassifier.fit

    def remember(self: object, *args: object, **options: object) -> object:
        fitted.append(fit(self, *args, **options))
        return fitted[-1]

    monkeypatch.setattr(lightgbm.LGBMClassifier, "fit", remember)
    learner = Learner.of(read(scrapes(tmp_path), rule_files.load()), function_words())
    wording, trees = learner.without(-1)
    numbers = learner.rows(wording.of(learner.said))
    expected = fitted[-1].booster_.predict(numbers)
    assert learner.score(wording, trees) == pytest.approx(expected, abs=1e-5)


def test_the_ingredients_part_the_numbers_of_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    kinds = tuple(sorted({rule.kind for rule in rule_files.load().ordered}))
    names = columns(kinds)
    parts = [
        ingredients.mask(names, [group, "neighbours"]) for group in ingredients.GROUPS if group != "neighbours"
    ]
    assert np.sum(parts, axis=0).tolist() == [1] * len(names)
    alone = [ingredients.mask(names, [group]) for group in ingredients.GROUPS if group != "neighbours"]
    assert [name for name, is_in in zip(names, np.any(alone, axis=0), strict=True) if not is_in] == [
        name for name in names if "[" in name
    ]
    assert ingredients.main([str(scrapes(tmp_path))]) == 0
    table = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0] for row in table] == [
        "title and rules",
        "classifier: shape of the line",
        "+ wording",
        "+ place in the text",
        "+ rules that match",
        "+ neighbours",
        "+ title and rules decide too",
        "+ paragraphs it doubts do not hide the end (strip)",
        "strip with one cutoff, however long the line",
        *(f"strip without {group}" for group in ingredients.GROUPS),
    ]
    assert all(float(share) > 0.99 for share in table[7][1:5])  # these scrapes are easy

"""Training of the page classifiers: the same pages give the same bytes, and no host teaches its own judge."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training import pages as training
from transforms import model_file, page_tree
from transforms.answers import answers
from transforms.page_classifier import CUT, LAYOUT, PageClassifier

PLACES = ("Alwen", "Borrow", "Carne", "Dunmore", "Esk", "Farrow", "Gannet", "Holm")
MENU = ("Subscribe", "Most read", "About us", "Share this", "Log in", "Weather", "Puzzles", "Terms of use")
SMALL = {"TREES": 20, "FOLDS": 3, "SLOTS": 1 << 10}  # enough for two dozen pages, and quick


def invented(number: int) -> dict[str, Any]:
    """Give one page of twelve hosts, with its gold text."""
    chance = random.Random(number)  # noqa: S311 - not for secrets
    place = chance.choice(PLACES)
    story = [
        f"The council of {place} met on day {n} of the month and agreed to mend {chance.randrange(90)} bridges."
        for n in range(chance.randrange(6, 12))
    ]
    menu = "".join(f"<li><a href='/{n}'>{name}</a></li>" for n, name in enumerate(chance.sample(MENU, 6)))
    html = (
        f"<html><head><title>{place} mends its bridges</title></head><body><nav class=menu><ul>{menu}</ul></nav>"
        f"<h1>{place} mends its bridges</h1>{''.join(f'<p>{line}</p>' for line in story)}"
        f"<footer class=footer>{menu}<p>© 2026 {place} Post</p></footer></body></html>"
    )
    return {
        "dataset": ("aeb", "wcxb")[number % 2],
        "page_id": f"p{number}",
        "url": f"https://www.host{number % 12}.example/{number}",
        "html": html.encode(),
        "gold_text": "\n".join(story),
    }


def stored(file: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows)), file)
    return file


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(f"training.pages.{name}", value)
        yield


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, small: None) -> Path:  # noqa: ARG001 - what it does is wanted
    folder = tmp_path_factory.mktemp("training") / "a"
    trained(folder, [invented(number) for number in range(24)])
    return folder


def trained(folder: Path, rows: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """Give the files that these pages teach, by their names."""
    folder.mkdir()
    (folder / "models").mkdir()
    file = stored(folder / "pages.parquet", rows)
    assert training.main([str(file), "--out", str(folder / "models"), "--folds", str(folder / "folds")]) == 0
    return made(folder)


def made(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*/*"))}


def test_the_same_pages_give_the_same_files_and_no_host_teaches_the_part_that_judges_it(
    tmp_path: Path, once: Path
) -> None:
    rows = [invented(number) for number in range(24)]
    first = made(once)
    parts = [f"pages_{name}_{fold}.npz" for name in ("best", "fast") for fold in range(3)]
    assert sorted(first) == sorted([*parts, "pages_best.npz", "pages_fast.npz", "hosts.json"])
    assert trained(tmp_path / "b", rows) == first

    fold_of = json.loads(first["hosts.json"])
    assert sorted(fold_of) == sorted(f"host{n}.example" for n in range(12))
    held = fold_of["host3.example"]
    for row in rows:  # the same pages, but the hosts of one part say the opposite
        if fold_of[row["url"].split("/")[2].removeprefix("www.")] == held:
            row["gold_text"] = "\n".join(MENU)
    trained(tmp_path / "c", rows)
    for name in ("best", "fast"):
        for fold in range(3):
            same = learned(once / "folds", name, fold) == learned(tmp_path / "c" / "folds", name, fold)
            assert same == (fold == held)


def learned(folder: Path, name: str, fold: int) -> dict[str, list[float]]:
    """Give what a file holds beside the digest of its data."""
    with np.load(folder / f"pages_{name}_{fold}.npz") as held:
        return {key: held[key].tolist() for key in held.files if key != "about"}


def test_a_trained_file_is_read_and_judges(once: Path) -> None:
    for name, asked in (("best", ("resiliparse", "readability")), ("fast", ("resiliparse",))):
        found: PageClassifier = model_file.load_pages(once / "models" / f"pages_{name}.npz")
        assert found.answers == asked
        assert (found.about["version"], found.about["data"]["pages"], found.about["hosts left out"]) == (
            LAYOUT, 24, False
        )  # fmt: skip
        page = invented(30)
        html = page["html"].decode()
        tree = page_tree.parse(html)
        outline, title = page_tree.outline_of(tree), page_tree.title_of(tree)
        opinion = found.judge(outline, title, answers(html, asked))
        kept = [line for line, score in zip(opinion.text.split("\n"), opinion.scores, strict=True) if score < CUT]
        assert "\n".join(kept) == page["gold_text"]

"""Folding night after night: the same tables in any order of editions, and old texts left unread."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk import folding
from copydesk.checksums import SHEET
from copydesk.settings import Settings
from copydesk.store import Staged, Store, put_tables
from tests.test_fold import cut, prose, rewritten
from transforms.errors import StoreError
from transforms.fingerprint import fingerprint
from transforms.fold import blocks, index, nodes, tables
from transforms.fold import fold as fold_at_once
from transforms.fold.blocks import align_some
from transforms.fold.tables import Folded, _Ties
from transforms.fold.texts import Lists
from transforms.kernels.align import COLUMNS
from transforms.schemas import COMPARISONS

DAY = dt.date(2026, 3, 1)
SCHEMA = pa.schema(
    {
        "article_id": pa.string(),
        "edition": pa.date32(),
        "site": pa.string(),
        "canonical_url": pa.string(),
        "title": pa.string(),
        "body": pa.large_string(),
        "is_stub": pa.bool_(),
        "is_overcut": pa.bool_(),
    }
)


def article(article_id: str, body: str, **more: Any) -> dict[str, Any]:
    plain = dict.fromkeys(SCHEMA.names) | {"is_stub": len(body) < 20, "is_overcut": False}
    return plain | {"article_id": article_id, "body": body} | more


class Nights:
    """A store whose editions are given by hand."""

    def __init__(self, root: Path, **told: Any) -> None:
        self.store, self.settings = Store(root), Settings(root, workers=2, **told)
        self.editions: dict[int, Staged] = {}

    def bring(self, night: int, *shards: Sequence[dict[str, Any]]) -> None:
        """Stage an edition as shards of articles, in place of what it was."""
        day = DAY + dt.timedelta(night)
        keys = []
        for rows in shards:
            table = pa.Table.from_pylist([row | {"edition": day} for row in rows], SCHEMA)
            key = f"{night:03d}-" + folding.digest(str(table.to_pylist()))
            put_tables(self.store.shard(key), {"articles": table})
            keys.append(key)
        self.editions[night] = Staged(day.isoformat(), 0, 0, 0, "", "", shards=tuple(sorted(keys)))

    def fold(self) -> Folded:
        return folding.fold(self.store, list(self.editions.values()), self.settings)

    def files(self, *folders: str) -> dict[str, bytes]:
        """Give the bytes of what folding keeps, by path."""
        found = [file for name in folders for file in (self.store.stage / name).rglob("*.*")]
        found = [file for file in found if not file.name.endswith(SHEET)]
        return {file.relative_to(self.store.stage).as_posix(): file.read_bytes() for file in found}

    def at_once(self) -> Folded:
        """Fold all articles in one go."""
        keys = [key for staged in self.editions.values() for key in staged.shards]
        tables = [fingerprint(pq.read_table(self.store.shard(key) / "articles.parquet")) for key in keys]
        window, priority = self.settings.fold_window, self.settings.outlet_priority
        return fold_at_once(pa.concat_tables(tables), window=window, priority=priority)


def story(folded: Folded) -> dict[str, str]:
    members = folded.members
    return dict(zip(members["article_id"].to_pylist(), members["story_id"].to_pylist(), strict=True))


def same(one: Folded, other: Folded) -> bool:
    return bool(one.pairs.equals(other.pairs) and one.members.equals(other.members))


def corpus() -> list[dict[str, Any]]:
    """Give some of everything: copies, excerpts, updates, chains, a crowd, a round-up, versions, stubs."""
    rows = []
    for seed in range(4):
        text = prose(seed, 150)
        url = f"https://www.a.example/{seed}"
        rows += [
            article(f"{seed}copy", text, title="Dam near Lunow closed", canonical_url=url, site="a.example"),
            article(f"{seed}same", text, title="Dam near Lunow closed today", site="b.example"),
            article(f"{seed}capital", text.upper(), site="c.example"),
            article(f"{seed}rewritten", rewritten(text, 9), title="Lunow"),
            article(f"{seed}head", cut(text, 0, 50)),
            article(
                f"{seed}grown", text + " " + prose(50 + seed, 60), canonical_url=url + "#top", site="a.example"
            ),
        ]
    rows.append(article("roundup", " ".join(cut(prose(seed, 150), 0, 100) for seed in range(4))))
    chain = prose(99, 700)
    rows += [article(f"chain{at}", cut(chain, 50 * at, 50 * at + 150)) for at in range(8)]
    rows += [article(f"crowd{at:02d}", rewritten(prose(77, 90), 20 + at)) for at in range(40)]
    return [*rows, article("stub", "Read more"), article("empty", "")]


CORPUS = corpus()


@settings(deadline=None, max_examples=15)
@given(st.randoms(use_true_random=False), st.integers(1, 5), st.integers(0, 6))
def test_any_order_of_editions_and_any_shards_give_what_folding_at_once_gives(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random, count: int, window: int
) -> None:
    dealt: dict[int, list[dict[str, Any]]] = {night: [] for night in range(count)}
    for row in CORPUS:
        for night in chance.sample(range(count), chance.choice([1, 1, 1, min(2, count)])):
            dealt[night].append(row)  # some come on two nights
    nights = Nights(tmp_path_factory.mktemp("nights"), fold_window=window)
    others = Nights(tmp_path_factory.mktemp("others"), fold_window=window)
    for night in chance.sample(sorted(dealt), count):
        rows = chance.sample(dealt[night], len(dealt[night]))
        at = chance.randrange(len(rows) + 1)
        nights.bring(night, rows[:at], rows[at:])
        found = nights.fold()
    for night, rows in dealt.items():
        others.bring(night, rows)
    assert same(found, others.fold())
    assert same(found, others.at_once())


def test_a_late_older_edition_gives_what_the_order_of_days_gives(tmp_path: Path) -> None:
    in_order, late = Nights(tmp_path / "a"), Nights(tmp_path / "b")
    shards = {night: CORPUS[night::3] for night in range(3)}
    for nights, order in ((in_order, (0, 1, 2)), (late, (2, 0, 1))):
        for night in order:
            nights.bring(night, shards[night])
            folded = nights.fold()
        assert same(folded, in_order.fold())
    assert late.files("index", "alignments") == in_order.files("index", "alignments")


def test_a_night_reads_the_tokens_of_candidates_only(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.bring(0, [article(f"old{seed}", prose(seed, 150)) for seed in range(5)])
    nights.bring(1, [article(f"older{seed}", prose(10 + seed, 150)) for seed in range(5)])
    nights.fold()
    before = nights.files("index", "alignments")
    for file in (nights.store.stage / "fingerprints").rglob("*.arrow"):
        file.write_bytes(b"whoever reads this fails")
    nights.bring(2, [article(f"new{seed}", prose(20 + seed, 150)) for seed in range(5)])
    assert len(set(story(nights.fold()).values())) == 15
    assert before.items() <= nights.files("index", "alignments").items()
    nights.bring(3, [article("copy", prose(2, 150))])
    assert story(nights.fold())["copy"] == "old2"  # the same tokens: nothing to read
    nights.bring(4, [article("rewritten", rewritten(prose(2, 150), 9))])
    with pytest.raises(StoreError, match=r"damaged .* delete .* and run again"):
        nights.fold()


@pytest.mark.parametrize(("window", "stories"), [(4, 2), (5, 1)])
def test_near_copies_are_found_within_the_window_and_copies_at_any_distance(
    tmp_path: Path, window: int, stories: int
) -> None:
    nights = Nights(tmp_path, fold_window=window)
    nights.bring(0, [article("first", prose(1, 150))])
    nights.bring(5, [article("near", rewritten(prose(1, 150), 9))])
    nights.bring(900, [article("same", prose(1, 150))])
    found = story(nights.fold())
    assert (found["same"], len(set(found.values()))) == ("first", stories)


def test_a_story_keeps_its_oldest_name_when_a_later_night_joins_two(tmp_path: Path) -> None:
    nights, text = Nights(tmp_path), prose(1, 400)
    nights.bring(1, [article("b", cut(text, 0, 220)), article("a", cut(text, 180, 400))])
    assert story(nights.fold()) == {"a": "a", "b": "b"}
    nights.bring(2, [article("0", text)])
    assert story(nights.fold()) == {"0": "a", "a": "a", "b": "a"}
    nights.bring(0, [article("z", text + " And more.")])
    assert story(nights.fold()) == {"0": "z", "a": "z", "b": "z", "z": "z"}


def test_an_article_that_comes_again_is_that_of_its_first_night(tmp_path: Path) -> None:
    nights, one, other = Nights(tmp_path), prose(1, 150), prose(2, 150)
    nights.bring(1, [article("a", one), article("copy of one", one)])
    nights.bring(2, [article("a", other), article("copy of other", rewritten(other, 20))])
    assert story(nights.fold()) == {"a": "a", "copy of one": "a", "copy of other": "copy of other"}
    nights.bring(0, [article("a", other)])
    assert story(nights.fold()) == {"a": "a", "copy of one": "copy of one", "copy of other": "a"}


def test_an_edition_made_anew_is_compared_anew(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.bring(0, [article("a", prose(1, 150))])
    nights.bring(1, [article("b", rewritten(prose(1, 150), 9))])
    assert set(story(nights.fold()).values()) == {"a"}
    nights.bring(0, [article("a", prose(2, 150))])
    assert set(story(nights.fold()).values()) == {"a", "b"}
    nights.bring(0, [article("a", rewritten(prose(1, 150), 12))])
    assert set(story(nights.fold()).values()) == {"a"}


def test_a_late_edition_is_compared_and_the_others_are_not_again(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    compared = mock.Mock(side_effect=blocks.compare)
    with mock.patch.object(folding, "compare", compared):
        for night, expected in ((1, 1), (2, 3), (0, 6), (0, 6)):
            nights.bring(night, CORPUS[night::3])
            nights.fold()
            assert compared.call_count == expected


def test_other_code_makes_everything_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nights = Nights(tmp_path)
    nights.bring(0, CORPUS)
    before, kept = nights.fold(), nights.files("fingerprints", "index", "alignments", "comparisons")
    monkeypatch.setattr(folding, "code_digest", lambda: "other")
    assert same(nights.fold(), before)
    assert len(nights.files("fingerprints", "index", "alignments", "comparisons")) == 2 * len(kept)


@pytest.mark.parametrize("damage", [b"", b"PAR1 nothing PAR1"])
def test_comparisons_save_work_and_change_nothing(tmp_path: Path, damage: bytes) -> None:
    nights = Nights(tmp_path)
    nights.bring(0, CORPUS)
    before = nights.fold()
    assert before.comparisons.num_rows > 0
    ((name, kept),) = nights.files("comparisons").items()
    with mock.patch.object(tables, "align_some", side_effect=AssertionError("aligned again")):
        assert same(nights.fold(), before)
    (nights.store.stage / name).write_bytes(damage)
    assert same(nights.fold(), before)
    assert nights.files("comparisons") == {name: kept}


def test_runs_of_pairs_side_by_side_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = Nights(tmp_path / "few"), Nights(tmp_path / "many")
    asked = mock.Mock(side_effect=align_some)
    monkeypatch.setattr(blocks, "align_some", asked)
    for nights in (few, many):
        nights.bring(0, CORPUS[::2])
        nights.bring(1, CORPUS[1::2])
        nights.fold()
        monkeypatch.setattr(blocks, "ALIGNED_AT_ONCE", 1_000)
    assert asked.call_count > 20
    assert few.files("alignments", "index") == many.files("alignments", "index")


def test_an_edition_without_articles_is_folded(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.editions[0] = Staged(DAY.isoformat(), 0, 0, 0, "", "")
    assert (nights.fold().members.num_rows, nights.fold().pairs.num_rows) == (0, 0)
    nights.bring(1, [], [article("a", prose(1, 50))])
    assert story(nights.fold()) == {"a": "a"}


def test_no_file_half_written_is_left(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.bring(0, CORPUS)
    nights.fold()
    assert [file for file in tmp_path.rglob("*") if file.name.startswith("staging-")] == []


def outlets(bodies: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [article(name, body, site=site) for name, site, body in bodies]


def test_the_outlet_that_is_preferred_leads(tmp_path: Path) -> None:
    text = prose(1, 150)
    given_rows = outlets([("a", "a.example", text + " More."), ("b", "b.example", text), ("c", "c.example", text)])
    leads = {}
    for name, priority in {
        "none": (),
        "one": ("c.example",),
        "two": ("x.example", "b.example", "c.example"),
    }.items():
        nights = Nights(tmp_path / name, outlet_priority=priority)
        nights.bring(0, given_rows)
        leads[name] = [row["article_id"] for row in nights.fold().members.to_pylist() if row["is_lead"]]
    assert leads == {"none": ["a"], "one": ["c"], "two": ["b"]}


TITLES = (None, "", "Dam near Lunow closed", "Dam near Lunow closed today by order", "Forecast for Oslo", "Lunow")
URLS = (None, None, "https://a.example/1", "https://www.a.example/1#x", "https://b.example/2")


def any_body(chance: random.Random) -> str:
    """Give something of a few texts: whole, cut, rewritten, grown, in capitals, a part of a chain, a headline."""
    text = prose(chance.randrange(4), chance.choice([14, 40, 90, 150, 400]))
    size, at = len(text.split()), 40 * chance.randrange(12)
    return chance.choice(
        [
            text,
            cut(text, chance.randrange(size) // 2, size - chance.randrange(size) // 4),
            rewritten(text, chance.choice([3, 5, 9, 20])),
            text.upper(),
            f"{text} {prose(chance.randrange(4), chance.choice([10, 60, 150]))}",
            " ".join(cut(prose(seed, 150), 0, 90) for seed in chance.sample(range(4), 3)),
            "Dam near Lunow closed",
            cut(prose(99, 900), at, at + chance.choice([120, 150, 180])),
        ]
    )


def any_articles(chance: random.Random) -> list[dict[str, Any]]:
    """Give some of forty articles, each with any text, title and URL."""
    rows = []
    for number in chance.sample(range(40), chance.randrange(15)):
        body = any_body(chance)
        more = {
            "title": chance.choice(TITLES),
            "canonical_url": chance.choice(URLS),
            "is_stub": len(body.split()) < 5,
        }
        rows.append(article(f"{number:02d}", body, **more, is_overcut=chance.random() < 0.1))
    return rows


def change(nights: Nights, chance: random.Random) -> None:
    """Bring or replace an edition, take one away, change a setting, or lose some of what folding keeps."""
    what = chance.choice(["bring", "bring", "bring", "remove", "window", "outlets", "lose"])
    if what == "bring" or not nights.editions:
        nights.bring(chance.randrange(6), any_articles(chance))
    elif what == "remove":
        nights.editions.pop(chance.choice(sorted(nights.editions)))
    elif what == "window":
        nights.settings = replace(nights.settings, fold_window=chance.randrange(7))
    elif what == "outlets":
        nights.settings = replace(nights.settings, outlet_priority=chance.choice([(), ("b.example",)]))
    else:
        for name in ("fingerprints", "index", "alignments", "comparisons"):
            for path in sorted((nights.store.stage / name).glob("*")):
                if chance.random() < 0.4:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


@settings(deadline=None, max_examples=12)
@given(st.randoms(use_true_random=False))
def test_whatever_happened_before_the_tables_are_those_of_folding_at_once(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    nights = Nights(tmp_path_factory.mktemp("nights"), fold_window=chance.randrange(7))
    for _ in range(6):
        change(nights, chance)
        found = nights.fold()
        if nights.editions:
            assert same(found, nights.at_once())
        told = story(found)
        for pair in found.pairs.to_pylist():
            assert pair["left_id"] < pair["right_id"]
            assert told[pair["left_id"]] == told[pair["right_id"]]
            assert 0 <= pair["left_from"] <= pair["left_to"] <= 1
            assert 0 <= pair["right_from"] <= pair["right_to"] <= 1
        leads = [row["story_id"] for row in found.members.to_pylist() if row["is_lead"]]
        assert sorted(leads) == sorted(set(told.values()))


def test_a_short_text_under_another_title_on_another_night_is_no_pair_of_itself(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    texts = {f"{seed:02d}": prose(seed, 14) for seed in range(40)}
    nights.bring(0, [article(name, text, title="Dam near Lunow closed") for name, text in texts.items()])
    nights.bring(1, [article(name, text, title=f"Forecast for {name} Oslo") for name, text in texts.items()])
    assert (nights.fold().pairs.num_rows, set(story(nights.fold()).values())) == (0, set(texts))


def test_two_states_of_a_url_that_share_nothing_lie_nowhere_in_each_other(tmp_path: Path) -> None:
    nights, text, url = Nights(tmp_path), prose(1, 600), "https://a.example/live"
    for night in range(4):
        body = cut(text, 60 * night, 60 * night + 180 + 12 * (night == 3))
        nights.bring(night, [article(f"{night}", body, canonical_url=url if night in (0, 3) else None)])
    (ends,) = (row for row in nights.fold().pairs.to_pylist() if row["relation"] == "version")
    names = ("left_id", "right_id", "left_share", "left_from", "left_to", "right_from", "right_to")
    assert [ends[name] for name in names] == ["0", "3", 0, 0, 0, 0, 0]


def test_comparisons_of_a_text_that_is_gone_are_not_taken_for_others() -> None:
    rows = [article(f"{seed}", prose(seed, 100)) | {"edition": DAY} for seed in range(5)]
    made = index([fingerprint(pa.Table.from_pylist(rows, SCHEMA))])
    told = nodes([made.carriers])
    counts = pa.array([[7] * COLUMNS], pa.list_(pa.int32()))
    gone = pa.array([int(told.hashes.max()) + 1], pa.uint64())
    tokens = mock.Mock(return_value=Lists(np.arange(10, dtype=np.uint32), np.array([0, 5]), np.array([5, 10])))
    for short in range(1, 4):
        known = pa.table([pa.array(told.hashes[[short]]), gone, counts], schema=COMPARISONS)
        ties = _Ties(told, [], tokens, known)
        found = ties.compare(np.array([short - 1]), np.array([4]))
        assert found.counts[0].tolist() != [7] * COLUMNS
        assert ties.comparisons().num_rows == 1

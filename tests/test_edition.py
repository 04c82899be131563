import datetime as dt
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from copydesk import edition, models
from copydesk.settings import Settings
from copydesk.store import Store
from tests.in_process import in_process
from tests.made_warc import answer, crawl, members, record
from transforms import model_file
from transforms.errors import CheckError, StoreError, UsageError

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
SEEDS = Path(__file__).parent.parent.parent / "shared" / "seeds"
DAY = dt.date(2026, 3, 4)

ROOT = Path(__file__).parent.parent


def story(town: str, passengers: int) -> str:
    return (
        f"Ferry returns to {town}\n\n"
        f"The ferry left the harbour of {town} at eight with {passengers} people on board.\n\n"
        f"Its engine failed off the lighthouse, and two tugs brought the ship back to {town} before noon.\n\n"
        "Nobody was hurt, the harbour office said, and the line expects to sail again on Thursday.\n\n"
        "Leave a Reply\n"
    )


def feed(folder: Path, name: str, *towns: str) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [
        json.dumps({"url": f"https://www.{town.lower()}.example/ferry", "text": story(town, 80 + len(town))})
        for town in towns
    ]
    file = folder / name
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def digests(data: Path) -> dict[str, str]:
    """Give the SHA-256 of each published table, taken from the files themselves."""
    store = Store(data)
    folder = store.version_folder(store.current().version)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("*.parquet"))}


def ask(data: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(data / "published" / "news.duckdb"), read_only=True) as connection:
        return list(connection.execute(query).fetchall())


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    with in_process():
        yield


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data root of one edition of the whole sample, made by one worker."""
    data = tmp_path_factory.mktemp("sample")
    edition.run([SAMPLE], day=DAY, settings=Settings(data, workers=1))
    return data


def test_two_workers_and_another_order_of_inputs_give_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    nights = sorted((path for path in SAMPLE.iterdir() if path.is_dir()), reverse=True)
    edition.run(nights, day=DAY, settings=Settings(tmp_path, workers=2))
    assert digests(tmp_path) == digests(sample)


def test_the_same_edition_again_changes_nothing(sample: Path) -> None:
    before = digests(sample)
    report = edition.run([SAMPLE], day=DAY, settings=Settings(sample, workers=2))
    assert report.version == 1
    assert digests(sample) == before
    assert len(list((sample / "published" / "versions").iterdir())) == 1


def test_every_input_record_is_accounted_for(sample: Path) -> None:
    counts = "records = articles + repeated_records + repeated_pages + quarantined"
    assert ask(sample, f"select {counts} from editions") == [(True,)]


def test_an_edition_that_comes_again_with_other_pages_replaces_the_first(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    edition.run([feed(tmp_path / "in", "a.jsonl", "Lunow", "Torgelow")], day=DAY, settings=settings)
    report = edition.run([feed(tmp_path / "in", "a.jsonl", "Lunow", "Malchin")], day=DAY, settings=settings)
    assert report.version == 2
    assert ask(settings.data, "select site from articles order by site") == [
        ("lunow.example",),
        ("malchin.example",),
    ]


def test_editions_in_any_order_give_the_same_tables(tmp_path: Path) -> None:
    early, late = DAY, DAY + dt.timedelta(days=1)
    inputs = {
        early: [feed(tmp_path / "in", "a.jsonl", "Lunow", "Torgelow")],
        late: [feed(tmp_path / "in", "b.jsonl", "Torgelow", "Malchin")],
    }
    for name, days in (("up", (early, late)), ("down", (late, early))):
        for day in days:
            edition.run(inputs[day], day=day, settings=Settings(tmp_path / name, workers=1))
    assert digests(tmp_path / "up") == digests(tmp_path / "down")
    assert ask(tmp_path / "up", "select edition, articles, repeated_pages from editions order by 1") == [
        (early, 2, 0),
        (late, 1, 1),
    ]


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    inputs = [feed(tmp_path / "in", "a.jsonl", "Lunow")]
    with edition.opened(settings) as desk:
        assert "strip" in edition.clean(desk, edition.gather(desk, inputs, DAY)).cost
        assert "strip" not in edition.clean(desk, edition.gather(desk, inputs, DAY)).cost


def test_other_rules_judge_anew(tmp_path: Path) -> None:
    inputs = [feed(tmp_path / "in", "a.jsonl", "Lunow")]
    own = tmp_path / "rules"
    own.mkdir()
    (own / "own.toml").write_text(
        '[[rule]]\nid = "own.engine"\nkind = "share"\nlang = "en"\nwhere = "anywhere"\naction = "cut"\n'
        "match = 'its engine failed off.*'\n"
        "catches = ['Its engine failed off the pier.']\nspares = ['Its engine ran.']\n"
    )
    settings = Settings(tmp_path / "data", workers=1)
    edition.run(inputs, day=DAY, settings=settings)
    report = edition.run(inputs, day=DAY, settings=replace(settings, rules=(own,)))
    assert report.version == 2
    assert ask(settings.data, "select text from cuts where rule_id = 'own.engine'") == [
        ("Its engine failed off the lighthouse, and two tugs brought the ship back to Lunow before noon.",)
    ]


def test_an_edition_without_the_classifier_is_judged_by_rules_and_says_so(tmp_path: Path) -> None:
    text = (ROOT / "data/sample/2026-03-02/harborledger-library.txt").read_text(encoding="utf-8")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "library.txt").write_text(text, encoding="utf-8")
    settings = Settings(tmp_path / "data", workers=1)
    by_classifier = "select count(*) > 0, count(score) > 0 from cuts where rule_id = 'model.lines'"
    edition.run([folder], day=DAY, settings=settings)
    assert ask(settings.data, "select classifier_digest from editions") == [
        (model_file.classifiers("best").digest,)
    ]
    assert ask(settings.data, by_classifier) == [(True, True)]
    edition.run([folder], day=DAY, settings=replace(settings, classifier=False))
    assert ask(settings.data, "select classifier_digest from editions") == [("",)]
    assert ask(settings.data, by_classifier) == [(False, False)]


def test_a_failed_check_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    edition.run([feed(tmp_path / "in", "a.jsonl", "Lunow")], day=DAY, settings=settings)
    failure = models.Failure("empty_body", 1, {"article_id": "a1"})
    monkeypatch.setattr(models.Built, "check", lambda _built: [failure])
    with pytest.raises(CheckError, match="empty_body: 1 wrong rows, such as article_id='a1'"):
        edition.run([feed(tmp_path / "in", "a.jsonl", "Malchin")], day=DAY, settings=settings)
    assert Store(settings.data).current().version == 1
    assert ask(settings.data, "select site from articles") == [("lunow.example",)]


def test_a_missing_input_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        edition.run([tmp_path / "nowhere"], day=DAY, settings=Settings(tmp_path / "data"))
    assert not list((tmp_path / "data").rglob("*.parquet"))


def test_shards_that_are_gone_are_made_anew_from_their_pages(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    edition.run([feed(tmp_path / "in", "a.jsonl", "Lunow")], day=DAY, settings=settings)
    before = digests(settings.data)
    shutil.rmtree(settings.data / "stage" / "shards")
    edition.run([feed(tmp_path / "in", "b.jsonl", "Malchin")], day=DAY + dt.timedelta(1), settings=settings)
    assert ask(settings.data, "select site from articles order by site") == [
        ("lunow.example",),
        ("malchin.example",),
    ]
    edition.run(
        [feed(tmp_path / "in", "a.jsonl", "Lunow")], day=DAY, settings=Settings(tmp_path / "other", workers=1)
    )
    assert digests(tmp_path / "other") == before


def test_a_stage_without_pages_and_shards_is_named_with_the_remedy(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    edition.run([feed(tmp_path / "in", "a.jsonl", "Lunow")], day=DAY, settings=settings)
    shutil.rmtree(settings.data / "stage")
    with pytest.raises(StoreError, match="of edition 2026-03-04 is gone for good; make the editions anew"):
        edition.run([feed(tmp_path / "in", "b.jsonl", "Malchin")], day=DAY + dt.timedelta(1), settings=settings)


@pytest.mark.parametrize("pattern", ["index/*/carriers.parquet", "alignments/*/*.parquet"])
def test_a_damaged_file_of_folding_is_named_with_a_remedy_that_works(tmp_path: Path, pattern: str) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    inputs = [feed(tmp_path / "in", "a.jsonl", "Lunow")]
    before = edition.run(inputs, day=DAY, settings=settings)
    (file,) = (settings.data / "stage").glob(pattern)
    file.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(StoreError, match=r"\.parquet: damaged .* delete .* and run again") as caught:
        edition.run(inputs, day=DAY, settings=settings)
    (told,) = re.findall(r"delete (\S+) and run again", str(caught.value))
    shutil.rmtree(told) if Path(told).is_dir() else Path(told).unlink()
    assert edition.run(inputs, day=DAY, settings=settings).version == before.version


def test_a_damaged_version_is_not_taken_for_the_one_that_was_made(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    inputs = [feed(tmp_path / "in", "a.jsonl", "Lunow")]
    edition.run(inputs, day=DAY, settings=settings)
    before = digests(settings.data)
    (settings.data / "published" / "versions" / "000001" / "articles.parquet").write_bytes(b"flipped")
    assert edition.run(inputs, day=DAY, settings=settings).version == 2
    assert digests(settings.data) == before


def test_a_run_without_input_records_replaces_nothing(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    (tmp_path / "empty").mkdir()
    first = edition.run([tmp_path / "empty"], day=DAY, settings=settings)
    assert first.to_text() == "edition 2026-03-04: nothing to do, no input records; version 0 still holds"
    edition.run([feed(tmp_path / "in", "a.jsonl", "Lunow")], day=DAY, settings=settings)
    report = edition.run([tmp_path / "empty"], day=DAY, settings=settings)
    assert (report.version, report.articles) == (1, 0)
    assert ask(settings.data, "select site from articles") == [("lunow.example",)]


def test_files_that_are_no_input_are_told(tmp_path: Path) -> None:
    feed(tmp_path / "in", "a.jsonl", "Lunow")
    (tmp_path / "in" / "photo.jpg").write_bytes(b"x")
    report = edition.run([tmp_path / "in"], day=DAY, settings=Settings(tmp_path / "data", workers=1))
    assert report.skipped == (str(tmp_path / "in" / "photo.jpg"),)
    assert f"not read, no pages: 1 files or kinds of records such as {tmp_path}/in/photo.jpg" in report.to_text()


def test_what_is_no_page_in_an_input_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    missing = record("response", answer(b"gone", status="404 Not Found"), url="https://lunow.example/gone")
    (folder / "a.warc.gz").write_bytes(members([*crawl(2), missing, missing]))
    report = edition.run([folder], day=DAY, settings=Settings(tmp_path / "data", workers=1))
    assert (report.articles, report.skipped) == (2, (f"{folder}/a.warc.gz: HTTP status 404 (2 times)",))


def test_the_report_of_a_run_is_kept_with_the_version_that_it_made(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    inputs = [feed(tmp_path / "in", "a.jsonl", "Lunow")]
    edition.run(inputs, day=DAY, settings=settings)
    kept = (settings.data / "runs" / "000001.json").read_text()
    assert json.loads(kept)["cost"]["strip"] > 0
    edition.run(inputs, day=DAY, settings=settings)
    assert (settings.data / "runs" / "000001.json").read_text() == kept


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not SEEDS.is_dir():
        pytest.skip("the five founding texts (../shared/seeds) are not on this machine")
    data = tmp_path_factory.mktemp("seeds")
    edition.run([SEEDS], day=dt.date(2022, 1, 22), settings=Settings(data, workers=1))
    return data


def test_the_five_founding_texts_are_five_stories_without_quarantine(seeds: Path) -> None:
    query = "select articles, quarantined, (select count(*) from stories) as stories from editions"
    assert ask(seeds, query) == [(5, 0, 5)]


def test_a_shard_that_is_not_as_it_was_written_is_never_published(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", workers=1)
    inputs = [feed(tmp_path / "in", "a.jsonl", "Lunow")]
    before = edition.run(inputs, day=DAY, settings=settings)
    (file,) = settings.data.glob("stage/shards/*/articles.parquet")
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 1
    file.write_bytes(data)
    with pytest.raises(StoreError, match=r"not those that were written; nothing was published. `copydesk verify"):
        edition.run([feed(tmp_path / "in", "b.jsonl", "Malchin")], day=DAY + dt.timedelta(1), settings=settings)
    assert Store(settings.data).current().version == before.version

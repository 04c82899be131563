"""An article that is forgotten is gone from every byte, stays out, and takes nothing of others with it."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk import edition, forget, learn, tombstones, workers
from copydesk.report import Report
from copydesk.settings import Settings
from copydesk.store import Store
from tests.command import copydesk
from tests.in_process import at_once
from tests.test_edition import ask
from tests.test_learn import DAYS, page, sentences
from transforms.errors import StoreError, UsageError

MARK = "zanzibarquokka"
URL = f"https://www.harborledger.example/{MARK}-sails"
SITE, MIRROR = "harborledger.example", "mirror.example"
ON = "2026-11-23"
TITLE = f"The {MARK} sails for the islands again"
LINE = f"Write to the desk of {MARK}"
OWN = f"A witness called {MARK} saw the ship from the pier and told the harbour office about it."


def marked(url: str = URL, *, site: str | None = None, own: str = OWN) -> dict[str, str]:
    """Give the article that is to be forgotten."""
    one, two, three = sentences(500)
    text = "\n\n".join((f"By Ada {MARK.title()}", one, own, two, three, LINE, "Leave a Reply"))
    return {"url": url, "title": TITLE, "text": text, "author": f"Ada {MARK}"} | ({"site": site} if site else {})


def plain(day: int) -> list[dict[str, str]]:
    """Give the other pages of a day; the last is a copy of the marked one on another site."""
    one, two, three = sentences(500)
    rest = [page(SITE, number, "Harbor Ledger morning letter") for number in range(day * 10, day * 10 + 3)]
    copy = {"url": f"https://{MIRROR}/c{day}", "title": "The ship sails", "text": f"{one}\n\n{two}\n\n{three}"}
    return [*rest, copy | {"text": copy["text"] + f"\n\n{sentences(600 + day)[0]}"}]


NIGHTS = ([*plain(0), marked()], [*plain(1), marked()], [*plain(2), page(SITE, 1, "Harbor Ledger morning letter")])
TORN = json.dumps(marked())[:-20]


def write(folder: Path, day: int, *, is_marked: bool = True) -> Path:
    """Write the inputs of a day: its pages, and one record that is torn and quotes the marked article."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(each) for each in NIGHTS[day] if is_marked or each["title"] != TITLE]
    file = folder / f"{day}.jsonl"
    file.write_text("".join(f"{line}\n" for line in [*lines, TORN if is_marked else "{torn"]), encoding="utf-8")
    return file


def make(root: Path, day: int, *, inbox: Path | None = None, is_marked: bool = True) -> Report:
    """Make the edition of a day, from inputs that lie beside the data folder or elsewhere."""
    file = write(inbox or root / "in", day, is_marked=is_marked)
    with mock.patch.object(workers, "run", at_once):
        return edition.run([file], day=DAYS[day], settings=settings_of(root))


def settings_of(root: Path) -> Settings:
    return Settings(root / "data", workers=1, classifier=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with three editions; a person approved a line that only the marked article has."""
    root = tmp_path_factory.mktemp("made")
    make(root, 0)
    learn.decide(settings_of(root), [LINE], "approved", site=SITE)
    for day in (1, 2):
        make(root, day)
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.fixture(scope="module")
def forgotten(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of it from which the marked article was forgotten."""
    root = Path(shutil.copytree(made, tmp_path_factory.mktemp("forgotten") / "copy"))
    forget.forget(settings_of(root), URL, with_copies=False, on=ON)
    return root


def traces(data: Path) -> list[str]:
    """Give every file below a folder that has the mark: in its bytes, or in a cell of its table."""
    return sorted({str(file.relative_to(data)) for file in data.rglob("*") if file.is_file() and _tells(file)})


def _tells(file: Path) -> bool:
    raw = file.read_bytes() + str(file).encode()
    if MARK.encode() in raw.lower():
        return True
    table = None
    if file.suffix == ".parquet":
        table = pq.read_table(file)
    elif file.suffix == ".arrow":
        table = pa.ipc.open_file(file).read_all()
    return table is not None and any(MARK in str(column.to_pylist()).lower() for column in table.columns)


def state(data: Path) -> dict[str, bytes]:
    """Give every file with its bytes, but for the catalog, which holds its folder."""
    aside = ("news.duckdb", ".lock")
    files = (file for file in sorted(data.rglob("*")) if file.is_file() and not file.name.startswith(aside))
    return {str(file.relative_to(data)): file.read_bytes() for file in files}


def tables(data: Path, number: int) -> dict[str, list[dict[str, Any]]]:
    folder = Store(data).version_folder(number)
    return {file.stem: pq.read_table(file).to_pylist() for file in sorted(folder.glob("*.parquet"))}


def test_nothing_tells_of_it_any_more(made: Path, forgotten: Path) -> None:
    assert len(traces(made / "data")) > 20
    assert traces(forgotten / "data") == []


def test_others_stay_as_they_were_in_every_version(made: Path, forgotten: Path) -> None:
    [gone] = {row["article_id"] for row in tables(made / "data", 3)["articles"] if row["title"] == TITLE}
    for number in (1, 2, 3):
        before, after = tables(made / "data", number), tables(forgotten / "data", number)
        assert before.keys() == after.keys()
        told = ("story_id", "is_lead", "relation", "similarity")
        stories = {row["story_id"] for row in before["articles"] if row["article_id"] == gone}
        for name, key in (("articles", "article_id"), ("cuts", "article_id")):
            rest = [row for row in before[name] if row[key] != gone]
            drop = told if name == "articles" else ()
            assert [{k: v for k, v in row.items() if k not in drop} for row in after[name]] == [
                {k: v for k, v in row.items() if k not in drop} for row in rest
            ]
        apart = [row for row in before["articles"] if row["story_id"] not in stories]
        kept = {row["article_id"] for row in apart}
        assert [row for row in after["articles"] if row["article_id"] in kept] == apart
        others = {row["story_id"] for row in apart}
        assert [row for row in after["stories"] if row["story_id"] in others] == [
            row for row in before["stories"] if row["story_id"] in others
        ]


def test_what_is_left_is_what_a_store_has_that_never_had_it(forgotten: Path, tmp_path: Path) -> None:
    for day in range(3):
        make(tmp_path, day, is_marked=False)
    never, left = tables(tmp_path / "data", 3), tables(forgotten / "data", 3)
    for name in never.keys() - {"editions", "quarantine", "story_aliases", "articles"}:
        assert left[name] == never[name], name
    sources = [{**row, "source": ""} for row in never["articles"]]
    assert [{**row, "source": ""} for row in left["articles"]] == sources
    counts = ("edition", "articles", "repeated_pages", "quarantined")
    assert [[row[name] for name in counts] for row in left["editions"]] == [
        [row[name] for name in counts] for row in never["editions"]
    ]


def test_every_record_is_accounted_for(forgotten: Path) -> None:
    counts = "records, pages, repeated_pages, forgotten_records, articles, quarantined"
    assert ask(forgotten / "data", f"select {counts} from editions order by edition") == [
        (6, 4, 0, 1, 4, 1),
        (6, 4, 0, 1, 4, 1),
        (6, 5, 1, 0, 4, 1),
    ]


def test_it_stays_out_when_it_comes_again(made: Path, forgotten: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(forgotten, tmp_path / "copy"))
    before = state(root / "data" / "published")
    report = make(root, 0, inbox=made / "in")
    assert report.to_line() == (
        "edition 2026-03-02: 6 records = 4 articles + 0 repeated + 1 quarantined + 1 forgotten;"
        " 4 stories, 0 lines cut; version 3"
    )
    assert state(root / "data" / "published") == before
    assert traces(root / "data") == []


@pytest.mark.parametrize(
    ("again", "why"),
    [
        (marked(), "id"),
        (marked(URL.replace("https://www.", "http://") + "?utm_source=feed", own="Quite another text."), "address"),
        (marked(f"https://{SITE}/elsewhere"), "text"),
    ],
)
def test_it_is_known_by_its_id_its_address_and_its_text(
    forgotten: Path, tmp_path: Path, again: dict[str, str], why: str
) -> None:
    root = Path(shutil.copytree(forgotten, tmp_path / "copy"))
    file = root / "in" / f"other-{why}.jsonl"
    file.write_text(
        json.dumps(again | {"title": "Another"}) + "\n" + json.dumps(page(SITE, 77)) + "\n", encoding="utf-8"
    )
    with mock.patch.object(workers, "run", at_once):
        report = edition.run([file], day=DAYS[3], settings=settings_of(root))
    assert (report.articles, report.counts["forgotten_records"], report.counts["pages"]) == (1, 1, 1)
    assert traces(root / "data") == []


def test_an_address_that_stands_in_the_page_alone_is_known_after_cleaning(forgotten: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(forgotten, tmp_path / "copy"))
    text = "".join(f"<p>{each}</p>" for each in sentences(900))
    head = f'<title>News</title><link rel="canonical" href="{URL}">'
    html = f"<html><head>{head}</head><body><h1>News</h1>{text}</body></html>"
    file = root / "in" / "html.jsonl"
    records = [{"url": f"https://{SITE}/p/1", "html": html}, page(SITE, 77)]
    file.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    with mock.patch.object(workers, "run", at_once):
        report = edition.run([file], day=DAYS[3], settings=settings_of(root))
    assert (report.articles, report.counts["forgotten_records"], report.counts["pages"]) == (1, 1, 1)
    assert traces(root / "data") == []


def test_its_copies_go_with_it_where_that_is_asked(root: Path) -> None:
    goes = forget.forget(settings_of(root), URL, with_copies=True, on=ON)
    assert [
        (row["site"], row["versions"]) for row in sorted(goes.rows, key=lambda row: (row["site"], row["versions"]))
    ] == [
        (SITE, [1, 2, 3]),
        (MIRROR, [1, 2, 3]),
        (MIRROR, [2, 3]),
        (MIRROR, [3]),
    ]
    assert ask(root / "data", f"select count(*) from articles where site = '{MIRROR}'") == [(0,)]
    assert traces(root / "data") == []
    report = make(root, 1)
    assert (report.articles, report.counts["forgotten_records"]) == (3, 2)


def test_a_tombstone_holds_hashes_alone(made: Path, forgotten: Path) -> None:
    [gone] = [row for row in tables(made / "data", 3)["articles"] if row["title"] == TITLE]
    [line] = (forgotten / "data" / tombstones.FILE).read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    hashes = [told["article"], told["text"], told["site"], *told["addresses"], *told["records"]]
    assert (told["on"], told["taken"], len(told["addresses"])) == (ON, 1, 1)
    assert [len(bytes.fromhex(each)) for each in hashes] == [32] * len(hashes)
    assert [each for each in (gone["article_id"], gone["site"], URL) if each in line] == []
    assert not (forgotten / "data" / tombstones.JOURNAL).exists()


def test_the_line_that_only_it_told_is_no_decision_any_more(made: Path, forgotten: Path) -> None:
    decided = "select count(*) from site_lines where decided_by = 'person'"
    assert (ask(made / "data", decided), ask(forgotten / "data", decided)) == ([(1,)], [(0,)])
    assert list((made / "data" / "stage" / "memory").glob("*.parquet"))
    assert not list((forgotten / "data" / "stage" / "memory").glob("*.parquet"))


def test_a_decision_about_a_line_of_others_stays(root: Path) -> None:
    settings = settings_of(root)
    learn.decide(settings, ["Leave a Reply"], "vetoed", site=SITE)
    edition_ = page(SITE, 88, "Leave a Reply")
    (root / "in" / "more.jsonl").write_text(json.dumps(edition_) + "\n", encoding="utf-8")
    with mock.patch.object(workers, "run", at_once):
        edition.run([root / "in" / "more.jsonl"], day=DAYS[3], settings=settings)
    forget.forget(settings, URL, with_copies=False, on=ON)
    lines = ask(root / "data", "select line, state, stories from site_lines where decided_by = 'person'")
    assert lines == [("Leave a Reply", "vetoed", 1)]


class Killed(BaseException):
    """The process ends here."""


class Countdown:
    """Ends the process at the n-th step that changes the disk."""

    def __init__(self, last: int) -> None:
        self.count, self.last = 0, last

    def wrap(self, work: Any) -> Any:
        def step(*arguments: Any, **options: Any) -> Any:
            self.count += 1
            if self.count == self.last:
                raise Killed
            return work(*arguments, **options)

        return step


def forget_until(root: Path, last: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Forget the marked article, with a death at the n-th step; give how many steps there were."""
    countdown = Countdown(last)
    with monkeypatch.context() as patch:
        for owner, name in (
            (os, "rename"),
            (os, "replace"),
            (os, "unlink"),
            (shutil, "rmtree"),
            (forget.versions, "_swap"),
        ):
            patch.setattr(owner, name, countdown.wrap(getattr(owner, name)))
        try:
            forget.forget(settings_of(root), URL, with_copies=False, on=ON)
        except Killed:
            assert (root / "data" / tombstones.JOURNAL).exists() or countdown.count < 4
    return countdown.count


@pytest.mark.slow
@pytest.mark.parametrize("has_exchange", [True, False])
def test_it_is_finished_wherever_it_was_killed(
    made: Path, forgotten: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, has_exchange: bool
) -> None:
    if not has_exchange:
        monkeypatch.setattr(forget.versions, "_EXCHANGE", -1)  # no system takes it
    root = tmp_path / "whole"
    shutil.copytree(made, root)
    steps = forget_until(root, 0, monkeypatch)
    wanted = state(forgotten / "data")
    assert state(root / "data") == wanted
    for last in range(2 + has_exchange, steps + 1, max(1, steps // (5 if has_exchange else 3))):
        root = tmp_path / str(last)
        shutil.copytree(made, root)
        forget_until(root, last, monkeypatch)
        forget.resume(settings_of(root)) or forget.forget(settings_of(root), URL, with_copies=False, on=ON)
        assert state(root / "data") == wanted, last
        shutil.rmtree(root)


@pytest.mark.parametrize("pattern", ["runs/*.json", "stage/pages/*.parquet"])
def test_a_damaged_file_is_named_and_nothing_is_half_done(root: Path, pattern: str) -> None:
    data = root / "data"
    file = max(data.glob(pattern), key=lambda file: file.stat().st_size)
    file.write_bytes(file.read_bytes()[:-40])
    before = state(data)
    with pytest.raises(StoreError, match=rf"{file.name}(.|\n)*move it out of the data folder"):
        forget.forget(settings_of(root), URL, with_copies=False, on=ON)
    assert state(data) == before
    file.rename(root / "aside")
    forget.forget(settings_of(root), URL, with_copies=False, on=ON)
    assert traces(data) == []


@pytest.mark.parametrize("pattern", ["runs/*.json", "stage/pages/*.parquet", "stage/shards/*/articles.parquet"])
def test_a_file_that_is_damaged_meanwhile_is_named_and_the_rest_is_done_without_it(
    root: Path, pattern: str
) -> None:
    data, settings = root / "data", settings_of(root)
    with mock.patch.object(forget, "finish"):
        forget.forget(settings, URL, with_copies=False, on=ON)
    file = max(data.glob(pattern), key=lambda file: file.stat().st_size)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(StoreError, match=rf"^{re.escape(str(file))}: damaged .* move it out of the data folder"):
        forget.resume(settings)
    file.rename(root / "aside")
    assert forget.resume(settings)
    assert traces(data) == []


@pytest.mark.parametrize("table", ["cuts", "quarantine", "stories"])
def test_a_damaged_table_of_a_version_is_named_before_anything_is_done(root: Path, table: str) -> None:
    folder = Store(root / "data").version_folder(2)
    file = folder / f"{table}.parquet"
    file.write_bytes(file.read_bytes()[:-40])
    before = state(root / "data")
    told = copydesk("forget", URL, "--data", root / "data", "--yes")
    message = (
        f"copydesk: {file}: gone or damaged, so nothing was forgotten; move {folder} out of the data folder, where "
        "nobody needs that version; then forget the article again\n"
    )
    assert (told.returncode, told.stderr.decode()) == (74, message)
    assert state(root / "data") == before  # no plan either, which later runs would have to finish


def test_a_version_that_is_damaged_meanwhile_is_named_and_the_rest_is_done_without_it(root: Path) -> None:
    data, settings = root / "data", settings_of(root)
    with mock.patch.object(forget, "finish"):
        forget.forget(settings, URL, with_copies=False, on=ON)
    folder = Store(data).version_folder(2)
    file = folder / "stories.parquet"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(StoreError, match=rf"^{re.escape(str(file))}: damaged .* move {re.escape(str(folder))} "):
        forget.resume(settings)
    folder.rename(root / "aside")
    assert forget.resume(settings)
    assert (traces(data), tombstones.is_unfinished(data)) == ([], False)


@pytest.mark.parametrize("is_planned", [False, True])
def test_a_file_of_a_stranger_in_a_version_is_named_and_stays(root: Path, *, is_planned: bool) -> None:
    data, settings = root / "data", settings_of(root)
    if is_planned:
        with mock.patch.object(forget, "finish"):
            forget.forget(settings, URL, with_copies=False, on=ON)
    file = Store(data).version_folder(2) / "notes.txt"
    file.write_text("what I found", encoding="utf-8")
    with pytest.raises(StoreError, match=rf"^{re.escape(str(file))}: no copydesk put it there"):
        forget.resume(settings) if is_planned else forget.forget(settings, URL, with_copies=False, on=ON)
    assert file.read_text(encoding="utf-8") == "what I found"
    assert tombstones.is_unfinished(data) == is_planned


def test_readers_are_told_and_the_next_run_finishes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_until(root, 30, monkeypatch)
    told = copydesk("editions", "--data", root / "data")
    assert (told.returncode, told.stderr.decode()) == (0, f"copydesk: {tombstones.UNFINISHED}\n")
    make(root, 2)
    assert (traces(root / "data"), tombstones.is_unfinished(root / "data")) == ([], False)


def test_the_command_shows_then_does_and_refuses_what_is_not_there(root: Path) -> None:
    data = root / "data"
    before = state(data)
    shown = copydesk("forget", URL, "--data", data)
    [gone] = ask(data, f"select article_id from articles where title = '{TITLE}'")
    row = f"{gone[0]}  2026-03-02  {SITE}  lead  versions 1, 2, 3  {TITLE}  {URL}"
    lines = shown.stdout.decode().splitlines()
    assert (shown.returncode, lines[0], lines[1], lines[-1]) == (
        0,
        row,
        "articles: 1; records in quarantine that quote them: 3",
        "Nothing was done; --yes takes them out of everything, for good.",
    )
    assert state(data) == before
    done = copydesk("forget", str(gone[0])[:10], "--data", data, "--yes", "--json")
    assert (done.returncode, json.loads(done.stdout)["article_id"], traces(data)) == (0, gone[0], [])
    for name, message in (
        (str(gone[0]), f"{gone[0]}: forgotten already, on {dt.datetime.now(dt.UTC).date()}"),
        (
            "https://nowhere.example/x",
            "https://nowhere.example/x: no kept version and no staged page has such an article; nothing was done",
        ),
    ):
        wrong = copydesk("forget", name, "--data", data, "--yes")
        assert (wrong.returncode, wrong.stderr.decode().splitlines()[-1]) == (64, f"copydesk: {message}")
    assert copydesk("forget", "--resume", "--data", data).stdout.decode() == "Nothing was cut short.\n"


def test_a_page_in_quarantine_can_be_forgotten_and_no_other_goes_with_it(root: Path) -> None:
    html = f"<html><head><title>{MARK}</title></head><body><script>{MARK}</script></body></html>"
    file = root / "in" / "empty.jsonl"
    records = [{"url": f"https://{SITE}/{MARK}/empty", "html": html}, page(SITE, 77)]
    file.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    with mock.patch.object(workers, "run", at_once):
        edition.run([file], day=DAYS[3], settings=settings_of(root))
    forget.forget(settings_of(root), URL, with_copies=False, on=ON)
    assert ask(root / "data", "select count(*) from quarantine where page_id is not null") == [(1,)]
    [row] = forget.forget(
        settings_of(root), f"http://{SITE}/{MARK}/empty?utm_source=x", with_copies=False, on=ON
    ).rows
    assert (row["title"], row["relation"], row["versions"]) == (None, "quarantined or not published", [])
    counts = f"select pages, forgotten_records, articles, quarantined from editions where edition = '{DAYS[3]}'"
    assert ask(root / "data", counts) == [(1, 1, 1, 0)]
    assert traces(root / "data") == []


def test_a_front_page_is_no_article(root: Path) -> None:
    with pytest.raises(UsageError, match="the address of a front page is none of an article"):
        forget.look(settings_of(root), f"https://www.{SITE}/", with_copies=False, on=ON)
    with pytest.raises(UsageError, match="no kept version and no staged page has such an article"):
        forget.look(settings_of(root), "", with_copies=False, on=ON)

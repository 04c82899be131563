"""A rule file is tried on published editions before it is accepted: its verdicts are those of the next run."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from copydesk import edition, inspect
from copydesk.cli import app
from copydesk.rule_test import _texts, try_file
from copydesk.settings import Settings
from copydesk.trial import Effect, Example, _percent
from tests.invented_pages import PAGES
from transforms import model_file, rule_files
from transforms.errors import RuleError, UsageError
from transforms.schemas import EXTRACTS
from transforms.strip import strip

MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
STORY = (
    "{title}\n\nThe ferry of {town} left the harbour at eight with eighty people on board.\n\n"
    "{middle}\n\nNobody was hurt in {town}, the harbour office said, and the line sails on.\n\n{tail}"
)
TIDES = """
[[rule]]
id = "own.tides"
starts = "See our tide table"
sites = ["ledger.example"]
where = "tail"
catches = ["See our tide table for March"]
spares = ["He could see our tide table was wrong, he said."]
"""


def page(
    site: str, town: str, *, tail: str, middle: str = "Two tugs brought her back before noon on Monday."
) -> str:
    text = STORY.format(title=f"Ferry returns to {town} after a night", town=town, middle=middle, tail=tail)
    return json.dumps({"url": f"https://www.{site}/{town}", "text": text})


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    root = tmp_path_factory.mktemp("trial")
    nights = {
        MONDAY: [
            page("ledger.example", "Lunow", tail="See our tide table for March\nLeave a Reply"),
            json.dumps({"text": "Ferry returns to Norum tonight\n\nAll quiet there"}),
        ],
        TUESDAY: [
            page("ledger.example", "Malchin", tail="SEE OUR TIDE TABLE – for May"),
            page("ledger.example", "Torgelow", tail="She sailed on.", middle="See our tide table for June"),
            page("courier.example", "Wexholt", tail="See our tide table for March"),
        ],
    }
    for day, pages in nights.items():
        (root / f"{day}.jsonl").write_text("\n".join(pages), encoding="utf-8")
        edition.run([root / f"{day}.jsonl"], day=day, settings=Settings(root / "data", workers=1))
    return Settings(root / "data")


def ids(settings: Settings) -> dict[str, str]:
    found = inspect.rows(inspect.published_by(settings), "select article_id, title from articles")
    return {row["title"].split()[3]: row["article_id"] for row in found}


def own(folder: Path, text: str = TIDES) -> Path:
    file = folder / "own.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_trial_shows_what_a_rule_would_cut_by_site_and_place(settings: Settings, tmp_path: Path) -> None:
    trial = try_file(own(tmp_path), settings, last=7)
    by_town = ids(settings)
    march = Example("See our tide table for March", 1, "ledger.example", by_town["Lunow"], is_prose=False)
    may = Example("SEE OUR TIDE TABLE – for May", 1, "ledger.example", by_town["Malchin"], is_prose=False)
    assert (trial.editions, trial.articles, trial.body_lines, trial.changed_articles) == (
        ("2026-03-02", "2026-03-03"), 5, 17, 2
    )  # fmt: skip
    assert trial.effects == (Effect("own.tides", "cut", 2, 0, 2, 1, (may, march)),)
    assert (trial.emptied, trial.absent_sites) == ((), ())


def test_the_next_run_does_what_the_trial_said(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    said = try_file(own(folder), settings, last=1)
    next_run = Settings(tmp_path / "data", workers=1, rules=(folder,))
    edition.run([settings.data.parent / f"{TUESDAY}.jsonl"], day=TUESDAY, settings=next_run)
    query = "select text, article_id from cuts where rule_id = 'own.tides' order by text"
    told = [{"text": one.text, "article_id": one.article_id} for effect in said.effects for one in effect.examples]
    assert list(inspect.rows(inspect.published_by(next_run), query)) == told
    assert [one["text"] for one in told] == ["SEE OUR TIDE TABLE – for May"]


def test_a_file_that_is_in_use_is_compared_with_the_rules_without_it(settings: Settings, tmp_path: Path) -> None:
    file = own(tmp_path)
    fresh = try_file(file, settings, last=7)
    in_use = Settings(settings.data, rules=(tmp_path,))
    assert try_file(file, in_use, last=7) == fresh


def test_only_the_last_editions_are_tried(settings: Settings, tmp_path: Path) -> None:
    trial = try_file(own(tmp_path), settings, last=1)
    assert (trial.editions, trial.articles, [effect.lines for effect in trial.effects]) == (("2026-03-03",), 3, [1])


def test_a_trial_is_told_in_words(settings: Settings, tmp_path: Path) -> None:
    by_town = {town: article_id[:12] for town, article_id in ids(settings).items()}
    more = (
        '[[rule]]\nid = "own.reply"\naction = "keep"\ntext = "Leave a reply"\n'
        '[[rule]]\nid = "own.tugs"\ntext = "Two tugs brought her back before noon on Monday."\n'
        '[[rule]]\nid = "own.boat"\ntext = "Buy a boat"\nsites = ["nowhere.example"]\n'
    )
    assert (
        try_file(own(tmp_path, TIDES + more), settings, last=7).to_text()
        == f"""\
rule       catches  spares  story lines
own.reply     1 ok    0 ok       {len(rule_files.golden())} ok
own.tides     1 ok    1 ok       {len(rule_files.golden())} ok
own.tugs      1 ok    0 ok       {len(rule_files.golden())} ok
own.boat      1 ok    0 ok       {len(rule_files.golden())} ok

Over 2 editions, 2026-03-02 to 2026-03-03: 3 of 5 articles (60 %) would change.
No article there is of the site 'nowhere.example'; `copydesk sql "from outlets"` names the sites.
own.tugs cuts 3 lines of those that stay today (18 %) in 3 articles of 2 sites; 3 read as sentences:
       3 x ! Two tugs brought her back before noon on Monday.  [ledger.example, {by_town["Lunow"]}]
own.tides cuts 2 lines of those that stay today (12 %) in 2 articles of 1 site:
       1 x   SEE OUR TIDE TABLE – for May  [ledger.example, {by_town["Malchin"]}]
       1 x   See our tide table for March  [ledger.example, {by_town["Lunow"]}]
own.reply keeps 1 line of those that go today in 1 article of 1 site:
       1 x   Leave a Reply  [ledger.example, {by_town["Lunow"]}]
Nothing is changed by own.boat.
! reads as a sentence of a story: `copydesk explain` with its article_id shows where it stands."""
    )


def test_a_rule_that_would_leave_nothing_is_told(settings: Settings, tmp_path: Path) -> None:
    trial = try_file(own(tmp_path, '[[rule]]\nid = "own.quiet"\ntext = "All quiet there"\n'), settings, last=7)
    assert (trial.emptied, trial.effects, trial.changed_articles) == ((ids(settings)["Norum"],), (), 1)
    told = trial.to_text().splitlines()[-1]
    assert told == f"Nothing would be left of 1 article, for quarantine: {trial.emptied[0][:12]}"


def test_without_a_published_version_the_examples_are_tried(tmp_path: Path) -> None:
    trial = try_file(own(tmp_path), Settings(tmp_path / "data"), last=7)
    assert trial.to_text() == (
        "rule       catches  spares  story lines\n"
        f"own.tides     1 ok    1 ok       {len(rule_files.golden())} ok\n\n"
        "No edition is published here, so what it would change is not known; --data names another store."
    )
    assert not (tmp_path / "data").exists()


def test_a_refused_file_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    file = own(
        tmp_path, TIDES.replace("He could see our tide table was wrong, he said.", "See our tide table, Ada")
    )
    with pytest.raises(RuleError) as refused:
        try_file(file, Settings(tmp_path / "data"), last=7)
    assert str(refused.value) == (
        f"{file}: rule 'own.tides' spares a line it also matches: 'See our tide table, Ada'. Narrow the rule."
    )
    with pytest.raises(UsageError) as missing:
        try_file(tmp_path / "none.toml", Settings(tmp_path / "data"), last=7)
    assert str(missing.value) == f"{tmp_path / 'none.toml'}: no such file; give one file with rules"


def cli(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["rule", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_trial_is_there_for_machines(settings: Settings, tmp_path: Path) -> None:
    told = cli("test", own(tmp_path), "--data", settings.data, "--json", "--editions", 1)
    by_town = ids(settings)
    assert json.loads(told) == {
        "file": str(tmp_path / "own.toml"),
        "rules": [{"id": "own.tides", "catches": 1, "spares": 1}],
        "story_lines": len(rule_files.golden()),
        "editions": ["2026-03-03"],
        "articles": 3,
        "body_lines": 12,
        "changed_articles": 1,
        "effects": [{
            "rule_id": "own.tides", "action": "cut", "lines": 1, "prose_lines": 0, "articles": 1, "sites": 1,
            "examples": [{
                "text": "SEE OUR TIDE TABLE – for May", "lines": 1, "site": "ledger.example",
                "article_id": by_town["Malchin"], "is_prose": False,
            }],
        }],
        "emptied": [],
        "absent_sites": [],
    }  # fmt: skip


def test_the_command_ends_with_the_code_of_a_refused_file(tmp_path: Path) -> None:
    file = own(tmp_path, TIDES + "score = 1\n")
    command = [sys.executable, "-m", "copydesk.cli", "rule", "test", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (65, "")
    assert done.stderr.startswith(f"copydesk: {file}: rule 'own.tides' has the unknown key 'score'.")


def test_all_rules_in_use_are_listed_with_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    own(tmp_path / "mine")
    (tmp_path / "copydesk.toml").write_text('rules = ["mine"]', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    listed = [json.loads(line) for line in cli("list", "--json").splitlines()]
    assert [row["id"] for row in listed] == [rule.id for rule in rule_files.load(tmp_path / "mine").ordered]
    assert {"id": "own.tides", "kind": "leftover", "action": "cut", "where": "tail",
            "sites": ["ledger.example"], "source": "mine/own.toml"} in listed  # fmt: skip
    lines = cli("list").splitlines()
    assert ["own.tides", "leftover", "cut", "tail", "ledger.example", "mine/own.toml"] in map(str.split, lines)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "0 %"),
        (19, 19, "100 %"),
        (999, 1000, "99 %"),
        (19, 20, "95 %"),
        (1, 94, "1.1 %"),
        (1, 612, "0.16 %"),
        (1, 9_000_000, "under 0.001 %"),
    ],
)
def test_a_share_is_said_in_two_digits(part: int, whole: int, said: str) -> None:
    assert _percent(part, whole) == said


@pytest.fixture(scope="module")
def page_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give an edition of three HTML pages, with prose in comments and in newsletter boxes."""
    root = tmp_path_factory.mktemp("pages")
    for name, (html, _) in PAGES.items():
        (root / f"{name}.html").write_text(html, encoding="utf-8")
    edition.run(sorted(root.glob("*.html")), day=MONDAY, settings=Settings(root / "data", workers=1))
    return Settings(root / "data")


def test_a_published_page_is_judged_again_as_it_was(page_settings: Settings) -> None:
    published = inspect.published_by(page_settings)
    texts = list(_texts(published, MONDAY.isoformat(), ()))
    assert all(text["scores"] is not None for text in texts if "Lunow" in text["body"] and text["site"])
    again = strip(pa.Table.from_pylist(texts, EXTRACTS), rule_files.load(), None, model_file.load())
    bodies = {row["article_id"]: row["body"] for row in inspect.rows(published, "select * from articles")}
    assert {row["article_id"]: row["body"] for row in again.articles.to_pylist()} == bodies
    taken = [
        (row["article_id"], row["line_no"], row["rule_id"]) for row in again.cuts.to_pylist() if row["line_no"]
    ]
    query = "select article_id, line_no, rule_id from cuts where line_no > 0 and action <> 'repair'"
    assert sorted(taken) == sorted(tuple(row.values()) for row in inspect.rows(published, query))


def test_a_trial_on_pages_shows_only_what_the_rule_does(page_settings: Settings, tmp_path: Path) -> None:
    rule = '[[rule]]\nid = "own.{}"\nkind = "{}"\naction = "{}"\ntext = "{}"\n'
    third = rule.format("third", "ad", "cut", PAGES["ledger"][1][4])
    news = rule.format("news", "newsletter", "cut", "Get the news of the harbour every morning.")
    found = try_file(own(tmp_path, third + news), page_settings, last=7)
    assert [(one.rule_id, one.action, one.lines) for one in found.effects] == [
        ("own.third", "cut", 2), ("own.news", "take over", 1)
    ]  # fmt: skip
    kept = try_file(own(tmp_path, rule.format("keep", "keep", "keep", "Uta")), page_settings, last=7)
    assert [(one.rule_id, one.action, one.lines) for one in kept.effects] == [("own.keep", "keep", 1)]


def test_a_rule_in_use_on_pages_is_seen(page_settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    line = "Get the news of the harbour every morning."
    file = own(folder, f'[[rule]]\nid = "own.news"\nkind = "newsletter"\ntext = "{line}"\n')
    again = Settings(tmp_path / "data", workers=1, rules=(folder,))
    edition.run(sorted(page_settings.data.parent.glob("*.html")), day=MONDAY, settings=again)
    found = try_file(file, again, last=7)
    assert [(one.rule_id, one.action, one.lines) for one in found.effects] == [("own.news", "cut", 1)]

"""Lines that repeat over a site's history: proposed, decided by a person, cut from the next run on."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from copydesk import decisions, edition, learn, memory, models
from copydesk.decisions import Decision
from copydesk.settings import Settings
from copydesk.store import Store
from tests.command import copydesk
from tests.in_process import in_process
from tests.test_edition import ask, digests
from transforms.errors import BusyError, StoreError, UsageError

LEDGER, MIRROR = "harborledger.example", "mirror.example"
FIRST = dt.date(2026, 3, 2)
DAYS = tuple(FIRST + dt.timedelta(days=number) for number in range(5))

LETTER = "Harbor Ledger morning letter"
AGENCY = "The Upland Press Service supplies this report to newspapers that share its costs."
TRUE = "The port is the only one on this coast that ships of the first class may enter."
STORM = "Harbor Ledger storm desk"
ARCHIVE = "Printed from the mirror archive"
WORDS = re.findall(
    "[a-z]+",
    "ferry harbour council lamp orchard tunnel bridge museum winter letter river engine school garden market tower "
    "window copper signal meadow granite voyage ladder barrel candle pepper saddle thunder velvet whistle anchor "
    "basket carpet dragon fabric gallon hammer island jacket kettle lantern mirror needle oyster pocket ribbon",
)


def sentences(number: int) -> list[str]:
    """Give three sentences that no other number has."""
    chance = random.Random(number)  # noqa: S311  # not a secret
    return [f"The {' '.join(chance.sample(WORDS, 14))}." for _ in range(3)]


def page(
    site: str, number: int, *tail: str, story: int | None = None, inside: Sequence[str] = ()
) -> dict[str, str]:
    one, two, three = sentences(number if story is None else story)
    return {
        "url": f"https://www.{site}/{number}",
        "title": f"Story of the {WORDS[number % len(WORDS)]}, part {number}",
        "text": "\n\n".join((one, *inside, two, three, *tail)),
    }


def night(day: int, stories: int = 3) -> Iterator[dict[str, str]]:
    """Give the pages of one day: the Ledger's stories, and one story that the mirror has under many addresses."""
    for number in range(day * 10, day * 10 + stories):
        storm = (STORM,) if day == 0 else ()
        yield page(LEDGER, number, AGENCY, LETTER, *storm, "Leave a Reply", inside=(TRUE,))
    for number in range(day * 10 + 5, day * 10 + 8):
        yield page(MIRROR, number, ARCHIVE, story=999)


def make(root: Path, day: int, *, stories: int = 3, inbox: Path | None = None, **changes: Any) -> Settings:
    """Make the edition of one day in a data folder."""
    inbox = inbox or root / "in"
    inbox.mkdir(parents=True, exist_ok=True)
    file = inbox / f"{day}.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in night(day, stories)), encoding="utf-8")
    settings = replace(settings_of(root), **changes)
    with in_process():
        edition.run([file], day=DAYS[day], settings=settings)
    return settings


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with four editions, twelve stories of the Ledger."""
    root = tmp_path_factory.mktemp("learned")
    for day in range(4):
        make(root, day)
    return root


@pytest.fixture
def root(learned: Path, tmp_path: Path) -> Path:
    """Give a copy of the four editions, to be changed."""
    return Path(shutil.copytree(learned, tmp_path / "copy"))


def settings_of(root: Path) -> Settings:
    return Settings(root / "data", workers=1, classifier=False)  # what a later model says must not matter here


def gone(root: Path, line: str) -> list[tuple[object, ...]]:
    """Give per edition how often a line stands in a body, how often it was cut, and by what."""
    query = f"""
        select
            edition,
            count(*) filter (contains(body, '{line}')),
            count(cuts.text),
            any_value(cuts.rule_id)
        from articles left join (from cuts where text = '{line}') as cuts using (article_id, edition)
        where site = '{LEDGER}'
        group by edition
        order by edition
    """
    return ask(root / "data", query)


def test_proposals_come_from_several_stories_and_editions(learned: Path) -> None:
    columns = (
        "site, line, stories, articles, editions, share, edge_share, position, is_sentence, is_furniture, state"
    )
    last = DAYS[3]
    assert ask(
        learned / "data", f"select {columns}, first_edition, last_edition from site_lines order by line"
    ) == [
        (LEDGER, LETTER, 12, 12, 4, 1.0, 1.0, "tail", False, True, "proposed", FIRST, last),
        (LEDGER, AGENCY, 12, 12, 4, 1.0, 1.0, "tail", True, False, "proposed", FIRST, last),
        (LEDGER, TRUE, 12, 12, 4, 1.0, 0.0, "inside", True, False, "proposed", FIRST, last),
    ]
    assert ask(
        learned / "data", f"select count(*), count(distinct story_id) from articles where site = '{MIRROR}'"
    ) == [(12, 1)]


def test_copies_of_one_text_have_sentences_of_their_own(tmp_path: Path) -> None:
    """Every Ledger story comes under three addresses, so each of its sentences stands in three articles."""
    (tmp_path / "in").mkdir()
    for day, stories in enumerate(((1, 2), (3, 4), (5, 6))):
        copies = [page(LEDGER, 10 * copy + story, LETTER, story=story) for story in stories for copy in range(3)]
        file = tmp_path / "in" / f"{day}.jsonl"
        file.write_text("".join(json.dumps(each) + "\n" for each in copies), encoding="utf-8")
        with in_process():
            edition.run([file], day=DAYS[day], settings=settings_of(tmp_path))
    asked = "select line, stories, articles, edge_share, position, is_furniture from site_lines"
    assert ask(tmp_path / "data", asked) == [(LETTER, 6, 18, 1.0, "tail", True)]


def test_an_approved_line_is_cut_from_the_next_run_on_and_counts_on(root: Path, learned: Path) -> None:
    settings = settings_of(root)
    [row] = learn.decide(settings, [LETTER], "approved", site=LEDGER)
    assert (row["line"], row["state"], row["decided_by"]) == (LETTER, "approved", "person")
    assert [each["line"] for each in learn.lines(settings, state="approved")] == [LETTER]
    make(root, 3, inbox=learned / "in")
    stands, cut = [(day, 3, 0, None) for day in DAYS], (3, "memory.approved")
    assert gone(root, LETTER) == [*stands[:3], (DAYS[3], 0, *cut)]
    assert ask(settings.data, f"select stories, state, decided_by from site_lines where line = '{LETTER}'") == [
        (12, "approved", "person")
    ]
    asked = "select (memory_digest <> '')::int from editions order by edition"
    assert ask(settings.data, asked) == [(0,), (0,), (0,), (1,)]
    before, version = digests(settings.data), Store(settings.data).current().version
    make(root, 3, inbox=learned / "in")
    assert (digests(settings.data), Store(settings.data).current().version) == (before, version)


def test_what_was_forgotten_is_a_proposal_again(root: Path, learned: Path) -> None:
    settings = settings_of(root)
    before = digests(settings.data)
    learn.decide(settings, [LETTER, AGENCY], "approved", site=LEDGER)
    learn.decide(settings, [LETTER], "vetoed", site=LEDGER)
    learn.decide(settings, [LETTER, AGENCY], "proposed", site=LEDGER)
    assert decisions.read(settings.data) == ()
    make(root, 3, inbox=learned / "in")
    assert digests(settings.data) == before != {}


def test_a_veto_spares_a_line_that_a_rule_takes(root: Path) -> None:
    assert gone(root, "Leave a Reply")[3][1:3] == (0, 3)
    learn.decide(settings_of(root), ["Leave a Reply"], "vetoed", site=LEDGER)
    make(root, 3)
    assert gone(root, "Leave a Reply")[3] == (DAYS[3], 3, 0, None)
    kept = f"select line, stories, state from site_lines where site = '{LEDGER}' and state <> 'proposed'"
    assert ask(root / "data", kept) == [("Leave a Reply", 3, "vetoed")]


def test_support_cuts_furniture_and_no_sentence_however_often_it_repeats(root: Path) -> None:
    make(root, 4, learn_after=5)
    assert gone(root, LETTER)[4] == (DAYS[4], 0, 3, "memory.support")
    assert gone(root, LETTER)[3] == (DAYS[3], 3, 0, None)
    assert gone(root, AGENCY)[4] == (DAYS[4], 3, 0, None)
    assert gone(root, TRUE)[4] == (DAYS[4], 3, 0, None)
    states = "select line, stories, state, decided_by from site_lines order by line"
    assert ask(root / "data", states) == [
        (LETTER, 15, "approved", "support"),
        (AGENCY, 15, "proposed", None),
        (TRUE, 15, "proposed", None),
    ]


def test_a_veto_is_above_support(root: Path) -> None:
    learn.decide(settings_of(root), [LETTER], "vetoed", site=LEDGER)
    make(root, 4, learn_after=5)
    assert gone(root, LETTER)[4] == (DAYS[4], 3, 0, None)


def test_what_learning_began_is_gone_where_it_fails(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise StoreError("a shard is damaged")

    store = Store(root / "data")
    before = sorted(store.published.iterdir())
    with edition.opened(settings_of(root)) as desk:
        monkeypatch.setattr(models, "build", broken)
        with pytest.raises(StoreError, match="a shard is damaged"):
            memory.before(desk.store, desk.store.current().editions, (), replace(desk.settings, learn_after=5))
    assert sorted(store.published.iterdir()) == before


def test_editions_in_any_order_learn_the_same_and_never_from_their_own_batch(tmp_path: Path) -> None:
    for name, days in (("up", (0, 1, 2)), ("down", (2, 0, 1))):
        for day in days:
            make(tmp_path / name, day, stories=2, inbox=tmp_path / "in", learn_after=3)
    assert gone(tmp_path / "down", LETTER) == [
        (DAYS[0], 2, 0, None),
        (DAYS[1], 2, 0, None),
        (DAYS[2], 0, 2, "memory.support"),
    ]
    assert digests(tmp_path / "up" / "data") == digests(tmp_path / "down" / "data") != {}


def test_a_line_that_nobody_has_is_refused_and_nothing_is_written(learned: Path) -> None:
    settings = settings_of(learned)
    with pytest.raises(UsageError, match=r"'No such line': no page of harborledger\.example has such a line"):
        learn.decide(settings, [LETTER, "No such line"], "approved", site=LEDGER)
    with pytest.raises(UsageError, match=r"'zzz': no id in site_lines begins so; .* add --site"):
        learn.decide(settings, ["zzz"], "approved")
    with pytest.raises(UsageError, match="'cut': there are proposed, approved, vetoed"):
        learn.lines(settings, state="cut")
    assert not (settings.data / decisions.FILE).exists()


def test_a_line_that_is_no_decision_is_named_and_nothing_is_lost(root: Path) -> None:
    settings = settings_of(root)
    learn.decide(settings, [LETTER], "approved", site=LEDGER)
    file = settings.data / decisions.FILE
    said = file.read_text(encoding="utf-8")
    for broken in ('{"site": "harborl', '{"site": "a", "line": "b", "state": "cut"}', "[]", '{"site": "a"}'):
        file.write_text(f"{said}\n{broken}\n", encoding="utf-8")
        with pytest.raises(StoreError, match=r"site_lines\.jsonl, line 3: no JSON object .* take it out"):
            learn.decide(settings, [AGENCY], "approved", site=LEDGER)
        with pytest.raises(StoreError, match="line 3"), edition.opened(settings):
            pass
        assert file.read_text(encoding="utf-8") == f"{said}\n{broken}\n"


def test_the_last_decision_about_a_line_holds(tmp_path: Path) -> None:
    store = Store(tmp_path)
    said = [Decision(LEDGER, LETTER, "vetoed"), Decision(LEDGER, LETTER.upper(), "approved")]
    for one in said:
        decisions.add(store, [one])
    assert decisions.read(tmp_path) == (said[1],)
    written = (tmp_path / decisions.FILE).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["state"] for line in written] == ["vetoed", "approved"]


def test_nothing_is_decided_while_an_edition_is_made(root: Path) -> None:
    settings = settings_of(root)
    with edition.opened(settings), pytest.raises(BusyError):
        learn.decide(settings, [LETTER], "approved", site=LEDGER)


def test_the_command_lists_approves_and_forgets_by_id(root: Path) -> None:
    data = root / "data"
    with duckdb.connect(str(data / "published" / "news.duckdb"), read_only=True) as connection:
        ids = dict(connection.execute("select line, left(line_id, 8) from site_lines").fetchall())
        examples = dict(connection.execute("select line, left(example_article_id, 8) from site_lines").fetchall())
    head = "id        state     stories  editions  first       last        site                  example   line"
    counts = f"12       4         {FIRST}  {DAYS[3]}  {LEDGER}"
    rows = {line: f"{ids[line]}  {{:<8}}  {counts}  {examples[line]}  {line}" for line in (LETTER, TRUE, AGENCY)}
    done = copydesk("learn", "--data", data, "--limit", 2)
    assert (done.returncode, done.stdout.decode().splitlines()) == (
        0,
        [head, rows[LETTER].format("proposed"), rows[TRUE].format("proposed"), "1 more; --limit 0 shows all"],
    )
    done = copydesk("learn", "approve", ids[LETTER], ids[AGENCY][:6], "--data", data)
    assert done.stdout.decode().splitlines() == [
        head,
        rows[LETTER].format("approved"),
        rows[AGENCY].format("approved"),
        "This holds from the next run on.",
    ]
    assert copydesk("learn", "forget", ids[AGENCY], "--data", data).returncode == 0
    told = copydesk("learn", "--data", data, "--state", "approved", "--json").stdout
    assert [json.loads(line)["line"] for line in told.splitlines()] == [LETTER]
    inputs = (root / "in" / "3.jsonl", "--edition", DAYS[3], "--data", data, "--workers", 1)
    done = copydesk("run", *inputs, COPYDESK_CLASSIFIER="0")
    assert (done.returncode, gone(root, LETTER)[3]) == (0, (DAYS[3], 0, 3, "memory.approved"))
    wrong = copydesk("learn", "veto", "zzz", "--data", data)
    assert (wrong.returncode, wrong.stderr.decode().splitlines()[-1]) == (
        64,
        "copydesk: 'zzz': no id in site_lines begins so; to name a line by its text, add --site",
    )

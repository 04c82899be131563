"""An edition that those before it do not explain is held, and published where a person says why."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from benchmarks import gate as simulation
from copydesk import edition, gate, held
from copydesk.gate import verdict as verdicts
from copydesk.gate.findings import unexplained
from copydesk.gate.history import Measure, history_of
from copydesk.gate.verdict import Acceptance, Finding
from copydesk.report import Report
from copydesk.settings import Settings
from copydesk.store import Store
from tests.command import copydesk
from tests.in_process import in_process
from tests.test_edition import digests
from tests.test_learn import sentences
from transforms.errors import GateError

ALPHA, BETA, GAMMA = "alpha.example", "beta.example", "gamma.example"
USUAL = {ALPHA: 16, BETA: 6}
FIRST = dt.date(2026, 3, 2)
WHY = "alpha moved to another address"


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def deliver(folder: Path, number: int, counts: Mapping[str, int], *, broken: int = 0) -> Path:
    """Write the pages of one night: so many of each site, and records that are no pages."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        {"url": f"https://{site}/{number}-{each}", "title": f"Story {each}", "text": "\n\n".join(sentences(seed))}
        for place, (site, count) in enumerate(sorted(counts.items()))
        for each in range(count)
        for seed in [number * 1000 + place * 100 + each]
    ]
    file = folder / f"{number}.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines) + "[1]\n" * broken, encoding="utf-8")
    return file


def make(root: Path, number: int, counts: Mapping[str, int], accept: str = "", **changes: Any) -> Report:
    """Make the edition of one night."""
    inbox, broken = changes.pop("inbox", root / "in"), changes.pop("broken", 0)
    file = deliver(inbox, number, counts, broken=broken)
    settings = Settings(root / "data", workers=1, classifier=False, **changes)
    with in_process():
        return edition.run([file], day=day(number), settings=settings, accept=accept)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with five editions in which nothing is unusual."""
    root = tmp_path_factory.mktemp("five")
    for number in range(5):
        report = make(root, number, USUAL)
    assert report.gate == verdicts.Verdict(verdicts.EARLY, editions=4)
    return root


@pytest.fixture(scope="module")
def without_alpha(five: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Give a folder in which a sixth edition without alpha is held, and what was said of it."""
    root = Path(shutil.copytree(five, tmp_path_factory.mktemp("held") / "copy"))
    return root, refused(root, 5, {BETA: 6})


@pytest.fixture(scope="module")
def accepted(five: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """Give a folder in which that edition was published all the same, and its report."""
    root = Path(shutil.copytree(five, tmp_path_factory.mktemp("accepted") / "copy"))
    return root, make(root, 5, {BETA: 6}, accept=WHY)


@pytest.fixture
def root(five: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(five, tmp_path / "copy"))


def refused(root: Path, number: int, counts: Mapping[str, int], **changes: Any) -> str:
    """Give the message of the run that the gate ends."""
    with pytest.raises(GateError) as error:
        make(root, number, counts, **changes)
    return str(error.value)


def test_a_usual_edition_is_published_and_says_beside_what(root: Path) -> None:
    report = make(root, 5, USUAL)
    assert (report.version, report.gate.to_lines()) == (6, ["gate: plausible beside 5 editions, 20 figures"])
    assert "gate: plausible beside 5 editions, 20 figures" in report.to_text()


def test_an_edition_without_a_site_is_held_with_the_numbers_and_what_to_do(
    five: Path, without_alpha: tuple[Path, str]
) -> None:
    root, message = without_alpha
    published = root / "data" / "published"
    line = "edition 2026-03-07: 6 records = 6 articles + 0 repeated + 0 quarantined; 6 stories, 0 lines cut;"
    finding = "  site alpha.example: articles 0, usual 16, plausible at least 1; did its scraper run;"
    assert message.splitlines() == [
        f"{line} not published, version 5 still holds",
        "gate: 1 finding, not published",
        f"{finding} has the site a new address, or a new name in the records?",
        f"look at it: duckdb -readonly {published}/held/news.duckdb (tables in {published}/held)",
        'then mend its inputs and run it again, or publish it as it is: the same run with --accept "WHY"',
    ]
    assert digests(root / "data") == digests(five / "data")
    assert sorted(folder.name for folder in (published / "versions").iterdir()) == [
        f"00000{n}" for n in range(1, 6)
    ]


def test_a_held_version_can_be_asked_and_the_catalog_does_not_show_it(without_alpha: tuple[Path, str]) -> None:
    published = without_alpha[0] / "data" / "published"
    last = "select max(edition), count(*) from articles"
    answers = []
    for catalog in (published / "held" / "news.duckdb", published / "news.duckdb"):
        with duckdb.connect(str(catalog), read_only=True) as connection:
            answers += connection.execute(last).fetchall()
    assert answers == [(day(5), 116), (day(4), 110)]
    told = json.loads((published / "held" / "gate.json").read_text())
    assert (told["edition"], [each["measure"] for each in told["findings"]]) == ("2026-03-07", ["articles_by_site"])


def test_the_same_run_says_the_same_and_with_a_reason_publishes_the_same_bytes(
    without_alpha: tuple[Path, str], tmp_path: Path
) -> None:
    inbox = without_alpha[0] / "in"
    root = Path(shutil.copytree(without_alpha[0], tmp_path / "copy"))
    folder = root / "data" / "published" / "held"
    kept = {file.name: file.read_bytes() for file in folder.glob("*.parquet")}
    again = refused(root, 5, {BETA: 6}, inbox=inbox)
    assert again == without_alpha[1].replace(str(without_alpha[0]), str(root))
    report = make(root, 5, {BETA: 6}, accept=WHY, inbox=inbox)
    version = Path(report.folder)
    assert {file.name: file.read_bytes() for file in version.glob("*.parquet")} == kept
    assert not folder.exists()


def test_the_reason_is_kept_in_the_manifest_and_in_the_report(accepted: tuple[Path, Report]) -> None:
    root, report = accepted
    assert report.gate.to_lines()[0] == f"gate: 1 finding accepted: {WHY}"
    assert Store(root / "data").current().accepted == (
        {"edition": "2026-03-07", "reason": WHY, "findings": [["articles_by_site", ALPHA]]},
    )
    run = json.loads((root / "data" / "runs" / "000006.json").read_text())
    assert (run["gate"]["state"], run["gate"]["reason"]) == (verdicts.ACCEPTED, WHY)


def test_what_was_accepted_is_usual_from_then_on(accepted: tuple[Path, Report], tmp_path: Path) -> None:
    root = Path(shutil.copytree(accepted[0], tmp_path / "copy"))
    assert make(root, 6, {BETA: 6}).gate.state == verdicts.PLAUSIBLE


def test_an_accepted_edition_that_is_run_again_asks_for_no_reason(
    accepted: tuple[Path, Report], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(accepted[0], tmp_path / "copy"))
    again = make(root, 5, {BETA: 6}, inbox=accepted[0] / "in")
    assert (again.version, again.gate.state, again.gate.reason) == (6, verdicts.ACCEPTED, WHY)
    assert refused(root, 5, {BETA: 5})  # other records, not those that were accepted


def test_an_edition_that_is_made_again_is_compared_with_those_before_its_day(root: Path) -> None:
    report = make(root, 4, {BETA: 6})
    assert report.gate == verdicts.Verdict(verdicts.EARLY, editions=4)  # it does not count itself


def test_a_new_site_is_told_and_is_no_finding(root: Path) -> None:
    report = make(root, 5, {**USUAL, GAMMA: 12})
    assert report.gate.to_lines() == [
        "gate: plausible beside 5 editions, 20 figures",
        f"  no verdict yet, fewer than 5 editions: {GAMMA}",
    ]


def test_a_flood_of_bad_records_is_held_without_any_history(tmp_path: Path) -> None:
    message = refused(tmp_path, 0, {BETA: 60}, broken=20)
    assert "  20 of 80 records are in quarantine, more than gate_quarantine = 0.2 allows;" in message
    assert "in quarantine:\n  20 x sources:" in message
    assert not (tmp_path / "data" / "published" / "current").exists()


@pytest.mark.parametrize(("broken", "most"), [(19, 0.0), (20, 0.25)])
def test_a_few_bad_records_are_left_to_the_tolerance(broken: int, most: float) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table editions (edition date, records int, quarantined int, unlisted_records int)"
        )
        connection.execute("insert into editions values (?, 80, ?, 0)", [FIRST, broken])
        verdict = gate.judge(connection, FIRST, Settings(gate_quarantine=most))
    assert verdict == verdicts.Verdict(verdicts.EARLY)


def test_the_gate_can_be_switched_off(root: Path) -> None:
    report = make(root, 5, {BETA: 6}, gate=False)
    assert (report.version, report.gate.to_lines()) == (6, ["gate: off (setting gate)"])
    on_again = make(root, 5, {BETA: 6})
    assert (on_again.version, on_again.gate.reason) == (6, "it is published already")


def test_later_runs_remind_of_what_is_held(without_alpha: tuple[Path, str], tmp_path: Path) -> None:
    root = Path(shutil.copytree(without_alpha[0], tmp_path / "copy"))
    report = make(root, 6, USUAL)
    assert (report.version, report.waiting) == (6, "2026-03-07")
    assert (
        '  held: edition 2026-03-07; mend its inputs and run it again, or with --accept "WHY"' in report.to_text()
    )
    assert make(root, 5, USUAL).waiting == ""


def test_the_next_held_version_takes_the_place_of_the_first(
    without_alpha: tuple[Path, str], tmp_path: Path
) -> None:
    root = Path(shutil.copytree(without_alpha[0], tmp_path / "copy"))
    store = Store(root / "data")
    refused(root, 6, {BETA: 6})
    assert held.waiting(store) == "2026-03-08"
    held.release(store, day(5))
    assert held.waiting(store) == "2026-03-08"
    assert [path.name for path in store.published.iterdir() if path.name.startswith("staging-")] == []


@pytest.mark.slow
def test_the_command_exits_with_two_and_takes_a_reason(root: Path) -> None:
    file = deliver(root / "in", 5, {BETA: 6})
    told = ("run", str(file), "--edition", "2026-03-07", "--data", root / "data", "--workers", "1")
    done = copydesk(*told)
    assert (done.returncode, "site alpha.example: articles 0, usual 16" in done.stderr.decode()) == (2, True)
    done = copydesk(*told, "--accept", WHY)
    assert (done.returncode, f"gate: 1 finding accepted: {WHY}" in done.stdout.decode()) == (0, True)


COUNT = Measure("articles_by_site", "", "count", "articles", "site", "look")
SHARE = Measure("undated_by_site", "", "share", "share without a date", "site", "look", "high")
SIZE = Measure("words_by_site", "", "size", "words", "site", "look")


def judged(measure: Measure, numbers: Sequence[float], weight: float = 100, **known: Any) -> list[Finding]:
    """Give the findings about the last of these numbers, one a night, of one site."""
    nights = [day(number) for number in range(len(numbers))]
    rows = [(night, "s", number, weight) for night, number in zip(nights, numbers, strict=True) if number >= 0]
    return unexplained(measure, history_of(measure, rows, nights), **known)


WEEKDAYS = [400, 420, 390, 410, 405, 200, 190] * 2


@pytest.mark.parametrize(
    ("measure", "numbers", "is_found"),
    [
        (COUNT, [*WEEKDAYS, 0], True),
        (COUNT, [*WEEKDAYS, 40], True),
        (COUNT, [*WEEKDAYS, 4000], True),
        (COUNT, [*WEEKDAYS, 300], False),
        (COUNT, [*WEEKDAYS, 800], False),
        (COUNT, [*WEEKDAYS[:12], 410, 200, 200, 205], True),  # three nights together are half
        (COUNT, [3] * 14 + [0], False),  # a small site may have nothing
        (COUNT, [0, 0, 0, 90, 0, 0, 0] * 2 + [0, 0, 0, 95], False),  # a weekly on its day
        (COUNT, [90, -1, -1, -1, -1, -1, -1] * 2 + [-1, -1, 95], True),  # and on another
        (COUNT, [*WEEKDAYS, -1], True),  # no row is none
        (COUNT, [-1] * 2 + [400] * 4 + [-1], False),  # too new
        (COUNT, [410, 400, 420, 390, 0], False),  # four editions say nothing
        (SHARE, [0.02] * 14 + [1.0], True),
        (SHARE, [0.02] * 14 + [0.1], False),
        (SHARE, [0.5] * 14 + [0.0], False),  # less is no harm
        (SHARE, [0.0] * 5 + [0.9] + [0.0] * 5 + [0.9] + [0.0] * 3 + [0.9], False),  # it comes in bursts
        (SIZE, [400] * 14 + [80], True),
        (SIZE, [400] * 14 + [300], False),
        (SIZE, [400] * 14 + [4000], True),
    ],
)
def test_a_number_is_a_finding_where_those_before_do_not_explain_it(
    measure: Measure,
    numbers: list[float],
    is_found: bool,  # noqa: FBT001
) -> None:
    assert bool(judged(measure, numbers)) is is_found


def test_few_articles_say_nothing_until_three_nights_do() -> None:
    assert judged(SHARE, [0.0] * 14 + [1.0], weight=3) == []
    assert [each.editions for each in judged(SHARE, [0.0] * 14 + [1.0] * 3, weight=3)] == [3]


def test_a_holiday_that_all_sites_share_is_no_finding() -> None:
    nights = [day(number) for number in range(15)]
    rows = [
        (night, f"{site}", 30.0 if night == nights[-1] else 100.0, 1.0) for night in nights for site in range(6)
    ]
    assert unexplained(COUNT, history_of(COUNT, rows, nights)) == []
    rows[-1] = (nights[-1], "5", 0.0, 1.0)
    assert [each.subject for each in unexplained(COUNT, history_of(COUNT, rows, nights))] == ["5"]


def test_what_is_accepted_excuses_its_like_and_no_more() -> None:
    numbers = [400.0] * 12 + [0.0, 0.0]
    since = {"s": day(12)}
    assert (len(judged(COUNT, numbers)), judged(COUNT, numbers, since=since)) == (1, [])
    assert len(judged(SHARE, [0.0] * 12 + [0.3, 1.0], since=since)) == 1


def test_what_a_manifest_keeps_is_read_as_it_was() -> None:
    kept = Acceptance("2026-03-07", WHY, (("articles_by_site", ALPHA),))
    told = {"edition": "2026-03-07", "reason": WHY, "findings": [["articles_by_site", ALPHA]]}
    assert Acceptance.of(told) == kept


def test_many_findings_are_cut_short_in_the_message() -> None:
    many = tuple(Finding("m", str(number), 0, 1, 1, 1, 1, f"text {number}") for number in range(25))
    shown = verdicts.Verdict(verdicts.HELD, findings=many).shown()
    assert (len(shown), shown[-1]) == (21, "  and 5 more")


def test_the_documentation_names_every_measure() -> None:
    page = (Path(__file__).parent.parent / "docs" / "gate.md").read_text(encoding="utf-8")
    assert [each.name for each in gate.measures() if f"| {each.name} |" not in page] == []


def test_the_simulation_finds_what_it_plants_and_little_else() -> None:
    nights = simulation.simulated(np.random.default_rng(11), simulation.SIZES, 60)
    assert [simulation.judged(nights, night) for night in range(40, 60)] == [[]] * 20
    simulation.FAULTS["site missing"](nights, 30, 45)
    assert simulation.judged(nights, 45) == ["articles_by_site"]

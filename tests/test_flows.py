"""The flows for real: under a server, under one of their own, and without any."""

import contextlib
import datetime as dt
import doctest
import errno
import importlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from copydesk import edition
from copydesk.settings import Settings
from copydesk.store import Store
from tests.prefect_server import ROOT, Prefect, processes_with, wait_for
from transforms.errors import CheckError, GateError

pytestmark = pytest.mark.prefect
DAYS = (dt.date(2026, 3, 2), dt.date(2026, 3, 3))
NIGHTLY = (sys.executable, "-m", "flows.nightly")
HOSTILE = "Council [votes](javascript:alert) on <script>bridge</script> | \x1b]0;repairs"


def story(town: str) -> str:
    return (
        f"The council of {town} voted on Monday to repair the bridge over the Aller before the winter.\n\n"
        "Nineteen members were in favour and four against, after a debate that lasted until midnight.\n\n"
        "The work costs 2.4 million euros and begins in May; lorries have to go round by the old ferry."
    )


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give two editions of pages: two copies of a story with a hostile title, another story, a torn record."""
    folder = tmp_path_factory.mktemp("inbox")
    for day in DAYS:
        (folder / day.isoformat()).mkdir()
        rows = [
            {"url": f"https://{site}.example/{day}", "title": HOSTILE, "text": story(f"Ort am {day:%A}")}
            for site in ("harbour", "ledger")
        ]
        lines = [*map(json.dumps, rows), '{"url": "https://torn.example/", "text": "A record that']
        (folder / day.isoformat() / "feed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def tables(data: Path) -> dict[str, bytes]:
    store = Store(data)
    folder = store.version_folder(store.current().version)
    return {file.name: file.read_bytes() for file in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def night(prefect: Prefect, inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give one night under the server: what the command said, its run and its artifacts."""
    data = tmp_path_factory.mktemp("night")
    command = (*NIGHTLY, f"{inbox}/{{edition}}", "--edition", str(DAYS[0]), "--data", str(data), "--workers", "1")
    done = prefect.run(*command)
    (run,) = prefect.ask(
        "flow_runs/filter", flows={"name": {"any_": ["nightly"]}}, flow_runs={"deployment_id": {"is_null_": True}}
    )
    made = prefect.ask("artifacts/filter", flow_runs={"id": {"any_": [run["id"]]}})
    return {"data": data, "done": done, "run": run, "artifacts": {each["key"]: each["data"] for each in made}}


def test_a_night_ends_completed_and_tells_what_it_made(night: dict[str, Any]) -> None:
    done: subprocess.CompletedProcess[str] = night["done"]
    assert done.returncode == 1, done.stderr  # done, with a record in quarantine
    assert night["run"]["state_name"] == "Completed"
    assert "edition 2026-03-02: 3 records = 2 articles + 0 repeated + 1 quarantined; 1 stories" in done.stdout
    assert f"tables in {night['data']}/published/versions/000001" in done.stdout
    assert "\ncopydesk sql" in done.stdout


def test_artifacts_show_the_edition_its_copies_and_its_quarantine(night: dict[str, Any]) -> None:
    assert set(night["artifacts"]) == {"edition", "most-copied", "quarantine"}
    assert night["artifacts"]["edition"].startswith("# Edition 2026-03-02\n")
    (copied,) = json.loads(night["artifacts"]["most-copied"])
    assert (copied["articles"], copied["copies"]) == (2, 1)
    (reason,) = json.loads(night["artifacts"]["quarantine"])
    assert (reason["step"], reason["records"]) == ("sources", 1)


def test_artifacts_show_hostile_titles_as_text(night: dict[str, Any]) -> None:
    (copied,) = json.loads(night["artifacts"]["most-copied"])
    assert copied["title"].startswith(
        "Council &#91;votes&#93;(javascript:alert) on &lt;script&gt;bridge&lt;/script&gt;"
    )
    shown = night["artifacts"]["edition"] + night["artifacts"]["most-copied"]
    assert [part for part in ("<script", "[votes]", "\x1b", "\\u001b") if part in shown] == []


def test_the_flow_publishes_the_same_bytes_as_the_library(
    night: dict[str, Any], inbox: Path, tmp_path: Path
) -> None:
    edition.run([inbox / str(DAYS[0])], day=DAYS[0], settings=Settings(tmp_path))
    assert tables(night["data"]) == tables(tmp_path)


def test_a_backfill_makes_each_edition_and_says_which_failed(prefect: Prefect, inbox: Path, tmp_path: Path) -> None:
    script = (
        "import datetime as dt, sys; from flows.backfill import backfill;"
        "first, last, inbox, data = sys.argv[1:];"
        "backfill(dt.date.fromisoformat(first), dt.date.fromisoformat(last), [inbox + '/{edition}'], data, 1)"
    )
    beyond = DAYS[1] + dt.timedelta(days=1)
    done = prefect.run(sys.executable, "-c", script, str(DAYS[0]), str(beyond), str(inbox), str(tmp_path))
    (run,) = prefect.ask("flow_runs/filter", flows={"name": {"any_": ["backfill"]}})
    assert (run["state_name"], run["state"]["message"]) == ("Failed", "1/3 states failed."), done.stderr
    assert f"{inbox}/{beyond}" in done.stderr
    assert [each.edition for each in Store(tmp_path).current().editions] == [str(day) for day in DAYS]
    for day in DAYS:
        edition.run([inbox / str(day)], day=day, settings=Settings(tmp_path / "direct"))
    assert tables(tmp_path) == tables(tmp_path / "direct")


def test_a_night_that_the_gate_holds_is_published_for_the_reason_that_it_was_given(
    prefect: Prefect, tmp_path: Path
) -> None:
    file, data = tmp_path / "feed.jsonl", tmp_path / "data"
    torn = '{"url": "https://torn.example/", "text": "A record that\n'
    file.write_text(json.dumps({"url": "https://a.example/", "text": story("Ort")}) + "\n" + torn * 25)
    with pytest.raises(GateError):
        edition.run([file], day=DAYS[0], settings=Settings(data, workers=1))
    assert Store(data).current().version == 0
    why = "the feed was cut off; what came is right"
    done = prefect.run(*NIGHTLY, str(file), "--edition", str(DAYS[0]), "--data", str(data), "--accept", why)
    assert done.returncode == 1, done.stderr  # published, with records in quarantine
    (run,) = prefect.ask("flow_runs/filter", flow_runs={"name": {"any_": [name_of(done.stderr)]}})
    assert (run["state_name"], run["parameters"]["accept"]) == ("Completed", why)
    assert [(each["edition"], each["reason"]) for each in Store(data).current().accepted] == [(str(DAYS[0]), why)]


def name_of(log: str) -> str:
    """Give the name that Prefect gave to the run."""
    found = re.search(r"Beginning flow run '([^']+)'", log)
    assert found, log
    return found[1]


def test_a_second_night_at_once_is_refused_with_its_own_code(prefect: Prefect, inbox: Path, tmp_path: Path) -> None:
    with Store(tmp_path).lock():
        done = prefect.run(*NIGHTLY, str(inbox / str(DAYS[0])), "--data", str(tmp_path))
    assert done.returncode == 75
    assert f"copydesk: {tmp_path}: another run is at work (pid {os.getpid()} on" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({"PREFECT_API_URL": "http://127.0.0.1:9/api"}, id="nobody-answers"),
        pytest.param(
            {"PREFECT_API_URL": "", "PREFECT_SERVER_DATABASE_CONNECTION_URL": "sqlite+aiosqlite:////no/where.db"},
            id="no-server-starts",
        ),
    ],
)
def test_without_a_server_the_night_runs_all_the_same(
    prefect: Prefect, inbox: Path, tmp_path: Path, trouble: dict[str, str]
) -> None:
    command = (*NIGHTLY, str(inbox / str(DAYS[0])), "--edition", str(DAYS[0]), "--data", str(tmp_path))
    done = prefect.run(*command, **trouble)
    assert done.returncode == 1, done.stderr
    assert "copydesk: running without Prefect, no artifacts and no retries: " in done.stderr
    assert Store(tmp_path).current().version == 1


def alone(inbox: Path, data: Path) -> subprocess.Popen[bytes]:
    """Start a night that finds no server, as `make run` does."""
    unset = ("PREFECT_API_URL", "PREFECT_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    with (data / "log").open("wb") as log:
        command = (*NIGHTLY, str(inbox / str(DAYS[0])), "--data", str(data))
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def lone(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the data of a night that had no server, after its end."""
    data = tmp_path_factory.mktemp("lone")
    assert alone(inbox, data).wait(400) == 1, (data / "log").read_text()
    return data


def test_a_night_alone_brings_its_server_and_takes_it_away(lone: Path) -> None:
    assert Store(lone).current().version == 1
    assert (lone / ".prefect" / "prefect.db").exists()
    assert "Finished in state Completed()" in (lone / "log").read_text()
    assert processes_with(lone) == []


def stopped(night: subprocess.Popen[bytes], number: signal.Signals) -> int:
    """Signal until the night ends, and give its code: Prefect loses a signal that comes in a finaliser."""
    for _ in range(20):
        night.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return night.wait(1.5)
    raise AssertionError("the night does not end")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_night_that_is_stopped_leaves_no_process(inbox: Path, lone: Path, number: signal.Signals) -> None:
    night = alone(inbox, lone)
    assert wait_for(lambda: "Beginning flow run" in (lone / "log").read_text(), 400)
    assert processes_with(lone)
    assert stopped(night, number) in (-number, 128 + number)
    assert wait_for(lambda: not processes_with(lone), 30)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (OSError(errno.EIO, "a bad sector"), True),
        (OSError(errno.ENOSPC, "the disk is full, for now"), True),
        (PermissionError(errno.EACCES, "not yours"), False),
        (CheckError("wrong rows"), False),
        (ValueError("a bug"), False),
    ],
)
def test_only_faults_that_may_pass_are_tried_again(error: Exception, again: bool) -> None:  # noqa: FBT001
    from prefect.states import Failed

    from flows import nightly

    for step in (nightly.gather, nightly.clean, nightly.fold, nightly.publish):
        assert step.retries == 2
        assert step.retry_condition_fn is nightly.is_passing
    assert nightly.is_passing(nightly.publish, None, Failed(data=error)) is again


@pytest.mark.parametrize("module", ["flows.nightly", "flows.backfill", "flows.alone"])
def test_examples_hold(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0

"""The schedule for real: a server, the deployments of prefect.yaml, a worker, and a run that the clock began."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from copydesk.store import Store
from tests.prefect_server import ROOT, Prefect, wait_for

pytestmark = pytest.mark.prefect
RUN_SECONDS = 300  # 25 on an idle machine
PAGE = """Bridge opens again

The drawbridge opens again on Friday, the harbour office said on Wednesday.

Repairs took ten days.
"""


def soon(inbox: Path, data: Path) -> str:
    """Give prefect.yaml with a schedule that begins at once, and with other folders; nothing else differs."""
    text = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    for old, new in {
        'cron: "30 2 * * *"': "interval: 10",
        '"data/inbox/{edition}"': f'"{inbox}"',
        "data: data": f"data: {data}",
    }.items():
        assert old in text
        text = text.replace(old, new)
    return text


def ended_run(prefect: Prefect) -> dict[str, Any] | None:
    """Give a run that the scheduler made and that has ended, if there is one."""
    ended = {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
    runs = prefect.ask("flow_runs/filter", flow_runs=ended, flows={"name": {"any_": ["nightly"]}})
    return next((run for run in runs if run["auto_scheduled"]), None)


def publish_lines(prefect: Prefect, run_id: str) -> list[str]:
    """Give what the log of a run says about publishing; it arrives a moment after the run's end."""
    lines = prefect.ask("logs/filter", logs={"flow_run_id": {"any_": [run_id]}})
    return [line["message"] for line in lines if line["message"].startswith("publish:")]


def test_a_scheduled_run_publishes_the_edition_of_its_day(prefect: Prefect, tmp_path: Path) -> None:
    inbox, data, file = tmp_path / "inbox", tmp_path / "data", tmp_path / "prefect.yaml"
    inbox.mkdir()
    (inbox / "bridge.txt").write_text(PAGE, encoding="utf-8")
    file.write_text(soon(inbox, data), encoding="utf-8")
    pool = prefect.run("prefect", "work-pool", "create", "--type", "process", "--overwrite", "copydesk")
    assert pool.returncode == 0, pool.stdout + pool.stderr
    deployed = prefect.run("prefect", "deploy", "--all", "--prefect-file", str(file))
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    worker = prefect.start("prefect", "worker", "start", "--pool", "copydesk", log="worker.log", cwd=tmp_path)
    try:
        run = wait_for(lambda: ended_run(prefect), RUN_SECONDS)
        assert run, (prefect.home / "worker.log").read_text()
        assert run["state_name"] == "Completed", (prefect.home / "worker.log").read_text()
        (logged,) = wait_for(lambda: publish_lines(prefect, run["id"]), 30)
    finally:
        worker.kill()  # on SIGTERM it may go on for ever
        worker.wait()
    assert logged.startswith("publish: version 1, 1 articles")
    day = dt.datetime.fromisoformat(run["expected_start_time"]).date().isoformat()
    (edition,) = (each for each in Store(data).current().editions if each.edition == day)
    assert (edition.records, edition.pages) == (1, 1)


def test_a_day_ends_where_the_schedule_lies() -> None:
    from flows.nightly import day_of

    late = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    assert day_of(late, "UTC") == dt.date(2026, 3, 1)
    assert day_of(late, "Europe/Berlin") == dt.date(2026, 3, 2)

"""The README cannot drift: its examples are run."""

import datetime as dt
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import duckdb
import pytest

from copydesk import edition, rule_test, settings
from copydesk.cli import app
from copydesk.settings import Settings
from transforms import rule_files

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]


def blocks(mark: str) -> list[str]:
    """Give the code blocks of the README that follow a mark."""
    return re.findall(rf"<!-- {mark} -->\n```\w+\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("readme")
    edition.run([ROOT / "data" / "sample"], day=dt.date(2026, 3, 4), settings=Settings(root / "data"))
    return root


def test_the_page_at_the_top_becomes_what_the_readme_says() -> None:
    (before,), (after,) = blocks("before"), blocks("after")
    done = subprocess.run(
        [sys.executable, "-m", "copydesk.cli", "strip", "-"], input=before.encode(), capture_output=True, check=True
    )
    assert done.stdout.decode() == after


@pytest.mark.parametrize("query", blocks("sql"))
def test_the_queries_give_rows(published: Path, query: str) -> None:
    with duckdb.connect(str(published / "data" / "published" / "news.duckdb"), read_only=True) as connection:
        assert connection.execute(query).fetchall()


def test_the_python_example_runs(published: Path) -> None:
    (code,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", code], cwd=published, capture_output=True, check=True)
    assert "copied_share" in done.stdout.decode()


def test_the_rules_are_ones_that_load(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("\n".join(blocks("rule")), encoding="utf-8")
    loaded = {rule.id for rule in rule_files.load(tmp_path).ordered}
    assert loaded - {rule.id for rule in rule_files.load().ordered} == {
        "own.meridian", "own.tides", "own.readers", "own.corrections"
    }  # fmt: skip


def test_the_trial_of_the_rule_says_what_the_readme_says(published: Path, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(blocks("rule")[0], encoding="utf-8")
    trial = rule_test.try_file(tmp_path / "own.toml", Settings(published / "data"), last=7)
    assert [trial.to_text() + "\n"] == blocks("trial")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_has_help(command: str) -> None:
    assert f"copydesk {command}" in README
    done = subprocess.run(
        [sys.executable, "-m", "copydesk.cli", command, "--help"], capture_output=True, check=True
    )
    assert len(done.stdout.splitlines()) > 3


def test_every_setting_is_in_the_readme_with_its_default(tmp_path: Path) -> None:
    cells = [row.split(" | ") for row in re.findall(r"^\| (\w+ \| COPYDESK_.*) \|$", README, re.MULTILINE)]
    told = {name: (variable, default) for name, variable, default, _ in cells}
    assert {name: variable for name, (variable, _) in told.items()} == {
        field.name: f"COPYDESK_{field.name.upper()}" for field in fields(Settings)
    }
    (tmp_path / "copydesk.toml").write_text(
        "".join(f"{name} = {default}\n" for name, (_, default) in told.items()), encoding="utf-8"
    )
    assert settings.load(tmp_path, {}) == Settings()


def test_every_published_table_is_in_the_readme(published: Path) -> None:
    tables = {file.stem for file in (published / "data" / "published" / "versions" / "000001").glob("*.parquet")}
    listed = set(re.findall(r"^\| (\w+) \|", README.split("## What comes out")[1].split("##")[0], re.MULTILINE))
    assert listed - {"table"} == tables


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []

import json
import os
import pty
import re
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import copydesk, started

SAMPLE = Path(__file__).parent.parent / "data" / "sample"
PAGE = """Monday, March 2

Ferry returns to Lunow

The ferry left the harbour of Lunow at eight with eighty people on board, the office said.

Its engine failed off the lighthouse, and two tugs brought the ship back before noon.

Additional reporting by Ada Quill in Malchin

Leave a Comment

Your email address will not be published.
"""
BODY = """The ferry left the harbour of Lunow at eight with eighty people on board, the office said.

Its engine failed off the lighthouse, and two tugs brought the ship back before noon.
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cli")
    (root / "in").mkdir()
    (root / "in" / "ferry.txt").write_text(PAGE, encoding="utf-8")
    (root / "in" / "torn.jsonl").write_text('{"url": "https://a.example/", "te\n', encoding="utf-8")
    done = started("run", root / "in", "--edition", "2026-03-02", "--data", root / "data", "--workers", 1)
    assert done.returncode == 1, done.stderr.decode()
    return root / "data"


def test_run_tells_what_was_made_and_exits_1_for_quarantine(data: Path) -> None:
    done = copydesk("run", data.parent / "in", "--edition", "2026-03-02", "--data", data)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert lines[0] == (
        "edition 2026-03-02: 2 records = 1 articles + 0 repeated + 1 quarantined; 1 stories, 5 lines cut; version 1"
    )
    assert any(line.startswith("  1 x sources: ") and "torn.jsonl, offset 0" in line for line in lines)


def test_what_is_tolerated_exits_0(data: Path) -> None:
    inputs = data.parent / "in"
    done = copydesk("run", inputs, "--edition", "2026-03-02", "--data", data, COPYDESK_TOLERANCE="0.5")
    assert done.returncode == 0


def test_json_is_for_machines(data: Path) -> None:
    done = copydesk("run", data.parent / "in", "--edition", "2026-03-02", "--data", data, "--json")
    told = json.loads(done.stdout)
    assert (told["edition"], told["version"], told["counts"]["articles"], told["counts"]["quarantined"]) == (
        "2026-03-02",
        1,
        1,
        1,
    )


def test_strip_writes_the_clean_text_of_a_pipe(tmp_path: Path) -> None:
    done = copydesk("strip", "-", stdin=PAGE.encode())
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, BODY, b"")
    (tmp_path / "ferry.txt").write_text(PAGE)
    told = json.loads(copydesk("strip", tmp_path / "ferry.txt", "--json").stdout)
    assert told == {
        "title": "Ferry returns to Lunow",
        "body": BODY.strip(),
        "language": "en",
        "credits": "Ada Quill",
    }


def test_strip_reads_html_with_its_metadata() -> None:
    lines = "".join(f"<p>{line}</p>" for line in BODY.splitlines() if line)
    meta = '<meta property="article:published_time" content="2026-03-01T08:00:00Z">'
    page = f"<html lang=en>{meta}<article><h1>The ferry returns</h1>{lines}</article></html>"
    told = json.loads(copydesk("strip", "-", "--json", stdin=page.encode()).stdout)
    assert told == {
        "title": "The ferry returns",
        "body": BODY.strip().replace("\n\n", "\n"),
        "published_at": "2026-03-01 08:00:00+00:00",
        "language": "en",
    }


def test_explain_shows_each_line_with_what_decided_it(data: Path) -> None:
    (article_id,) = [
        json.loads(line)["article_id"]
        for line in copydesk("sql", "select article_id from articles", "--data", data, "--json").stdout.splitlines()
    ]
    by_id = copydesk("explain", article_id[:8], "--data", data, "--json")
    by_file = copydesk("explain", data.parent / "in" / "ferry.txt", "--json")
    assert by_id.stdout == by_file.stdout
    lines = [json.loads(line) for line in by_id.stdout.splitlines()]
    assert "\n".join(line["text"] for line in lines) == PAGE.strip()
    assert [(line["line_no"], line["action"], line["kind"]) for line in lines if line["text"]] == [
        (1, "cut", "site_date"),
        (3, "move", "title"),
        (5, "keep", None),
        (7, "keep", None),
        (9, "move", "credit"),
        (11, "cut", "comment_form"),
        (13, "cut", "comment_form"),
    ]
    shown = copydesk("explain", data.parent / "in" / "ferry.txt").stdout.decode()
    assert "credits: Ada Quill" in shown


def test_explain_shows_how_sure_the_classifier_was() -> None:
    page = SAMPLE / "2026-03-02" / "harborledger-library.txt"
    told = [json.loads(line) for line in copydesk("explain", page, "--json").stdout.splitlines()]
    scores = {line["text"]: line["score"] for line in told if line["rule_id"] == "model.lines" and line["text"]}
    assert list(scores) == ["Buy a photo", "Tide tables", "Death notices", "Place an ad"]
    assert {line["score"] for line in told if line["rule_id"] != "model.lines"} == {None}
    shown = copydesk("explain", page).stdout.decode()
    found = re.findall(r"^ *\d+ cut +model\.lines (\.\d\d) +(\S.*)$", shown, re.MULTILINE)
    assert [text for _, text in found] == list(scores)
    assert [float(score) for score, _ in found] == pytest.approx(
        [min(score, 0.99) for score in scores.values()], abs=0.006
    )


def test_explain_is_coloured_on_a_terminal(data: Path) -> None:
    main, child = pty.openpty()
    command = [sys.executable, "-m", "copydesk.cli", "explain", str(data.parent / "in" / "ferry.txt")]
    with subprocess.Popen(command, stdout=child, env={**os.environ, "TERM": "xterm-256color"}) as process:
        process.wait(timeout=60)
        os.close(child)
        shown = b""
        while select.select([main], [], [], 0.2)[0]:
            try:
                shown += os.read(main, 65536)
            except OSError:
                break
    assert b"\x1b[1;31m  11 cut" in shown.replace(b"\x1b[31;1m", b"\x1b[1;31m")


def test_sql_answers_one_query(data: Path) -> None:
    done = copydesk("sql", "select site, articles from outlets", "--data", data)
    assert (done.returncode, "(unknown)" in done.stdout.decode()) == (0, True)


def test_sql_writes_csv_that_a_spreadsheet_does_not_run(data: Path) -> None:
    query = "select * from (values ('=1+1', -2, null, 'a, \"b\"'), ('@x', 3, true, '-')) as t(name, n, flag, text)"
    plain = copydesk("sql", query, "--data", data, "--csv").stdout.decode()
    assert plain == 'name,n,flag,text\n=1+1,-2,,"a, ""b"""\n@x,3,true,-\n'
    safe = copydesk("sql", query, "--data", data, "--excel-safe").stdout.decode()
    assert safe == 'name,n,flag,text\n\'=1+1,-2,,"a, ""b"""\n\'@x,3,true,\'-\n'
    assert copydesk("sql", "select 1 as a limit 0", "--data", data, "--csv").stdout == b"a\n"


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('{data}/runs/000001.json')",
        "copy (select 1) to '{data}/out.csv'",
        "copy (select 1) to '{data}/published/out.csv'",
        "attach '{data}/other.duckdb'",
        "install httpfs",
        "set enable_external_access = true",
        "reset allowed_directories",
        "explain analyze copy (select 1) to '{data}/published/out.csv'",
        "select 1; copy (select 1) to '{data}/published/out.csv'",
    ],
)
def test_a_safe_query_reads_what_is_published_and_does_nothing_else(data: Path, query: str) -> None:
    done = copydesk("sql", query.format(data=data), "--data", data, "--safe")
    assert (done.returncode, done.stdout) == (64, b"")
    assert re.match(
        "copydesk: (DuckDB refuses the query: Permission|only a query that selects)", done.stderr.decode()
    )
    assert not (data / "out.csv").exists()
    assert not (data / "published" / "out.csv").exists()


def test_a_safe_query_reads_the_tables(data: Path) -> None:
    assert b"--safe needs a query" in copydesk("sql", "--data", data, "--safe").stderr
    done = copydesk("sql", "select count(*) as n from articles", "--data", data, "--safe", "--json")
    assert json.loads(done.stdout) == {"n": 1}


def test_editions_are_listed(data: Path) -> None:
    (line,) = copydesk("editions", "--data", data, "--json").stdout.splitlines()
    told = json.loads(line)
    assert (told["edition"], told["records"], told["articles"], told["quarantined"]) == ("2026-03-02", 2, 1, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run",), "Missing argument"),
        (("run", "{tmp}/nowhere"), "nowhere"),
        (("run", "{tmp}", "--edition", "tomorrow"), "write it as YYYY-MM-DD"),
        (("run", "{tmp}", "--colour"), "No such option"),
        (("run", "{tmp}", "--workers", "-1"), "Invalid value for '--workers'"),
        (("frobnicate",), "No such command"),
        (("strip", "{tmp}/nowhere.txt"), "nowhere.txt"),
        (("strip", "{tmp}"), "give a text or HTML file"),
        (("strip", "{tmp}/a.jsonl"), "holds records, not one page"),
        (("explain", "0123", "--data", "{tmp}"), "nothing is published here"),
        (("explain", "a" * 300, "--data", "{tmp}"), "nothing is published here"),
        (("sql", "select 1", "--data", "{tmp}"), "begin with `copydesk run`"),
    ],
)
def test_wrong_usage_is_refused_before_any_work(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = copydesk(*(argument.format(tmp=tmp_path) for argument in arguments), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (64, b"")
    assert message in done.stderr.decode()
    assert not list(tmp_path.iterdir())


def test_a_data_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = copydesk("run", SAMPLE, "--data", tmp_path / "file")
    assert (done.returncode, "cannot be a folder" in done.stderr.decode()) == (64, True)


def test_a_wrong_query_is_refused_with_what_duckdb_says(data: Path) -> None:
    done = copydesk("sql", "select nothing from articles", "--data", data)
    assert done.returncode == 64
    assert "DuckDB refuses the query: Binder Error" in done.stderr.decode()


def test_a_page_of_leftovers_only_is_unusable_input() -> None:
    done = copydesk("strip", "-", stdin=b"Leave a Reply\n\nShare\n")
    assert done.returncode == 65
    assert "nothing is left" in done.stderr.decode()


def test_a_second_run_exits_75_and_says_who_is_at_work(data: Path) -> None:
    code = (
        "import sys, pathlib, copydesk.store as s\n"
        "with s.Store(pathlib.Path(sys.argv[1])).lock(): print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, data], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        done = copydesk("run", data.parent / "in", "--edition", "2026-03-02", "--data", data)
        other.kill()
    assert done.returncode == 75
    assert f"another run is at work (pid {other.pid} on" in done.stderr.decode()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_says_so_and_can_be_run_again(tmp_path: Path, number: signal.Signals, code: int) -> None:
    command = [sys.executable, "-m", "copydesk.cli", "run", str(SAMPLE), "--edition", "2026-03-04", "--data"]
    with subprocess.Popen([*command, str(tmp_path / "data")], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.readline()  # the sources are read, the shards are at work
        time.sleep(0.2)
        process.send_signal(number)
        stopped_at = time.monotonic()
        message = process.stderr.read().decode()
        process.wait(timeout=30)
    assert time.monotonic() - stopped_at < 5
    assert process.returncode == code
    assert "run the same command again to finish" in message
    again = copydesk("run", SAMPLE, "--edition", "2026-03-04", "--data", tmp_path / "data")
    assert again.returncode == 1, again.stderr.decode()


def test_a_signal_in_a_finaliser_is_not_lost() -> None:
    code = (
        "import os, signal, sys, time, copydesk.exits as e\n"
        "class Deaf:\n"
        "    def __del__(self): os.kill(os.getpid(), signal.SIGTERM); time.sleep(0)\n"
        "def work():\n"
        "    d = Deaf(); del d; time.sleep(5); return 0\n"
        "sys.exit(e.guarded(work))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (143, b"copydesk: stopped; run the same command again to finish\n")


def test_a_bug_is_reported_with_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code = (
        "import sys, copydesk.edition as e, copydesk.cli as c\n"
        "e.run = lambda *a, **k: 1 / 0\n"
        "sys.argv = ['copydesk', 'run', '.']\nc.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert done.returncode == 70
    assert "this is a bug: ZeroDivisionError" in done.stderr.decode()
    (file,) = tmp_path.glob("copydesk-bug-*.txt")
    assert "ZeroDivisionError" in file.read_text()


@pytest.mark.parametrize("command", ["sql 'select unnest(range(100000)) as n' --json", "editions"])
def test_a_reader_that_leaves_is_no_error(data: Path, command: str) -> None:
    pipe = f"set -o pipefail; {sys.executable} -m copydesk.cli {command} --data {data} | true"
    done = subprocess.run(["bash", "-c", pipe], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_empty_query_has_no_rows(data: Path) -> None:
    done = copydesk("sql", "", "--json", "--data", data)
    assert (done.returncode, done.stdout) == (0, b"")


def test_without_a_query_the_shell_of_duckdb_opens_the_catalog(data: Path, tmp_path: Path) -> None:
    shell = tmp_path / "duckdb"
    shell.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    shell.chmod(0o755)
    done = copydesk("sql", "--data", data, PATH=f"{tmp_path}:/usr/bin:/bin")
    assert done.stdout.decode().splitlines() == [
        "-readonly",
        "-cmd",
        f"set variable copydesk_published = '{data}/published'",
        f"{data}/published/news.duckdb",
    ]
    done = copydesk("sql", "--data", data, PATH=str(data))
    assert (done.returncode, "is not on the PATH" in done.stderr.decode()) == (64, True)


def test_columns_of_one_name_are_refused_rather_than_lost(data: Path) -> None:
    done = copydesk("sql", "select 1 as a, 2 as a", "--json", "--data", data)
    assert (done.returncode, "two columns have one name" in done.stderr.decode()) == (64, True)


def test_help_starts_at_once() -> None:
    """The bound is twice what it should be: this finds a heavy import, benchmarks/ measure the time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = started("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0
    assert {"run", "strip", "explain", "sql", "editions"} <= set(done.stdout.decode().split())
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0

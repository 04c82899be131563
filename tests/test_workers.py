import datetime as dt
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk import shard, workers
from copydesk.shard import MARK_BYTES, Task
from copydesk.store import Store, put_tables
from transforms import answers, model_file
from transforms.errors import CopydeskError, ExtractError, RuleError, ShortageError
from transforms.extract import Reading
from transforms.metadata import Metadata
from transforms.schemas import PAGES
from transforms.visible import visible

DAY = dt.date(2026, 3, 2)
TEXT = (
    "<p>The ferry left the harbour at eight in the morning with ninety passengers aboard, the office said.</p>" * 4
)
GOOD = f"<html><body><article><h1>Ferry leaves</h1>{TEXT}</article></body></html>"
READING = Reading(Metadata(), "", None, None, None, None)
STUCK = GOOD.replace("Ferry leaves", "Ferry stays")
FAULTY = """
import os, resource, signal, sys, time
from transforms import extract
from copydesk import shard
read, fault, log = extract._read, sys.argv[1], sys.argv[2]
def hurt(page, judges):
    with open(log, "a") as told:
        told.write(page["page_id"] + " ")
    if "Ferry stays" in page["body"]:
        is_first = open(log).read().split().count(page["page_id"]) == 1
        if fault == "dies" or fault == "dies once" and is_first:
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "spins":
            while True:
                try:
                    sum(range(10 ** 9))
                except Exception:
                    pass
        if fault == "aborts":
            os.abort()
        if fault == "refused":
            raise ValueError("Failed to parse HTML document")  # as resiliparse 1 does
        if fault == "sleeps":
            time.sleep(600)
    return read(page, judges)
extract._read = hurt
def hungry(extracts, *more):
    bytes(extracts.num_rows << 26)
    return stripped(extracts, *more)
if fault == "hungers":
    stripped, shard.strip = shard.strip, hungry
    held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + (int(os.environ["SPARE_MIB"]) << 20), resource.RLIM_INFINITY))
shard.main()
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Callable[[], list[str]]]:
    """Give what lets workers fail in one way at STUCK; it gives what tells the pages that they began."""
    log = tmp_path / "log"

    def break_(fault: str) -> Callable[[], list[str]]:
        command = [sys.executable, "-c", FAULTY, fault, str(log)]
        monkeypatch.setattr(workers, "COMMAND", command)
        monkeypatch.setattr(workers, "_kept", [])  # that of all tests has no fault
        return lambda: log.read_text().split()

    return break_


def task(tmp_path: Path, bodies: dict[str, str], *, media_type: str = "text/html", **more: object) -> Task:
    rows = [
        dict.fromkeys(PAGES.names)
        | {
            "page_id": page_id,
            "edition": DAY,
            "source": "in",
            "source_offset": 0,
            "media_type": media_type,
            "body": body,
        }
        for page_id, body in bodies.items()
    ]
    store = Store(tmp_path)
    digest = store.put_pages(pa.Table.from_pylist(rows, PAGES))
    key = "k" + digest[:8]
    files = store.page_shard(digest), store.shard(key), store.root / "fingerprints.arrow"
    return Task(key, *map(str, files), **more)  # type: ignore[arg-type]


def rows(task: Task, table: str) -> list[dict[str, object]]:
    made: list[dict[str, object]] = pq.read_table(Path(task.folder) / f"{table}.parquet").to_pylist()
    return made


Faulty = Callable[[str], Callable[[], list[str]]]


def files(task: Task) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(Path(task.folder).glob("*.parquet"))}


def test_a_page_that_ends_its_worker_is_tried_alone_then_goes_to_quarantine(tmp_path: Path, faulty: Faulty) -> None:
    begun = faulty("dies")
    one = task(tmp_path, {"p1": GOOD, "p2": STUCK, "p3": GOOD.replace("ninety", "thirty")})
    [result] = workers.run([one], processes=1)
    assert begun() == ["p1", "p2", "p2", "p1", "p3"]
    assert (result.rows["articles"], [row["article_id"] for row in rows(one, "articles")]) == (2, ["p1", "p3"])
    (kept,) = rows(one, "quarantine")
    assert (kept["page_id"], kept["bytes"], kept["text"]) == ("p2", STUCK.encode(), visible(STUCK, is_html=True))
    assert kept["reason"] == (
        f"the page ended its worker twice (signal {int(signal.SIGKILL)}); look at its bytes, then replay or drop it"
    )
    refused = replace(one, folder=one.folder + "x", lethal={"p2": str(kept["reason"])})
    shard.process(refused)
    assert [files(refused)[name] for name in files(one)] == list(files(one).values())


def test_a_page_that_ended_its_worker_by_bad_luck_stays(tmp_path: Path, faulty: Faulty) -> None:
    begun = faulty("dies once")
    one = task(tmp_path, {"p1": GOOD, "p2": STUCK})
    workers.run([one], processes=1)
    assert begun() == ["p1", "p2", "p2", "p1", "p2"]
    assert [row["article_id"] for row in rows(one, "articles")] == ["p1", "p2"]


def test_code_that_hears_no_signal_is_ended_by_the_kernel(tmp_path: Path, faulty: Faulty) -> None:
    faulty("spins")
    one = task(tmp_path, {"p1": STUCK, "p2": GOOD}, page_cpu_seconds=0.3)
    workers.run([one], processes=1)
    assert [row["article_id"] for row in rows(one, "articles")] == ["p2"]


def test_a_worker_that_stays_at_a_page_without_any_work_is_killed(tmp_path: Path, faulty: Faulty) -> None:
    begun = faulty("sleeps")
    one = task(tmp_path, {"p1": STUCK, "p2": GOOD}, page_seconds=1.0)
    workers.run([one], processes=1)
    assert begun() == ["p1", "p1", "p2"]
    (kept,) = rows(one, "quarantine")
    assert str(kept["reason"]).startswith("the page ended its worker twice (longer at it than page_seconds)")


def test_a_page_that_takes_too_much_memory_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    large = GOOD.replace("<h1>", f"<p>{'<span>a</span> ' * 100_000}</p><h1>")
    one = task(tmp_path, {"p1": large, "p2": GOOD}, page_memory_mib=1)
    workers.run(
        [one], processes=1
    )  # a new process: one that has memory to spare is refused elsewhere, or not at all
    assert [row["article_id"] for row in rows(one, "articles")] == ["p2"]
    assert [row["reason"] for row in rows(one, "quarantine")] == [shard._TOO_LARGE]


def test_a_parser_that_was_refused_memory_is_told_by_the_limit_and_not_in_its_own_words(
    tmp_path: Path, faulty: Faulty
) -> None:
    faulty("refused")
    one = task(tmp_path, {"p1": STUCK, "p2": GOOD})
    workers.run([one], processes=1)
    assert [row["reason"] for row in rows(one, "quarantine")] == [shard._TOO_LARGE]


def test_a_parser_that_aborts_for_want_of_memory_is_told_with_the_limit(tmp_path: Path, faulty: Faulty) -> None:
    faulty("aborts")
    one = task(tmp_path, {"p1": STUCK, "p2": GOOD})
    workers.run([one], processes=1)
    (kept,) = rows(one, "quarantine")
    assert kept["reason"] == (
        "the page ended its worker twice (signal 6, as where page_memory_mib refuses a parser memory); "
        "look at its bytes, then replay or drop it"
    )


TEXTS = {
    f"p{number:02}": f"The ferry left at {number} in the morning with ninety passengers, the office said.\n" * 3
    for number in range(100)
}


def test_a_shard_for_which_memory_runs_out_is_done_with_fewer_pages_at_once(
    tmp_path: Path, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARE_MIB", "4000")
    one = task(tmp_path, TEXTS, media_type="text/plain")
    begun = faulty("hungers")
    [result] = workers.run([one], processes=1)
    assert begun() == [*TEXTS] * 2
    assert result.rows["articles"] == len(TEXTS)
    whole = replace(one, folder=one.folder + "x", fingerprints=one.fingerprints + "x")
    shard.process(whole)
    assert [files(whole)[name] for name in files(one)] == list(files(one).values())
    assert Path(whole.fingerprints).read_bytes() == Path(one.fingerprints).read_bytes()


def test_a_shard_for_which_memory_runs_out_again_is_named(
    tmp_path: Path, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARE_MIB", "900")
    one = task(tmp_path, TEXTS, media_type="text/plain")
    faulty("hungers")
    with pytest.raises(
        ShortageError, match=f"^shard {one.key}: out of memory, with 16 pages at once, too .*run again$"
    ):
        workers.run([one], processes=1)


def test_no_limit_of_a_page_holds_after_it(tmp_path: Path) -> None:
    shard.process(task(tmp_path, {"p1": GOOD}, page_memory_mib=64))
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.getrlimit(resource.RLIMIT_DATA)[1]


def test_a_signal_that_comes_after_its_page_harms_nothing(tmp_path: Path) -> None:
    one = task(tmp_path, {"p1": GOOD})
    with shard._marking(one) as guard:
        late = mock.patch.object(signal, "setitimer", side_effect=lambda *_: signal.raise_signal(signal.SIGPROF))
        with late, pytest.raises(ExtractError, match="page_cpu_seconds"):  # while it is set: the page
            guard("p1", lambda: READING)
        assert guard("p1", lambda: READING) is READING
        signal.raise_signal(signal.SIGPROF)  # while it is not: nothing


def test_no_parser_outlives_the_limit_by_catching_what_it_raises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(html: str) -> str:
        try:
            while html == GOOD:
                pass
        except Exception:  # noqa: BLE001, S110 - as parsers do
            pass
        return ""

    monkeypatch.setattr(shard, "HARD_FACTOR", 1_000)  # the kernel's limit would end the process of this test
    monkeypatch.setattr(answers, "_EXTRACTORS", {"readability": deaf, "resiliparse": lambda _: ""})
    one = task(
        tmp_path, {"p1": GOOD}, page_cpu_seconds=1.0, classifier_digest=model_file.classifiers("best").digest
    )
    shard.process(one)
    (kept,) = rows(one, "quarantine")
    assert str(kept["reason"]).startswith("the page took more CPU time than page_cpu_seconds allows")


def test_a_bug_in_a_step_names_the_shard_and_the_others_are_done_first(tmp_path: Path) -> None:
    broken = replace(task(tmp_path, {"p1": GOOD}), pages=str(tmp_path / "missing"))
    fine = task(tmp_path, {"p2": GOOD})
    finished: list[str] = []
    with pytest.raises(CopydeskError, match=f"a step failed on shard {broken.key}"):
        workers.run([broken, fine], processes=1, finished=lambda result: finished.append(result.key))
    assert finished == [fine.key]


def test_rules_that_changed_since_the_run_began_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="changed while the edition was made; run it again"):
        workers.run([task(tmp_path, {"p1": GOOD}, rules_digest="of before")], processes=1)


def test_a_classifier_that_changed_since_the_run_began_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        CopydeskError, match="the classifiers were changed while the edition was made; run it again"
    ):
        workers.run([task(tmp_path, {"p1": GOOD}, classifier_digest="of before")], processes=1)


def test_the_mark_names_the_page_at_work_only_while_it_is(tmp_path: Path) -> None:
    one = task(tmp_path, {"p1": GOOD})
    one.mark.parent.mkdir(parents=True)
    one.mark.write_bytes(b"p1".ljust(MARK_BYTES))
    assert workers._page_at_work(one) == "p1"
    workers.run([one], processes=1)
    assert workers._page_at_work(one) == ""


def test_no_task_needs_no_process() -> None:
    assert workers.run([], processes=2) == []


def test_tables_of_a_shard_appear_at_once_and_are_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "shards" / "k"
    put_tables(folder, {"articles": pa.table({"a": [1]})})
    put_tables(folder, {"articles": pa.table({"a": [2]})})
    assert pq.read_table(folder / "articles.parquet").to_pylist() == [{"a": 1}]
    assert [path.name for path in folder.parent.iterdir()] == ["k"]

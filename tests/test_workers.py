import datetime as dt
import signal
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from copydesk import shard, workers
from copydesk.shard import MARK_BYTES, Task
from copydesk.store import Store, put_tables
from transforms import answers, model_file
from transforms.errors import CopydeskError, RuleError
from transforms.schemas import PAGES

DAY = dt.date(2026, 3, 2)
TEXT = (
    "<p>The ferry left the harbour at eight in the morning with ninety passengers aboard, the office said.</p>" * 4
)
GOOD = f"<html><body><article><h1>Ferry leaves</h1>{TEXT}</article></body></html>"
ATTRIBUTES = " ".join(f'a{number}="x"' for number in range(120_000))  # libxml2 is quadratic in them: seconds in C
DEADLY = GOOD.replace("<h1>", f"<div {ATTRIBUTES}></div><h1>")
SLOW = DEADLY.replace(ATTRIBUTES, ATTRIBUTES[: ATTRIBUTES.index("a40000=")])


def task(tmp_path: Path, bodies: dict[str, str], **more: object) -> Task:
    rows = [
        dict.fromkeys(PAGES.names)
        | {
            "page_id": page_id,
            "edition": DAY,
            "source": "in",
            "source_offset": 0,
            "media_type": "text/html",
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


def test_a_page_that_ends_its_worker_twice_goes_to_quarantine_and_the_shard_goes_on(tmp_path: Path) -> None:
    one = task(tmp_path, {"p1": GOOD, "p2": DEADLY, "p3": GOOD.replace("ninety", "thirty")}, page_cpu_seconds=1.0)
    two = task(tmp_path, {"p4": GOOD.replace("ninety", "forty")})
    results = workers.run([one, two], processes=2)
    assert [result.rows["articles"] for result in results] == [2, 1]
    assert [row["article_id"] for row in rows(one, "articles")] == ["p1", "p3"]
    (kept,) = rows(one, "quarantine")
    assert (kept["page_id"], kept["bytes"]) == ("p2", DEADLY.encode())
    assert str(kept["reason"]).startswith(f"the page ended its worker twice (signal {int(signal.SIGXCPU)})")


def test_a_page_that_takes_too_long_is_stopped_and_the_rest_goes_on(tmp_path: Path) -> None:
    one = task(tmp_path, {"p1": SLOW, "p2": GOOD}, page_cpu_seconds=0.5)
    workers.run([one], processes=1)
    assert [row["article_id"] for row in rows(one, "articles")] == ["p2"]
    (kept,) = rows(one, "quarantine")
    assert kept["page_id"] == "p1"
    assert str(kept["reason"]).startswith("the page took more CPU time than page_cpu_seconds allows")


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

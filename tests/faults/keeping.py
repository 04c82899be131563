"""Faults of many nights: what is learned, compared, kept, forgotten, handed over (C10, C13 to C20)."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import random
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from tests.faults.inject import product
from tests.faults.invariants import assert_conserved, assert_told, assert_whole, tables
from tests.faults.meaning import WORDS
from tests.faults.nursery import CALLS, Point
from tests.faults.registry import fault
from tests.faults.world import FIRST, SECOND, THIRD, TORN, Trial, World, ask, record, story, written

SEED = 20_260_305
TRUE_LINE = "The port is the only one on this coast that ships of the first class may enter."
MARKER = "zanzibarquux"
SECRET = "hunter2secret"  # noqa: S105  # a made-up one
BAD_LINES = 200_000
MOST_KILLS = 40  # each costs five commands


def day(number: int) -> str:
    """Give the name of the n-th night."""
    return (dt.date(2026, 3, 2) + dt.timedelta(days=number)).isoformat()


def sentences(number: int, count: int = 3) -> list[str]:
    """Give sentences that no other number has."""
    chance = random.Random(f"{SEED} {number}")  # noqa: S311
    return [f"The {' '.join(chance.sample(WORDS, 14))}." for _ in range(count)]


@fault(
    "C10",
    "a true sentence that a site repeats; a line that one event alone repeats",
    "proposed at most, cut by nobody's say but a person's; a veto holds for good",
)
def poisoned_memory(world: World) -> str:
    data = world.folder() / "data"
    learning = {"COPYDESK_LEARN_AFTER": "5"}
    for night in range(5):
        lines = []
        for number in range(night * 10, night * 10 + 4):
            one, two, three = sentences(number)
            lines.append(
                json.dumps(
                    {"url": f"https://ledger.example/{number}", "text": f"{TRUE_LINE}\n\n{one}\n\n{two}\n\n{three}"}
                )
            )
        event = sentences(999)
        lines += [
            json.dumps(
                {
                    "url": f"https://mirror.example/{night}-{copy}",
                    "text": "\n\n".join((*event, "Printed from the mirror")),
                }
            )
            for copy in range(3)
        ]
        data, done = world.run(
            written(world.folder() / "a.jsonl", *lines), data=data, day=day(night), environment=learning
        )
        assert_told(done.code, done.err, expected=[0])
    cut = ask(data, "select text, rule_id from cuts where rule_id like 'memory%'")
    assert cut == [], cut
    proposed = ask(data, "select state, decided_by from site_lines where line = $1", TRUE_LINE)
    vetoed = world.nursery.copydesk("learn", "veto", TRUE_LINE, "--site", "ledger.example", "--data", data)
    assert_told(vetoed.code, vetoed.err, expected=[0])
    data, done = world.run(written(world.folder() / "a.jsonl", *lines), data=data, day=day(5), environment=learning)
    assert_told(done.code, done.err, expected=[0])
    assert ask(data, "select state from site_lines where line = $1", TRUE_LINE) == [("vetoed",)]
    assert ask(data, "select count(*) from cuts where text = $1", TRUE_LINE) == [(0,)]
    return (
        f"after 5 nights with support at 5 stories nothing was cut (the true line: {proposed}); vetoed, it stays so"
    )


@fault("C13", "other order of inputs, number of workers, hash seed, locale, time zone", "the same bytes")
def same_bytes(world: World) -> str:
    folder = world.folder()
    files = [
        written(
            folder / f"{number}.jsonl", record("harbor", f"Town{number}"), record("mirror", f"Town{number}"), TORN
        )
        for number in range(3)
    ]
    ways: list[tuple[list[Path], int, dict[str, str]]] = [
        (files, 1, {"PYTHONHASHSEED": "0"}),
        (files[::-1], 1, {"PYTHONHASHSEED": "1"}),
        (files, 2, {"PYTHONHASHSEED": "2"}),
        (files, 1, {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}),
        (files, 1, {"TZ": "Asia/Kathmandu", "LC_ALL": "C"}),
        ([files[1], files[0], files[2]], 2, {"TZ": "America/St_Johns"}),
    ]
    seen = []
    for number, (inputs, workers, environment) in enumerate(ways):
        data = folder / f"data{number}"
        told = {"COPYDESK_TOLERANCE": "1", "COPYDESK_GATE": "0"} | environment
        done = product("run", *inputs, "--edition", FIRST, "--data", data, "--workers", workers, environment=told)
        assert_told(done.code, done.err, expected=[0])
        seen.append(tables(data))
    different = sorted({name for each in seen for name in each if each[name] != seen[0][name]})
    assert not different, different
    return f"{len(ways)} ways, one digest of each of {len(seen[0])} tables"


@fault(
    "C14",
    "a night without input, with 100 times the input, without one site",
    "nothing to do, exit 0; works; held back with the site and its numbers",
)
def odd_nights(world: World) -> str:
    data = world.folder() / "data"
    gate = {"COPYDESK_GATE": "1"}
    (empty := world.folder() / "in").mkdir()
    for night in range(7):
        data, done = world.run(
            _night(world, night, sites=("ledger", "mirror")), data=data, day=day(night), environment=gate
        )
        assert_told(done.code, done.err, expected=[0])
    before, version = tables(data), assert_whole(data)
    _, done = world.run(empty, data=data, day=day(7), environment=gate)
    assert_told(done.code, done.out, "nothing to do", expected=[0])
    _, done = world.run(_night(world, 7, sites=("ledger",)), data=data, day=day(7), environment=gate)
    assert_told(done.code, done.err + done.out, "mirror.example", "--accept", expected=[2])
    assert (tables(data), assert_whole(data)) == (before, version)
    many = written(
        world.folder() / "a.jsonl", *(record(("ledger", "mirror")[n % 2], f"Town{n}", n) for n in range(4_000))
    )
    _, done = world.run(many, data=data, day=day(7), environment={"COPYDESK_GATE": "0"})
    assert_told(done.code, done.err, expected=[0])
    assert ask(data, "select articles from editions order by edition desc limit 1") == [(4_000,)]
    return "empty: nothing to do; a site missing: exit 2, the version before stays; 100 times: 4,000 articles"


def _night(world: World, night: int, *, sites: tuple[str, ...], pages: int = 20) -> Path:
    lines = [
        json.dumps(
            {
                "url": f"https://www.{site}.example/{night}-{number}",
                "text": "\n\n".join(sentences(1_000 * night + 100 * place + number, 5)),
            }
        )
        for place, site in enumerate(sites)
        for number in range(pages)
    ]
    return written(world.folder() / "a.jsonl", *lines)


@fault(
    "C15",
    "a feed of bad lines without end; poison that breaks its reader",
    "rows and bytes of a file are capped with a counter; always viewable",
)
def full_quarantine(world: World) -> str:
    file = world.folder() / "a.jsonl"
    with file.open("wb") as feed:
        feed.write(record("harbor", "Lunow").encode() + b"\n")
        for number in range(BAD_LINES):
            feed.write(b'{"te\x1b[31m\xff\x00%d\n' % number)
    data, done = world.run(file)
    assert_told(done.code, done.err, expected=[0])
    assert_conserved(data)
    ((records, quarantined, unlisted),) = ask(data, "select records, quarantined, unlisted_records from editions")
    assert (records, quarantined + unlisted) == (BAD_LINES + 1, BAD_LINES)
    assert quarantined <= 10_001
    for arguments in (("quarantine", "list"), ("sql", "from quarantine limit 3")):
        shown = world.nursery.copydesk(*arguments, "--data", data)
        assert shown.code == 0, shown
        assert "\x1b" not in shown.out, "an escape code reaches the terminal"
    ((first,),) = ask(data, "select min(quarantine_id) from quarantine")
    shown = world.nursery.copydesk("quarantine", "show", first, "--data", data)
    assert_told(shown.code, shown.out + shown.err, expected=[0])
    assert "\x1b" not in shown.out
    size = sum(each.stat().st_size for each in data.rglob("*") if each.is_file()) // 2**20
    assert size < 100, f"{size} MiB"
    return (
        f"{BAD_LINES:,} bad lines: {quarantined:,} rows and {unlisted:,} counted beyond; "
        f"{size} MiB on the disk; list and show safe"
    )


MARKED = "\n\n".join(line.replace(".", f" {MARKER}.") for line in sentences(777, 6))


def _marked(world: World) -> tuple[Trial, str]:
    """Give a data root where a marker stands in title, text, author, address and quarantine of three versions."""
    trial = world.trial()
    page = {
        "url": f"https://www.harbor.example/{MARKER}",
        "title": f"Of {MARKER}",
        "author": f"Ada {MARKER}",
        "text": MARKED,
    }
    copy = page | {"url": f"https://www.mirror.example/{MARKER}"}
    for night, lines in (
        (SECOND, [page]),
        (THIRD, [copy, record("harbor", "Malchin")]),
        (day(3), [record("harbor", "Penzlin")]),
    ):
        file = written(
            world.folder() / "a.jsonl", *(each if isinstance(each, str) else json.dumps(each) for each in lines)
        )
        done = world.nursery.copydesk(*trial.arguments(night, inputs=file))
        assert_told(done.code, done.err, expected=[0])
    return trial, f"https://www.harbor.example/{MARKER}"


def found_in(root: Path) -> list[str]:
    """Give the files below a data root in which the marker stands, in their bytes or in a cell of a table."""
    found = []
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        data = file.read_bytes()
        is_in = MARKER.encode() in data
        if file.suffix == ".parquet":
            is_in = is_in or _in_table(pq.read_table(file))
        elif file.suffix == ".arrow":
            is_in = is_in or _in_table(pa.ipc.open_file(data).read_all())
        elif file.suffix == ".gz":
            is_in = is_in or MARKER.encode() in gzip.decompress(data)
        found += [str(file.relative_to(root))] * is_in
    return found


def _in_table(table: pa.Table) -> bool:
    for column in table.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            if pc.any(pc.match_substring(column, MARKER)).as_py():
                return True
        elif pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            if any(MARKER.encode() in (cell or b"") for cell in column.to_pylist()):
                return True
        elif pa.types.is_list(column.type) and MARKER in str(column.to_pylist()):
            return True
    return False


@fault(
    "C16",
    "an article that must go, with copies in several versions",
    "gone from everything below the data root; others as before; it does not come back",
)
def forgotten(world: World) -> str:
    trial, url = _marked(world)
    before = len(found_in(trial.data))
    assert before > 3
    others = "select article_id, body from articles where not contains(coalesce(url, ''), $1) order by 1"
    kept = ask(trial.data, others, MARKER)
    done = world.nursery.copydesk("forget", url, "--copies", "--yes", "--data", trial.data)
    assert_told(done.code, done.err, expected=[0])
    left = found_in(trial.data)
    assert left == [], left
    assert_whole(trial.data)
    assert_conserved(trial.data)
    assert ask(trial.data, others, MARKER) == kept
    again = json.dumps({"url": url, "text": MARKED})
    file = written(world.folder() / "b.jsonl", again, record("harbor", "Teterow"))
    done = world.nursery.copydesk(*trial.arguments(day(4), inputs=file))
    assert_told(done.code, done.err, expected=[0])
    assert_conserved(trial.data)
    assert found_in(trial.data) == [], found_in(trial.data)
    return (
        f"stood in {before} files, now in none; {len(kept)} others as before; delivered again "
        f"it stays out and is counted"
    )


@fault(
    "C17",
    "forgetting is killed half-way",
    "told as incomplete until it is finished; the same bytes as if never killed",
)
def forgotten_half(world: World) -> str:
    trial, url = _marked(world)
    arguments = ("forget", url, "--copies", "--yes")
    clean = Path(shutil.copytree(trial.data, world.folder() / "data"))
    done = world.nursery.copydesk(*arguments, "--data", clean)
    assert_told(done.code, done.err, expected=[0])
    points = world.nursery.points(
        *arguments, "--data", shutil.copytree(trial.data, world.folder() / "data"), point=Point(0, calls=CALLS)
    )
    told = 0
    tried = world.spread(points, most=MOST_KILLS)
    for number in tried:
        data = Path(shutil.copytree(trial.data, world.folder() / "data"))
        done = world.nursery.copydesk(*arguments, "--data", data, point=Point(number))
        assert done.is_killed, (number, done)
        shown = world.nursery.copydesk("editions", "--data", data)
        is_left = bool(found_in(data))
        if is_left and (data / "decisions").exists():
            told += "erase incomplete" in shown.err
        done = world.nursery.copydesk("forget", "--resume", "--data", data)
        if found_in(data):  # killed before the plan was written: begin again
            done = world.nursery.copydesk(*arguments, "--data", data)
        assert_told(done.code, done.err, expected=[0])
        assert found_in(data) == [], (number, found_in(data))
        assert_whole(data)
        assert tables(data) == tables(clean), number
        shutil.rmtree(data)
    assert told, "nobody said that it was incomplete"
    return (
        f"killed at {len(tried)} of {points} calls: finished each time to the same bytes; "
        f"{told} times told as incomplete"
    )


@fault(
    "C18",
    "a rollback, then the next night",
    "works; the number of a version is never used twice; the night rolled back is told",
)
def rolled_back(world: World) -> str:
    trial = world.trial()
    assert trial.run().code == 0
    done = world.nursery.copydesk("rollback", 1, "--data", trial.data)
    assert_told(done.code, done.err, SECOND, expected=[0]) if SECOND in done.err else assert_told(
        done.code, done.out, SECOND, expected=[0]
    )
    assert trial.assert_sound() == 1
    other = written(world.folder() / "a.jsonl", record("harbor", "Penzlin"))
    done = world.nursery.copydesk(*trial.arguments(THIRD, inputs=other))
    assert_told(done.code, done.err, expected=[0])
    assert assert_whole(trial.data) == 3
    assert ask(trial.data, "select edition::varchar from editions order by 1") == [(FIRST,), (THIRD,)]
    again = trial.run()
    assert_told(again.code, again.err, expected=[0])
    assert ask(trial.data, "select edition::varchar from editions order by 1") == [(FIRST,), (SECOND,), (THIRD,)]
    return "back to version 1, the next night is version 3, the night rolled back can be run again"


@fault("C19", "passwords in addresses, texts of articles", "in no message, log or report", is_quick=True)
def secrets(world: World) -> str:
    folder = world.folder() / "in"
    address = f"https://user:{SECRET}@www.harbor.example/1"
    whole = story("Lunow", 80)
    bad = json.dumps({"url": address, "words": whole})
    written(
        folder / "a.jsonl",
        json.dumps({"url": address, "text": whole}),
        bad,
        bad[:-20],
        json.dumps({"url": address, "text": 7}),
    )
    data, done = world.run(folder)
    assert_told(done.code, done.err, expected=[0])
    said = done.out + done.err + "".join(file.read_text(encoding="utf-8") for file in (data / "runs").glob("*"))
    said += "".join(str(row) for row in ask(data, "select reason from quarantine"))
    assert SECRET not in said, "a password is told"
    assert "Nobody was hurt, the harbour office said" not in said, "the text of an article is told"
    published = ask(
        data,
        "select count(*) from articles where contains(coalesce(url, '') || coalesce(canonical_url, ''), $1)",
        SECRET,
    )
    assert published == [(0,)], "a password is published with an address"
    return "neither in messages nor in run reports, nor in an address that is published"


@fault("C20", "a package that was tampered with, or came half", "`verify` names the file, exit 2", is_quick=True)
def half_package(world: World) -> str:
    named = []
    for harm in ("cut", "changed", "gone"):
        data = Path(shutil.copytree(world.first, world.folder() / "data"))
        file = data / "published/versions/000001/articles.parquet"
        whole = file.read_bytes()
        if harm == "cut":
            file.write_bytes(whole[: len(whole) // 2])
        elif harm == "changed":
            file.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
        else:
            file.unlink()
        done = world.nursery.copydesk("verify", 1, "--data", data)
        assert_told(done.code, done.out + done.err, "articles.parquet", expected=[2])
        named.append(harm)
    return f"{', '.join(named)}: named, exit 2"

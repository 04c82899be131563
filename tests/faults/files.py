"""Faults of input files: torn, cut, flipped, swollen, misnamed, too many (B1 to B5, B11 to B14)."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import shutil
import socket
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.faults.invariants import assert_conserved, assert_told, assert_whole, files_of, tables
from tests.faults.registry import fault
from tests.faults.world import SECOND, THIRD, World, ask, record, written
from tests.gathered import gather

MIB = 1 << 20
SEED = 20_260_302
CUTS, FLIPS = 20, 100
BOMB_BYTES, LINE_BYTES = 512 * MIB, 500 * MIB
BOMB_MIB = 100  # more than this no bomb may cost
MANY_FILES, OPEN_FILES = 20_000, 256
MANY_KIB = 30  # of memory for each further page: its text, its row and its cuts, some copies of each


@fault(
    "B1",
    "a file that the scraper is still writing",
    "left for the next run, whole, and told; the next run takes it",
    is_quick=True,
)
def still_written(world: World) -> str:
    folder = world.folder() / "in"
    written(folder / "a.jsonl", record("harbor", "Lunow"))
    torn = written(folder / "b.jsonl", record("harbor", "Malchin"))
    with torn.open("a", encoding="utf-8") as scraper:
        scraper.write(record("harbor", "Torgelow")[:40])
        scraper.flush()
        data, done = world.run(folder)
        assert_told(done.code, done.out + done.err, "still being written", "b.jsonl", expected=[1])
        assert ask(data, "select records, articles, quarantined from editions") == [(1, 1, 0)]
        scraper.write(record("harbor", "Torgelow")[40:] + "\n")
    data, done = world.run(folder, data=data)
    assert_told(done.code, done.err, expected=[0])
    clean, _ = world.run(folder)
    assert tables(data) == tables(clean)
    return "1 record taken and the open file told; once closed, all 3, as if it had never been open"


@fault(
    "B2",
    "half a gzip or zstd file",
    "the whole records before the cut are kept, the tail is one row of quarantine",
    is_quick=True,
)
def cut_archives(world: World) -> str:
    chance = random.Random(SEED)  # noqa: S311
    lines = [record("harbor", f"Town{number}", chance.randrange(10**6)) for number in range(400)]
    plain = "".join(f"{line}\n" for line in lines).encode()
    whole = {"a.jsonl.gz": gzip.compress(plain, mtime=0), "a.jsonl.zst": pa.compress(plain, "zstd", asbytes=True)}
    kept = []
    for number in range(CUTS):
        name = sorted(whole)[number % 2]
        file = world.folder() / name
        file.write_bytes(whole[name][: chance.randrange(20, len(whole[name]) - 8)])
        got = gather(file)
        bodies = [page["body"].rstrip("\n") for page in got.pages]
        assert bodies == [json.loads(line)["text"].rstrip("\n") for line in lines[: len(bodies)]]
        assert len(got.bad) == 1, got.reasons()
        assert (
            "cut" in got.bad[0]["reason"] or "truncated" in got.bad[0]["reason"] or "ends" in got.bad[0]["reason"]
        ), got.reasons()
        kept.append(len(bodies))
    return (
        f"cut at {CUTS} places: {min(kept)} to {max(kept)} of 400 records kept, always one "
        f"row: {got.reasons()[0][2]!r}"
    )


@fault(
    "B3",
    "a flipped bit in gzip, in Parquet, and in what we wrote ourselves",
    "input: the file is quarantined, none of its records taken; ours: `verify` names the file, exit 2",
)
def flipped_bits(world: World) -> str:
    chance = random.Random(SEED)  # noqa: S311
    folder = world.folder()
    lines = [record("harbor", f"Town{number}") for number in range(50)]
    zipped = folder / "a.jsonl.gz"
    zipped.write_bytes(_flipped(gzip.compress("\n".join(lines).encode(), mtime=0), 400))
    got = gather(zipped)
    assert (len(got.pages), len(got.bad)) == (0, 1), got.reasons()
    table = folder / "a.parquet"
    pq.write_table(
        pa.table({"text": [json.loads(line)["text"] for line in lines]}), table, write_page_checksum=True
    )
    table.write_bytes(_flipped(table.read_bytes(), 200))
    damaged = gather(table)
    assert (len(damaged.pages), len(damaged.bad)) == (0, 1), damaged.reasons()
    trial = world.trial()
    assert trial.run().code == 0
    whole = world.nursery.copydesk("verify", "--all", "--data", trial.data)
    assert_told(whole.code, whole.out + whole.err, expected=[0])
    files = [
        file
        for file in sorted(trial.data.rglob("*"))
        if file.is_file() and file.stat().st_size and file.name != ".lock"
    ]
    unseen = []
    for number in range(12 if world.sample else FLIPS):
        file = files[number % len(files)]
        before = file.read_bytes()
        file.write_bytes(_flipped(before, chance.randrange(len(before)), 1 << chance.randrange(8)))
        done = world.nursery.copydesk("verify", "--all", "--data", trial.data)
        if done.code != 2 or file.name not in done.out + done.err:
            unseen.append(
                f"{file.relative_to(trial.data)} (exit {done.code}: {(done.err or done.out).strip()[-200:]})"
            )
        file.write_bytes(before)
    assert not unseen, f"{len(unseen)} of {FLIPS} not named: {'; '.join(unseen[:8])}"
    return (
        f"{FLIPS} flips over {len(files)} files of a data root: all named, exit 2; inputs: "
        f"{got.reasons()[0][2]!r}, {damaged.reasons()[0][2]!r}"
    )


def _flipped(data: bytes, place: int, bits: int = 1) -> bytes:
    changed = bytearray(data)
    changed[place] ^= bits
    return bytes(changed)


@fault(
    "B4",
    "a gzip bomb and a zip bomb of 512 MB",
    "stopped at the ratio, quarantined, for less than 100 MB of memory",
)
def bombs(world: World) -> str:
    folder = world.folder() / "in"
    folder.mkdir()
    size = BOMB_BYTES if not world.sample else BOMB_BYTES // 8
    with gzip.open(folder / "a.jsonl.gz", "wb", compresslevel=6) as bomb:
        for _ in range(size // MIB):
            bomb.write(b"a" * MIB)
    with (
        zipfile.ZipFile(folder / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.html", "w") as member,
    ):
        for _ in range(size // MIB):
            member.write(b"a" * MIB)
    written(folder / "good.jsonl", record("harbor", "Lunow"))
    peak = _peak_mib(world, folder)
    query = "select split_part(reason, ':', 1) from quarantine order by source"
    reasons = [row[0] for row in ask(world.root / "peak", query)]
    assert len(reasons) == 2, reasons
    peak -= _peak_mib(world, folder / "good.jsonl")
    assert peak < BOMB_MIB, f"{peak} MiB"
    return (
        f"{size // MIB} MB each: {reasons}, {max(peak, 0)} MiB more than without; the good "
        f"record beside is an article"
    )


def _peak_mib(world: World, inputs: Path) -> int:
    """Give the most memory that a run over these inputs held; its data root is `peak`."""
    data = world.root / "peak"
    shutil.rmtree(data, ignore_errors=True)
    peaks = world.folder() / "peak"
    _, done = world.run(inputs, data=data, peak=str(peaks))
    assert_told(done.code, done.err, expected=[0])
    assert_conserved(data)
    return int(peaks.read_text(encoding="ascii"))


@fault("B5", "a line of 500 MB without an end", "read in blocks, quarantined as too long; the next record is found")
def endless_line(world: World) -> str:
    folder = world.folder() / "in"
    file = written(folder / "a.jsonl", record("harbor", "Lunow"))
    with file.open("ab") as long:
        for _ in range(LINE_BYTES // MIB):
            long.write(b"x" * MIB)
        long.write(f"\n{record('harbor', 'Malchin')}\n".encode())
    good = written(world.folder() / "good.jsonl", record("harbor", "Lunow"))
    peak = _peak_mib(world, folder) - _peak_mib(world, good)
    got = gather(file)
    assert len(got.pages) == 2
    assert [reason for _, _, reason in got.reasons()] == ["record too long"], got.reasons()
    assert peak < BOMB_MIB, f"{peak} MiB"
    file.unlink()
    return f"2 articles and one row {got.bad[0]['size_bytes']:,} bytes long, {max(peak, 0)} MiB more than without"


@fault(
    "B11",
    "archives with names that lead out, links, devices; files with newline, quote, emoji, no UTF-8 in their names",
    "refused, or taken under an id; nothing is ever written by a name",
    is_quick=True,
)
def names(world: World) -> str:
    folder = world.folder() / "in"
    folder.mkdir()
    hostile = ("../up.txt", "a/../../up.txt", "/etc/up.txt", "..\\up.txt", "C:\\up.txt")
    text = world_text("Lunow")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for name in hostile:
            archive.writestr(name, text)
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name, kind in (("l.txt", tarfile.SYMTYPE), ("h.txt", tarfile.LNKTYPE), ("d.txt", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    (folder / "b.tar").write_bytes(sink.getvalue())
    odd = ("line\nfeed.txt", "quo'te\".txt", "semi;colon--.txt", "\N{FERRY}.txt", "x" * 251 + ".txt")
    for number, name in enumerate(odd):
        (folder / name).write_text(world_text(f"Town{number}"), encoding="utf-8")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.txt")).write_text(world_text("Bytes"), encoding="utf-8")
    around = files_of(world.root / "inbox")
    before = files_of(folder)
    data, done = world.run(folder)
    assert_told(done.code, done.err, expected=[0])
    assert ask(data, "select count(*) from articles") == [(len(odd) + 1,)]
    refused = ask(
        data, "select regexp_extract(source, '[^/]*!.*', 0), split_part(reason, ':', 1) from quarantine order by 1"
    )
    assert len(refused) == len(hostile) + 3, refused
    assert {reason for _, reason in refused} == {"unsafe name", "no file"}
    assert (files_of(folder), files_of(world.root / "inbox")) == (before, around)
    assert not list(data.rglob("*up.txt"))
    assert "\nfeed.txt" not in done.out, "a name writes a line of its own on the terminal"
    return f"{len(refused)} members refused, {len(odd) + 1} oddly named files taken; nothing written outside"


def world_text(town: str) -> str:
    """Give the text of one page."""
    return str(json.loads(record("harbor", town))["text"])


@fault(
    "B12", "a loop of links, a FIFO or a socket in the inbox", "skipped and told; never waited for", is_quick=True
)
def no_files(world: World) -> str:
    folder = world.folder() / "in"
    written(folder / "a.jsonl", record("harbor", "Lunow"))
    (folder / "loop").symlink_to(folder)
    (folder / "self.jsonl").symlink_to(folder / "self.jsonl")
    (folder / "nowhere.jsonl").symlink_to(folder / "gone.jsonl")
    os.mkfifo(folder / "pipe.jsonl")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "s.jsonl"))
        data, done = world.run(folder)
    assert_told(done.code, done.out, "not read, no pages: 5", expected=[0])
    assert ask(data, "select records, articles from editions") == [(1, 1)]
    return "1 article; " + next(line for line in done.out.splitlines() if "not read" in line).partition(" such")[0]


@fault(
    "B13",
    "a file that comes twice, renamed, or again with other text",
    "the same bytes count once; other text is another version of the same story",
)
def delivered_again(world: World) -> str:
    folder = world.folder() / "in"
    written(folder / "a.jsonl", record("harbor", "Lunow"))
    written(folder / "b.jsonl", record("harbor", "Lunow"))
    data, done = world.run(folder)
    assert_told(done.code, done.err, expected=[0])
    assert ask(data, "select records, articles, repeated_records from editions") == [(2, 1, 1)]
    again = written(world.folder() / "renamed.jsonl", record("harbor", "Lunow"))
    text = world_text("Lunow").replace("before noon", "before noon, to the cheers of a crowd")
    changed = written(world.folder() / "changed.jsonl", record("harbor", "Lunow", text=text))
    for day, file in ((SECOND, again), (THIRD, changed)):
        data, done = world.run(file, data=data, day=day)
        assert_told(done.code, done.err, expected=[0])
        assert_conserved(data)
    assert ask(data, "select articles, repeated_pages from editions order by edition") == [(1, 0), (0, 1), (1, 0)]
    assert ask(data, "select relation from pairs") == [("version",)]
    assert ask(data, "select articles, versions from stories") in ([(2, 2)], [(2, 1)])
    return "twice in a night: 1 repeated record; renamed: 1 repeated page; changed: a version of its story"


@fault("B14", "a great many tiny files", "bounded memory and open files")
def many_files(world: World) -> str:
    folder = world.folder() / "in"
    for number in range(MANY_FILES):
        if number % 1_000 == 0:
            (folder / f"{number}").mkdir(parents=True)
        (folder / f"{number - number % 1_000}" / f"{number}.txt").write_text(
            world_text(f"Town{number}"), encoding="utf-8"
        )
    limits = {"RLIMIT_NOFILE": OPEN_FILES}
    peaks = []
    for inputs in (folder / "0", folder):
        peak = world.folder() / "peak"
        data, done = world.run(inputs, limits=limits, peak=str(peak))
        assert_told(done.code, done.err, expected=[0])
        peaks.append(int(peak.read_text(encoding="ascii")))
    assert ask(data, "select records, articles from editions") == [(MANY_FILES, MANY_FILES)]
    each = (peaks[1] - peaks[0]) * 1024 / (MANY_FILES - 1_000)
    shutil.rmtree(folder)
    assert_whole(data)
    assert each < MANY_KIB, f"{each:.1f} KiB of memory for each file"
    return (
        f"{MANY_FILES:,} files with {OPEN_FILES} descriptors: all articles; {each:.1f} KiB of "
        f"memory for each further page"
    )

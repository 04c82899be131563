"""A small invented world: three pages of two nights, a data root with the first, and how a clean second looks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from tests.faults.inject import Done, Nursery, Running
from tests.faults.invariants import Files, assert_catalog, assert_invariants, assert_told, files_of, tables
from tests.faults.nursery import Point

FIRST, SECOND, THIRD = "2026-03-02", "2026-03-03", "2026-03-04"
TORN = '{"url": "https://www.torn.example/", "te'


def story(town: str, passengers: int) -> str:
    """Give the text of a page; other towns and numbers are other texts, other leftovers are not."""
    return (
        f"Ferry returns to {town}\n\n"
        f"The ferry left the harbour of {town} at eight with {passengers} people on board.\n\n"
        f"Its engine failed off the lighthouse, and two tugs brought the ship back to {town} before noon.\n\n"
        "Nobody was hurt, the harbour office said, and the line expects to sail again on Thursday.\n\n"
        "Leave a Reply\n"
    )


def record(site: str, town: str, passengers: int = 80, **more: Any) -> str:
    """Give one page as a line of JSON Lines."""
    return json.dumps({"url": f"https://www.{site}.example/{town.lower()}", "text": story(town, passengers)} | more)


def written(file: Path, *lines: str) -> Path:
    """Write lines to a file, whose folder is made, and give it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def ask(data: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Give the answer of the published tables."""
    with duckdb.connect(str(data / "published" / "news.duckdb"), read_only=True) as connection:
        return list(connection.execute(query, values).fetchall())


@dataclass(frozen=True)
class Trial:
    """A copy of the first night's data root, on which the second night is tried."""

    world: World
    data: Path

    def arguments(self, day: str = SECOND, *, inputs: Path | None = None) -> Sequence[object]:
        """Give the command line of a night."""
        return ("run", inputs or self.world.inbox / day, "--edition", day, "--data", self.data, "--workers", 1)

    def run(self, point: Point | None = None, **more: Any) -> Done:
        """Try the second night."""
        return self.world.nursery.copydesk(*self.arguments(), point=point, **more)

    def start(self, point: Point | None = None, **more: Any) -> Running:
        """Begin with the second night."""
        return self.world.nursery.start(*self.arguments(), point=point, **more)

    def assert_sound(self) -> int:
        """Give the version that holds after a fault, old or new (I1, I2, I5)."""
        return assert_invariants(self.data, self.world.inbox, self.world.inputs)

    def assert_finishes(self) -> None:
        """Run the same command again; the tables are those of a run that never failed (I4)."""
        self.assert_sound()
        done = self.run()
        assert_told(done.code, done.err, expected=[0])
        self.assert_sound()
        assert_catalog(self.data)
        assert tables(self.data) == self.world.clean, "I4: the tables are not those of a run that never failed"


@dataclass
class World:
    """Where faults are tried; `nursery` runs the command lines."""

    root: Path
    nursery: Nursery
    sample: int = 0  # how many points of a counting loop are tried, spread evenly; 0 tries all
    _trials: int = field(default=0)

    @cached_property
    def inbox(self) -> Path:
        """Give the folder with the inputs of both nights: three pages, one of them twice, and a torn record."""
        folder = self.root / "inbox"
        written(folder / FIRST / "a.jsonl", record("harbor", "Lunow"), record("harbor", "Torgelow", 90), TORN)
        written(folder / SECOND / "b.jsonl", record("mirror", "Lunow"), record("mirror", "Malchin", 70), TORN)
        return folder

    @cached_property
    def inputs(self) -> Files:
        """Give what the inputs are, before anything runs."""
        return files_of(self.inbox)

    @cached_property
    def first(self) -> Path:
        """Give the data root after the first night."""
        data = self.root / "first"
        trial = Trial(self, data)
        done = self.nursery.copydesk(*trial.arguments(FIRST))
        assert done.code == 0, done
        return data

    @cached_property
    def clean(self) -> Mapping[str, str]:
        """Give the tables after a second night that meets no fault."""
        trial = self.trial()
        done = trial.run()
        assert done.code == 0, done
        return tables(trial.data)

    def trial(self) -> Trial:
        """Give a new copy of the first night."""
        return Trial(self, Path(shutil.copytree(self.first, self.folder() / "data", symlinks=True)))

    def folder(self) -> Path:
        """Give a new folder."""
        self._trials += 1
        folder = self.root / f"trial{self._trials}"
        folder.mkdir(parents=True)
        return folder

    def spread(self, points: int, *, most: int = 0) -> list[int]:
        """Give the numbers of the points to try: 1 to `points`, or at most so many of them, spread evenly."""
        most = self.sample or most or points
        if points <= most:
            return list(range(1, points + 1))
        return sorted({1 + number * (points - 1) // (most - 1) for number in range(most)})

    def run(self, *inputs: object, data: Path | None = None, day: str = FIRST, **more: Any) -> tuple[Path, Done]:
        """Give a data root with one edition of these inputs, and how the run ended."""
        data = data or self.folder() / "data"
        return data, self.nursery.copydesk("run", *inputs, "--edition", day, "--data", data, "--workers", 1, **more)


@contextmanager
def made(root: Path, *, sample: int = 0) -> Iterator[World]:
    """Give a world in a folder; its processes end with the block."""
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)
    with Nursery(root / "runs") as nursery:
        world = World(root, nursery, sample)
        _ = world.inputs
        yield world

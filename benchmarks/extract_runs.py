"""The systems that benchmarks.extract sets side by side, and how they are run: in lockstep, a process for each.

Some pages go to one system, then the same to the next: whatever else the machine does at the time hits all alike.
In one process they would not be alike, as trafilatura, htmldate and courlan remember what they were asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.extract_systems import NOT_INSTALLED, Answer

REPOSITORY = Path(__file__).resolve().parents[1]
PEERS_PYTHON = REPOSITORY / ".venv-peers" / "bin" / "python"
TURN = 8  # pages: long enough to work with a warm processor, short against what else the machine does
WARM_PAGES = 40  # spread over the data, so that each fold's classifier is loaded

Page = Mapping[str, Any]


@dataclass(frozen=True)
class System:
    """A function that finds an article; a peer that does not come with the product has its own environment."""

    name: str
    target: str
    is_peer: bool = False
    is_unseen: bool = False  # judged by classifiers that were not taught with the host


COST_OF = System("trafilatura, default with metadata", "benchmarks.extract_systems:trafilatura_default")
GAIN_OVER = System("trafilatura, text without comments", "benchmarks.extract_systems:trafilatura_text")
SYSTEMS = (
    System("copydesk, unseen hosts", "benchmarks.adapters:extract_unseen", is_unseen=True),
    System("copydesk, fast, unseen hosts", "benchmarks.adapters:extract_fast_unseen", is_unseen=True),
    System("copydesk, hosts it was taught", "benchmarks.adapters:extract"),
    System("copydesk, fast, hosts it was taught", "benchmarks.adapters:extract_fast"),
    COST_OF,
    GAIN_OVER,
    System("trafilatura, fast", "benchmarks.extract_systems:trafilatura_fast"),
    System("trafilatura, precision", "benchmarks.extract_systems:trafilatura_precision"),
    System("trafilatura, recall", "benchmarks.extract_systems:trafilatura_recall"),
    System("resiliparse", "benchmarks.extract_systems:resiliparse"),
    System("jusText", "benchmarks.extract_systems:justext"),
    System("newspaper4k", "benchmarks.extract_systems:newspaper4k", is_peer=True),
    System("readability-lxml", "benchmarks.extract_systems:readability", is_peer=True),
    System("goose3", "benchmarks.extract_systems:goose3", is_peer=True),
    System("boilerpy3", "benchmarks.extract_systems:boilerpy3", is_peer=True),
)


class Ended(Exception):  # noqa: N818 - an outcome, not a mistake
    """A system does not run, or no longer; the message says why."""


@dataclass(frozen=True)
class Run:
    """What a system answered, page by page; or why there is nothing."""

    answers: Sequence[Answer] = ()
    missing: str = ""


def run(systems: Sequence[System], pages: Sequence[Page], peers_python: Path) -> dict[str, Run]:
    """Give what each system makes of the pages (html in UTF-8, url), by its name, in the order of the pages.

    Before, each is asked about some of them for nothing. One that fails on all of those, or ends, has no answers.
    """
    answers: dict[str, list[Answer]] = {system.name: [] for system in systems}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        children: dict[str, _Child] = {}
        for system in systems:
            with _noted(system, missing):
                child = stack.enter_context(_child(system, peers_python))
                _warm(child, pages[:: max(1, len(pages) // WARM_PAGES)])
                children[system.name] = child
        for turn in (pages[start : start + TURN] for start in range(0, len(pages), TURN)):
            for system in systems:
                if system.name not in missing:
                    with _noted(system, missing):
                        answers[system.name] += children[system.name].ask(turn)
    return {name: Run(missing=missing[name]) if name in missing else Run(found) for name, found in answers.items()}


@contextmanager
def _noted(system: System, missing: dict[str, str]) -> Iterator[None]:
    """Note why a system does not run, and say so at once."""
    try:
        yield
    except Ended as why:
        missing[system.name] = str(why)
        print(f"{system.name}: {why}", file=sys.stderr, flush=True)


def _warm(child: _Child, pages: Sequence[Page]) -> None:
    errors = [answer.error for answer in child.ask(pages)]
    if all(errors):
        raise Ended(f"FAILED: {errors[0]}")


@contextmanager
def _child(system: System, peers_python: Path) -> Iterator[_Child]:
    """Give the process of a system; it is ended behind."""
    python = peers_python if system.is_peer else Path(sys.executable)
    if not python.is_file():
        raise Ended(f"NOT INSTALLED: there is no {python}; `make peers` makes it, --peers names another")
    with (
        tempfile.TemporaryDirectory() as folder,  # theirs to litter
        tempfile.TemporaryFile() as told,
        suppress(BrokenPipeError),  # it has ended, and what it was asked cannot be flushed
        subprocess.Popen(
            [python, "-m", "benchmarks.extract_systems", system.target],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=told,
        ) as process,
    ):
        try:
            yield _Child(process, told)
        finally:
            process.kill()


@dataclass(frozen=True)
class _Child:
    """The process of a system, and what it writes to standard error."""

    process: subprocess.Popen[bytes]
    told: IO[bytes]

    def ask(self, pages: Sequence[Page]) -> list[Answer]:
        """Give the answer for each page; Ended where the process does not give it."""
        assert self.process.stdin
        assert self.process.stdout
        given = json.dumps([(page["html"].decode(), page["url"]) for page in pages])
        with suppress(BrokenPipeError):  # it has ended, and so answers nothing
            self.process.stdin.write(given.encode() + b"\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise self._end()
        return [Answer(*answer) for answer in json.loads(line)]

    def _end(self) -> Ended:
        code = self.process.wait()
        self.told.seek(0)
        last = [f"exit code {code}", *self.told.read().decode(errors="replace").splitlines()][-1]
        return Ended(f"{'NOT INSTALLED' if code == NOT_INSTALLED else 'FAILED'}: {last}")

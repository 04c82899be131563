"""The list of faults: what may go wrong, what must happen, and the function that proves it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.inject import ROOT, CannotTry
from tests.faults.world import World

Proof = Callable[[World], str]  # gives what was seen; an AssertionError is something else than was expected

# Rows whose expected behaviour the product lacks, and why; strict: one that comes to hold must go from here.
LACKING: dict[str, str] = {}


@dataclass(frozen=True)
class Fault:
    """One row of the list."""

    id: str
    fault: str
    expected: str
    prove: Proof
    is_quick: bool

    @property
    def proof(self) -> str:
        """Give where the proof stands."""
        module = sys.modules[self.prove.__module__].__file__ or ""
        return f"{Path(module).relative_to(ROOT)}::{self.prove.__name__}"


@dataclass(frozen=True)
class Outcome:
    """What became of one row."""

    fault: Fault
    verdict: str  # holds, differs, lacking (known to differ), not tried
    seen: str


FAULTS: dict[str, Fault] = {}


def fault(name: str, what: str, expected: str, *, is_quick: bool = False) -> Callable[[Proof], Proof]:
    """Enter a proof in the list; `is_quick` where it takes part in every run of the suite."""

    def enter(prove: Proof) -> Proof:
        FAULTS[name] = Fault(name, what, expected, prove, is_quick)
        return prove

    return enter


def tried(row: Fault, world: World) -> Outcome:
    """Give what became of a row."""
    try:
        seen = row.prove(world)
    except CannotTry as error:
        return Outcome(row, "not tried", str(error))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is not what was expected
        where = traceback.extract_tb(error.__traceback__)
        line = next((f"{Path(f.filename).name}:{f.lineno}" for f in reversed(where) if "faults" in f.filename), "")
        told = f"{type(error).__name__} at {line}: {error}"
        return Outcome(row, "lacking" if row.id in LACKING else "differs", told)
    if row.id in LACKING:
        return Outcome(row, "differs", f"it holds now; take {row.id} out of LACKING. {seen}")
    return Outcome(row, "holds", seen)

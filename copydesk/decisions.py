"""What persons decided about lines of sites: one JSON line each in `decisions/site_lines.jsonl` of the data folder.

Decisions are input, as pages are: they are only added to, and the last one about a line holds. The line stands
there as text, so that its key can be made anew should keys ever change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from copydesk.store import Store, make_folder, write_checked
from transforms.errors import StoreError
from transforms.schemas import DECISIONS
from transforms.site_memory import APPROVED, PROPOSED, VETOED, line_key

FILE = Path("decisions", "site_lines.jsonl")
STATES = (PROPOSED, APPROVED, VETOED)
_NONE = f"no JSON object with the texts site, line and state ({', '.join(STATES)})"
_REMEDY = "correct the line or take it out; nothing was done"


@dataclass(frozen=True)
class Decision:
    """What a person said about one line of one site; `proposed` takes back what was said before."""

    site: str
    line: str
    state: str

    @cached_property
    def key(self) -> tuple[str, str]:
        """Give the site and the line's key, which name the line."""
        return self.site, line_key(self.line)


def read(root: Path) -> tuple[Decision, ...]:
    """Give the decisions of a data folder that hold, ordered by site and key; StoreError for any other line."""
    holding = {one.key: one for one in _read(root / FILE)}
    return tuple(holding[key] for key in sorted(holding) if holding[key].state != PROPOSED)


def ever(root: Path) -> tuple[Decision, ...]:
    """Give all that was ever decided, in the order in which it was written down; StoreError for any other line."""
    return tuple(_read(root / FILE))


def add(store: Store, made: Iterable[Decision]) -> None:
    """Write decisions down, all of them or none; call it only while holding the lock.

    StoreError where the file holds something else: nothing is added behind a line that nobody can read.
    """
    file = store.root / FILE
    replace_all(store, (*_read(file), *made))


def replace_all(store: Store, every: Iterable[Decision]) -> None:
    """Write down these decisions and no others: for what must be forgotten; call it only while holding the lock."""
    file = store.root / FILE
    make_folder(file.parent)
    write_checked(file, "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in every))


def table(told: Iterable[Decision]) -> pa.Table:
    """Give one row of DECISIONS per decision."""
    return pa.Table.from_pylist([{**asdict(one), "line_key": one.key[1]} for one in told], DECISIONS)


def _read(file: Path) -> Iterator[Decision]:
    if not file.exists():
        return
    for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
        if line.strip():
            yield _decision(line, f"{file}, line {number}")


def _decision(line: bytes, where: str) -> Decision:
    """Give one decision; StoreError says where it stands and what is wrong with it."""
    try:
        told = json.loads(line)
        decision = Decision(**{field.name: told[field.name] for field in fields(Decision)})
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"{where}: {_NONE} ({error}); {_REMEDY}") from error
    if not all(isinstance(text, str) for text in asdict(decision).values()) or decision.state not in STATES:
        raise StoreError(f"{where}: {_NONE}; {_REMEDY}")
    return decision

"""What persons gave up of quarantine: one JSON line each in `decisions/quarantine.jsonl` of the data folder.

They are only added to, and the last word about a record holds. A record is named by its edition and its id, which
is made of where it stood, what was wrong with it and its bytes: so a drop survives an edition that is made again,
and holds no longer where the record fails for another reason, which is worth another look.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pyarrow as pa

from copydesk.store import Store, write_checked
from transforms.errors import StoreError
from transforms.schemas import DROPS

FILE = Path("decisions", "quarantine.jsonl")
_NONE = "no JSON object with the texts edition, quarantine_id and dropped_because"


@dataclass(frozen=True)
class Drop:
    """A record of which nothing can be had, and why a person says so."""

    edition: str
    quarantine_id: str
    dropped_because: str

    @property
    def key(self) -> tuple[str, str]:
        """Give what names the record."""
        return self.edition, self.quarantine_id


def read(root: Path) -> tuple[Drop, ...]:
    """Give the drops of a data folder, ordered by edition and id; StoreError for any other line."""
    holding = {one.key: one for one in _read(root / FILE)}
    return tuple(holding[key] for key in sorted(holding))


def add(store: Store, made: Iterable[Drop]) -> None:
    """Write drops down, all of them or none; call it only while holding the lock."""
    file = store.root / FILE
    every = (*_read(file), *made)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_checked(file, "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in every))


def table(told: Iterable[Drop]) -> pa.Table:
    """Give one row of DROPS per drop."""
    return pa.Table.from_pylist([asdict(one) for one in told], DROPS)


def _read(file: Path) -> Iterator[Drop]:
    if not file.exists():
        return
    for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
        if line.strip():
            yield _drop(line, f"{file}, line {number}")


def _drop(line: bytes, where: str) -> Drop:
    try:
        told = json.loads(line)
        drop = Drop(**{field.name: told[field.name] for field in fields(Drop)})
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"{where}: {_NONE} ({error}); correct the line or take it out") from error
    if not all(isinstance(text, str) for text in asdict(drop).values()):
        raise StoreError(f"{where}: {_NONE}; correct the line or take it out")
    return drop

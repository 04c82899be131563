"""All modules of the list, so that each of its rows is known."""

from __future__ import annotations

from tests.faults import files, keeping, machine, meaning, pages, process
from tests.faults.registry import FAULTS, Fault

MODULES = (process, machine, files, pages, meaning, keeping)


def in_order() -> list[Fault]:
    """Give all rows: A1, A2 ... C20."""
    return sorted(FAULTS.values(), key=lambda row: (row.id[0], int(row.id[1:])))
